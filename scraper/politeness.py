"""Requests to a host that others own: allowed by its robots.txt, in turn, and not while it rests.

It asks for one URL at a time and keeps no page; what it learns of a host is kept in the catalog.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from scraper.archive.writer import WarcWriter
from scraper.clock import now
from scraper.fetch.client import Client, MayFollow
from scraper.fetch.known_robots import KnownRobots
from scraper.fetch.pace import Pace
from scraper.fetch.requests import policy_at
from scraper.fetch.retry_after import pause_from
from scraper.fetch.robots import PRODUCT, Answer, Robots, Verdict, robots_from, robots_url
from scraper.in_hand import Hold
from scraper.model import Capture, Outcome, Outlet
from scraper.store.schedule import Schedule
from scraper.urls import host_of

log = logging.getLogger(__name__)

ROBOTS_BYTES = 1_000_000  # that are fetched
Headers = tuple[tuple[str, str], ...]

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Politeness:
    """What hosts allow and when; one request at a time per host, `concurrency` over all.

    `has_room` waits until there is room for what comes back.
    """

    def __init__(
        self,
        client: Client,
        pace: Pace,
        schedule: Schedule,
        writer: Callable[[Outlet], WarcWriter],
        *,
        concurrency: int,
        has_room: Callable[[], Awaitable[None]],
    ) -> None:
        self._client, self._pace, self._schedule, self._writer = client, pace, schedule, writer
        self._free, self._has_room = asyncio.Semaphore(concurrency), has_room
        self._known = KnownRobots()
        self._asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._rests: dict[str, datetime] = {}
        self.hears: Callable[[Capture], None] | None = None  # of all that is fetched

    async def fetch(
        self,
        url: str,
        outlet: Outlet,
        *,
        headers: Headers = (),
        yielding: bool = False,
        hold: Hold | None = None,
    ) -> Capture:
        """Fetch a URL that a source announced, or a source, if its host allows it.

        A `yielding` one lets others of its host go first. `hold` takes what comes back.
        The wait for the turn may be long: robots.txt and the host's rest are looked at again then.
        Outcomes DISALLOWED and PAUSED mean that nothing was asked for, but where there are
        exchanges: then a redirect led to what may not be asked for.
        """

        async def may_follow(target: str) -> tuple[Outcome, str] | None:
            return await self._refusal_of(target, outlet)

        while True:
            robots = await self.robots(url, outlet)
            verdict = _heeded(robots.verdict(url), url, outlet)
            if (rest := self._rest_of(host_of(url))) is not None:
                return Capture(url=url, outcome=Outcome.PAUSED, detail=rest)
            if not verdict.allowed:
                return Capture(url=url, outcome=Outcome.DISALLOWED, detail=verdict.reason)
            pause = await self.pause(url, outlet)
            async with self._pace.turn(host_of(url), pause, yielding=yielding):
                if (rest := self._rest_of(host_of(url))) is not None:
                    return Capture(url=url, outcome=Outcome.PAUSED, detail=rest)
                if robots.is_due(now()):
                    continue
                return await self.fetch_named(
                    url, outlet, headers=headers, may_follow=may_follow, hold=hold
                )

    async def fetch_in_turn(self, url: str, outlet: Outlet, *, hold: Hold | None = None) -> Capture:
        """Fetch a URL that a person named: no robots.txt is asked, as a browser does not."""
        async with self._pace.turn(host_of(url), pause_for(outlet)):
            return await self.fetch_named(url, outlet, hold=hold)

    async def fetch_named(
        self,
        url: str,
        outlet: Outlet,
        *,
        headers: Headers = (),
        may_follow: MayFollow | None = None,
        hold: Hold | None = None,
    ) -> Capture:
        """Fetch at once, within the limit on fetches, and heed what the answer says of the host."""
        async with self._free:
            await self._has_room()
            return await self._fetch_now(url, outlet, headers, may_follow, hold)

    async def _fetch_now(
        self,
        url: str,
        outlet: Outlet,
        headers: Headers,
        may_follow: MayFollow | None = None,
        hold: Hold | None = None,
    ) -> Capture:
        policy = policy_at(url, outlet)
        capture = await self._client.fetch(
            url, policy, headers=headers, may_follow=may_follow, hold=hold
        )
        if self.hears is not None:
            self.hears(capture)
        self._heed(capture)
        return capture

    async def verdict(self, url: str, outlet: Outlet) -> Verdict:
        """Say whether a URL may be asked for; an outlet's `robots = "report"` makes it a remark."""
        return _heeded((await self.robots(url, outlet)).verdict(url), url, outlet)

    def knows_rules_for(self, url: str) -> bool:
        """Say whether the host of a URL that was refused had a robots.txt to refuse it by."""
        known = self._remembered(robots_url(url))
        return known is None or known.answer is not Answer.UNREACHABLE

    async def _refusal_of(self, url: str, outlet: Outlet) -> tuple[Outcome, str] | None:
        """Return how a fetch that a redirect sends to a URL ends, and why, or None if it goes on.

        The rules of where a redirect leads count for it (RFC 9309, 2.2: for the URI that is
        accessed). They are asked for at once: the fetch that waits holds its turn and its place
        among all fetches, and would wait for itself.
        """
        if (rest := self._rest_of(host_of(url))) is not None:
            return Outcome.PAUSED, rest
        where = robots_url(url)
        known = self._remembered(where)
        if known is None or known.is_due(now()):
            headers = () if known is None else known.conditional_headers()
            capture = await self._fetch_now(where, _for_robots(outlet), headers)
            if capture.outcome is Outcome.FORBIDDEN:
                return None  # the gate says so of the page as well, and it says it better
            known = await self._learnt(where, outlet, capture, known)
        self._known.keep(where, known)
        verdict = _heeded(known.verdict(url), url, outlet)
        return None if verdict.allowed else (Outcome.DISALLOWED, verdict.reason)

    async def pause(self, url: str, outlet: Outlet) -> timedelta:
        """Return the least pause between two requests to a URL's host."""
        robots = await self.robots(url, outlet)
        return max(pause_for(outlet), robots.crawl_delay(PRODUCT) or timedelta(0))

    async def robots(self, url: str, outlet: Outlet) -> Robots:
        """Return what is known of a URL's robots.txt, asked for again where that is due."""
        where = robots_url(url)
        async with self._asking[where]:
            known = self._remembered(where)
            if known is None or known.is_due(now()):
                known = await self._asked(where, outlet, known)
            self._known.keep(where, known)
            return known

    def _remembered(self, where: str) -> Robots | None:
        if (known := self._known.get(where)) is not None:
            return known
        row = self._schedule.host(where)
        if row is None or row.robots_body is None:
            return None
        return Robots.from_stored(row.robots_body.decode("ascii", "replace"))

    async def _asked(self, where: str, outlet: Outlet, last: Robots | None) -> Robots:
        headers = () if last is None else last.conditional_headers()
        async with self._pace.turn(host_of(where), pause_for(outlet)):
            if (rest := self._rest_of(host_of(where))) is not None:
                return last or _unasked(where, rest)
            capture = await self.fetch_named(where, _for_robots(outlet), headers=headers)
        return await self._learnt(where, outlet, capture, last)

    async def _learnt(
        self, where: str, outlet: Outlet, capture: Capture, last: Robots | None
    ) -> Robots:
        """Keep what came of asking for a robots.txt, in the archive and in the catalog."""
        writer = self._writer(outlet)
        await asyncio.to_thread(writer.write_exchanges, capture.exchanges, now=now())
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

    def _heed(self, capture: Capture) -> None:
        """Leave a host alone for as long as its answer asks for, across restarts."""
        page = capture.page
        pause = None if page is None else pause_from(page.status, page.headers, now=now())
        if page is None or not pause:
            return
        host, until = host_of(page.url), now() + pause
        log.warning("paused %s for %s: it answered %d", host, pause, page.status)
        self._rests[host] = max(until, self._rests.get(host, until))
        self._schedule.pause_host(host, until, f"it answered {page.status}")

    def _rest_of(self, host: str) -> str | None:
        if host not in self._rests:  # what an earlier process was told holds as well
            row = self._schedule.host(host)
            self._rests[host] = (row and row.paused_until) or _LONG_AGO
        until = self._rests[host]
        if until <= now():
            return None
        return f"the host asked to be left alone until {until:%Y-%m-%d %H:%M} UTC"


def _for_robots(outlet: Outlet) -> Outlet:
    """Return an outlet whose robots.txt, of which the first 512 kB are read, is no long one."""
    most = min(outlet.fetch.max_bytes, ROBOTS_BYTES)
    return replace(outlet, fetch=replace(outlet.fetch, max_bytes=most))


def _heeded(verdict: Verdict, url: str, outlet: Outlet) -> Verdict:
    """Return a verdict as its outlet takes it: with `robots = "report"` a ban is a remark."""
    if verdict.allowed or outlet.fetch.robots == "obey":
        return verdict
    log.warning("asked all the same, as sources.toml says: %s %s", url, verdict.reason)
    return Verdict(allowed=True, reason=verdict.reason)


def _unasked(where: str, reason: str) -> Robots:
    """Return what is known of a robots.txt that nobody asked for: not a line."""
    moment = now()
    return Robots(
        url=where, answer=Answer.UNREACHABLE, fetched=moment, expires=moment, detail=reason
    )


def pause_for(outlet: Outlet) -> timedelta:
    """Return the least pause between two requests to a host; one's own hosts need none."""
    if outlet.fetch.allow_private and not outlet.delay_is_own:
        return timedelta(0)
    return outlet.delay
