"""Files of others, taken in: each page that is an article becomes a capture, a text and its rows.

It fetches nothing, and opens no file by a name that stands in another one.
"""

import asyncio
import hashlib
import logging
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from scraper.archive.exchanges import metadata_draft, text_draft
from scraper.archive.reader import record_at
from scraper.archive.record import Draft, StoredRecord
from scraper.archive.revisits import original_of, resolved
from scraper.clock import now
from scraper.crawl import started
from scraper.disk import disk_error
from scraper.errors import DamageError
from scraper.following import read_part
from scraper.importing.copying import Copied, copied, with_original
from scraper.importing.frames import Passed
from scraper.importing.reading import frames_of
from scraper.importing.records import Broken, Place
from scraper.importing.sift import Found
from scraper.line import Line, outlet_of
from scraper.model import Extraction, Imported, Outlet, Recorded
from scraper.store.imports import ImportRow
from scraper.store.saving import SavedCapture
from scraper.store.statements import url_key
from scraper.store.text_files import TextFile, sha256_of
from scraper.written import facts_of, text_file

if TYPE_CHECKING:
    from scraper.archive.writer import WarcWriter

log = logging.getLogger(__name__)

NO_ORIGINAL = "a revisit whose original is not here"

_UNDER_WAY = 64  # pages that are being read, or wait for those before them
_AT_ONCE = 32  # of them, catalogued in one transaction
_BYTES_UNDER_WAY = 64_000_000
_OPEN_FILES = 200  # one for each outlet; a crawl of the news has thousands of hosts


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A page that was taken in."""

    id: int  # of the capture
    outlet: str
    url: str
    text: str  # relative to the archive
    place: Place


@dataclass(slots=True, kw_only=True)
class Report:
    """What came of a file: told at its end, and meanwhile as it grows."""

    file: str
    sha256: str
    bytes: int
    offset: int = 0  # how far it was read
    records: int = 0
    kept: int = 0  # in this run
    known: int = 0  # pages that the archive had already
    unread: Counter[str] = field(default_factory=Counter)  # by why no article was read
    skipped: Counter[str] = field(default_factory=Counter)  # records that are no page, by why
    broken: int = 0
    was_done: bool = False  # an earlier run had come to its end; nothing was read
    is_end: bool = False


Event = Kept | Broken | Report


async def import_file(
    line: Line, path: Path, *, outlet: Outlet | None = None, again: bool = False
) -> AsyncGenerator[Event, None]:
    """Take in the articles of a WARC or ARC file, and yield what becomes of it.

    `outlet` is where they are filed, instead of by host. A file that was begun is gone on with, one
    that was done is left alone, unless `again`. What the archive has already is not taken twice.

    Raises:
        ArchiveError: the file cannot be read.
    """
    file = await asyncio.to_thread(identified, path)
    row = line.catalog.begin_import(file, now())
    report = Report(file=file.file, sha256=file.sha256, bytes=file.bytes)
    if row.ended is not None and not again:
        yield replace(report, was_done=True, is_end=True)
        return
    done = Place(-1) if again else Place(row.done_offset, row.done_nth)
    intake = _Intake(line, file, row, outlet, report)
    async with aclosing(frames_of(path)) as frames:
        async for frame in frames:
            if isinstance(frame, Broken):
                report.broken += 1
                yield frame
            elif isinstance(frame, Passed):
                _pass_on(report, frame)
                yield _so_far(report)
            elif frame.place > done:
                for kept in await intake.take(frame):
                    yield kept
    for kept in await intake.finish():
        yield kept
    line.catalog.end_import(row.id, now(), records=report.records, broken=report.broken)
    yield replace(_so_far(report), is_end=True)


def _so_far(report: Report) -> Report:
    return replace(report, unread=Counter(report.unread), skipped=Counter(report.skipped))


def identified(path: Path) -> Imported:
    """Return what a file is known by: the digest of its bytes.

    Raises:
        ArchiveError: it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            size = stream.tell()
    except OSError as exc:
        raise disk_error(exc, path, kept="nothing was taken from it") from exc
    return Imported(file=path.name, sha256=digest, bytes=size, offset=0)


def _pass_on(report: Report, passed: Passed) -> None:
    report.offset = max(report.offset, passed.offset)
    report.records = max(report.records, passed.records)
    report.skipped = Counter(passed.skipped)


@dataclass(slots=True)
class _Page:
    """A page that is being read."""

    copy: Copied
    outlet: Outlet
    place: Place
    extraction: asyncio.Task[Extraction]
    recorded: tuple[Recorded, ...] = ()
    text: TextFile | None = None


class _Intake:
    """The pages of one file on their way into the archive, in their order."""

    def __init__(
        self, line: Line, file: Imported, row: ImportRow, outlet: Outlet | None, report: Report
    ) -> None:
        self._line, self._file, self._row = line, file, row
        self._outlet, self._report = outlet, report
        self._pages: deque[_Page] = deque()
        self._bytes = 0
        self._known = 0  # since the last transaction
        self._writers: OrderedDict[str, WarcWriter] = OrderedDict()  # the last ones used

    async def take(self, found: Found) -> list[Kept]:
        """Begin to read a page; return those before it that were catalogued meanwhile."""
        kept: list[Kept] = []
        copy = copied(found, self._file)
        if copy.revisit is not None or self._is_under_way(copy):
            kept += await self.finish()
        self._take(copy, found)
        while len(self._pages) >= _UNDER_WAY or self._bytes > _BYTES_UNDER_WAY:
            kept += await self._catalogued(_AT_ONCE)
        return kept

    def _take(self, copy: Copied, found: Found) -> None:
        catalog = self._line.catalog
        led_there = copy.ids - copy.page_ids
        if led_there and catalog.known_records(led_there):  # it came with another page
            copy = copied(Found(hops=found.hops[-1:]), self._file)
        whole = copy if copy.revisit is None else self._resolved(copy, copy.revisit)
        if whole is None:
            self._report.unread[NO_ORIGINAL] += 1
        elif whole.capture.page is None:
            self._report.unread["no whole head"] += 1
        elif catalog.has_page(whole.capture, whole.page_ids, whole.payload_digest):
            self._known += 1
            self._report.known += 1
        else:
            self._begin(whole, found.place)

    async def finish(self) -> list[Kept]:
        """Catalogue all that is under way."""
        kept: list[Kept] = []
        while self._pages:
            kept += await self._catalogued(_AT_ONCE)
        return kept

    def _resolved(self, copy: Copied, revisit: StoredRecord) -> Copied | None:
        """Return a revisit with the page that it stands for; None where that is not here."""
        catalog, original = self._line.catalog, original_of(revisit)
        row = catalog.exchange_of(original.id) if original.id else None
        row = row or catalog.exchange_at(original.url, original.date)
        if row is None or row.response_file is None or row.response_offset is None:
            return None
        root = self._line.settings.archive
        try:
            stored = record_at(root, row.response_file, row.response_offset)
            page = resolved(revisit, stored, is_foreign=True)
        except DamageError:
            return None
        return None if page is None else with_original(copy, page, row.payload_digest)

    def _is_under_way(self, copy: Copied) -> bool:
        """Say whether a page of the same address or records waits to be catalogued."""
        urls = {url_key(exchange.url) for exchange in copy.capture.exchanges}
        return any(
            copy.ids & page.copy.ids
            or urls & {url_key(exchange.url) for exchange in page.copy.capture.exchanges}
            for page in self._pages
        )

    def _begin(self, copy: Copied, place: Place) -> None:
        page = copy.capture.page
        assert page is not None
        settings = self._line.settings
        outlet = self._outlet or outlet_of(settings.sources, page.url)
        day = started(copy.capture).date()
        reading = read_part(self._line, outlet, day, page)
        self._pages.append(_Page(copy, outlet, place, asyncio.create_task(reading)))
        self._bytes += sum(len(draft.block) for draft in copy.drafts)

    async def _catalogued(self, most: int) -> list[Kept]:
        """Let the foremost pages come to their end, in one transaction."""
        some = [self._pages.popleft() for _ in range(min(most, len(self._pages)))]
        await asyncio.gather(*(page.extraction for page in some))
        self._bytes -= sum(len(draft.block) for page in some for draft in page.copy.drafts)
        return await self._line.finish(self._keep(some))

    async def _keep(self, some: list[_Page]) -> list[Kept]:
        read = [page for page in some if page.extraction.result().article is not None]
        unread = [page.extraction.result() for page in some]
        unread = [extraction for extraction in unread if extraction.article is None]
        self._report.unread.update(extraction.status.value for extraction in unread)
        _archive(self._line, read)
        self._close_some(page.outlet for page in read)
        numbers = self._line.catalog.save_import(
            [_saved(page) for page in read],
            self._row.id,
            (some[-1].place.offset, some[-1].place.nth),
            known=self._known,
            unread=len(unread),
        )
        self._known = 0
        self._report.kept += len(read)
        return [_kept(page, number) for page, number in zip(read, numbers, strict=True)]

    def _close_some(self, outlets: Iterable[Outlet]) -> None:
        """Close the files of outlets that were not met for long; the next page opens another."""
        for outlet in outlets:
            self._writers[outlet.id] = self._line.writer(outlet)
            self._writers.move_to_end(outlet.id)
        while len(self._writers) > _OPEN_FILES:
            _, writer = self._writers.popitem(last=False)
            writer.close()


def _archive(line: Line, pages: Iterable[_Page]) -> None:
    """Write the records of pages, their texts, and what was read; two syncs per outlet."""
    by_outlet = sorted(pages, key=lambda page: page.outlet.id)
    for _, group in groupby(by_outlet, key=lambda page: page.outlet.id):
        some = list(group)
        writer = line.writer(some[0].outlet)
        drafts = [draft for page in some for draft in page.copy.drafts]
        records = writer.write_drafts(drafts, now=now())
        texts: dict[str, TextFile] = {}
        readings = []
        for page in some:
            page.recorded = page.copy.recorded(records)
            page.text = _text(line, page, texts)
            readings += _reading(page)
        writer.write_drafts(readings, now=now())


def _text(line: Line, page: _Page, texts: dict[str, TextFile]) -> TextFile:
    article = page.extraction.result().article
    assert article is not None
    digest = sha256_of(article.text)
    if digest not in texts:
        day = started(page.copy.capture).date()
        texts[digest] = text_file(line, article, page.outlet, day)
    return texts[digest]


def _reading(page: _Page) -> list[Draft]:
    extraction, text = page.extraction.result(), page.text
    article = extraction.article
    assert article is not None
    assert text is not None
    facts = facts_of(page.copy.capture, extraction, page.outlet)
    facts["text"] = {"file": text.file, "sha256": text.sha256}
    last, date = page.recorded[-1], now()
    return [
        text_draft(last, article.text, url=article.url, date=date),
        metadata_draft(last, facts, date=date),
    ]


def _saved(page: _Page) -> SavedCapture:
    return SavedCapture(
        outlet=page.outlet,
        capture=page.copy.capture,
        recorded=page.recorded,
        extraction=page.extraction.result(),
        started=started(page.copy.capture),
        text=page.text,
        imported=page.copy.imported,
    )


def _kept(page: _Page, number: int) -> Kept:
    assert page.text is not None
    url = page.copy.capture.url
    return Kept(id=number, outlet=page.outlet.id, url=url, text=page.text.file, place=page.place)
