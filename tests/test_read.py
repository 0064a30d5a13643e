"""Pages are read again from the archive, revisits with the body of what they refer to."""

import asyncio
from dataclasses import replace
from pathlib import Path

from ledger import LedgerServer, answer, serve
from line_runs import settings_for, story_page, with_warm_workers
from warm_workers import run_warm

from scraper.clock import now
from scraper.config import empty_sources
from scraper.crawl import Filed, Job, capture_article
from scraper.line import Line, outlet_of
from scraper.model import Link, Source
from scraper.read import read_capture
from scraper.store.catalog import Catalog

HTML = "Content-Type: text/html"


def captured_twice(archive: Path, server: LedgerServer) -> list[Filed]:
    """Capture a link of the schedule, and look at it once more."""
    url = server.url("/story")

    async def run() -> list[Filed]:
        async with Line(with_warm_workers(settings_for(archive))) as line:
            outlet = outlet_of(empty_sources(), url, ("127.0.0.0/8",))
            source, schedule = Source(type="feed", url=server.url("/feed")), line.catalog.schedule
            schedule.announce(outlet, source, [Link(url=url, source=source.url)], now())
            results = []
            for _ in range(2):
                row = schedule.link(url)
                assert row is not None
                schedule.claim([row], now(), owner=line.owner)
                results.append(await capture_article(line, Job(url=url, outlet=outlet, row=row)))
            return results

    return run_warm(run())


def test_an_unchanged_page_is_a_revisit_and_reads_like_its_original(tmp_path: Path) -> None:
    with serve({"/story": answer(story_page(), HTML)}) as server:
        first, second = captured_twice(tmp_path, server)

    assert first.text is not None
    assert second.text is None
    assert first.is_done
    assert second.is_done
    assert second.recorded[0].response is not None
    assert second.recorded[0].response.type == "revisit"
    with Catalog.open(tmp_path / "catalog.db") as catalog:
        for filed in (first, second):
            assert filed.id is not None
            detail = catalog.capture(filed.id)
            assert detail is not None
            again = asyncio.run(read_capture(tmp_path, catalog, empty_sources(), detail))
            assert again.article is not None
            assert again.article.blocks
            assert replace(again.article, blocks=()) == first.extraction.article


def test_the_catalog_calls_it_unchanged(tmp_path: Path) -> None:
    with serve({"/story": answer(story_page(), HTML)}) as server:
        captured_twice(tmp_path, server)

    with Catalog.open(tmp_path / "catalog.db") as catalog:
        verdicts = [row.verdict for row in catalog.captures(newest_first=False)]
    assert verdicts == ["captured", "unchanged"]
