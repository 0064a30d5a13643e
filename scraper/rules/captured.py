"""The pages of an outlet's captures, read back from the archive.

It asks no host, and reads no article from them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from scraper.errors import ArchiveError, SiteError
from scraper.model import ExtractStatus, Kind, Outcome, Page
from scraper.read import last_response, page_of
from scraper.store.catalog import Catalog

# Kinds of pages that are laid out as articles are; a list or a wall teaches nothing about stories.
_STORIES = frozenset({None, Kind.ARTICLE, Kind.LIVE, Kind.GALLERY, Kind.VIDEO})


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """A capture with its page, and the day on which it was made."""

    capture: int
    day: date
    page: Page


def captured_stories(
    root: Path, catalog: Catalog, outlet: str, most: int
) -> tuple[list[Captured], list[str]]:
    """Return the pages of an outlet's newest stories, one capture each, and what cannot be read.

    Only pages that a worker has read to their end: they are safe to parse in this process.
    """
    found: list[Captured] = []
    problems: list[str] = []
    for capture in _latest(catalog, outlet, most):
        detail = catalog.capture(capture)
        assert detail is not None  # its row was read a moment ago
        try:
            page = page_of(root, catalog, detail)
            day = last_response(detail).started.date()
        except (ArchiveError, SiteError) as exc:
            problems.append(f"capture {capture} cannot be read again: {exc}")
            continue
        found.append(Captured(capture=capture, day=day, page=page))
    return found, problems


def _latest(catalog: Catalog, outlet: str, most: int) -> Iterator[int]:
    """Yield the newest capture of each article."""
    seen: set[int] = set()
    for row in catalog.captures(outlet=outlet, outcome=Outcome.OK):
        if len(seen) == most:
            return
        if row.extract_status != ExtractStatus.OK or row.kind not in _STORIES:
            continue
        if row.article_id is not None and row.article_id not in seen:
            seen.add(row.article_id)
            yield row.id
