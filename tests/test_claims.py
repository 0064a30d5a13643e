"""What a one-off pass had taken is free again when it ends, however it ends."""

import os
import socket
import subprocess
import sys
from contextlib import aclosing
from pathlib import Path

import pytest
from ledger import LedgerServer, answer
from line_runs import story_page
from passes import (
    feed_at,
    in_line,
    outlet_of,
    pass_over,
    rss,
    settings_of,
    targets,
    with_robots,
)

from scraper.claims import is_gone
from scraper.clock import now
from scraper.crawl import Filed, run_pass
from scraper.line import Line


def ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_process_that_ended_is_gone_and_no_other() -> None:
    here = socket.gethostname()

    assert is_gone(f"{here}:{ended_process()}")
    assert not is_gone(f"{here}:{os.getpid()}")
    assert not is_gone(f"{here}:1")
    assert not is_gone(f"elsewhere:{ended_process()}")
    assert not is_gone("daemon")
    assert not is_gone("backfill wall")


def newsstand() -> LedgerServer:
    def respond(_request: bytes, target: str) -> bytes:
        if target == "/feed":
            return rss(*(server.url(f"/story-{number}") for number in range(3)))
        return answer(story_page(f"Story {target}"), "Content-Type: text/html")

    server = LedgerServer(with_robots("User-agent: *\nDisallow:\n", respond))
    return server


@pytest.mark.parametrize(("owner", "captured"), [("gone", 3), ("at work", 0)])
def test_a_pass_takes_what_a_killed_one_had_taken_and_leaves_what_another_has(
    tmp_path: Path, owner: str, captured: int
) -> None:
    number = ended_process() if owner == "gone" else os.getppid()

    async def take(line: Line) -> int:
        schedule = line.catalog.schedule
        name = f"{socket.gethostname()}:{number}"
        return len(schedule.claim(schedule.links(), now(), owner=name))

    with newsstand() as server:
        settings = settings_of(tmp_path, outlet_of(feed_at(server.url("/feed"))))
        pass_over(settings, most=0)
        assert in_line(settings, take) == 3

        _, filed = pass_over(settings)

    assert len(filed) == captured


def test_a_pass_that_is_broken_off_gives_back_what_it_did_not_come_to(tmp_path: Path) -> None:
    async def break_off(line: Line) -> tuple[str, ...]:
        async with aclosing(run_pass(line, line.outlets())) as results:
            async for result in results:
                if isinstance(result, Filed):
                    break
        return line.catalog.schedule.owners()

    with newsstand() as server:
        outlet = outlet_of(feed_at(server.url("/feed")))
        settings = settings_of(tmp_path, outlet, concurrency=1, unfinished=1)
        assert in_line(settings, break_off) == ()
        _, filed = pass_over(settings)
        asked = [target for target in targets(server) if target.startswith("/story")]

    assert len(filed) < 3  # what was under way is kept, which may be all
    assert set(asked) == {"/story-0", "/story-1", "/story-2"}
