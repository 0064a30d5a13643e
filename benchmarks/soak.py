"""Outlets of which a tenth misbehaves, workers killed all along: is it flat, fair and complete?

    python benchmarks/soak.py [--short | --minutes 60] [--outlets 200]

Two daemons run side by side against servers on loopback: one has the well-behaved outlets alone,
one the others too, and a worker of it is killed every few seconds. Told are the memory and open
files of that one over time, how many articles of well-behaved outlets came a minute to each, and
whether each of their captures is one row and one record with the server's bytes. Exits with 1 where
one of these does not hold. It asks nothing outside this machine, and does not load it: outlets
publish at their own pace, and what else the machine has to do slows both daemons alike.
"""

import argparse
import os
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from soak_hosts import BAD, Hosts, article

from scraper.archive.reader import record_at

NEW_EVERY_S = 240.0  # an outlet's next article: 180 of them bring 45 a minute
SPEED = 20  # of the program's time: new sources are spread over a quarter of an hour of it
EVERY = "40m"  # of it, that is two minutes
SETTLE = 1 / 3  # of a run, until all sources were asked and memory has come to rest
MOST_GROWTH = 1.25  # of memory and open files from then on
WARMING_MB = (
    64  # that caches may still take in a run of minutes: robots.txt, templates, connections
)
LEAST_RATE = 0.9  # of articles a minute, beside the run without bad outlets
KILL_EVERY_S = 10.0
LOST_S = 10.0  # what was served so shortly before the end may have been under way


@dataclass
class Watched:
    """What was seen of a daemon: a sample a second, what it archived, and what is wrong with it."""

    memory_mb: list[float] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    killed: int = 0
    cores: float = 0.0  # that the daemon and its workers took
    own_cores: float = 0.0  # that its main process took
    articles: float = 0.0  # of good hosts, a minute, once settled
    lag_s: float = 0.0  # from publication to capture, the median
    outcomes: Counter[tuple[str, str]] = field(
        default_factory=Counter
    )  # of captures, by kind of host
    wrong: list[str] = field(default_factory=list)

    def sample(self, pid: int) -> None:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        self.own_cores, workers = cpu_s_of(pid)
        self.cores = self.own_cores + workers
        self.memory_mb.append(pages * os.sysconf("SC_PAGE_SIZE") / 1e6)
        self.files.append(len(os.listdir(f"/proc/{pid}/fd")))  # noqa: PTH208  a count is enough

    def kill_a_worker(self, pid: int) -> bool:
        """Kill one, whatever it is about, if there is one; say whether there was."""
        children = [int(at) for at in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        with suppress(FileNotFoundError, ProcessLookupError):  # it ended by itself meanwhile
            if children:
                os.kill(random.choice(children), signal.SIGKILL)
                self.killed += 1
                return True
        return False

    def rest(self, values: list[float] | list[int]) -> tuple[float, float]:
        """Return the medians of the first and last quarter after it settled."""
        settled = values[int(len(values) * SETTLE) :]
        quarter = max(len(settled) // 4, 1)
        return statistics.median(settled[:quarter]), statistics.median(settled[-quarter:])


@dataclass(frozen=True)
class Row:
    """One exchange of a capture, as the catalog has it."""

    url: str
    outcome: str
    extract_status: str
    file: str | None
    offset: int
    type: str | None


def sources_toml(hosts: list[str], port: int) -> str:
    head = f'[defaults]\ncontact = "soak@example.org"\nevery = "{EVERY}"\nevery_min = "{EVERY}"\n'
    lines = [f'{head}every_max = "{EVERY}"\nkeep_free = "1MB"\n']
    lines += [
        f'[[outlet]]\nid = "o{host.replace(".", "-")}"\nname = "{host}"\nhome = "http://{host}:{port}/"\n'
        f'[[outlet.source]]\ntype = "feed"\nurl = "http://{host}:{port}/feed"\n'
        f'[outlet.fetch]\nallow_private = ["127.0.0.0/8"]\ntimeout = "10s"\n'
        for host in hosts
    ]
    return "\n".join(lines)


def run(good: list[str], bad: dict[str, str], seconds: float) -> Watched:
    """Run the daemon for some seconds, and look at what it did."""
    hosts = Hosts(bad, NEW_EVERY_S)
    with hosts.serving(), tempfile.TemporaryDirectory(prefix="soak-") as folder:
        root = Path(folder)
        (root / "sources.toml").write_text(sources_toml([*good, *bad], hosts.port))
        watched = watch(root, seconds, kill=bool(bad))
        ended = time.monotonic()
        judge_log((root / "log").read_text(errors="replace"), watched)
        if not (root / "archive" / "catalog.db").exists():
            return watched
        rows = catalogued(root / "archive")
        judge_rows(root / "archive", [row for row in rows if host_of(row.url) in good], watched)
        judge_pace(rows, hosts, ended, seconds, watched)
        watched.outcomes = Counter(
            (bad.get(host_of(row.url), "(good)"), f"{row.outcome}/{row.extract_status}")
            for row in rows
        )
        verified = scraper(root, "verify", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said = verified.communicate()[0].decode(errors="replace")
        watched.wrong += [f"verify: {said[-700:]}"] if verified.returncode else []
    return watched


def scraper(root: Path, *arguments: str, **options: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "scraper.cli.main", *arguments]
    return subprocess.Popen(command, cwd=root, **options)  # type: ignore[call-overload,no-any-return]  # options of several types


def watch(root: Path, seconds: float, *, kill: bool) -> Watched:
    """Run the daemon in a folder; it is stopped after some seconds."""
    clock = f"2026-03-01T00:00:00+00:00@{time.time()}x{SPEED}"
    watched, began, last_kill = Watched(), time.monotonic(), 0.0
    with (root / "log").open("wb") as log:
        environment = os.environ | {"SCRAPER_CLOCK": clock}
        daemon = scraper(root, "run", stdout=log, stderr=log, env=environment)
        while time.monotonic() - began < seconds and daemon.poll() is None:
            time.sleep(1)
            watched.sample(daemon.pid)
            is_time = kill and time.monotonic() - last_kill > KILL_EVERY_S
            if is_time and watched.kill_a_worker(daemon.pid):
                last_kill = time.monotonic()
        daemon.send_signal(signal.SIGTERM)
        code = daemon.wait(timeout=120)
    watched.cores, watched.own_cores = watched.cores / seconds, watched.own_cores / seconds
    watched.wrong += [f"the daemon ended with {code}"] if code != 143 else []
    return watched


def cpu_s_of(pid: int) -> tuple[float, float]:
    """Return the seconds of CPU that a process took, and those of its children that have ended."""
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]
    own, theirs = sum(map(int, ticks[:2])), sum(map(int, ticks[2:]))
    return own / os.sysconf("SC_CLK_TCK"), theirs / os.sysconf("SC_CLK_TCK")


def judge_log(said: str, watched: Watched) -> None:
    before, found, after = said.partition("Traceback")
    if found or watched.wrong:
        watched.wrong.append(f"in its log: {before[-700:]}{found}{after[:2500]}")


def catalogued(archive: Path) -> list[Row]:
    """Return what the catalog has of each exchange, in the order of their captures."""
    with closing(sqlite3.connect(archive / "catalog.db")) as catalog:
        rows = catalog.execute(
            "SELECT c.url, c.outcome, c.extract_status, e.response_file, e.response_offset,"
            " e.response_type FROM captures c JOIN exchanges e ON e.capture_id = c.id"
            " ORDER BY c.id, e.position"
        ).fetchall()
    return [Row(*row) for row in rows]


def judge_rows(archive: Path, rows: list[Row], watched: Watched) -> None:
    """Each capture of a good host has its record; each page one text, whoever was killed for it."""
    wrong, read = [], Counter[str]()
    for row in rows:
        was_served = article(host_of(row.url), number_of(row.url))
        if row.file is None:
            wrong += [f"{row.url}: {row.outcome}, and no record"] if row.outcome == "ok" else []
            continue
        block = record_at(archive, row.file, row.offset).block
        if row.type == "revisit":  # a recheck: its head alone
            was_served = was_served.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        if block != was_served and (row.outcome == "ok" or not was_served.startswith(block)):
            wrong.append(f"{row.url}: {row.outcome}, other bytes than were served")
        read[row.url] += row.extract_status == "ok"
    wrong += [f"{url} was read {count} times" for url, count in read.items() if count > 1]
    watched.wrong += wrong[:5]


def judge_pace(
    rows: list[Row], hosts: Hosts, ended: float, seconds: float, watched: Watched
) -> None:
    """Count the articles that came once all had settled; what was served must be catalogued."""
    known = {row.url for row in rows}
    kept = {row.url for row in rows if row.outcome == "ok"}
    settled = ended - seconds * (1 - SETTLE)
    first = {url: moments[0] for url, moments in hosts.served.items()}
    lost = [url for url, moment in first.items() if moment < ended - LOST_S and url not in known]
    watched.wrong += [f"{url} was served and is not catalogued" for url in lost[:5]]
    came = [url for url in kept if url in first and first[url] >= settled]
    watched.articles = len(came) / (ended - settled) * 60
    lags = [first[url] - hosts.published(host_of(url), number_of(url)) for url in came]
    watched.lag_s = statistics.median(lags) if lags else float("inf")


def host_of(url: str) -> str:
    return url.split("/")[2].split(":")[0]


def number_of(url: str) -> int:
    return int(url.rsplit("/a", 1)[-1])


def pace_of(seen: Watched) -> str:
    lag = f"{seen.lag_s:.1f} s after they were published"
    cores = f"{seen.cores:.2f} cores ({seen.own_cores:.2f} of them the main process)"
    return f"{seen.articles:.0f} articles a minute, {lag}; {cores}"


def told(good: int, bad: int, alone: Watched, beside: Watched) -> list[str]:
    """Print what was seen of both runs; return what is wrong."""
    if not alone.articles or not beside.articles:
        return [*alone.wrong, *beside.wrong, "nothing was captured"]
    memory, memory_end = beside.rest(beside.memory_mb)
    files, files_end = beside.rest(beside.files)
    print(f"{good} good outlets alone: {pace_of(alone)}")
    print(f"beside {bad} bad ones, {beside.killed} workers killed: {pace_of(beside)}")
    most, most_files = max(beside.memory_mb), max(beside.files)
    print(f"memory {memory:.0f} MB settled, {memory_end:.0f} at the end, {most:.0f} at most")
    print(f"open files {files:.0f} settled, {files_end:.0f} at the end, {most_files} at most")
    for (kind, outcome), count in sorted(beside.outcomes.items()):
        print(f"  {kind:<10} {outcome:<24} {count}")
    wrong = alone.wrong + beside.wrong
    wrong += ["memory grows"] if memory_end > memory * MOST_GROWTH + WARMING_MB else []
    wrong += ["open files grow"] if files_end > files * MOST_GROWTH else []
    is_fair = beside.articles >= alone.articles * LEAST_RATE
    return wrong + ([] if is_fair else ["the good outlets wait for the bad"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--outlets", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--short", action="store_true", help="ten minutes")
    args = parser.parse_args()
    minutes = 10 if args.short else args.minutes
    hosts = [f"127.40.{n // 200}.{1 + n % 200}" for n in range(args.outlets)]
    bad = {host: BAD[n % len(BAD)] for n, host in enumerate(hosts[::10])}
    good = [host for host in hosts if host not in bad]
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load {load:.1f}; {minutes:g} minutes")
    with ThreadPoolExecutor(2) as runs:
        alone, beside = runs.map(lambda bad: run(good, bad, minutes * 60), [{}, bad])
    wrong = told(len(good), len(bad), alone, beside)
    print("\n".join(wrong) or "every capture is one row and one record, with the server's bytes")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
