"""An article that goes on: its further pages fetched in turn, archived, and read as one text.

It catalogues nothing, and follows no link but that to the next page of the same article.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from scraper.archive.captures import Ending
from scraper.archive.parts import page_of_part, part_of, said_of_part
from scraper.cadence import Verdict, verdict_of
from scraper.clock import now
from scraper.extract.paging import MOST_PAGES
from scraper.extract.whole import Whole
from scraper.in_hand import Hold
from scraper.line import Line
from scraper.model import (
    Capture,
    Exchange,
    Extraction,
    ExtractStatus,
    Outcome,
    Outlet,
    Page,
    Part,
    Recorded,
)
from scraper.requisites import Wanted, wanted_by

log = logging.getLogger(__name__)

MOST_BYTES_IN_ALL = 40_000_000  # on the wire, of the further pages of one article
INTERRUPTED = "not asked for, since the run ended"
KILLED = "not asked for, since the process was killed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What came of an article's pages; of the first one's capture the bytes are on the disk."""

    capture: Capture
    bytes: int  # of its responses
    recorded: tuple[Recorded, ...]
    extraction: Extraction  # of all pages that were read, as one
    parts: tuple[Part, ...] = ()
    needs: Wanted | None = None  # what the pages need to look like themselves


def goes_on(outlet: Outlet, extraction: Extraction) -> bool:
    """Say whether an article has a next page, and its outlet wants it kept."""
    article = extraction.article
    return article is not None and article.next_url is not None and outlet.fetch.pages


class Following:
    """The further pages of one article: `begin` with its first, `run` fetches them, `came` says
    what came of all.

    `is_announced` says that a source announced the article; else a person named it, and no
    robots.txt is asked. Errors of `run`: ArchiveError, DiskFullError; what was fetched until then
    is kept all the same.
    """

    def __init__(self, line: Line, outlet: Outlet, *, is_announced: bool) -> None:
        self._line, self._outlet, self._is_announced = line, outlet, is_announced
        self._turn = asyncio.Lock()
        self._bytes = 0
        self.is_given_up = False  # nobody waits for further pages
        self.has_begun = False

    async def begin(
        self, capture: Capture, recorded: Sequence[Recorded], extraction: Extraction
    ) -> None:
        """Take over an article that goes on: its first page as it was fetched, archived and read.

        From here on the bytes of that page are not needed any more.
        """
        needs = await wanted_by(self._line, self._outlet, capture)
        self._came = Followed(
            capture=capture.without_bytes(),
            bytes=sum(len(one.response) for one in capture.exchanges),
            recorded=tuple(one.without_bytes() for one in recorded),
            extraction=extraction,
            needs=needs,
        )
        self._whole = Whole(extraction)
        self.has_begun = True

    async def run(self) -> None:
        """Fetch page after page, until the article ends or a page brings nothing to it."""
        while (url := self._whole.next_url) is not None:
            if objection := self._objection_to(url):
                self._whole.stop(objection)
                return
            with self._line.in_hand.hold() as hold:
                capture = await self._fetch(url, hold)
                await self._line.finish(self._take(capture))

    async def came(self) -> Followed:
        """Return what came of the pages, once the one at hand is kept."""
        async with self._turn:
            if self._whole.next_url is not None:
                self._whole.stop(INTERRUPTED, is_cut=True)
        extraction = self._whole.extraction()
        log.info(
            "followed %s pages=%d %s", self._first.url, self._whole.number - 1, extraction.detail
        )
        return replace(self._came, extraction=extraction)

    @property
    def _first(self) -> Exchange:
        return self._came.recorded[-1].exchange

    def _objection_to(self, url: str) -> str:
        if self._whole.number > MOST_PAGES:
            return f"no more than {MOST_PAGES} are followed"
        if self._bytes >= MOST_BYTES_IN_ALL:
            return f"no more than {MOST_BYTES_IN_ALL:,} bytes are followed"
        return self._whole.objection_to(url)

    async def _fetch(self, url: str, hold: Hold) -> Capture:
        """Fetch a page as the first was: by robots.txt, unless a person named that one."""
        self._line.require_room()
        policy = self._outlet.fetch
        room = min(policy.max_bytes, MOST_BYTES_IN_ALL - self._bytes)
        outlet = replace(self._outlet, fetch=replace(policy, max_bytes=room))
        if self._is_announced:
            return await self._line.politely.fetch(url, outlet, hold=hold)
        return await self._line.politely.fetch_in_turn(url, outlet, hold=hold)

    async def _take(self, capture: Capture) -> None:
        """Archive a page, then read it."""
        async with self._turn:
            if capture.exchanges:
                recorded = await self._archived(capture)
                part = part_of(capture, recorded, number=self._whole.number)
                self._came = replace(self._came, parts=(*self._came.parts, part))
            page = capture.page
            if page is None or capture.outcome is not Outcome.OK:
                status = None if page is None else page.status
                miss(self._whole, capture.outcome, status, capture.detail)
                return
            day = self._came.recorded[0].exchange.started.date()
            self._whole.take(page.url, await read_part(self._line, self._outlet, day, page))
            if (needs := self._came.needs) is not None:
                urls = (*needs.urls, *await self._line.extractor.needs(page))
                self._came = replace(self._came, needs=replace(needs, urls=urls))

    async def _archived(self, capture: Capture) -> Sequence[Recorded]:
        first = self._came.recorded[-1].response
        assert first is not None  # an article was read from it
        writer = self._line.writer(self._outlet)
        about = said_of_part(capture, number=self._whole.number, of=first.id, page=self._first.url)
        self._bytes += sum(len(one.response) for one in capture.exchanges)
        recorded = await asyncio.to_thread(
            writer.write_exchanges, capture.exchanges, now=now(), about=about
        )
        if self._line.cassette is not None:  # second: a cassette that fails costs no page
            await asyncio.to_thread(self._line.cassette.write_exchanges, capture.exchanges)
        return recorded


def miss(whole: Whole, outcome: Outcome, status: int | None, detail: str) -> None:
    """Let the text end before a page that did not come."""
    verdict = verdict_of(outcome, status, ExtractStatus.OK)
    whole.stop(detail or outcome.value, is_cut=verdict is Verdict.TEMPORARY)


async def read_part(line: Line, outlet: Outlet, day: date, page: Page) -> Extraction:
    """Return what comes of a page that teaches nothing, with the rules of a day and what is known
    of its outlet's pages: a further page of an article, or one that is read again."""
    with_blocks = line.settings.with_blocks
    if line.settings.templates:
        return await line.learning.extract_part(
            line.extractor, page, outlet, day, with_blocks=with_blocks
        )
    return await line.extractor.extract(page, outlet, day, with_blocks=with_blocks)


async def read_on(
    first: Extraction,
    root: Path,
    parts: Sequence[Part],
    read: Callable[[Page], Awaitable[Extraction]],
    *,
    ending: Ending | None = None,
    reason: str = "",
) -> Extraction:
    """Return what comes of an article's pages as they are archived under `root`, as one.

    `first` is the reading of the first page. Where the article still goes on after the last of its
    pages, `ending` is what was said of that when they were read first; else it is cut there for a
    `reason`.

    Raises:
        ArchiveError, DamageError: a record is not there, or not what was written.
    """
    if first.article is None or not (parts or first.article.next_url):
        return first
    whole = Whole(first)
    for part in parts:
        page = await asyncio.to_thread(page_of_part, root, part)
        if page is None or part.outcome != Outcome.OK:
            miss(whole, Outcome(part.outcome), part.status, part.detail)
            break
        whole.take(page.url, await read(page))
        if whole.is_over:
            break
    if whole.next_url is not None and ending is not None:
        whole.end(ending.detail, is_cut=ending.is_cut)
    elif whole.next_url is not None and reason:
        whole.stop(reason, is_cut=True)
    return whole.extraction()
