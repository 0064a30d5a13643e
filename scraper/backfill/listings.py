"""The lists that reach into an outlet's past: its sitemaps, and the older pages of its feeds.

It reads them politely and yields what they say; it announces nothing, and captures no article.
"""

import hashlib
import logging
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from scraper import clock
from scraper.archive.digest import sha1_digest
from scraper.asking import MAX_CHILDREN, MAX_DEPTH, fetch_source
from scraper.backfill.window import Window, settled, span_of, spans_of
from scraper.clock import now
from scraper.discover.announced import Announced, Child, newest
from scraper.discover.wanted import is_wanted
from scraper.fetch.robots import robots_url
from scraper.fetch.validators import validators_in
from scraper.line import Line
from scraper.model import Capture, Link, Outcome, Outlet, Page, Source
from scraper.store.schedule_rows import SourceResult, SourceRow
from scraper.urls import canonical, host_of, normal_url

log = logging.getLogger(__name__)

MAX_FEED_PAGES = 200  # of one feed; the oldest that blogs keep are some dozens
PATIENCE = timedelta(minutes=10)  # a longer pause of a host ends the run

READ_BEFORE = "read-before"  # nothing was asked: the index says that it is as it was
LATER = "later"  # beyond the cap: the next run goes on here
_ANSWERS = {Outcome.OK, Outcome.NOT_MODIFIED, READ_BEFORE}
_SITEMAPS = {"sitemap", "news-sitemap"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What came of one sitemap or one page of a feed.

    `result` is there where the catalog may remember that it was read to its end.
    """

    outlet: Outlet
    source: Source  # that its links are announced by
    url: str
    outcome: str  # an Outcome, or a word of this module
    detail: str = ""
    links: tuple[Link, ...] = field(default=(), repr=False)  # wanted, and maybe of these days
    outside: tuple[Link, ...] = field(default=(), repr=False)  # wanted, but of other days
    result: SourceResult | None = None
    new: int = 0
    known: int = 0

    @property
    def is_answered(self) -> bool:
        """Say whether there is nothing left to ask of it."""
        return self.outcome in _ANSWERS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """A list that waits to be read: of a sitemap how deep it lies, of a feed which page it is."""

    source: Source
    url: str
    depth: int = 0
    updated: datetime | None = None


async def listings(line: Line, outlet: Outlet, window: Window) -> AsyncGenerator[Listing, None]:
    """Read the sitemaps and feed pages of an outlet that may name articles of some days.

    What the catalog says was read for the same days, and is unchanged since, is not read again:
    an index's lastmod says so without a request, a 304 with one.
    """
    waiting = deque(await roots(line, outlet))
    reading = _Reading(line, outlet, window)
    seen: set[str] = set()
    asked = 0
    while waiting:
        turn = waiting.popleft()
        if turn.url in seen:
            continue
        seen.add(turn.url)
        row = reading.row_of(turn)
        if _is_settled(turn, row):
            yield reading.listing(turn, READ_BEFORE)
            continue
        if asked == MAX_CHILDREN:
            detail = f"{MAX_CHILDREN} lists were read; run it again to go on"
            yield reading.listing(turn, LATER, detail)
            return
        asked += 1
        listing, further = await reading.read(turn, row)
        waiting.extend(further)
        yield listing


async def roots(line: Line, outlet: Outlet) -> list[_Turn]:
    """Return where to begin: the feeds and sitemaps of sources.toml, what robots.txt names."""
    known = [source for source in outlet.sources if source.type in {*_SITEMAPS, "feed"}]
    urls = [outlet.home, *(source.url for source in outlet.sources)]
    named = [
        _sitemap(outlet, url)
        for where in dict.fromkeys(robots_url(url) for url in urls)
        if await is_open(line, host_of(where))  # else it is not asked for its robots.txt either
        for url in (await line.politely.robots(where, outlet)).sitemaps
    ]
    return [_Turn(source=source, url=normal_url(source.url)) for source in (*known, *named)]


def _sitemap(outlet: Outlet, url: str) -> Source:
    """Return a sitemap that sources.toml does not name; the outlet's patterns hold for it, too."""
    allow = (one for source in outlet.sources if source.type in _SITEMAPS for one in source.allow)
    deny = (one for source in outlet.sources for one in source.deny)
    return Source(
        type="sitemap",
        url=url,
        allow=tuple(dict.fromkeys(allow)),
        deny=tuple(dict.fromkeys(deny)),
    )


class _Reading:
    """One walk through an outlet's lists for the articles of some days."""

    def __init__(self, line: Line, outlet: Outlet, window: Window) -> None:
        self._line, self._outlet, self._window = line, outlet, window
        self._in_feeds: set[str] = set()

    def listing(self, turn: _Turn, outcome: str, detail: str = "") -> Listing:
        return Listing(
            outlet=self._outlet, source=turn.source, url=turn.url, outcome=outcome, detail=detail
        )

    def row_of(self, turn: _Turn) -> SourceRow | None:
        """Return what is known of a list that was read to its end, for the same days.

        What sources.toml names is the daemon's to remember: it is read in full.
        """
        row = self._line.catalog.schedule.source(self._outlet.id, turn.url)
        was_read = row is not None and row.last_detail == self._purpose(turn.source)
        return row if row is not None and was_read and not row.active else None

    async def read(self, turn: _Turn, row: SourceRow | None) -> tuple[Listing, list[_Turn]]:
        """Ask for a list; return what it says, and which lists it leads to."""
        line, outlet = self._line, self._outlet
        if not await is_open(line, host_of(turn.url)):
            return self.listing(turn, Outcome.PAUSED, "its host asked to be left alone"), []
        with line.in_hand.hold() as hold:
            capture = await fetch_source(line, outlet, turn.url, row, hold)
            page = capture.page
            if page is None or capture.outcome is not Outcome.OK:
                log.info("listed %s %s %s", turn.url, capture.outcome, capture.detail)
                return self.listing(turn, capture.outcome, capture.detail), []
            source = replace(turn.source, url=turn.url)
            announced = await line.extractor.links(page, source)
            listing = self._sorted(turn, announced)
            return self._kept(turn, row, capture, page, announced, listing)

    def _sorted(self, turn: _Turn, announced: Announced) -> Listing:
        """Tell the links of the wanted days from the others."""
        wanted = [link for link in announced.links if is_wanted(link.url, turn.source)]
        within = {link.url for link in wanted if self._window.meets(span_of(link))}
        listing = self.listing(turn, Outcome.OK, "; ".join(announced.problems[:3]))
        return replace(
            listing,
            # A feed is one source however many pages it has; each sitemap is one of its own.
            source=turn.source if turn.source.type == "feed" else _at(turn),
            links=tuple(link for link in wanted if link.url in within),
            outside=tuple(link for link in wanted if link.url not in within),
        )

    def _kept(
        self,
        turn: _Turn,
        row: SourceRow | None,
        capture: Capture,
        page: Page,
        announced: Announced,
        listing: Listing,
    ) -> tuple[Listing, list[_Turn]]:
        """Keep the bytes of a list that is new to us; say what to remember, and what comes next."""
        digest = sha1_digest(page.body)
        if row is None or digest != row.payload_digest:
            self._line.writer(self._outlet).write_exchanges(capture.exchanges, now=now())
        log.info(
            "listed %s links=%d outside=%d", turn.url, len(listing.links), len(listing.outside)
        )
        if turn.source.type == "feed":
            return listing, self._next_pages(turn, announced)
        if announced.children:
            return listing, self._children(turn, announced.children)
        if announced.problems:
            return listing, []  # read in part: not to be remembered as done
        validators = validators_in(page)
        result = SourceResult(
            outcome=Outcome.OK,
            detail=self._purpose(turn.source),
            etag=validators.etag,
            last_modified=validators.last_modified,
            digest=digest,
        )
        return replace(listing, result=result), []

    def _children(self, turn: _Turn, children: Sequence[Child]) -> list[_Turn]:
        if turn.depth >= MAX_DEPTH:
            return []
        spans = spans_of(children)
        chosen = tuple(child for child in children if self._window.meets(spans[child.url]))
        return [
            _Turn(source=turn.source, url=child.url, depth=turn.depth + 1, updated=child.updated)
            for child in newest(chosen, len(chosen))
        ]

    def _next_pages(self, turn: _Turn, announced: Announced) -> list[_Turn]:
        """Go on to older pages (RFC 5005) while they bring something that may not be too old."""
        keys = {canonical(link.url) for link in announced.links}
        is_new = bool(keys - self._in_feeds)
        self._in_feeds |= keys
        since = Window(self._window.since)
        is_recent = any(since.meets(span_of(link)) for link in announced.links)
        if not (is_new and is_recent) or turn.depth >= MAX_FEED_PAGES:
            return []
        return [replace(turn, url=url, depth=turn.depth + 1) for url in announced.next_pages]

    def _purpose(self, source: Source) -> str:
        """Return what a list was read for; the catalog keeps it as the detail of its last reading.

        Read for other days, or with other patterns, it is read again.
        """
        purpose = f"read for articles {self._window}"
        if not (source.allow or source.deny):
            return purpose
        patterns = "\n".join((*source.allow, "", *source.deny))
        return f"{purpose}, patterns {hashlib.sha256(patterns.encode()).hexdigest()[:12]}"


def _at(turn: _Turn) -> Source:
    return replace(turn.source, type="sitemap", url=turn.url) if turn.depth else turn.source


def _is_settled(turn: _Turn, row: SourceRow | None) -> bool:
    """Say whether an index's lastmod shows that a sitemap is as it was when it was read."""
    if row is None or row.last_asked is None or turn.updated is None:
        return False
    return row.last_asked >= settled(turn.updated)


async def is_open(line: Line, host: str) -> bool:
    """Wait until a host that asked for a pause may be asked again; not for longer than PATIENCE."""
    row = line.catalog.schedule.host(host)
    if row is None or row.paused_until is None or row.paused_until <= now():
        return True
    pause = row.paused_until - now()
    if pause > PATIENCE:
        return False
    await clock.sleep(max(pause.total_seconds(), 0.0))
    return True
