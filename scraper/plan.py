"""What a pass would fetch now, and why not the rest: the sources are asked, nothing is kept.

What is asked for goes into a scratch archive, which is gone afterwards.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from scraper.asking import Asked, look
from scraper.discover.wanted import why_unwanted
from scraper.errors import CatalogError
from scraper.line import Line, Settings
from scraper.model import Link, Outlet
from scraper.store.catalog import Catalog


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A link, or a source that did not answer; `reason` says why it would not be fetched."""

    outlet: str
    source: str
    url: str
    reason: str | None = None
    title: str | None = None
    is_failure: bool = False


async def planned(
    settings: Settings,
    outlets: Sequence[Outlet],
    *,
    since: datetime | None = None,
    most: int | None = None,
) -> AsyncGenerator[Planned, None]:
    """Yield what a pass over some outlets would do with each link that their sources announce."""
    with TemporaryDirectory(prefix="scraper-") as scratch, ExitStack() as stack:
        folder = Path(scratch)
        trial = replace(settings, archive=folder, catalog=folder / "catalog.db", record=None)
        known = _existing(settings, stack)
        async with Line(trial) as line:
            for outlet in outlets:
                room = most
                for source in outlet.sources:
                    asked = await look(line, outlet, source, None)
                    if not asked.is_answered:
                        yield _unanswered(asked)
                        continue
                    async for plan in _links(line, asked, known, since):
                        if plan.reason is None and room is not None:
                            room -= 1
                            if room < 0:
                                plan = replace(plan, reason=f"more than {most} links")
                        yield plan


async def _links(
    line: Line, asked: Asked, known: Catalog | None, since: datetime | None
) -> AsyncGenerator[Planned, None]:
    there = known.schedule.known_links([link.url for link in asked.announced]) if known else set()
    for link in asked.announced:
        yield Planned(
            outlet=asked.outlet.id,
            source=asked.source.url,
            url=link.url,
            title=link.title,
            reason=await _why_not(line, asked, link, there, since),
        )


async def _why_not(
    line: Line, asked: Asked, link: Link, there: set[str], since: datetime | None
) -> str | None:
    unwanted = why_unwanted(link.url, asked.source)
    if unwanted is not None:
        return unwanted
    if link.url in there:
        return "known already"
    if since is not None and link.published is not None and link.published < since:
        return f"published on {link.published:%Y-%m-%d}"
    verdict = await line.politely.verdict(link.url, asked.outlet)
    return None if verdict.allowed else verdict.reason


def _unanswered(asked: Asked) -> Planned:
    result = asked.result
    return Planned(
        outlet=asked.outlet.id,
        source=asked.source.url,
        url=asked.source.url,
        reason=f"the {asked.source.type} did not answer: {result.outcome} {result.detail}".strip(),
        is_failure=True,
    )


def _existing(settings: Settings, stack: ExitStack) -> Catalog | None:
    try:
        return stack.enter_context(Catalog.open(settings.catalog, create=False))
    except CatalogError:
        return None  # nothing was captured yet: all is new
