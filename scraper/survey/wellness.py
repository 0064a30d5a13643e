"""Whether an outlet of sources.toml is well: its sources, its robots.txt, its rules, its texts.

It changes nothing; what it asks for goes into a scratch archive. A further check is a further
function beside these, added to `_Check.health`.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from scraper.clock import now
from scraper.discover.wanted import is_wanted
from scraper.errors import ArchiveError, CatalogError, SiteError
from scraper.extract import Extractor
from scraper.line import Line, Settings
from scraper.model import Extraction, Link, Outlet, Source
from scraper.read import last_response, page_of
from scraper.rules.cases import cases_in, folder_of
from scraper.rules.trial import Trial, tried
from scraper.store.catalog import Catalog
from scraper.survey.asking import Asker
from scraper.survey.findings import Candidate, Yield
from scraper.survey.history import lengths_finding, recent_captures
from scraper.survey.verdict import Finding, rules_finding

STALE = timedelta(days=14)  # without a newer article, where [outlet.alarm] has no quiet_after
ASKED = 20  # links whose leave in robots.txt is looked up
LATEST = 5  # captures that the rules are tried on


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What was found out about an outlet."""

    outlet: str
    findings: tuple[Finding, ...]

    @property
    def is_well(self) -> bool | None:
        """Say whether all that could be judged is well; None where nothing could be."""
        judged = [one.is_well for one in self.findings if one.is_well is not None]
        return all(judged) if judged else None

    def as_record(self) -> dict[str, object]:
        """Return it as JSON values."""
        findings = [asdict(finding) for finding in self.findings]
        return {"outlet": self.outlet, "well": self.is_well, "findings": findings}


async def checked(
    settings: Settings, outlets: Sequence[Outlet], *, online: bool
) -> AsyncGenerator[Health, None]:
    """Yield how each outlet fares, in their order; offline only what the archive can tell."""
    async with AsyncExitStack() as stack:
        known = _existing(settings, stack)
        line = await _scratch(settings, stack) if online else None
        extractor = await stack.enter_async_context(Extractor(1))
        tests = folder_of(settings.sources.file) if settings.sources.file else None
        check = _Check(line, extractor, settings.archive, known, tests)
        tasks = [asyncio.create_task(check.health(outlet)) for outlet in outlets]
        try:
            for task in tasks:
                yield await task
        finally:
            for task in tasks:
                task.cancel()


async def _scratch(settings: Settings, stack: AsyncExitStack) -> Line:
    """Return a line whose archive is gone afterwards."""
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="scraper-")))
    trial = replace(settings, archive=folder, catalog=folder / "catalog.db")
    return await stack.enter_async_context(Line(trial))


class _Check:
    """The checks of one run; `known` is the catalog as it is, and only read. Without a line no host
    is asked."""

    def __init__(
        self,
        line: Line | None,
        extractor: Extractor,
        archive: Path,
        known: Catalog | None,
        tests: Path | None,
    ) -> None:
        self._line, self._extractor, self._tests = line, extractor, tests
        self._archive, self._known = archive, known
        self._reading = asyncio.Semaphore(1)  # pages in memory: one outlet's at a time

    async def health(self, outlet: Outlet) -> Health:
        """Return what all checks find of an outlet."""
        findings: list[Finding] = []
        if self._line is not None:
            findings += await self._sources(self._line, outlet)
        async with self._reading:
            findings += await self._rules(outlet)
            findings += await self._cases(outlet)
        if self._known is not None:
            findings.append(lengths_finding(self._known, outlet))
        return Health(outlet=outlet.id, findings=tuple(findings))

    async def _sources(self, line: Line, outlet: Outlet) -> list[Finding]:
        if not outlet.sources:
            return [Finding(check="sources", is_well=None, said="none to ask")]
        asker = Asker(line, outlet, lambda _what: None)
        findings, links = [], list[Link]()
        for source in outlet.sources:
            found = await asker.ask(_candidate(source))
            wanted = [link for link in found.links if is_wanted(link.url, source)]
            findings.append(_source_finding(outlet, source, found, wanted, now()))
            links += wanted
        if links:
            findings.append(await _robots(line, outlet, links[:ASKED]))
        return findings

    async def _rules(self, outlet: Outlet) -> list[Finding]:
        """Try the rules on the latest captures, read again from the WARC files."""
        if not outlet.rules or self._known is None:
            return []
        read: list[tuple[int, Extraction]] = []
        problems: list[Finding] = []
        for row in recent_captures(self._known, outlet.id, LATEST):
            detail = self._known.capture(row.id)
            assert detail is not None  # its row was read a moment ago
            try:
                page = await asyncio.to_thread(page_of, self._archive, self._known, detail)
            except (ArchiveError, SiteError) as exc:
                problems.append(_unreadable(row.id, exc))
                continue
            day = last_response(detail).started.date()
            extraction = await self._extractor.extract(page, outlet, day, with_blocks=True)
            read.append((row.id, extraction))
        return [rules_finding(outlet, read), *problems]

    async def _cases(self, outlet: Outlet) -> list[Finding]:
        """Try the outlet's recorded pages, if it has any."""
        if self._tests is None:
            return []
        cases = [(outlet, case) for case in cases_in(self._tests, outlet.id)]
        trials = [trial async for trial in tried(cases, self._extractor)]
        return [_tests_finding(outlet, trials)] if trials else []


def _tests_finding(outlet: Outlet, trials: Sequence[Trial]) -> Finding:
    failed = [trial.case.name for trial in trials if not trial.is_passed]
    said = f"{len(trials) - len(failed)} of {len(trials)} recorded pages are read as expected"
    if not failed:
        return Finding(check="tests", is_well=True, said=said)
    remedy = f"`scraper rules test {outlet.id}` shows the difference"
    return Finding(check="tests", is_well=False, said=f"{said}; not {failed[0]}", remedy=remedy)


async def _robots(line: Line, outlet: Outlet, links: Sequence[Link]) -> Finding:
    """Find out whether robots.txt lets us have what the sources announce."""
    verdicts = [await line.politely.verdict(link.url, outlet) for link in links]
    allowed = sum(verdict.allowed for verdict in verdicts)
    said = f"robots.txt allows {allowed} of {len(links)} articles"
    if 2 * allowed >= len(links):
        return Finding(check="robots", is_well=True, said=said)
    why = next(verdict.reason for verdict in verdicts if not verdict.allowed)
    remedy = 'ask the outlet for leave; with it, write robots = "report" under [outlet.fetch]'
    return Finding(check="robots", is_well=False, said=f"{said}: {why}", remedy=remedy)


def _candidate(source: Source) -> Candidate:
    return Candidate(type=source.type, url=source.url, found_by="sources.toml", links=source.links)


def _source_finding(
    outlet: Outlet, source: Source, found: Yield, wanted: Sequence[Link], moment: datetime
) -> Finding:
    name = f"{source.type} {source.url}"
    look = (
        f"`scraper outlets add {outlet.home} --id {outlet.id}-new --dry-run` looks for its sources"
    )
    if found.problem:
        return Finding(check="source", is_well=False, said=f"{name}: {found.problem}", remedy=look)
    if not wanted:
        said = f"{name}: its allow and deny patterns let none of {len(found.links)} links through"
        return Finding(check="source", is_well=False, said=said, remedy="mend the patterns")
    said = f"{source.type}: {len(wanted)} links"
    newest = max(_moments(wanted), default=None)
    if newest is None:
        return Finding(check="source", is_well=True, said=f"{said} without dates")
    limit = outlet.alarm.quiet_after or STALE
    if moment - newest > limit:
        stale = f"{name}: nothing newer than {newest:%Y-%m-%d} among {len(wanted)} links"
        return Finding(check="source", is_well=False, said=stale, remedy=look)
    return Finding(check="source", is_well=True, said=f"{said}, newest {newest:%Y-%m-%d %H:%M}")


def _moments(links: Iterable[Link]) -> list[datetime]:
    return [moment for link in links if (moment := link.published or link.updated)]


def _unreadable(capture: int, exc: Exception) -> Finding:
    said = f"capture {capture} cannot be read again: {exc}"
    return Finding(check="archive", is_well=False, said=said, remedy="run `scraper verify`")


def _existing(settings: Settings, stack: AsyncExitStack) -> Catalog | None:
    try:
        return stack.enter_context(Catalog.open(settings.catalog, create=False))
    except CatalogError:
        return None  # nothing was captured yet
