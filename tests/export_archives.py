"""A small archive with a past, for the tests of what is taken out of archives."""

from dataclasses import replace
from pathlib import Path

from ledger import answer, serve
from line_runs import STORY, capture, settings_for, story_page

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
