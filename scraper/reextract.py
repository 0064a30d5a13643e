"""Captures read again from their WARC records with today's rules; what changes is written down.

It fetches nothing and forgets nothing: the texts of before stay, and so do their records.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import SequenceMatcher

from scraper.archive.captures import Ending
from scraper.clock import now
from scraper.errors import ArchiveError, SiteError
from scraper.following import read_on, read_part
from scraper.line import Line, stray_outlet
from scraper.model import (
    Capture,
    Exchange,
    Extraction,
    ExtractStatus,
    Outcome,
    Outlet,
    Page,
    Record,
    Recorded,
)
from scraper.read import last_response, page_of
from scraper.store.rows import CaptureDetail, ExchangeRow
from scraper.store.saving import SavedCapture
from scraper.store.selections import Selection
from scraper.store.text_files import read_text, sha256_of
from scraper.written import facts_of, text_file

log = logging.getLogger(__name__)

_UNDER_WAY = 16  # pages that are read, or wait for those before them


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A capture that reads otherwise than when it was last read."""

    id: int
    outlet: str
    url: str
    started: datetime
    before: str  # how the reading before ended, in the words of `ExtractStatus`
    after: str
    added: tuple[str, ...] = ()  # paragraphs, the headline among them
    removed: tuple[str, ...] = ()
    text: str | None = None  # the new file, where one was written

    @property
    def is_lost(self) -> bool:
        """Say whether there is no article today where there was one: the old text holds on."""
        return self.after != "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A capture whose page cannot be had from the archive."""

    id: int
    url: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Same:
    """A capture that reads as it did."""

    id: int


Event = Change | Unreadable | Same


@dataclass(slots=True)
class _Reading:
    detail: CaptureDetail
    outlet: Outlet
    page: Page | None = None
    problem: str = ""
    extraction: asyncio.Task[Extraction] | None = None


def captures_to_read(line: Line, selection: Selection) -> int:
    """Return how many captures a run would look at."""
    return len(line.catalog.selected(selection).captures())


async def reextract(
    line: Line, selection: Selection, *, dry_run: bool = False
) -> AsyncGenerator[Event, None]:
    """Read selected captures again, oldest first, with the rules that hold for their days and what
    is known of their outlets' pages; yield what becomes of each.

    A changed text becomes a file, a conversion record and a row of the same capture; a dry run
    writes none of them. Run again, it finds nothing more to change. Pages that were unchanged have
    no text of their own, and pages that never came none at all: these are passed over.
    """
    waiting: deque[_Reading] = deque()
    for reading in _readings(line, selection):
        waiting.append(reading)
        if len(waiting) >= _UNDER_WAY:
            yield await _came_of(line, waiting.popleft(), dry_run=dry_run)
    while waiting:
        yield await _came_of(line, waiting.popleft(), dry_run=dry_run)


def _readings(line: Line, selection: Selection) -> Iterator[_Reading]:
    selected = line.catalog.selected(selection)
    for detail in selected.details(selected.captures()):
        if detail.capture.outcome == Outcome.OK and _was_read(detail):
            yield _begun(line, detail)


def _was_read(detail: CaptureDetail) -> bool:
    """Say whether a capture has a page of its own, be it one whose bytes another brought."""
    last = detail.exchanges[-1] if detail.exchanges else None
    if last is None or last.response_type is None:
        return False
    is_read = detail.capture.extract_status != ExtractStatus.SKIPPED
    return last.response_type == "response" or is_read


def _begun(line: Line, detail: CaptureDetail) -> _Reading:
    outlet = _outlet(line, detail)
    try:
        page = page_of(line.settings.archive, line.catalog, detail)
    except (ArchiveError, SiteError) as exc:
        return _Reading(detail, outlet, problem=str(exc))
    task = asyncio.create_task(_read(line, detail, outlet, page))
    return _Reading(detail, outlet, page, extraction=task)


async def _read(line: Line, detail: CaptureDetail, outlet: Outlet, page: Page) -> Extraction:
    """Read the page of a capture, and those on which its article goes on."""
    row = detail.capture

    async def read(one: Page) -> Extraction:
        return await read_part(line, outlet, row.started.date(), one)

    is_text = row.extract_status == ExtractStatus.OK and row.extract_detail
    ending = Ending(row.extract_detail, is_cut=False) if is_text else None
    root = line.settings.archive
    return await read_on(await read(page), root, detail.parts, read, ending=ending)


def _outlet(line: Line, detail: CaptureDetail) -> Outlet:
    known = next((one for one in line.outlets() if one.id == detail.capture.outlet), None)
    stray = stray_outlet(line.settings.sources, detail.capture.url)
    return known or replace(stray, id=detail.capture.outlet)


async def _came_of(line: Line, reading: _Reading, *, dry_run: bool) -> Event:
    row = reading.detail.capture
    if reading.extraction is None:
        return Unreadable(id=row.id, url=row.url, problem=reading.problem)
    try:
        extraction = await reading.extraction
        change = _change(line, reading.detail, extraction)
    except ArchiveError as exc:
        return Unreadable(id=row.id, url=row.url, problem=str(exc))
    if change is None:
        return Same(id=row.id)
    if dry_run or change.is_lost:
        return change
    return await line.finish(_written(line, reading, extraction, change))


def _change(line: Line, detail: CaptureDetail, extraction: Extraction) -> Change | None:
    row, article = detail.capture, extraction.article
    if article is None and detail.text is None:
        return None
    if article and detail.text and detail.text.sha256 == sha256_of(article.text):
        return None
    old = _paragraphs(read_text(line.settings.archive, detail.text.file) if detail.text else "")
    new = _paragraphs(article.text if article else "")
    added, removed = _differences(old, new)
    return Change(
        id=row.id,
        outlet=row.outlet,
        url=row.url,
        started=row.started,
        before=row.extract_status,
        after=extraction.status.value,
        added=added,
        removed=removed,
    )


def _paragraphs(text: str) -> list[str]:
    return text.split("\n\n") if text else []


def _differences(old: list[str], new: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    added: list[str] = []
    removed: list[str] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if tag != "equal":
            removed += old[old_from:old_to]
            added += new[new_from:new_to]
    return tuple(added), tuple(removed)


async def _written(line: Line, reading: _Reading, extraction: Extraction, change: Change) -> Change:
    """Write a new text beside the old one: the file, its record, then the rows."""
    detail, article = reading.detail, extraction.article
    assert article is not None
    row = detail.capture
    capture = Capture(url=row.url, outcome=Outcome.OK, detail=row.detail, page=reading.page)
    text = text_file(line, article, reading.outlet, row.started.date())
    facts = facts_of(capture, extraction, reading.outlet)
    facts["text"] = {"file": text.file, "sha256": text.sha256}
    last = _recorded(last_response(detail))
    writer = line.writer(reading.outlet)
    writer.write_extraction(last, url=article.url, text=article.text, fields=facts, date=now())
    saved = SavedCapture(
        outlet=reading.outlet,
        capture=capture,
        recorded=(),
        extraction=extraction,
        started=row.started,
        text=text,
    )
    line.catalog.save_reading(row.id, saved)
    log.info("read again %s %s", extraction.status, row.url)
    return replace(change, text=text.file)


def _recorded(row: ExchangeRow) -> Recorded:
    """Return as much of an exchange as what refers to it needs."""
    assert row.response_id is not None
    record = Record(
        file=row.response_file or "",
        offset=row.response_offset or 0,
        length=row.response_length or 0,
        type=row.response_type or "response",
        id=row.response_id,
        url=row.url,
        date=row.started,
        block_digest=row.block_digest or "",
        payload_digest=row.payload_digest,
    )
    exchange = Exchange(
        url=row.url,
        method=row.method,
        request=b"",
        response=b"",
        status=row.status,
        peer=row.peer,
        started=row.started,
        seconds=row.seconds,
    )
    return Recorded(exchange=exchange, request=record, response=record)
