"""Kill -9 at any moment and between any two steps: what was acknowledged is there, once and whole.

The server keeps a ledger of what it sent; no two answers of it are alike.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from ledger import LedgerServer, answer
from line_runs import settings_for, story_page, warcs_in
from test_reindex import HTML

from scraper.archive.open_file import OPEN_SUFFIX
from scraper.archive.reader import record_at
from scraper.config import load_sources
from scraper.line import Line, Settings
from scraper.reindex import reindex
from scraper.store.catalog import Catalog
from scraper.verify.run import Tally, verify_archive

# A pass that tells its parent of each link that is done; told to die before or after the n-th call
# of a function, it does. Names are those in the modules that use them.
PASS = """
import asyncio, os, signal, sys
from contextlib import aclosing
from importlib import import_module
from itertools import count
from pathlib import Path
from test_kills import settings_in
from scraper.crawl import run_pass
from scraper.line import Line
from scraper.reindex import reindex

folder, when, step, calls = sys.argv[1:]
called = count(1)  # threads share it

def deadly(kept):
    def dies(*words, **named):
        is_last = next(called) == int(calls)
        if is_last and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = kept(*words, **named)
        if is_last:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    return dies

if step:
    module, *names = step.split(":")
    place = import_module(module if module == "pathlib" else "scraper." + module)
    for name in names[:-1]:
        place = getattr(place, name)
    setattr(place, names[-1], deadly(getattr(place, names[-1])))

async def run():
    async with Line(settings_in(Path(folder))) as line:
        await reindex(line)
        line.catalog.schedule.release()  # as the daemon does: what a killed run had taken
        async with aclosing(run_pass(line, line.outlets())) as results:
            async for result in results:
                if hasattr(result, "capture") and result.id is not None:
                    print(result.capture.url, flush=True)

asyncio.run(run())
"""


def settings_in(folder: Path) -> Settings:
    sources = load_sources(folder / "sources.toml")
    return settings_for(folder / "archive", sources=sources, workers=1)


@contextmanager
def newsstand(folder: Path, links: list[str]) -> Iterator[LedgerServer]:
    """Serve an outlet whose feed announces some links; each answer has a number of its own."""
    serial = count()

    def respond(request: bytes, target: str) -> bytes:
        host = request.split(b"Host: ", 1)[1].split(b"\r\n", 1)[0].decode()
        if target == "/feed":
            items = "".join(f"<item><link>http://{host}{link}</link></item>" for link in links)
            body = f"<rss><channel>{items}</channel></rss>".encode()
            return answer(body, "Content-Type: text/xml")
        if target == "/robots.txt":
            return answer(b"", status="404 Not Found")
        if target.startswith("/moved"):
            return answer(b"", f"Location: /led{target}", status="301 Moved Permanently")
        return answer(story_page(f"Story {next(serial)} of {target}"), HTML)

    with LedgerServer(respond) as server:
        (folder / "sources.toml").write_text(
            f'[[outlet]]\nid = "wall"\nname = "Wall"\nhome = "{server.url()}"\ndelay = "0s"\n'
            f'[[outlet.source]]\ntype = "feed"\nurl = "{server.url("/feed")}"\n'
            '[outlet.fetch]\nallow_private = ["127.0.0.0/8"]\n'
        )
        yield server


def start(folder: Path, when: str = "", step: str = "", calls: int = 0) -> "subprocess.Popen[str]":
    here = Path(__file__).parent
    return subprocess.Popen(
        [sys.executable, "-c", PASS, folder, when, step, str(calls)],
        env={"PYTHONPATH": f"{here}:{here.parent}", "PATH": os.environ["PATH"]},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: "subprocess.Popen[str]", acknowledged: Counter[str]) -> int:
    """Wait for a pass, and count what it acknowledged."""
    out, err = process.communicate(timeout=900)
    acknowledged.update(line for line in out.splitlines(keepends=True) if line.endswith("\n"))
    assert process.returncode in {0, -signal.SIGKILL}, err
    return process.returncode


def recovered(folder: Path) -> None:
    """Do what every start does, and nothing else."""

    async def run() -> None:
        async with Line(settings_in(folder)) as line:
            await reindex(line)

    asyncio.run(run())


def assert_proven(folder: Path, server: LedgerServer, acknowledged: Counter[str]) -> set[str]:
    """Hold catalog, records and ledger against each other; return the URLs that are done."""
    archive = folder / "archive"
    sent = Counter(one for link in server.log for one in link.responses)
    with Catalog.open(archive / "catalog.db", create=False) as catalog:
        rows = Counter(row.url for row in catalog.captures())
        for row in catalog.captures():
            detail = catalog.capture(row.id)
            assert detail is not None
            for each in detail.exchanges:
                assert each.response_file is not None
                assert each.response_offset is not None
                stored = record_at(archive, each.response_file, each.response_offset)
                assert sent[stored.block] >= 1, "the archive has what the server sent"
        findings = list(verify_archive(archive, catalog, Tally(), lambda _: None))
    assert [str(finding) for finding in findings] == []
    assert set(acknowledged.values()) <= {1}, "a link is done once"
    assert set(rows.values()) <= {1}, "what is done has one row"
    assert {url.strip() for url in acknowledged} <= set(rows)
    assert [path.name for path in warcs_in(archive) if path.suffix == OPEN_SUFFIX] == []
    return set(rows)


STEPS = [
    ("archive.open_file:_created", 1),  # the WARC file has its name
    ("archive.open_file:write_all", 2),  # of a call's members one or two are written
    ("archive.open_file:write_all", 6),
    ("archive.open_file:sync_data", 2),
    ("crawl:archive", 2),
    ("crawl:extract", 2),
    ("disk:write_all", 2),  # of a text; the first is of a lock
    ("disk:os:fsync", 2),
    ("store.text_files:write_whole", 1),  # the text has its name
    ("crawl:write_down", 2),
    ("store.catalog:save", 2),  # within the transaction
    ("store.catalog:Catalog:save_captures", 1),
    ("archive.open_file:OpenFile:close", 1),
    ("pathlib:Path:rename", 1),
]
RECOVERY = [
    ("archive.recovery:_keep_tail", 1),
    ("archive.recovery:os:ftruncate", 1),
    ("archive.recovery:os:fsync", 2),
    ("archive.recovery:sync_folder", 1),
    ("archive.recovery:_recovered", 1),
    ("reindex:_gap", 1),
    ("reindex:extract", 1),
    ("reindex:_written", 1),
    ("reindex:_result", 1),
]


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
def test_promise_2_a_kill_at_each_step_from_fetch_to_acknowledgement(
    tmp_path: Path, when: str
) -> None:
    acknowledged: Counter[str] = Counter()
    links: list[str] = []
    with newsstand(tmp_path, links) as server:
        for step, calls in STEPS:
            links += links_of(step, calls)
            assert ended(start(tmp_path, when, step, calls), acknowledged) != 0, step
            recovered(tmp_path)
            assert_proven(tmp_path, server, acknowledged)

        assert ended(start(tmp_path), acknowledged) == 0
        assert len(assert_proven(tmp_path, server, acknowledged)) == len(links)


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
def test_promise_2_a_kill_at_each_step_of_the_recovery_itself(tmp_path: Path, when: str) -> None:
    acknowledged: Counter[str] = Counter()
    links: list[str] = []
    with newsstand(tmp_path, links) as server:
        for step, calls in RECOVERY:
            links += links_of(step, calls)
            assert ended(start(tmp_path, "after", "crawl:extract", 3), acknowledged) != 0
            [left] = (tmp_path / "archive").glob(f"warc/wall/*{OPEN_SUFFIX}")
            with left.open("ab") as file:
                file.write(left.read_bytes()[:100])  # a torn tail
            assert ended(start(tmp_path, when, step, calls), acknowledged) != 0, step
            ended(start(tmp_path, when, step, calls), acknowledged)
            recovered(tmp_path)
            assert_proven(tmp_path, server, acknowledged)

        assert ended(start(tmp_path), acknowledged) == 0
        assert len(assert_proven(tmp_path, server, acknowledged)) == len(links)


def links_of(step: str, calls: int) -> list[str]:
    """Return four links that no other step has, one of which has moved."""
    name = f"{step.replace(':', '-')}-{calls}"
    return [f"/{name}/0", f"/{name}/1", f"/moved/{name}", f"/{name}/3"]


def killed_at_random(folder: Path, kills: int, seed: int) -> None:
    dice = random.Random(seed)
    links: list[str] = []
    acknowledged: Counter[str] = Counter()
    with newsstand(folder, links) as server:
        for _ in range(kills):
            links += [
                f"/{'moved' if dice.random() < 0.2 else ''}{len(links) + n}" for n in range(9)
            ]
            process = start(folder)
            time.sleep(dice.uniform(0.7, 3.0))
            process.send_signal(signal.SIGKILL)
            ended(process, acknowledged)
            recovered(folder)
            assert_proven(folder, server, acknowledged)
        assert ended(start(folder), acknowledged) == 0
        assert len(assert_proven(folder, server, acknowledged)) == len(links)


@pytest.mark.slow
def test_promise_1_twenty_kills_at_random_moments_lose_nothing(tmp_path: Path) -> None:
    killed_at_random(tmp_path, 20, seed=1)


@pytest.mark.rehearsal
def test_promise_1_two_hundred_kills_at_random_moments_lose_nothing(tmp_path: Path) -> None:
    killed_at_random(tmp_path, 200, seed=2)
