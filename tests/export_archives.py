"""A small archive with a past, for the tests of what is taken out of archives."""

import shutil
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from ledger import LedgerServer, answer, serve
from line_runs import STORY, capture, settings_for, story_page
from passes import (
    ALL_ALLOWED,
    DAY,
    HOUR,
    LOCAL,
    START,
    at,
    feed_at,
    outlet_of,
    pass_over,
    rss,
    settings_of,
    with_robots,
)

from scraper.config import empty_sources
from scraper.crawl import Filed
from scraper.store.catalog import Catalog

HTML = "Content-Type: text/html; charset=utf-8"
EDITED = STORY.replace("ten days", "three weeks")


def archive_with_past(root: Path) -> list[Filed]:
    """Capture a story twice, edited in between, then another story, a redirect to it and a 404."""
    pages = {
        "/first": answer(story_page(), HTML),
        "/second": answer(story_page("Second “ship” for Oldhaven", EDITED), HTML),
        "/moved": answer(b"", "Location: /second", status="301 Moved"),
    }
    sources = empty_sources()
    quick = replace(sources, defaults=replace(sources.defaults, delay=sources.defaults.delay * 0))
    settings = settings_for(root, sources=quick, workers=1)
    with serve(pages) as server:
        filed = capture(settings, [server.url("/first")])
        pages["/first"] = answer(story_page(story=EDITED), HTML)
        later = ("/first", "/second", "/moved", "/gone")
        filed += capture(settings, [server.url(target) for target in later])
    return filed


def catalog_of(root: Path) -> Catalog:
    return Catalog.open(root / "catalog.db", create=False)


def copy_with_revisits(root: Path) -> None:
    """Put the archive of `archive_with_revisits` somewhere; it's made once in a process."""
    shutil.copytree(_with_revisits().name, root, dirs_exist_ok=True)


@cache
def _with_revisits() -> TemporaryDirectory[str]:
    folder = TemporaryDirectory(prefix="archive-", ignore_cleanup_errors=True)
    archive_with_revisits(Path(folder.name))
    return folder


def archive_with_revisits(root: Path) -> None:
    """Archive a feed of two stories on three days.

    On the second day one is unchanged by its digest and the other by the server's word; on the
    third day one was edited and the other is gone.
    """
    pages = {"/first": answer(story_page(), HTML)}
    validator = 'ETag: "1"'
    second = answer(story_page("Second ship for Oldhaven", EDITED), HTML, validator)

    def respond(request: bytes, target: str) -> bytes:
        if target == "/feed":
            return rss(server.url("/first"), server.url("/second"))
        if target == "/second" and "/second" not in pages:
            is_known = b'If-None-Match: "1"' in request
            return answer(b"", validator, status="304 Not Modified") if is_known else second
        return pages.get(target, answer(b"", status="404 Not Found"))

    with LedgerServer(with_robots(ALL_ALLOWED, respond)) as server:
        policy = replace(LOCAL, recheck=(DAY, 2 * DAY))
        source = feed_at(server.url("/feed"))
        outlet = outlet_of(source, fetch=policy, delay=timedelta(0))
        root.mkdir(exist_ok=True)
        settings = settings_of(root, outlet)
        for day in range(3):
            if day == 2:
                pages["/first"] = answer(story_page(story=EDITED), HTML)
                pages["/second"] = answer(b"", status="410 Gone")
            with at(START + day * (DAY + HOUR)):
                pass_over(settings)
