"""The past of an outlet: what its sitemaps and older feed pages name is announced, then captured.

Where a run stopped the next one goes on: links are rows in the catalog, and so are lists that were
read to their end. It decides nothing about what is printed.
"""

import logging
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import ExitStack, aclosing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from scraper.backfill.listings import Listing, is_open, listings
from scraper.backfill.window import Window, span_of
from scraper.cadence import LinkState
from scraper.clock import now
from scraper.crawl import Filed, Job, capture_all
from scraper.disk import held
from scraper.errors import CatalogError
from scraper.line import Line, Settings
from scraper.model import Link, Outlet
from scraper.plan import Planned
from scraper.store.catalog import Catalog
from scraper.store.schedule_rows import LinkRow
from scraper.urls import canonical

log = logging.getLogger(__name__)

AT_ONCE = 4  # links that are taken together: what a killed run leaves half done


@dataclass(frozen=True, slots=True)
class Queue:
    """How many links are to be captured now, and how many more `most` leaves for another run."""

    links: int
    left: int


@dataclass(frozen=True, slots=True)
class Halted:
    """The run ended early because a host wants to be left alone; `links` were not asked for."""

    host: str
    until: datetime | None
    links: int


async def backfill(
    line: Line, outlet: Outlet, window: Window, *, most: int | None = None
) -> AsyncGenerator[Listing | Queue | Filed | Halted, None]:
    """Announce what an outlet's lists name of some days, then capture all of it that is due.

    What an earlier run announced and did not come to is captured as well, after the rest; newest
    first. `most` limits the captures, not the announcements.

    Raises:
        LockedError: another process backfills the outlet.
    """
    with _alone(line, outlet):
        schedule = line.catalog.schedule
        schedule.sync(line.outlets(), now())
        known = _Known()
        async with aclosing(listings(line, outlet, window)) as found:
            async for listing in found:
                known.add(listing)
                yield _announced(line, listing)
        rows = known.queue(line, outlet)
        chosen = rows[:most]
        yield Queue(len(chosen), len(rows) - len(chosen))
        async with aclosing(_captured(line, outlet, chosen)) as captures:
            async for result in captures:
                yield result


class _Known:
    """What this run learnt of links: when each may have been published, and which are not meant."""

    def __init__(self) -> None:
        self._dates: dict[str, datetime] = {}
        self._outside: set[str] = set()

    def add(self, listing: Listing) -> None:
        self._dates |= {canonical(link.url): _date_of(link) for link in listing.links}
        self._outside |= {canonical(link.url) for link in listing.outside}

    def queue(self, line: Line, outlet: Outlet) -> list[LinkRow]:
        """Return the links of an outlet to try now: this run's first, the newest first."""
        schedule = line.catalog.schedule
        rows = [
            row
            for state in (LinkState.NEW, LinkState.FAILED)
            for row in schedule.links(outlet=outlet.id, state=state)
            if row.is_due(now()) and (row.key in self._dates or row.key not in self._outside)
        ]
        return sorted(rows, key=self._rank, reverse=True)

    def _rank(self, row: LinkRow) -> tuple[bool, datetime]:
        return row.key in self._dates, self._dates.get(row.key, row.first_seen)


def _date_of(link: Link) -> datetime:
    """Return a moment by which links are put in order; what has no date comes last."""
    start, end = span_of(link)
    return start if start.year > 1 or link.updated is None else end


def _announced(line: Line, listing: Listing) -> Listing:
    """Put the links of a list into the schedule; remember a list that was read to its end.

    In that order: a run that is killed between the two reads the list once more.
    """
    schedule, outlet = line.catalog.schedule, listing.outlet
    if listing.links or listing.result is not None:
        counted = schedule.announce(outlet, listing.source, listing.links, now())
        listing = replace(listing, new=counted.new, known=counted.known)
    row = schedule.source(outlet.id, listing.source.url)
    if listing.result is not None and row is not None and not row.active:
        result = replace(listing.result, new=listing.new)
        schedule.source_done(outlet, listing.source.url, result, now(), bounds=line.bounds)
    return listing


async def _captured(
    line: Line, outlet: Outlet, rows: Sequence[LinkRow]
) -> AsyncGenerator[Filed | Halted, None]:
    """Take links through the line, a few at a time, as politely as a pass does."""
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        for host in {row.host for row in some}:
            if not await is_open(line, host):
                known = line.catalog.schedule.host(host)
                until = None if known is None else known.paused_until
                yield Halted(host, until, len(rows) - start)
                return
        taken = line.catalog.schedule.claim(some, now(), owner=line.owner)
        jobs = [Job(url=row.url, outlet=outlet, row=row) for row in taken]
        async with aclosing(capture_all(line, jobs)) as captures:
            async for filed in captures:
                yield filed


@contextmanager
def _alone(line: Line, outlet: Outlet) -> Iterator[None]:
    """Be the only run on an outlet's past: what a killed one had taken is free again."""
    with held(line.settings.archive / f"backfill-{outlet.id}.lock"):
        was, line.owner = line.owner, f"backfill {outlet.id}"
        line.catalog.schedule.release(line.owner)
        try:
            yield
        finally:
            line.catalog.schedule.release(line.owner)
            line.owner = was


async def planned_backfill(
    settings: Settings, outlet: Outlet, window: Window, *, most: int | None = None
) -> AsyncGenerator[Listing | Planned, None]:
    """Yield what a backfill would do with each link; what is asked for goes into a scratch archive.

    The lists are read in full, whatever was read before.
    """
    with TemporaryDirectory(prefix="scraper-") as scratch, ExitStack() as stack:
        folder = Path(scratch)
        trial = replace(settings, archive=folder, catalog=folder / "catalog.db", record=None)
        there = _existing(settings, stack)
        seen: set[str] = set()
        async with Line(trial) as line, aclosing(listings(line, outlet, window)) as found:
            async for listing in found:
                yield listing
                for link in listing.links:
                    key = canonical(link.url)
                    if key not in seen:
                        seen.add(key)
                        plan = await _plan(line, listing, link, there)
                        yield plan if plan.reason else _within(plan, most)
                        most = most if plan.reason or most is None else most - 1


async def _plan(line: Line, listing: Listing, link: Link, there: Catalog | None) -> Planned:
    plan = Planned(
        outlet=listing.outlet.id, source=listing.source.url, url=link.url, title=link.title
    )
    if there is not None and there.schedule.known_links([link.url]):
        return replace(plan, reason="known already")
    verdict = await line.politely.verdict(link.url, listing.outlet)
    return plan if verdict.allowed else replace(plan, reason=verdict.reason)


def _within(plan: Planned, room: int | None) -> Planned:
    is_full = room is not None and room <= 0
    return replace(plan, reason="more links than --max allows") if is_full else plan


def _existing(settings: Settings, stack: ExitStack) -> Catalog | None:
    try:
        return stack.enter_context(Catalog.open(settings.catalog, create=False))
    except CatalogError:
        return None  # nothing was captured yet: all is new
