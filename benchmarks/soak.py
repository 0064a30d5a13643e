"""Outlets of which a tenth misbehaves, workers killed all along: is it flat, fair and complete?

    python benchmarks/soak.py [--short | --minutes 60] [--outlets 200]

The daemon runs as a process of its own against a server on loopback, twice: with the well-behaved
outlets alone, then with the others too, a worker killed every few seconds. Told are the memory and
open files of the daemon over time, how many articles of well-behaved outlets came a minute in each
run, and whether each of their captures is one row and one record with the server's bytes. Exits
with 1 where one of these does not hold. It asks nothing outside this machine.
"""

import argparse
import asyncio
import contextlib
import gzip
import os
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from scraper.archive.reader import record_at

NEW_EVERY_S = 12.0  # an outlet's next article
SETTLE = 0.34  # of a run, until memory has come to rest
MOST_GROWTH = 1.25  # of memory from then on
SPEED = 20  # of the program's time: new sources are spread over a quarter of an hour of it
LEAST_RATE = 0.85  # of articles a minute, beside the run without bad outlets
KILL_EVERY_S = 5.0
HEAD = "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n"
BAD = (
    "silence", "drip", "endless", "bomb", "cut", "forged", "head", "deep", "garbage", "loop",
    "laughs", "items", "private", "interim", "chunks", "noise", "reset", "robots", "attributes",
    "charset",
)  # fmt: skip


def article(host: str, number: int) -> bytes:
    story = "".join(
        f"<p>In the year {n + number} {host} met, and put off vote {n} once more.</p>"
        for n in range(12)
    )
    page = f"<html><head><title>Vote {number}</title></head><article><h1>Vote {number}</h1>{story}"
    return response(page.encode(), "text/html")


def response(body: bytes, kind: str = "text/html", more: str = "") -> bytes:
    head = HEAD.format(kind, len(body))
    return (head[:-2] + more + "\r\n").encode() + body


@dataclass
class Server:
    """Answers for every address of loopback; `bad` names how a host misbehaves."""

    bad: dict[str, str]
    began: float = field(default_factory=time.monotonic)
    articles: Counter[str] = field(default_factory=Counter)  # by host
    port: int = 0

    async def serve(self, ready: threading.Event, stop: threading.Event) -> None:
        server = await asyncio.start_server(self._talk, "0.0.0.0", 0, backlog=512)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await asyncio.to_thread(stop.wait)
        server.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            while True:
                request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                target = request.split(" ", 2)[1]
                host = request.lower().split("\r\nhost: ", 1)[1].split(":", 1)[0]
                async for piece in self._answer(host, target):
                    writer.write(piece)
                    await writer.drain()
                if host in self.bad:
                    break
        writer.close()

    async def _answer(self, host: str, target: str) -> AsyncIterator[bytes]:
        kind = self.bad.get(host, "")
        if target == "/robots.txt" and kind != "robots":
            yield response(b"User-agent: *\nDisallow:\n", "text/plain")
        elif target == "/feed" and kind not in {"laughs", "items"}:
            yield response(self._feed(host), "text/xml")
        elif kind:
            async for piece in misbehaving(kind):
                yield piece
        else:
            self.articles[host] += 1
            yield article(host, int(target[2:]))

    def _feed(self, host: str) -> bytes:
        newest = int((time.monotonic() - self.began) / NEW_EVERY_S) + 1
        items = "".join(
            f"<item><title>Vote {n}</title><link>http://{host}:{self.port}/a{n}</link></item>"
            for n in range(max(newest - 30, 0), newest)
        )
        return f"<rss><channel><title>{host}</title>{items}</channel></rss>".encode()


async def misbehaving(kind: str) -> AsyncIterator[bytes]:
    """Yield what a bad outlet sends instead of a page, feed or robots.txt."""
    ok = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
    page = article("bad", 1)
    at_once = {
        "bomb": response(gzip.compress(bytes(60_000_000), 6), more="Content-Encoding: gzip\r\n"),
        "cut": page[:-300],
        "forged": page + page,
        "head": ok + b"X: y\r\n" * 30_000 + b"\r\n",
        "deep": response(b"<div>" * 200_000),
        "garbage": b"\x1b[2J\r\n\r\n",
        "loop": b"HTTP/1.1 302 X\r\nLocation: /a1\r\nContent-Length: 0\r\n\r\n",
        "private": b"HTTP/1.1 302 X\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n",
        "laughs": response(b"<!DOCTYPE rss [<!ENTITY a 'ha'>]><rss><channel>&a;" * 9, "text/xml"),
        "items": response(
            b"<rss><channel>" + b"<item><title>x</title></item>" * 150_000, "text/xml"
        ),
        "interim": b"HTTP/1.1 103 X\r\n\r\n" * 20_000,
        "chunks": ok + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 120_000,
        "noise": response(random.Random(1).randbytes(400_000)),
        "reset": b"",
        "robots": b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n",
        "attributes": response(b"<p " + b"a=1 " * 200_000 + b">x"),
        "charset": response("сказал".encode("utf-16-le") * 9_000, "text/html; charset=utf-7"),
    }
    if kind in at_once:
        yield at_once[kind]
        return
    yield b"" if kind == "silence" else ok + b"\r\n"
    for _ in range(2_000):
        yield {"endless": b"y" * 100_000}.get(kind, b"" if kind == "silence" else b".")
        await asyncio.sleep(0.001 if kind == "endless" else 0.1)


@dataclass
class Watched:
    """What was seen of a daemon, a sample a second."""

    memory_mb: list[float] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    killed: int = 0

    def sample(self, pid: int) -> None:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        self.memory_mb.append(pages * os.sysconf("SC_PAGE_SIZE") / 1e6)
        self.files.append(len(os.listdir(f"/proc/{pid}/fd")))  # noqa: PTH208  a count is enough

    def kill_a_worker(self, pid: int) -> None:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if children:
            os.kill(int(random.choice(children)), signal.SIGKILL)
            self.killed += 1

    def rest(self, values: list[float] | list[int]) -> tuple[float, float]:
        """Return the medians of the first and last quarter after it settled."""
        settled = values[int(len(values) * SETTLE) :]
        quarter = max(len(settled) // 4, 1)
        return statistics.median(settled[:quarter]), statistics.median(settled[-quarter:])


def sources_toml(hosts: list[str], port: int) -> str:
    head = '[defaults]\ncontact = "soak@example.org"\nevery = "5m"\nevery_min = "2m"\n'
    lines = [f'{head}every_max = "5m"\nkeep_free = "1MB"\n']
    lines += [
        f'[[outlet]]\nid = "o{host.replace(".", "-")}"\nname = "{host}"\nhome = "http://{host}:{port}/"\n'
        f'[[outlet.source]]\ntype = "feed"\nurl = "http://{host}:{port}/feed"\n'
        f'[outlet.fetch]\nallow_private = ["127.0.0.0/8"]\ntimeout = "5s"\n'
        for host in hosts
    ]
    return "\n".join(lines)


def run(good: list[str], bad: dict[str, str], seconds: float) -> tuple[float, Watched, list[str]]:
    """Run the daemon; return articles a minute of good hosts, what was seen, and what is wrong."""
    server, ready, stop = Server(bad), threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(ready, stop)), daemon=True)
    thread.start()
    ready.wait()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        root = Path(folder)
        (root / "sources.toml").write_text(sources_toml([*good, *bad], server.port))
        log = (root / "log").open("wb")
        moment = f"2026-03-01T00:00:00+00:00@{time.time()}x{SPEED}"
        daemon = subprocess.Popen(
            [sys.executable, "-m", "scraper.cli.main", "run"],
            cwd=root,
            stderr=log,
            stdout=log,
            env=os.environ | {"SCRAPER_CLOCK": moment},
        )
        watched, began, last_kill = Watched(), time.monotonic(), 0.0
        while time.monotonic() - began < seconds and daemon.poll() is None:
            time.sleep(1)
            watched.sample(daemon.pid)
            if bad and time.monotonic() - last_kill > KILL_EVERY_S:
                watched.kill_a_worker(daemon.pid)
                last_kill = time.monotonic()
        daemon.send_signal(signal.SIGTERM)
        code = daemon.wait(timeout=120)
        wrong = [f"the daemon ended with {code}"] if code not in {143, -signal.SIGTERM} else []
        said = (root / "log").read_text(errors="replace")
        wrong += (
            [f"in its log: {said[said.index('Traceback') :][-700:]}"] if "Traceback" in said else []
        )
        rows, more = audited(root / "archive", set(good))
        verified = subprocess.run(
            [sys.executable, "-m", "scraper.cli.main", "verify"],
            cwd=root,
            capture_output=True,
            text=True,
        )
        wrong += more + ([verified.stderr[-500:]] if verified.returncode else [])
    stop.set()
    return rows / seconds * 60, watched, wrong


def audited(archive: Path, good: set[str]) -> tuple[int, list[str]]:
    """Return how many captures good hosts have, and what is wrong with any of them."""
    with closing(sqlite3.connect(archive / "catalog.db")) as catalog:
        rows = catalog.execute(
            "SELECT c.url, c.outcome, e.response_file, e.response_offset FROM captures c"
            " JOIN exchanges e ON e.capture_id = c.id"
        ).fetchall()
    wrong, seen = [], Counter[str]()
    for url, outcome, file, offset in rows:
        host, number = url.split("/")[2].split(":")[0], url.rsplit("/a", 1)[-1]
        if host not in good:
            continue
        if outcome != "ok":  # fetched again later; what it left is verify's to judge
            continue
        seen[url] += 1
        if record_at(archive, file, offset).block != article(host, int(number)):
            wrong.append(f"{url}: other bytes than were served")
    wrong += [f"{url} has {count} captures" for url, count in seen.items() if count > 1]
    return len(seen), wrong[:5]


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
    print(f"{os.cpu_count()} cores, load {load:.1f}; {minutes:g} minutes, a third without bad ones")
    alone, _, wrong = run(good, {}, minutes * 20)
    beside, watched, more = run(good, bad, minutes * 40)
    (memory, memory_end), (files, files_end) = (
        watched.rest(watched.memory_mb),
        watched.rest(watched.files),
    )
    print(f"{len(good)} good outlets alone: {alone:.0f} articles a minute")
    print(f"beside {len(bad)} bad ones, {watched.killed} workers killed: {beside:.0f} a minute")
    most = max(watched.memory_mb)
    print(f"memory {memory:.0f} MB settled, {memory_end:.0f} at the end, {most:.0f} at most")
    print(
        f"open files {files:.0f} settled, {files_end:.0f} at the end, {max(watched.files)} at most"
    )
    wrong += more
    wrong += [] if alone and beside else ["nothing was captured"]
    wrong += ["memory grows"] if memory_end > memory * MOST_GROWTH else []
    wrong += ["open files grow"] if files_end > files * MOST_GROWTH else []
    wrong += ["the good outlets wait for the bad"] if beside < alone * LEAST_RATE else []
    print("\n".join(wrong) or "every capture is one row and one record, with the server's bytes")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
