"""One pass over a list of links: fetch -> archive -> extract -> write the text -> store.

It does not decide what is due, and prints nothing: what became of each link is a value.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta

from scraper.line import Line, now, outlet_of
from scraper.model import (
    Article,
    Capture,
    Extraction,
    ExtractStatus,
    Outcome,
    Outlet,
    Recorded,
)
from scraper.store.saving import SavedCapture
from scraper.store.text_files import TextFile, is_self_proving, sha256_of, write_text
from scraper.urls import host_of, normal_url

log = logging.getLogger(__name__)

NO_PAGE = Extraction(status=ExtractStatus.SKIPPED, detail="there is no page to read")

_NOT_METADATA = {"blocks", "paragraphs", "text", "url"}  # kept elsewhere, as blocks and text


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """What became of one link: where its bytes, its text and its catalog row are."""

    id: int  # of the capture in the catalog
    outlet: Outlet
    capture: Capture
    recorded: tuple[Recorded, ...]
    extraction: Extraction
    text: TextFile | None

    @property
    def is_done(self) -> bool:
        """Say whether the link ended as it should: with a clean text, or unchanged."""
        return self.text is not None or self.capture.outcome is Outcome.NOT_MODIFIED


async def run_pass(line: Line, urls: Iterable[str]) -> AsyncGenerator[Filed, None]:
    """Capture each URL and yield what became of it, in the order in which they are done."""
    free = asyncio.Semaphore(line.settings.concurrency)

    async def one(url: str) -> Filed:
        async with free:
            return await capture_article(line, url)

    tasks = [asyncio.create_task(one(url)) for url in dict.fromkeys(urls)]
    try:
        for done in asyncio.as_completed(tasks):
            yield await done
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def capture_article(line: Line, url: str) -> Filed:
    """Take one link through the whole line."""
    outlet = outlet_of(line.settings.sources, url, line.settings.allow_private)
    capture = await fetch(line, url, outlet)
    return await line.finish(keep(line, outlet, capture))


async def keep(line: Line, outlet: Outlet, capture: Capture) -> Filed:
    """Take what was fetched through the rest of the line."""
    recorded = archive(line, capture, outlet)
    extraction = await extract(line, capture, outlet)
    text = write_down(line, capture, recorded, extraction, outlet)
    return store(line, outlet, capture, recorded, extraction, text)


async def fetch(line: Line, url: str, outlet: Outlet) -> Capture:
    """Fetch a URL as its outlet wishes, one request at a time per host."""
    try:
        url = normal_url(url)
    except ValueError as exc:
        return Capture(url=url, outcome=Outcome.BAD_URL, detail=f"not a URL to fetch: {exc}")
    async with line.pace.turn(host_of(url), pause_for(outlet)):
        return await line.client.fetch(url, outlet.fetch)


def archive(line: Line, capture: Capture, outlet: Outlet) -> tuple[Recorded, ...]:
    """Write every exchange, byte for byte; when this returns they are on the disk."""
    if line.cassette is not None:
        line.cassette.write_exchanges(capture.exchanges)
    return line.writer(outlet).write_exchanges(capture.exchanges, now=now())


async def extract(line: Line, capture: Capture, outlet: Outlet) -> Extraction:
    """Read the final page with the rules of the capture's day."""
    if capture.page is None:
        return NO_PAGE
    return await line.extractor.extract(capture.page, outlet, started(capture).date())


def write_down(
    line: Line,
    capture: Capture,
    recorded: Sequence[Recorded],
    extraction: Extraction,
    outlet: Outlet,
) -> TextFile | None:
    """Write what was read of a page beside its response, and its text as a file of its own."""
    if not recorded:
        return None
    writer, article = line.writer(outlet), extraction.article
    facts = facts_of(capture, extraction, outlet)
    if article is None:
        writer.write_metadata(recorded[-1], facts, date=now())
        return None
    text = text_file(line, article, outlet, started(capture).date())
    facts["text"] = {"file": text.file, "sha256": text.sha256}
    writer.write_extraction(
        recorded[-1], url=article.url, text=article.text, fields=facts, date=now()
    )
    return text


def store(
    line: Line,
    outlet: Outlet,
    capture: Capture,
    recorded: tuple[Recorded, ...],
    extraction: Extraction,
    text: TextFile | None,
) -> Filed:
    """Write the catalog's rows; from here on the link is done."""
    saved = SavedCapture(
        outlet=outlet,
        capture=capture,
        recorded=recorded,
        extraction=extraction,
        started=started(capture),
        text=text,
    )
    filed = Filed(
        id=line.catalog.save_capture(saved),
        outlet=outlet,
        capture=capture,
        recorded=recorded,
        extraction=extraction,
        text=text,
    )
    log.info("%s %s %s", capture.outcome, extraction.status, capture.url)
    return filed


def pause_for(outlet: Outlet) -> timedelta:
    """Return the least pause between two requests to a host; one's own hosts need none."""
    if outlet.fetch.allow_private and not outlet.delay_is_own:
        return timedelta(0)
    return outlet.delay


def text_file(line: Line, article: Article, outlet: Outlet, day: date) -> TextFile:
    """Return the file of a text, written unless the outlet has the very text already."""
    root = line.settings.archive
    known = line.catalog.text_by(sha256_of(article.text), outlet=outlet.id)
    if known is not None and is_self_proving(root / known.file):
        return TextFile.at(root, known.file)
    return write_text(root, outlet.id, day, article.text)


def facts_of(capture: Capture, extraction: Extraction, outlet: Outlet) -> dict[str, object]:
    """Return what the metadata record says of a page."""
    facts: dict[str, object] = {
        "outlet": outlet.id,
        "url": capture.url,
        "outcome": capture.outcome,
        "detail": capture.detail,
        "extract_status": extraction.status,
        "extract_detail": extraction.detail,
    }
    if extraction.article is not None:
        article = asdict(replace(extraction.article, blocks=()))
        facts["article"] = {key: article[key] for key in article if key not in _NOT_METADATA}
    return facts


def started(capture: Capture) -> datetime:
    """Return when a capture began: its first exchange, or now if there was none."""
    return capture.exchanges[0].started if capture.exchanges else now()
