"""Whether a host may be asked now: its robots.txt, kept where a restart finds it, and its pauses.

It asks for no page, and decides nothing about what is done with a refusal.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta

from scraper.archive.writer import WarcWriter
from scraper.clock import now
from scraper.fetch.client import Client
from scraper.fetch.pace import Pace
from scraper.fetch.retry_after import pause_from
from scraper.fetch.robots import PRODUCT, Robots, Verdict, robots_from, robots_url
from scraper.model import Capture, Outlet
from scraper.store.schedule import Schedule
from scraper.urls import host_of

log = logging.getLogger(__name__)


class Permissions:
    """What the robots.txt of each host says; one request for the file at a time per host."""

    def __init__(
        self,
        client: Client,
        pace: Pace,
        schedule: Schedule,
        writer: Callable[[Outlet], WarcWriter],
    ) -> None:
        self._client, self._pace, self._schedule, self._writer = client, pace, schedule, writer
        self._known: dict[str, Robots] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def verdict(self, url: str, outlet: Outlet) -> Verdict:
        """Say whether a URL may be asked for; an outlet's `robots = "report"` makes it a remark."""
        robots = await self.robots(url, outlet)
        verdict = robots.verdict(url)
        if verdict.allowed or outlet.fetch.robots == "obey":
            return verdict
        log.warning("asked all the same, as sources.toml says: %s %s", url, verdict.reason)
        return Verdict(allowed=True, reason=verdict.reason)

    async def pause(self, url: str, outlet: Outlet) -> timedelta:
        """Return the least pause between two requests to a URL's host."""
        robots = await self.robots(url, outlet)
        return max(pause_for(outlet), robots.crawl_delay(PRODUCT) or timedelta(0))

    async def robots(self, url: str, outlet: Outlet) -> Robots:
        """Return what is known of a URL's robots.txt, asked for again where that is due."""
        where = robots_url(url)
        async with self._locks[where]:
            known = self._known.get(where) or self._stored(where)
            if known is None or known.is_due(now()):
                known = await self._asked(where, outlet, known)
            self._known[where] = known
            return known

    def _stored(self, where: str) -> Robots | None:
        row = self._schedule.host(where)
        if row is None or row.robots_body is None:
            return None
        return Robots.from_stored(row.robots_body.decode("ascii", "replace"))

    async def _asked(self, where: str, outlet: Outlet, last: Robots | None) -> Robots:
        headers = () if last is None else last.conditional_headers()
        async with self._pace.turn(host_of(where), pause_for(outlet)):
            capture = await self._client.fetch(where, outlet.fetch, headers=headers)
        self.heed(capture)
        self._writer(outlet).write_exchanges(capture.exchanges, now=now())
        robots = robots_from(capture, now=now(), last=last)
        self._schedule.keep_robots(
            where,
            outcome=robots.answer,
            fetched_at=robots.fetched,
            expires=robots.expires,
            status=robots.status,
            body=robots.stored().encode("ascii"),
        )
        if robots.detail and robots.detail != (last.detail if last else ""):  # once is enough
            log.warning("robots.txt of %s: %s", host_of(where), robots.detail)
        return robots

    def heed(self, capture: Capture) -> None:
        """Leave a host alone for as long as its answer asks for, across restarts."""
        page = capture.page
        if page is None:
            return
        pause = pause_from(page.status, page.headers, now=now())
        if pause is None:
            return
        host = host_of(page.url)
        log.warning("paused %s for %s: it answered %d", host, pause, page.status)
        self._schedule.pause_host(host, now() + pause, f"it answered {page.status}")


def pause_for(outlet: Outlet) -> timedelta:
    """Return the least pause between two requests to a host; one's own hosts need none."""
    if outlet.fetch.allow_private and not outlet.delay_is_own:
        return timedelta(0)
    return outlet.delay
