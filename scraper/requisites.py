"""What a page needs to look like itself, fetched after the articles, within bounds, and archived.

It reads no article, runs no script, and asks for nothing twice within a week.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from scraper.archive.requisites import requisite_of, said_of_requisite
from scraper.clock import now
from scraper.discover.requisites import is_css
from scraper.fetch.redirects import origin_of
from scraper.in_hand import Hold
from scraper.line import Line
from scraper.model import Capture, FetchPolicy, Outcome, Outlet
from scraper.urls import host_of

log = logging.getLogger(__name__)

MOST = 80  # of one page
MOST_BYTES = 5_000_000  # on the wire, of one
MOST_BYTES_IN_ALL = 40_000_000  # of one page
AGAIN_AFTER = timedelta(days=7)  # the style of a site serves all of its pages
_DEEPEST = 3  # style sheets that name style sheets

_UNASKED = frozenset({Outcome.DISALLOWED, Outcome.PAUSED})
_DEAD = frozenset({Outcome.UNRESOLVED, Outcome.REFUSED, Outcome.TLS_FAILED, Outcome.TIMEOUT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What one page needs."""

    outlet: Outlet
    asked: str  # the URL of the page's capture: secrets of the outlet go to its origin only
    page: str  # where the page came from
    urls: tuple[str, ...]


async def wanted_by(line: Line, outlet: Outlet, capture: Capture) -> Wanted | None:
    """Return what a page needs, where its outlet wants it kept."""
    page = capture.page
    if not outlet.fetch.requisites or page is None or capture.outcome is not Outcome.OK:
        return None
    urls = await line.extractor.needs(page)
    return Wanted(outlet=outlet, asked=capture.url, page=page.url, urls=urls)


async def fetch_requisites(line: Line, wanted: Wanted) -> int:
    """Fetch and archive what a page needs; return how many were asked for.

    Pages of one outlet go one after another, and others of a host before them. What a site or the
    network does wrong ends nothing. Killed on the way, what is missing is asked for with the next
    page that needs it.

    Raises:
        ArchiveError, CatalogError, DiskFullError: as for articles, which are kept by now.
    """
    async with line.dressing[wanted.outlet.id]:
        return await _Dressing(line, wanted).run()


class _Dressing:
    """The requisites of one page under way."""

    def __init__(self, line: Line, wanted: Wanted) -> None:
        self._line, self._wanted = line, wanted
        self._waiting: deque[tuple[int, str]] = deque()
        self._seen: set[str] = set()
        self._dead: set[str] = set()  # hosts that did not answer
        self._bytes = 0

    async def run(self) -> int:
        self._add(1, self._wanted.urls)
        count = 0
        while self._waiting and count < MOST and self._bytes < MOST_BYTES_IN_ALL:
            depth, url = self._waiting.popleft()
            if host_of(url) in self._dead:
                continue
            with self._line.in_hand.hold() as hold:
                capture = await self._fetch(url, hold)
                if capture.outcome in _UNASKED:
                    continue
                count += 1
                await self._line.finish(self._keep(capture))
                page = capture.page
                if page and depth < _DEEPEST and is_css(page.url, page.header("content-type")):
                    self._add(depth + 1, await self._line.extractor.needs(page, is_style=True))
        log.info("kept %d requisites of %s", count, self._wanted.page)
        return count

    def _add(self, depth: int, urls: Iterable[str]) -> None:
        """Have those asked for that are new here, and were not asked for of late."""
        fresh = [url for url in urls if url not in self._seen]
        self._seen.update(fresh)
        known = self._line.catalog.requisites
        of_late = known.asked_since(self._wanted.outlet.id, fresh, now() - AGAIN_AFTER)
        self._waiting += [(depth, url) for url in fresh if url not in of_late]

    async def _fetch(self, url: str, hold: Hold) -> Capture:
        self._line.require_room()
        outlet = replace(self._wanted.outlet, fetch=self._policy(url))
        capture = await self._line.politely.fetch(url, outlet, yielding=True, hold=hold)
        self._bytes += sum(len(one.response) for one in capture.exchanges)
        if capture.outcome in _DEAD:
            self._dead.add(host_of(url))
        return capture

    def _policy(self, url: str) -> FetchPolicy:
        """Return how a requisite is fetched: a page may name any host, and no other host than the
        outlet's own is told the outlet's secrets."""
        policy = self._wanted.outlet.fetch
        policy = replace(policy, max_bytes=min(policy.max_bytes, MOST_BYTES))
        if origin_of(url) == origin_of(self._wanted.asked):
            return policy
        return replace(policy, headers=(), cookie_env=None)

    async def _keep(self, capture: Capture) -> None:
        """Archive a requisite, then catalogue it."""
        if not capture.exchanges:
            return
        outlet = self._wanted.outlet
        writer = self._line.writer(outlet)
        about = said_of_requisite(capture, page=self._wanted.page)
        recorded = await asyncio.to_thread(
            writer.write_exchanges, capture.exchanges, now=now(), about=about
        )
        self._line.catalog.requisites.keep([requisite_of(outlet.id, capture, recorded)])
