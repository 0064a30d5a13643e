"""A source, asked politely: fetched if it has changed, kept, and read for the links it announces.

It captures no article.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import takewhile

from scraper.archive.digest import sha1_digest
from scraper.clock import now
from scraper.discover.announced import Announced, Child, newest
from scraper.discover.wanted import is_wanted
from scraper.fetch.validators import Validators, conditional_headers, freshness, validators_in
from scraper.in_hand import Hold
from scraper.line import Line
from scraper.model import Capture, Link, Outcome, Outlet, Source
from scraper.store.schedule_rows import Announced as Counted
from scraper.store.schedule_rows import SourceResult, SourceRow
from scraper.store.sources import GOOD_ANSWERS

log = logging.getLogger(__name__)

MAX_CHILDREN = 500  # sitemaps of an index that are read in one run
MAX_DEPTH = 3  # of indexes within indexes
MAX_LINKS = 250_000  # of an index in one run; 500 full sitemaps would fill the catalog
MAX_LINK_CHARS = 32_000_000  # of their URLs, which have 100 each as a rule, and 4,096 at most
SETTLED = timedelta(days=2)  # after which a lastmod, often a bare day of some zone, is past
_AT_ONCE = 1000  # links in one transaction: 0.2 s; 16,000,000 characters of them took 3 s
_TOLD = 3  # problems of a source
_FOR_GOOD = frozenset({301, 308})
Announces = Callable[[Sequence[Link]], Counted]
UNREADABLE = "unreadable"  # an answer without a link, and with a reason why


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came of asking a source."""

    outlet: Outlet
    source: Source
    result: SourceResult
    known: int = 0
    announced: tuple[Link, ...] = field(default=(), repr=False)  # all that were gathered

    @property
    def links(self) -> tuple[Link, ...]:
        """The links that the source's patterns let through, at most `max_new` of them."""
        return tuple(link for link in self.announced if is_wanted(link.url, self.source))[
            : self.source.max_new
        ]

    @property
    def is_answered(self) -> bool:
        """Say whether the source answered, with news or without."""
        return self.result.outcome in {Outcome.OK, Outcome.NOT_MODIFIED}


class _Taken:
    """The links of a source as its documents come, which may be many sitemaps: counted, announced
    to the catalog where that is asked for, and gathered for whoever asks for that."""

    def __init__(
        self, source: Source, announces: Announces | None = None, *, gathers: bool = True
    ) -> None:
        self._source, self._announces, self._gathers = source, announces, gathers
        self.count = self.chars = self.new = self.known = 0
        self.gathered: list[Link] = []
        self._left = source.max_new

    async def take(self, links: Sequence[Link]) -> None:
        """Take the links of one document, few at a time: others have their turn meanwhile."""
        for start in range(0, len(links), _AT_ONCE):
            self._take(links[start : start + _AT_ONCE])
            await asyncio.sleep(0)

    def _take(self, links: Sequence[Link]) -> None:
        self.count += len(links)
        self.chars += sum(len(link.url) for link in links)
        if self._gathers:
            self.gathered += links
        if self._announces is None:
            return
        wanted = [link for link in links if is_wanted(link.url, self._source)][: self._left]
        counted = self._announces(wanted)
        self.new, self.known = self.new + counted.new, self.known + counted.known
        if self._left is not None:
            self._left -= len(wanted)


async def ask_source(
    line: Line, outlet: Outlet, source: Source, row: SourceRow | None, *, gathers: bool = True
) -> Asked:
    """Ask a source of an outlet, keep what it announces, settle when it is asked again.

    Links are kept as they come; without `gathers` the answer has none of them.
    """
    schedule = line.catalog.schedule
    taken = _Taken(
        source, lambda links: schedule.announce(outlet, source, links, now()), gathers=gathers
    )
    asked = await _look(line, outlet, source, row, taken)
    if not taken.count:
        schedule.announce(outlet, source, (), now())  # the catalog hears of the source
    result = replace(asked.result, new=taken.new)
    schedule.source_done(outlet, source.url, result, now(), bounds=line.bounds)
    log.info("asked %s %s new=%d %s", source.url, result.outcome, result.new, result.detail)
    return replace(asked, result=result, known=taken.known)


async def look(line: Line, outlet: Outlet, source: Source, row: SourceRow | None) -> Asked:
    """Fetch a source if it has changed and read it; the catalog is not touched.

    Without a row the source is fetched whatever was known of it.
    """
    return await _look(line, outlet, source, row, _Taken(source))


async def _look(
    line: Line, outlet: Outlet, source: Source, row: SourceRow | None, taken: _Taken
) -> Asked:
    capture, digest, announced = await _opened(line, outlet, source, row, taken)
    page, moved = capture.page, moved_to(capture)
    if page is None or announced is None:
        result = SourceResult(outcome=capture.outcome, detail=capture.detail, moved_to=moved)
        return Asked(outlet=outlet, source=source, result=result)
    problems: Sequence[str] = announced.problems
    if announced.children:
        problems = await read_children(line, outlet, source, announced, row, taken)
    detail = "; ".join(problems[:_TOLD])
    if problems and not taken.count:
        result = SourceResult(outcome=UNREADABLE, detail=detail)
        return Asked(outlet=outlet, source=source, result=result)
    # An index without dates says nothing of its sitemaps: a 304 to it would hide their news.
    is_dateless = any(child.updated is None for child in announced.children)
    validators = Validators() if is_dateless else validators_in(page)
    result = SourceResult(
        outcome=capture.outcome,
        detail=detail,
        etag=validators.etag,
        last_modified=validators.last_modified,
        digest=digest,
        hint=announced.every or freshness(page.headers),
        moved_to=moved,
    )
    return Asked(outlet=outlet, source=source, result=result, announced=tuple(taken.gathered))


async def _opened(
    line: Line, outlet: Outlet, source: Source, row: SourceRow | None, taken: _Taken
) -> tuple[Capture, str, Announced | None]:
    """Fetch a source, keep it if it is new, and return what it announces where it can be read.

    Its bytes and links stay here: the sitemaps of an index may take long.
    """
    with line.in_hand.hold() as hold:
        capture = await fetch_source(line, outlet, source.url, row, hold)
        page = capture.page
        if page is None or capture.outcome is not Outcome.OK:
            return capture.without_bytes(), "", None
        digest = sha1_digest(page.body)
        if row is None or digest != row.payload_digest:
            writer = line.writer(outlet)
            await asyncio.to_thread(writer.write_exchanges, capture.exchanges, now=now())
        announced = await line.extractor.links(page, source)
        await taken.take(announced.links)
        return capture.without_bytes(), digest, replace(announced, links=())


def moved_to(capture: Capture) -> str | None:
    """Return the URL at which a source says that it is from now on, or None.

    That which the permanent redirects before any other lead to (RFC 9110, 15.4.2 and 15.4.9). One
    that changes the scheme, a leading www or a last slash alone is no move.
    """
    chain = capture.exchanges
    moves = len(list(takewhile(lambda one: one.status in _FOR_GOOD, chain)))
    if not moves or moves == len(chain) or _bare(chain[moves].url) == _bare(chain[0].url):
        return None
    return chain[moves].url


def _bare(url: str) -> str:
    return url.partition("://")[2].removeprefix("www.").rstrip("/")


async def fetch_source(
    line: Line, outlet: Outlet, url: str, row: SourceRow | None, hold: Hold | None = None
) -> Capture:
    """Fetch a source; only if it has changed, where the row knows what it was."""
    headers: tuple[tuple[str, str], ...] = ()
    if row is not None and not outlet.fetch.ignore_cache:
        known = Validators(etag=row.etag, last_modified=row.last_modified)
        headers = conditional_headers(known)
    return await line.politely.fetch(url, outlet, headers=headers, hold=hold)


def with_news(children: Iterable[Child], row: SourceRow | None) -> tuple[Child, ...]:
    """Return the sitemaps of an index that may have changed since it was last read, newest first.

    An index that was not read to its end is read anew.
    """
    was_read = row is not None and row.last_outcome in GOOD_ANSWERS and not row.last_detail
    since = row.last_asked - SETTLED if row and was_read and row.last_asked else None
    fresh = [one for one in children if not (since and one.updated and one.updated < since)]
    return newest(tuple(fresh), MAX_CHILDREN + 1)  # one more says that there were more


async def read_children(
    line: Line,
    outlet: Outlet,
    source: Source,
    index: Announced,
    row: SourceRow | None,
    taken: _Taken,
) -> tuple[str, ...]:
    """Read the sitemaps of an index, newest first, each once, indexes within it as well; return
    the problems that there were."""
    problems, capped = list(index.problems), dict[str, None]()
    waiting = deque((1, child.url) for child in with_news(index.children, row))
    seen = {source.url}
    while waiting:
        depth, url = waiting.popleft()
        if url in seen:
            continue
        if (cap := _cap_on(len(seen) - 1, taken)) is not None:
            capped[cap] = None
            break
        seen.add(url)
        child = await read_child(line, outlet, source, url, taken)
        problems += child.problems[: max(_TOLD - len(problems), 0)]
        if depth < MAX_DEPTH:
            further = with_news(child.children, row)
            room = MAX_CHILDREN + 1 - len(waiting)  # more of them are never asked for
            waiting += [(depth + 1, grandchild.url) for grandchild in further[:room]]
        elif child.children:
            capped[f"indexes more than {MAX_DEPTH} deep are not read"] = None
    return (*capped, *problems)


def _cap_on(sitemaps: int, taken: _Taken) -> str | None:
    """Return which cap ends the reading of an index, as a sentence, or None."""
    if sitemaps >= MAX_CHILDREN:
        return f"more than {MAX_CHILDREN} sitemaps: the rest are not read"
    if taken.count >= MAX_LINKS:
        return f"more than {MAX_LINKS:,} links: the rest of its sitemaps are not read"
    if taken.chars >= MAX_LINK_CHARS:
        return f"links of more than {MAX_LINK_CHARS:,} characters: the rest is not read"
    return None


async def read_child(
    line: Line, outlet: Outlet, source: Source, url: str, taken: _Taken
) -> Announced:
    """Read one sitemap of an index and have its links taken; its problems name it."""
    with line.in_hand.hold() as hold:
        capture = await fetch_source(line, outlet, url, None, hold)
        if capture.page is None or capture.outcome is not Outcome.OK:
            return Announced(problems=(f"{url}: {capture.detail}",))
        digest = sha1_digest(capture.page.body)
        if not line.is_kept(url, digest):
            writer = line.writer(outlet)
            await asyncio.to_thread(writer.write_exchanges, capture.exchanges, now=now())
            line.note_kept(url, digest)
        child = await line.extractor.links(capture.page, source)
        await taken.take(child.links)
    problems = tuple(f"{url}: {problem}" for problem in child.problems)
    return replace(child, links=(), problems=problems)
