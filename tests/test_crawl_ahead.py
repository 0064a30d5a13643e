"""A page is fetched while those before it are read and kept; how many, is bounded."""

import asyncio
import resource
from collections.abc import Callable
from contextlib import aclosing
from datetime import date, timedelta
from pathlib import Path

import pytest
from ledger import LedgerServer, answer, eventually
from line_runs import story_page
from passes import feed_at, in_line, outlet_of, rss, settings_of, targets, with_robots

from scraper import line as line_room
from scraper.clock import now
from scraper.crawl import Filed, run_pass
from scraper.daemon import Daemon
from scraper.extract import Extractor
from scraper.extract.frames import Known
from scraper.line import Line, Settings, most_files
from scraper.model import Extraction, ExtractStatus, Outlet, Page

STORIES = [f"/story-{number}" for number in range(6)]
HTML = "Content-Type: text/html"


class Patient(Extractor):
    """An extractor that reads nothing, and not before something is true or patience ends."""

    def __init__(self, is_true: Callable[[], bool], *, patience_s: float = 20) -> None:
        super().__init__(1)
        self.is_true, self.patience_s, self.seen = is_true, patience_s, list[bool]()

    async def extract(
        self,
        page: Page,
        outlet: Outlet | None = None,
        captured: date | None = None,
        *,
        with_blocks: bool = False,
        known: Known | None = None,
    ) -> Extraction:
        waited = asyncio.to_thread(eventually, self.is_true, seconds=self.patience_s)
        self.seen.append(await waited)
        return Extraction(status=ExtractStatus.NO_ARTICLE, detail="nobody looked")


def newsstand() -> LedgerServer:
    def respond(_request: bytes, target: str) -> bytes:
        if target == "/feed":
            return rss(*(server.url(path) for path in STORIES))
        return answer(story_page(f"Story {target}"), HTML)

    server = LedgerServer(with_robots("User-agent: *\nDisallow:\n", respond))
    return server


def unfinished_in(archive: Path) -> list[str]:
    return sorted(path.parent.name for path in archive.glob("warc/*/*.open"))


def asked(server: LedgerServer) -> int:
    return sum(target in STORIES for target in targets(server))


def passed(settings: Settings, extractor: Extractor) -> list[Filed]:
    async def work(line: Line) -> list[Filed]:
        line.extractor = extractor
        async with extractor, aclosing(run_pass(line, line.outlets())) as results:
            return [one async for one in results if isinstance(one, Filed)]

    return in_line(settings, work)


def test_the_next_page_is_fetched_while_one_is_being_read(tmp_path: Path) -> None:
    with newsstand() as server:
        patient = Patient(lambda: asked(server) >= 2)
        outlet = outlet_of(feed_at(server.url("/feed")))
        filed = passed(settings_of(tmp_path, outlet), patient)

    assert len(filed) == len(STORIES)
    assert patient.seen == [True] * len(STORIES)


def test_no_more_is_fetched_while_many_pages_are_not_kept(tmp_path: Path) -> None:
    most = []
    with newsstand() as server:

        def is_beyond_the_bound() -> bool:
            most.append(asked(server) - len(patient.seen))
            return most[-1] > 3

        # Half a second is for what must not happen: without a bound all is asked for by then.
        patient = Patient(is_beyond_the_bound, patience_s=0.5)
        outlet = outlet_of(feed_at(server.url("/feed")))
        settings = settings_of(tmp_path, outlet, unfinished=2, concurrency=1)
        assert len(passed(settings, patient)) == len(STORIES)

    assert max(most) <= 3  # two that are not kept, and one that was on its way


def test_the_file_of_the_outlet_longest_unused_is_closed_where_too_many_are_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_room, "most_files", lambda: 2)

    async def work(line: Line) -> list[str]:
        for outlet in line.outlets():
            [first, *_] = [*outlet.sources]
            capture = await line.politely.fetch(first.url, outlet)
            line.writer(outlet).write_exchanges(capture.exchanges)
        return unfinished_in(tmp_path)

    with newsstand() as server:
        feed = feed_at(server.url("/feed"))
        names = ("a", "b", "c")
        outlets = [outlet_of(feed, name=name) for name in names]
        still_open = in_line(settings_of(tmp_path, *outlets), work)

    assert still_open == ["b", "c"]
    assert len(list(tmp_path.glob("warc/a/*.warc.gz"))) == 1


def test_as_many_files_may_be_open_as_the_system_lets_a_process_have() -> None:
    most = most_files()

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert most >= 500
    assert soft == resource.RLIM_INFINITY or soft >= 2 * most


def test_sources_under_way_do_not_hide_those_that_get_due_behind_them(tmp_path: Path) -> None:
    hanging = LedgerServer(lambda *_: [30.0], address="127.0.0.2")
    with hanging, newsstand() as server:
        slow = outlet_of(*(feed_at(hanging.url(f"/{number}")) for number in range(12)), name="slow")
        other = outlet_of(feed_at(server.url("/feed")), name="other")

        async def work(line: Line) -> bool:
            daemon = Daemon(line)
            schedule = line.catalog.schedule
            schedule.sync([slow], now() - timedelta(hours=1))
            daemon.look()
            schedule.sync([slow, other], now() - timedelta(minutes=30))
            daemon.look()
            was_asked = await asyncio.to_thread(eventually, lambda: bool(server.requests))
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            return was_asked

        settings = settings_of(tmp_path, slow, other, concurrency=2)
        assert in_line(settings, work)
