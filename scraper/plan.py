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
from scraper.clock import now
from scraper.discover.wanted import why_unwanted
from scraper.errors import CatalogError
from scraper.line import Line, Settings
from scraper.model import Link, Outlet
from scraper.store.catalog import Catalog
from scraper.urls import canonical, host_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A link, or a source that did not answer; `reason` says why it would not be fetched."""

    outlet: str
    source: str  # empty for a link that waits since an earlier pass
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
    """Yield what a pass over some outlets would do with each link that their sources announce, and
    with those that wait for their turn since an earlier one."""
    with TemporaryDirectory(prefix="scraper-") as scratch, ExitStack() as stack:
        folder = Path(scratch)
        trial = replace(settings, archive=folder, catalog=folder / "catalog.db", record=None)
        known = _existing(settings, stack)
        async with Line(trial) as line:
            for outlet in outlets:
                room = most
                async for plan in _Planning(line, outlet, known, since).plans():
                    if plan.reason is None and room is not None:
                        room -= 1
                        if room < 0:
                            plan = replace(plan, reason=f"more than {most} links")
                    yield plan


class _Planning:
    """The plan for one outlet; `known` is the catalog as it is, and only read."""

    def __init__(
        self, line: Line, outlet: Outlet, known: Catalog | None, since: datetime | None
    ) -> None:
        self._line, self._outlet, self._known, self._since = line, outlet, known, since
        rows = known.schedule.links(outlet=outlet.id) if known else ()
        self._waiting = {row.key: row for row in rows if row.is_due(now())}
        self._planned: dict[str, str] = {}  # by key, which source is the first to announce it

    async def plans(self) -> AsyncGenerator[Planned, None]:
        """Ask the outlet's sources and yield what would become of each link."""
        for source in self._outlet.sources:
            self._let_rest(source.url)
            asked = await look(self._line, self._outlet, source, None)
            if not asked.is_answered:
                yield _unanswered(asked)
                continue
            there, taken = self._there(asked), {link.url for link in asked.links}
            for link in asked.announced:
                reason = why_unwanted(link.url, source)
                if reason is None and link.url not in taken:
                    reason = f"beyond the max_new of its source, which is {source.max_new}"
                reason = reason or await self._why_not(link, source.url, there)
                yield self._plan(link.url, reason, source=source.url, title=link.title)
        for key, row in self._waiting.items():
            if key not in self._planned:
                reason = self._too_old(row.first_seen) or await self._why_forbidden(row.url)
                yield self._plan(row.url, reason)

    def _there(self, asked: Asked) -> set[str]:
        urls = [link.url for link in asked.announced]
        return self._known.schedule.known_links(urls) if self._known else set()

    def _plan(
        self, url: str, reason: str | None, *, source: str = "", title: str | None = None
    ) -> Planned:
        return Planned(outlet=self._outlet.id, source=source, url=url, reason=reason, title=title)

    async def _why_not(self, link: Link, source: str, there: set[str]) -> str | None:
        key = canonical(link.url)
        first = self._planned.setdefault(key, source)
        if first != source:
            return f"announced by {first} as well"
        if link.url in there and key not in self._waiting:
            return "known already"
        return self._too_old(link.published) or await self._why_forbidden(link.url)

    def _too_old(self, moment: datetime | None) -> str | None:
        if self._since is None or moment is None or moment >= self._since:
            return None
        return f"published or first seen on {moment:%Y-%m-%d}"

    async def _why_forbidden(self, url: str) -> str | None:
        self._let_rest(url)
        verdict = await self._line.politely.verdict(url, self._outlet)
        return None if verdict.allowed else verdict.reason

    def _let_rest(self, url: str) -> None:
        """Leave a host alone that asked for it: the scratch catalog has not heard of that."""
        row = self._known.schedule.host(host_of(url)) if self._known else None
        if row is not None and row.paused_until is not None and row.paused_until > now():
            schedule = self._line.catalog.schedule
            schedule.pause_host(row.host, row.paused_until, row.pause_reason)


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
