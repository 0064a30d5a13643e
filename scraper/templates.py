"""The life of an outlet's template: cold, learning, settled; when it is learnt again, and doubted.

It reads no page in this process: workers read, audit and learn.
"""

import asyncio
import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from scraper.archive.reader import read_page
from scraper.errors import ScraperError
from scraper.extract import Extractor
from scraper.extract.frames import Known
from scraper.model import Extraction, Outlet, Page
from scraper.store.catalog import Catalog
from scraper.store.templates import Place, TemplateRow

log = logging.getLogger(__name__)

# At which articles an outlet's pages are learnt again. The article at hand is not in the archive
# yet: three teach at the fourth. To learn from a page costs as much as to read fifteen with what
# was learnt: after that some news must have come and a day gone by, or many more have come.
_LESSONS = (4, 6, 10)
_FEW = 3  # stories; a template of fewer reads nothing by itself
_THEN_EVERY, _AND_AFTER = 10, timedelta(days=1)
_OR_EVERY = 100
MOST_PAGES = 16  # that are learnt from, the newest: a redesign is forgotten with the last old one
MOST_BYTES = 16_000_000  # of them together; 16 pages mostly have 3 MB
_SETTLED = 8  # stories
_AUDIT_ONE_IN = 20  # pages of a settled outlet
_AGREES = 0.9  # F1 of both readings; normal ones agree by .92 at the 5th percentile
_ODD = 2  # of the last five pages
_RECENT = 5
_PATIENCE, _MOST_PATIENCE = 5, 80  # articles between two lessons that odd pages ask for
_WRITE_EVERY = 5  # articles; a count that is lost with the power is no loss


class Stage(StrEnum):
    """How much is known of an outlet's pages."""

    COLD = "cold"  # nothing: each page by itself
    LEARNING = "learning"  # a template of few stories, or one that audits doubt
    SETTLED = "settled"


def stage_of(row: TemplateRow) -> Stage:
    """Return how much is known of an outlet's pages."""
    if not row.template:
        return Stage.COLD
    doubts = sum(agreement < _AGREES for agreement in row.audits[-_RECENT:])
    is_settled = row.stories >= _SETTLED and len(row.audits) >= 2 and doubts < _ODD
    return Stage.SETTLED if is_settled else Stage.LEARNING


def is_audited(row: TemplateRow, body: bytes) -> bool:
    """Say whether a page is read a second time without the template.

    Of a settled outlet one page in twenty, chosen by its bytes: a page that is read again is
    audited again.
    """
    if stage_of(row) is not Stage.SETTLED or any(row.recent[-1:]):
        return True
    return hashlib.sha256(body).digest()[0] % _AUDIT_ONE_IN == 0


def noted(row: TemplateRow, extraction: Extraction) -> TemplateRow:
    """Return what is known of an outlet after another of its pages was read."""
    if extraction.article is None:
        return row
    use = extraction.template
    row = replace(row, seen=row.seen + 1)
    if use is None:
        return row
    odd = not use.fits or (use.agreement is not None and use.agreement < _AGREES)
    row = replace(row, recent=(*row.recent, odd)[-_RECENT:])
    if use.agreement is not None:
        row = replace(row, audits=(*row.audits, round(use.agreement, 4))[-_RECENT:])
    return row if any(row.recent) else replace(row, patience=_PATIENCE)


def is_by_rule(extraction: Extraction) -> bool:
    """Say whether a page was read by its outlet's rule."""
    article = extraction.article
    return article is not None and article.body_by.startswith("rule ")


def is_lesson_due(row: TemplateRow, now: datetime) -> bool:
    """Say whether an outlet's pages are to be learnt from now."""
    since = row.seen - row.learnt_at
    if any(row.learnt_at < count <= row.seen for count in _LESSONS) or since >= _OR_EVERY:
        return True
    if since and row.stories < _FEW and _LESSONS[0] <= row.seen <= _LESSONS[-1]:
        return True  # pages that came together were not in the archive yet
    if since >= _THEN_EVERY and (row.learnt is None or now - row.learnt >= _AND_AFTER):
        return True
    return sum(row.recent) >= _ODD and since >= row.patience


def learnt(row: TemplateRow, template: str, stories: int, now: datetime) -> TemplateRow:
    """Return what is known of an outlet after a lesson; odd pages wait twice as long for the next
    one, for as long as they stay odd."""
    asked = sum(row.recent) >= _ODD
    return replace(
        row,
        template=template if stories else "",
        stories=stories,
        learnt=now,
        learnt_at=row.seen,
        patience=min(_MOST_PATIENCE, 2 * row.patience) if asked else row.patience,
        recent=(),
        audits=() if asked else row.audits,
    )


class Learning:
    """The templates of one archive's outlets: read with, noted and learnt again.

    Lessons run beside the captures; one that fails leaves what was known. Use `close` at the end.
    """

    def __init__(self, catalog: Catalog, archive: Path, *, now: Callable[[], datetime]) -> None:
        self._catalog, self._archive, self._now = catalog, archive, now
        self._rows: dict[str, TemplateRow] = {}
        self._busy: set[str] = set()
        self._lessons: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()  # one lesson at a time holds its pages in memory

    async def extract(
        self,
        extractor: Extractor,
        page: Page,
        outlet: Outlet,
        captured: date,
        *,
        with_blocks: bool = False,
    ) -> Extraction:
        """Return what comes of a page of an outlet, read with what is known of its pages."""
        row = await self._row(outlet)
        known = None
        if row.template:
            known = Known(template=row.template, audit=is_audited(row, page.body))
        extraction = await extractor.extract(
            page, outlet, captured, with_blocks=with_blocks, known=known
        )
        after = noted(self._rows[outlet.id], extraction)
        self._rows[outlet.id] = after
        # Pages that a rule reads need no template; the first that it cannot read asks for one.
        is_due = not is_by_rule(extraction) and is_lesson_due(after, self._now())
        if is_due and outlet.id not in self._busy:
            self._begin_lesson(extractor, outlet)
        elif after.seen != row.seen and after.seen % _WRITE_EVERY == 0:
            await asyncio.to_thread(self._catalog.templates.save, outlet, after)
        return extraction

    async def extract_part(
        self,
        extractor: Extractor,
        page: Page,
        outlet: Outlet,
        captured: date,
        *,
        with_blocks: bool = False,
    ) -> Extraction:
        """Return what comes of a further page of an article, read with what is known of its
        outlet's pages. It teaches nothing: it is no story of its own."""
        row = await self._row(outlet)
        known = Known(template=row.template) if row.template else None
        return await extractor.extract(page, outlet, captured, with_blocks=with_blocks, known=known)

    async def _row(self, outlet: Outlet) -> TemplateRow:
        if outlet.id not in self._rows:
            row = await asyncio.to_thread(self._catalog.templates.row, outlet.id)
            self._rows.setdefault(outlet.id, row)
        return self._rows[outlet.id]

    async def close(self) -> None:
        """Wait for the lessons that have begun."""
        await asyncio.gather(*self._lessons)

    def _begin_lesson(self, extractor: Extractor, outlet: Outlet) -> None:
        """Let a worker learn beside the captures, which do not wait for it."""
        self._busy.add(outlet.id)
        lesson = asyncio.create_task(self._learn(extractor, outlet))
        self._lessons.add(lesson)
        lesson.add_done_callback(self._lessons.discard)

    async def _learn(self, extractor: Extractor, outlet: Outlet) -> None:
        """Learn an outlet's pages again from what the archive holds of its last articles."""
        try:
            async with self._turn:
                pages = await asyncio.to_thread(self._pages, outlet)
                text, count = await extractor.learn(pages) if pages else None, len(pages)
                del pages
            row = self._rows[outlet.id]
            stories = 0 if text is None else stories_in(text)
            row = learnt(row, text or row.template, stories or row.stories, self._now())
            self._rows[outlet.id] = row
            await asyncio.to_thread(self._catalog.templates.save, outlet, row)
            log.info("learnt %s stories=%d pages=%d", outlet.id, stories, count)
        except ScraperError as exc:  # the captures go on: their own errors tell whoever looks
            log.warning("what was learnt of %s was not kept: %s", outlet.id, exc)
        finally:
            self._busy.discard(outlet.id)

    def _pages(self, outlet: Outlet) -> list[tuple[bytes, str]]:
        """Return the pages of an outlet's last articles, those that can be read."""
        places = self._catalog.templates.latest(outlet.id, MOST_PAGES)
        pages, room = [], MOST_BYTES
        for page in map(self._page, places):
            if page is not None and len(page.body) <= room:
                pages.append((page.body, page.url))
                room -= len(page.body)
        return pages

    def _page(self, place: Place) -> Page | None:
        try:
            return read_page(
                self._archive,
                (place.file, place.offset),
                place_of=lambda _: None,
                method=place.method,
            )
        except ScraperError as exc:
            log.warning("nothing to learn from %s: %s", place.url, exc)
            return None


def stories_in(template: str) -> int:
    """Return how many stories a written template was learnt from; 0 where it holds no layout."""
    said = json.loads(template)
    return int(said["stories"]) if said["layouts"] else 0
