"""Promises 11 and 12 where one signal or one missed poll is not all: a second signal, a poll that
outlasts its interval, clocks that jump, days of 23 and 25 hours."""

import signal
import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import run
from sys import executable
from threading import Lock

import pytest
from archive_samples import NOW
from ledger import LedgerServer, Step, eventually
from line_runs import warcs_in
from schedules import DAY, FEED, MINUTE, WALL, open_catalog
from test_daemon import daemon, log_of, newsstand, outlet, targets

from scraper.config import next_time
from scraper.daemon import STOP_S
from scraper.store.catalog import Catalog
from scraper.store.schedule_rows import SourceResult

# --- promise 11 ----------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_promise_11_a_second_signal_ends_it_at_once_and_the_archive_is_whole(
    tmp_path: Path, number: signal.Signals
) -> None:
    def slowly(request: bytes, target: str) -> Iterable[Step]:
        whole = newsstand(request, target)
        yield whole[:-20]
        if target == "/1":
            yield 60.0
        yield whole[-20:]

    with LedgerServer(slowly) as server:
        (tmp_path / "sources.toml").write_text(outlet("one", server))
        with daemon(tmp_path) as process:
            assert eventually(lambda: "/1" in targets(server)), log_of(tmp_path)

            process.send_signal(number)
            process.send_signal(number)

            began = time.monotonic()
            assert process.wait(40) in {128 + number, -number}
            assert time.monotonic() - began < STOP_S  # which one signal might take
    files = warcs_in(tmp_path / "archive")
    assert files
    checked = run([executable, "-m", "warcio.cli", "check", *files], check=False)
    assert checked.returncode == 0


# --- promise 12 ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_promise_12_a_poll_that_outlasts_its_interval_is_not_begun_twice(tmp_path: Path) -> None:
    under_way: Counter[str] = Counter()
    most: Counter[str] = Counter()
    lock = Lock()

    def slowly(request: bytes, target: str) -> Iterable[Step]:
        with lock:
            under_way[target] += 1
            most[target] = max(most[target], under_way[target])
        yield 1.5 if target == "/feed" else 0.0  # the interval is a second
        yield newsstand(request, target)
        with lock:
            under_way[target] -= 1

    with LedgerServer(slowly) as server:
        text = '[defaults]\nevery_min = "10m"\nevery_max = "10m"\n'
        (tmp_path / "sources.toml").write_text(text + outlet("one", server, every="10m"))
        with daemon(tmp_path, speed=600.0):
            assert eventually(lambda: targets(server).count("/feed") >= 3)

    assert most["/feed"] == 1


@pytest.mark.parametrize("jump", [timedelta(hours=1), 3 * DAY, 400 * DAY])
def test_promise_12_a_clock_that_jumps_ahead_brings_one_poll_for_all_that_it_passed(
    tmp_path: Path, jump: timedelta
) -> None:
    path, answer = tmp_path / "catalog.db", SourceResult(outcome="ok")
    with open_catalog(path) as catalog:
        catalog.schedule.sync([WALL], NOW)
        for source in WALL.sources:
            catalog.schedule.source_done(WALL, source.url, answer, NOW)

    with Catalog.open(path) as catalog:
        schedule, later = catalog.schedule, NOW + jump
        assert [row.url for row in schedule.due_sources(later)].count(FEED.url) == 1
        schedule.source_done(WALL, FEED.url, answer, later)
        due = schedule.due_sources(later + MINUTE)
        assert FEED.url not in [row.url for row in due]


def test_promise_12_a_clock_that_jumps_back_brings_no_poll_twice(tmp_path: Path) -> None:
    with open_catalog(tmp_path / "catalog.db") as catalog:
        schedule = catalog.schedule
        schedule.sync([WALL], NOW)
        done = schedule.source_done(WALL, FEED.url, SourceResult(outcome="ok"), NOW)

        for back in (MINUTE, timedelta(hours=1), DAY):
            assert FEED.url not in [row.url for row in schedule.due_sources(NOW - back)]
        assert FEED.url in [row.url for row in schedule.due_sources(done.next_due)]


@pytest.mark.parametrize(
    "first", [datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 10, 23, tzinfo=UTC)]
)
def test_promise_12_days_of_23_and_25_hours_have_one_moment_each(
    first: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        moments = [first]
        for _ in range(5):
            moments.append(next_time("30 2 * * *", moments[-1]))
    finally:
        monkeypatch.undo()
        time.tzset()

    assert moments[1:] == [first + n * DAY + timedelta(hours=2, minutes=30) for n in range(5)]
