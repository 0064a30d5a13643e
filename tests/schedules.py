"""Outlets, sources and links for the tests of the schedule; none is of a real site."""

from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from archive_samples import DAILY_WALL, NOW

from scraper.model import FetchPolicy, Link, Outlet, Source
from scraper.store.catalog import Catalog
from scraper.store.schedule_rows import LinkRow

SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=n) for n in (1, 60, 3600, 86400))
HOME = "https://news.example/"
FEED = Source(type="feed", url=f"{HOME}rss")
SITEMAP = Source(type="sitemap", url=f"{HOME}sitemap.xml")
WALL = replace(
    DAILY_WALL, sources=(FEED, SITEMAP), fetch=FetchPolicy(recheck=(HOUR, 6 * HOUR, DAY))
)


def open_catalog(path: Path) -> Catalog:
    """Open a new catalog that knows no outlet yet; the schema is built once for all tests."""
    path.write_bytes(_empty_catalog())
    return Catalog.open(path)


@cache
def _empty_catalog() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "catalog.db"
        Catalog.open(path).close()
        return path.read_bytes()


def outlet(name: str, **changes: object) -> Outlet:
    """Return an outlet at a host of its own."""
    home = f"https://{name}.example/"
    made = Outlet(
        id=name, name=name.title(), home=home, sources=(Source(type="feed", url=f"{home}rss"),)
    )
    return replace(made, **changes)  # type: ignore[arg-type] # fields of Outlet, by name


def link(url: str, *, source: Source = FEED, title: str | None = None) -> Link:
    return Link(url=url, source=source.url, title=title)


def announced(
    catalog: Catalog, *urls: str, of: Outlet = WALL, by: Source | None = None
) -> tuple[LinkRow, ...]:
    """Let a source announce URLs; return their links in the same order."""
    source = by or of.sources[0]
    catalog.schedule.announce(of, source, [link(url, source=source) for url in urls], NOW)
    rows = [catalog.schedule.link(url) for url in urls]
    assert all(rows)
    return tuple(row for row in rows if row is not None)
