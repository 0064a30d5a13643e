"""One pass: discover -> fetch -> archive -> extract -> write the text -> store.

It does not decide when, and prints nothing: what became of each source and link is a value.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from scraper.archive.captures import said_of
from scraper.archive.writer import WarcWriter
from scraper.asking import Asked, ask_source
from scraper.cadence import Verdict
from scraper.claims import claims_of
from scraper.clock import now
from scraper.fetch.validators import Validators, conditional_headers, validators_in
from scraper.following import Followed, Following, goes_on
from scraper.in_hand import Hold
from scraper.line import Line, outlet_of
from scraper.model import (
    Capture,
    Extraction,
    ExtractStatus,
    Outcome,
    Outlet,
    Part,
    Recorded,
)
from scraper.repeats import is_unchanged, original_for
from scraper.requisites import Wanted, fetch_requisites, wanted_by
from scraper.side_by_side import ended, merged
from scraper.store.saving import SavedCapture
from scraper.store.schedule_rows import LinkResult, LinkRow
from scraper.store.statements import url_key
from scraper.store.text_files import TextFile
from scraper.urls import canonical, normal_url, without_user
from scraper.written import facts_of, text_file

log = logging.getLogger(__name__)

AHEAD = 4  # links of an outlet under way: one is fetched while those before it are kept
UNDER_WAY = 1000  # links that a person named

NO_PAGE = Extraction(status=ExtractStatus.SKIPPED, detail="there is no page to read")
UNCHANGED = Extraction(status=ExtractStatus.SKIPPED, detail="the page is the one we have")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One link to capture; `row` is its place in the schedule, if it has one."""

    url: str
    outlet: Outlet
    row: LinkRow | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """What became of one link: where its bytes, its text and its catalog row are.

    The bytes themselves are on the disk alone: many of these may wait for whoever looks at them.
    """

    id: int | None  # of the capture in the catalog; None where nothing was asked for
    outlet: Outlet
    capture: Capture
    recorded: tuple[Recorded, ...] = ()
    extraction: Extraction = NO_PAGE
    text: TextFile | None = None
    needs: Wanted | None = None  # what its pages need to look like themselves, where that is kept
    parts: tuple[Part, ...] = ()  # further pages of its article

    @property
    def is_done(self) -> bool:
        """Say whether the link ended as it should: with a clean text, or unchanged."""
        return self.text is not None or is_unchanged(self.recorded)

    @property
    def is_whole(self) -> bool:
        """Say whether it ended as it should, and no further page of its article is missing."""
        return self.is_done and not self.extraction.is_cut


async def run_pass(
    line: Line,
    outlets: Sequence[Outlet],
    *,
    since: datetime | None = None,
    most: int | None = None,
) -> AsyncGenerator[Asked | Filed, None]:
    """Ask every source of some outlets now, then capture what is new or due of each.

    `since` leaves out what is known to be older, `most` is the number of links per outlet. Other
    processes may work on the same archive: a link is taken by one of them.
    """
    line.catalog.schedule.sync(line.outlets(), now())
    with claims_of(line.owner, line.catalog.schedule):
        async for result in merged([outlet_pass(line, one, since, most) for one in outlets]):
            yield result


async def outlet_pass(
    line: Line, outlet: Outlet, since: datetime | None, most: int | None
) -> AsyncGenerator[Asked | Filed, None]:
    """Ask the sources of an outlet, one after the other, then capture what is due of it."""
    schedule = line.catalog.schedule
    dates: dict[str, datetime | None] = {}
    for source in outlet.sources:
        asked = await ask_source(line, outlet, source, schedule.source(outlet.id, source.url))
        dates |= {canonical(link.url): link.published for link in asked.links}
        yield asked
    rows = [
        row
        for row in schedule.links(outlet=outlet.id)
        if row.is_due(now()) and is_since(dates.get(row.key) or row.first_seen, since)
    ]
    claimed = schedule.claim(rows[:most], now(), owner=line.owner)
    jobs = (Job(url=row.url, outlet=outlet, row=row) for row in claimed)
    async with aclosing(capture_all(line, jobs, at_most=AHEAD)) as results:
        async for filed in results:
            yield filed


def is_since(moment: datetime, since: datetime | None) -> bool:
    """Say whether a moment is not before another."""
    return since is None or moment >= since


async def capture_all(
    line: Line, jobs: Iterable[Job], *, at_most: int = UNDER_WAY
) -> AsyncGenerator[Filed, None]:
    """Take links through the line and yield what became of each, in the order of their ends.

    They are begun in the order given, `at_most` of them under way. What their pages need to look
    like themselves is fetched when all of them are kept.
    """
    waiting = iter(jobs)
    tasks: set[asyncio.Task[Filed]] = set()
    wanted: list[Wanted] = []
    try:
        while True:
            for job in islice(waiting, at_most - len(tasks)):
                tasks.add(asyncio.create_task(capture_article(line, job)))
            if not tasks:
                break
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                tasks.discard(task)
                filed = await task
                if filed.needs is not None:
                    wanted.append(filed.needs)
                yield filed
    finally:
        await ended(tasks)
    for needs in wanted:
        await fetch_requisites(line, needs)


def jobs_for(line: Line, urls: Iterable[str]) -> list[Job]:
    """Return jobs for URLs that a person named, each once, however it is spelled."""
    settings = line.settings
    named: dict[str, str] = {}
    for url in urls:
        named.setdefault(url_key(url), url)
    return [
        Job(url=url, outlet=outlet_of(settings.sources, url, settings.allow_private))
        for url in named.values()
    ]


async def capture_article(line: Line, job: Job) -> Filed:
    """Take one link through the whole line."""
    line.require_room()
    pages = Following(line, job.outlet, is_announced=job.row is not None)
    try:
        with line.in_hand.hold() as hold:
            capture = await fetch(line, job, hold)
            if capture.outcome in {Outcome.DISALLOWED, Outcome.PAUSED} and not capture.exchanges:
                return passed_over(line, job, capture)
            filed = await line.finish(keep(line, job, capture, pages))
        if filed is None:
            await pages.run()
    except BaseException:  # whatever ended it: what was fetched until then is kept
        pages.is_given_up = True
        if pages.has_begun:
            await line.finish(keep_pages(line, job, pages))
        raise
    return await line.finish(keep_pages(line, job, pages)) if filed is None else filed


async def keep(line: Line, job: Job, capture: Capture, pages: Following) -> Filed | None:
    """Take what was fetched through the rest of the line; None where the article goes on, and its
    further pages come first."""
    writer = line.writer(job.outlet)  # opened here: threads may write, and not open
    recorded = await asyncio.to_thread(archive, line, writer, job, capture)
    extraction = await extract(line, job, capture, recorded)
    if not goes_on(job.outlet, extraction):
        return await file_away(line, job, capture, recorded, extraction)
    await pages.begin(capture, recorded, extraction)
    return await keep_pages(line, job, pages) if pages.is_given_up else None


async def keep_pages(line: Line, job: Job, pages: Following) -> Filed:
    """Take an article of several pages, as far as they came, through the rest of the line."""
    came = await pages.came()
    return await file_away(line, job, came.capture, came.recorded, came.extraction, came)


async def file_away(
    line: Line,
    job: Job,
    capture: Capture,
    recorded: tuple[Recorded, ...],
    extraction: Extraction,
    came: Followed | None = None,
) -> Filed:
    """Write down what was read, then store it; `came` is there for an article of several pages."""
    writer = line.writer(job.outlet)
    text = await asyncio.to_thread(write_down, line, writer, job, capture, recorded, extraction)
    needs = None if came is None else came.needs
    if came is None and text is not None:
        needs = await wanted_by(line, job.outlet, capture)
    number = await store(line, job, capture, recorded, extraction, text, came)
    return Filed(
        id=number,
        outlet=job.outlet,
        capture=capture.without_bytes(),
        recorded=tuple(one.without_bytes() for one in recorded),
        extraction=extraction,
        text=text,
        needs=needs,
        parts=came.parts if came else (),
    )


async def fetch(line: Line, job: Job, hold: Hold) -> Capture:
    """Fetch a URL as its outlet wishes, one request at a time per host.

    robots.txt is asked about links that a source announced; a URL that a person names is fetched
    as any browser would.
    """
    try:
        url = normal_url(job.url)
    except ValueError as exc:
        said, detail = without_user(job.url), f"not a URL to fetch: {exc}"
        return Capture(url=said, outcome=Outcome.BAD_URL, detail=detail)
    condition = condition_of(line, job)
    if job.row is None:
        capture = await line.politely.fetch_in_turn(url, job.outlet, hold=hold)
    else:
        capture = await line.politely.fetch(url, job.outlet, headers=condition, hold=hold)
    if capture.outcome is Outcome.NOT_MODIFIED and not condition:
        problem = "304 Not Modified, though no version was named"
        return replace(capture, outcome=Outcome.BAD_PROTOCOL, detail=problem)
    return capture


def condition_of(line: Line, job: Job) -> tuple[tuple[str, str], ...]:
    """Return the headers that ask for a page only if it is no longer the one that we have."""
    row = job.row
    if row is None or not is_known(line, job) or job.outlet.fetch.ignore_cache:
        return ()
    if line.original_of(row) is None:
        return ()  # a 304 would refer to nothing
    return conditional_headers(Validators(etag=row.etag, last_modified=row.last_modified))


def is_known(line: Line, job: Job) -> bool:
    """Say whether a link has been captured before, with all of its pages."""
    row = job.row
    if row is None or row.captured_at is None:
        return False
    return row.verdict != Verdict.TEMPORARY or not line.catalog.is_cut(row.id)


def passed_over(line: Line, job: Job, capture: Capture) -> Filed:
    """Tell the schedule of a link that may not be asked for; one whose host rests just waits."""
    result = result_of(line, job, capture)
    if result is not None and capture.outcome is Outcome.DISALLOWED:
        has_rules = line.politely.knows_rules_for(capture.url)
        verdict = Verdict.DISALLOWED if has_rules else Verdict.NO_ROBOTS
        line.catalog.schedule.link_done(job.outlet, replace(result, verdict=verdict))
    log.info("%s %s %s", capture.outcome, capture.url, capture.detail)
    return Filed(id=None, outlet=job.outlet, capture=capture)


def archive(line: Line, writer: WarcWriter, job: Job, capture: Capture) -> tuple[Recorded, ...]:
    """Write every exchange, byte for byte; when this returns they are on the disk.

    What the archive holds already, by the server's word (304) or by its digest, is not written a
    second time: a revisit record refers to it, wherever in the outlet it lies.
    """
    original = original_for(line, job.outlet, job.row if is_known(line, job) else None, capture)
    originals = {} if original is None else {len(capture.exchanges) - 1: original}
    about = said_of(capture, is_announced=job.row is not None)
    recorded = writer.write_exchanges(
        capture.exchanges, now=now(), originals=originals, about=about
    )
    if line.cassette is not None:  # second: a cassette that fails costs no page
        line.cassette.write_exchanges(capture.exchanges)
    return recorded


async def extract(
    line: Line, job: Job, capture: Capture, recorded: Sequence[Recorded]
) -> Extraction:
    """Read the final page with the rules of the capture's day."""
    if capture.page is None:
        return NO_PAGE
    if is_unchanged(recorded):
        return UNCHANGED
    day, with_blocks = started(capture).date(), line.settings.with_blocks
    if line.settings.templates:
        return await line.learning.extract(
            line.extractor, capture.page, job.outlet, day, with_blocks=with_blocks
        )
    return await line.extractor.extract(capture.page, job.outlet, day, with_blocks=with_blocks)


def write_down(
    line: Line,
    writer: WarcWriter,
    job: Job,
    capture: Capture,
    recorded: Sequence[Recorded],
    extraction: Extraction,
) -> TextFile | None:
    """Write what was read of a page beside its response, and its text as a file of its own."""
    if not recorded or is_unchanged(recorded):
        return None
    article = extraction.article
    facts = facts_of(capture, extraction, job.outlet)
    if article is None:
        writer.write_metadata(recorded[-1], facts, date=now())
        return None
    text = text_file(line, article, job.outlet, started(capture).date())
    facts["text"] = {"file": text.file, "sha256": text.sha256}
    writer.write_extraction(
        recorded[-1], url=article.url, text=article.text, fields=facts, date=now()
    )
    return text


async def store(
    line: Line,
    job: Job,
    capture: Capture,
    recorded: tuple[Recorded, ...],
    extraction: Extraction,
    text: TextFile | None,
    came: Followed | None = None,
) -> int:
    """Write the catalog's rows and return the capture's number; now the link is done."""
    saved = SavedCapture(
        outlet=job.outlet,
        capture=capture,
        recorded=recorded,
        extraction=extraction,
        started=started(capture),
        text=text,
        parts=came.parts if came else (),
        bytes=came.bytes if came else None,
    )
    number = await line.save(saved, result_of(line, job, capture))
    log.info("%s %s %s", capture.outcome, extraction.status, capture.url)
    return number


def result_of(line: Line, job: Job, capture: Capture) -> LinkResult | None:
    """Return what the schedule has to know of a capture."""
    if job.row is None:
        return None
    page = capture.page
    # The validators of where a redirect led say nothing of the link's own URL.
    known = validators_in(page) if page and page.url == capture.url else Validators()
    return LinkResult(
        link_id=job.row.id,
        at=now(),
        reason=capture.detail,
        etag=known.etag,
        last_modified=known.last_modified,
        claimed_by=line.owner,
    )


def started(capture: Capture) -> datetime:
    """Return when a capture began: its first exchange, or now if there was none."""
    return capture.exchanges[0].started if capture.exchanges else now()
