"""What was archived and never catalogued, catalogued from the archive's own files.

It fetches nothing and changes no record; files that somebody still writes are left alone.

A process that dies between the archive and the catalog leaves records without a row. Whoever opens
the archive next makes up for it before anything is fetched; killed meanwhile, the next one goes on.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from scraper.archive.captures import Ending, StoredCapture, captures_in, mentioned_in
from scraper.archive.reader import read_page
from scraper.archive.recovery import MARK as MARK
from scraper.clock import now
from scraper.crawl import Job, extract, result_of, started, write_down
from scraper.disk import disk_error, held
from scraper.errors import ArchiveError, LockedError
from scraper.following import KILLED, goes_on, read_on, read_part
from scraper.line import Line, stray_outlet
from scraper.model import Capture, Extraction, Outlet, Page, Part
from scraper.read import place_of
from scraper.repeats import is_unchanged
from scraper.store.saving import SavedCapture
from scraper.store.schedule_rows import LinkResult
from scraper.store.text_files import TextFile
from scraper.written import text_file

log = logging.getLogger(__name__)

LOCK = "reindex.lock"


@dataclass(frozen=True, slots=True)
class _Gap:
    """What the catalog lacks of a file."""

    path: Path
    requests: frozenset[str] = frozenset()  # IDs of request records


@dataclass(slots=True)
class _Told:
    """What the files say of pages, by the IDs of their responses."""

    described: set[str] = field(default_factory=set)  # those that have a text or metadata already
    endings: dict[str, Ending] = field(default_factory=dict)
    parts: defaultdict[str, list[Part]] = field(default_factory=lambda: defaultdict(list))


async def reindex(line: Line) -> int:
    """Catalogue the captures that the archive holds and the catalog doesn't; return their number.

    All files are looked at that got their final names since the last time. The last offset that the
    catalog knows of a file says too little: a page that was quick to read overtakes a slow one.

    Raises:
        ArchiveError, CatalogError, DiskFullError: the next call goes on where this one was.
    """
    root = line.settings.archive
    with ExitStack() as stack:
        try:
            stack.enter_context(held(root / LOCK))
        except LockedError:
            return 0  # another process is at it
        _requeue_cut(line)
        began, told = _begun(root), _Told()
        gaps = [await asyncio.to_thread(_gap, line, path, told) for path in _closed_since(root)]
        count = 0
        for gap in gaps:
            for stored in _missing(root, gap):
                await line.finish(_catalogue(line, gap.path.parent.name, stored, told))
                count += 1
        began.replace(root / MARK)
    if count:
        log.warning("catalogued %d captures that were archived and had no row", count)
    return count


def _requeue_cut(line: Line) -> None:
    """Have fetched again what the catalog knows of behind the end of a file that was cut.

    A sync had promised that it was there: a disk lied, or lost it in a power cut.
    """
    places = line.catalog.places
    for found in line.recovered:
        if not found.torn:
            continue
        lost = {place for place in places.in_file(found.file) if place.offset >= found.end}
        for place in sorted(lost, key=lambda place: place.offset):
            where = f"{found.file} at byte {place.offset}"
            log.error("a record that was synced is lost: %s, %s", where, place.url)
        if lost:
            places.forget({place.exchange for place in lost}, now())


def _begun(root: Path) -> Path:
    """Return a new file whose time is now by the clock that dates files."""
    path = root / f"{MARK}.next"
    try:
        path.touch(mode=0o600)
    except OSError as exc:
        raise disk_error(exc, path) from exc
    return path


def _closed_since(root: Path) -> list[Path]:
    """Return the files that were closed since the last reindexing began, oldest of each first.

    The time of a file's status is asked, which a rename changes and a clock of the archive's own,
    as the names have it, does not.
    """
    mark = root / MARK
    since = mark.stat().st_mtime_ns if mark.exists() else 0
    files = sorted(root.glob("warc/*/*.warc.gz"))
    return [path for path in files if path.stat().st_ctime_ns >= since]


def _gap(line: Line, path: Path, told: _Told) -> _Gap:
    try:
        mentioned = mentioned_in(line.settings.archive, path)
    except ArchiveError as exc:
        log.warning("not looked at for captures without a row: %s", exc)
        return _Gap(path)
    line.catalog.requisites.keep(mentioned.requisites)
    told.described |= mentioned.described
    told.endings |= mentioned.endings
    for of, part in mentioned.parts:
        told.parts[of].append(part)
    return _Gap(path, frozenset(line.catalog.unknown_requests(mentioned.requests)))


def _missing(root: Path, gap: _Gap) -> Iterator[StoredCapture]:
    captures = captures_in(root, gap.path) if gap.requests else iter(())
    return (one for one in captures if one.recorded[0].request.id in gap.requests)


async def _catalogue(line: Line, folder: str, stored: StoredCapture, told: _Told) -> None:
    """Take a capture through what was left of the line, with the rules of its day."""
    recorded = stored.recorded
    capture = _with_page(line, stored) if recorded[-1].repeats_another else stored.capture
    row = line.catalog.schedule.link(capture.url) if stored.is_announced else None
    job = Job(url=capture.url, outlet=_outlet(line, folder, capture.url), row=row)
    extraction = await _extraction(line, job, capture, stored, told)
    saved = SavedCapture(
        outlet=job.outlet,
        capture=capture,
        recorded=recorded,
        extraction=extraction,
        started=started(capture),
        text=_written(line, job, stored, extraction, told),
        imported=stored.imported,
        parts=_parts(stored, told),
    )
    line.catalog.save_capture(saved, link=_result(line, job, stored))
    log.info("catalogued %s %s %s", capture.outcome, extraction.status, capture.url)


async def _extraction(
    line: Line, job: Job, capture: Capture, stored: StoredCapture, told: _Told
) -> Extraction:
    """Read a page and those further ones that were archived; where no reading says why the text
    ends early, a process was killed while it followed the article, which is fetched again."""
    first = await extract(line, job, capture, stored.recorded)
    ending = told.endings.get(_key(stored))
    is_read = _key(stored) in told.described or stored.imported is not None
    reason = KILLED if goes_on(job.outlet, first) and not is_read else ""

    async def read(page: Page) -> Extraction:
        return await read_part(line, job.outlet, started(capture).date(), page)

    root, parts = line.settings.archive, _parts(stored, told)
    try:
        return await read_on(first, root, parts, read, ending=ending, reason=reason)
    except ArchiveError as exc:
        log.warning("catalogued without a further page, which cannot be read: %s", exc)
        return replace(first, detail="a further page cannot be read", is_cut=True)


def _key(stored: StoredCapture) -> str:
    """Return the ID of the record that tells of a capture's page."""
    last = stored.recorded[-1]
    return (last.response or last.request).id


def _parts(stored: StoredCapture, told: _Told) -> tuple[Part, ...]:
    return tuple(sorted(told.parts.get(_key(stored), ()), key=lambda part: part.number))


def _with_page(line: Line, stored: StoredCapture) -> Capture:
    """Return a capture with the page that its last response repeats, or without one where that
    cannot be read any more."""
    root, response = line.settings.archive, stored.recorded[-1].response
    page = None
    if response is not None:
        place = (response.file, response.offset)
        try:
            page = read_page(root, place, place_of=partial(place_of, line.catalog))
        except ArchiveError as exc:
            log.warning("catalogued without its page, which cannot be read: %s", exc)
    return replace(stored.capture, page=page)


def _written(
    line: Line,
    job: Job,
    stored: StoredCapture,
    extraction: Extraction,
    told: _Told,
) -> TextFile | None:
    """Return the file of a page's text; what is in the archive already isn't written again."""
    article = extraction.article
    if _key(stored) not in told.described:
        writer = line.writer(job.outlet)
        return write_down(line, writer, job, stored.capture, stored.recorded, extraction)
    if article is None or is_unchanged(stored.recorded):
        return None
    return text_file(line, article, job.outlet, started(stored.capture).date())


def _result(line: Line, job: Job, stored: StoredCapture) -> LinkResult | None:
    """Return what the schedule has to know, as of then; whoever had taken the link is no more."""
    result = result_of(line, job, stored.capture)
    if result is None:
        return None
    last = stored.recorded[-1].exchange
    done = last.started + timedelta(seconds=last.seconds)
    return replace(result, at=done, claimed_by=None)


def _outlet(line: Line, folder: str, url: str) -> Outlet:
    """Return the outlet of a folder; one that is in no sources.toml any more is a stray one."""
    known = next((outlet for outlet in line.outlets() if outlet.id == folder), None)
    return known or replace(stray_outlet(line.settings.sources, url), id=folder)
