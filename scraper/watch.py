"""The watch over outlets: their drift looked at, alarms raised and ended, maintainers told.

It mends nothing: what it says is for people, and captures go on meanwhile.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from scraper.clock import now
from scraper.drift.causes import PAGES, Alarm, Cause
from scraper.drift.changes import body_of, changes_of
from scraper.drift.pages import page_alarm
from scraper.drift.sources import source_alarms
from scraper.errors import ArchiveError, SiteError
from scraper.extract.template.values import Template
from scraper.line import Line
from scraper.model import Outlet
from scraper.notify import checksum_of, send
from scraper.read import page_of
from scraper.store.catalog import Catalog
from scraper.store.drift import AlarmRow, Change, NoticeRow

log = logging.getLogger(__name__)

_LEARNT = frozenset({Cause.RULE.value, Cause.LAYOUT.value})  # whose selectors a template can tell
_PAUSE, _FACTOR, _MOST_PAUSE = timedelta(minutes=1), 3.0, timedelta(hours=6)
_TRIES = 12  # over two days: who cannot be reached for so long is told by `scraper status`
_REST_S = 2.0  # between two looks, by the real clock
_ALL_EVERY = timedelta(hours=1)  # silence is when nothing happens

Speaks = Callable[[str, str, str], str | None]


class Watch:
    """The watch of a daemon: which outlets something happened at, and when it looks at them."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._touched: set[str] = set()
        self._rested_at = 0.0
        self._all_at: datetime | None = None
        self._is_busy = False

    def touched(self, outlet: str) -> None:
        """Remember that something happened at an outlet."""
        self._touched.add(outlet)

    def is_due(self) -> bool:
        """Say whether there is something to look at, and the last look a moment ago."""
        if self._is_busy or time.monotonic() < self._rested_at + _REST_S:
            return False
        return bool(self._touched) or self._all_at is None or now() >= self._all_at + _ALL_EVERY

    async def look(self) -> None:
        """Look at the outlets that something happened at, or at all, and tell who is to hear."""
        if self._is_busy:
            return
        self._is_busy = True
        try:
            outlets = self._line.outlets()
            if self._all_at is None or now() >= self._all_at + _ALL_EVERY:
                self._all_at = now()
            else:
                outlets = tuple(one for one in outlets if one.id in self._touched)
            self._touched.clear()
            await look(self._line, outlets)
            await asyncio.to_thread(tell, self._line.catalog, self._line.outlets())
        finally:
            self._rested_at = time.monotonic()
            self._is_busy = False


async def look(line: Line, outlets: Sequence[Outlet]) -> tuple[Change, ...]:
    """Hold outlets against their past, write down which alarms stand, and return what changed."""
    found = await asyncio.to_thread(_found, line.catalog, outlets)
    changes = [await _with_selector(line, change, captures) for change, captures in found]
    await asyncio.to_thread(line.catalog.drift.change, changes, now())
    told = tuple(change for change in changes if change.title)
    for change in told:
        log.warning("%s: %s", change.title, change.body.replace("\n", " "))
    return told


def _found(catalog: Catalog, outlets: Sequence[Outlet]) -> list[tuple[Change, tuple[int, ...]]]:
    """Return each change of alarms, with the captures that show it."""
    ids = [outlet.id for outlet in outlets]
    standing: dict[str, list[AlarmRow]] = {one: [] for one in ids}
    for row in catalog.drift.alarms(ids):
        standing[row.outlet].append(row)
    statuses = catalog.schedule.status(now(), outlets)
    return [
        found
        for outlet, status in zip(outlets, statuses, strict=True)
        for found in _changes(catalog, outlet, source_alarms(outlet, status), standing[outlet.id])
    ]


def _changes(
    catalog: Catalog, outlet: Outlet, alarms: Sequence[Alarm], standing: Sequence[AlarmRow]
) -> Iterator[tuple[Change, tuple[int, ...]]]:
    was = next((row for row in standing if row.subject == PAGES), None)
    pages = page_alarm(outlet, catalog.drift.stories(outlet.id), was)
    found = [*alarms, pages] if pages else list(alarms)
    for change in changes_of(outlet, standing, found, now()):
        yield change, pages.captures if pages and change.subject == PAGES else ()


async def _with_selector(line: Line, change: Change, captures: Sequence[int]) -> Change:
    """Add which selector does now what a dead one did, learnt from the pages that show it."""
    row = change.row
    is_known = row is not None and row.instead is not None and not change.title
    if row is None or is_known or row.cause not in _LEARNT:
        return change
    pages = await asyncio.to_thread(lambda: list(_pages(line, captures)))
    text = await line.extractor.learn(pages) if pages else None
    template = Template.from_json(text) if text else None
    selectors = template.selectors().body if template else ()
    if not selectors or selectors[0].css == row.selector:
        return change
    row = replace(row, instead=selectors[0].css)
    return replace(change, row=row, body=body_of(row) if change.title else "")


def _pages(line: Line, captures: Sequence[int]) -> Iterator[tuple[bytes, str]]:
    for capture in captures:
        detail = line.catalog.capture(capture)
        try:
            if detail is not None:
                page = page_of(line.settings.archive, line.catalog, detail)
                yield page.body, page.url
        except (ArchiveError, SiteError) as exc:
            log.warning("nothing to learn from capture %d: %s", capture, exc)


def tell(catalog: Catalog, outlets: Sequence[Outlet], speaks: Speaks = send) -> int:
    """Say what is to be said to the addresses of outlets; return how much was.

    What could not be said is said later, at growing pauses; what was said is not said again, unless
    this process is killed before it has written that down.
    """
    addresses = {
        (outlet.id, checksum_of(address)): address
        for outlet in outlets
        for address in outlet.alarm.notify
    }
    said = 0
    for notice in catalog.drift.unsent(now()):
        address = addresses.get((notice.outlet, notice.address))
        problem = speaks(address, notice.title, notice.body) if address else "no longer asked for"
        sent = None if problem else now()
        again = _next_try(notice) if problem and address else None
        catalog.drift.tried(notice.id, sent=sent, next_try=again, problem=problem or "")
        said += sent is not None
        if problem and address:
            log.warning("could not tell of %s: %s; %s", notice.title, problem, _then(again))
    return said


def _next_try(notice: NoticeRow) -> datetime | None:
    if notice.tries + 1 >= _TRIES:
        return None
    return now() + min(_PAUSE * _FACTOR**notice.tries, _MOST_PAUSE)


def _then(again: datetime | None) -> str:
    return "given up" if again is None else f"again at {again:%H:%M:%S}"
