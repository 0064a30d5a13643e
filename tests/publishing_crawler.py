"""A small crawler for the publishing house, which steps its clock by hand: five days in seconds.

It shows that the audit is content with a crawler that keeps the rules, so that what the audit finds
in others is theirs. Bytes, records and rows are written by the rooms of `scraper`; the schedule is
this file's own, and nothing here is used by `scraper run`.
"""

import html
import re
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from publishing import DAY, DELAY, RECHECK, RETRY_AFTER, START, Press
from publishing_house import House

from scraper.archive.exchanges import payload_digest_of
from scraper.archive.revisits import Original
from scraper.archive.writer import WarcWriter
from scraper.config import load_sources
from scraper.extract import extract_article
from scraper.fetch.client import Client
from scraper.model import Capture, Extraction, ExtractStatus, Outlet, Recorded
from scraper.store.catalog import Catalog
from scraper.store.saving import SavedCapture
from scraper.store.text_files import TextFile, sha256_of, write_text
from scraper.urls import canonical

_LINK = re.compile(r"""(?:<link>|<loc>|<link href='|<h2><a href=")([^<'"]+)""")
_EVERY = timedelta(hours=1)


@dataclass(slots=True)
class SteppedClock:
    """A clock that stands until somebody moves it."""

    moment: datetime = START

    def __call__(self) -> datetime:
        return self.moment


@dataclass(slots=True)
class _Known:
    """What is remembered of a URL that was fetched."""

    first: datetime
    validators: tuple[tuple[str, str], ...] = ()
    original: Original | None = None
    visits: int = 1
    is_gone: bool = False

    def is_due(self, now: datetime) -> bool:
        ages = (*RECHECK, timedelta.max)
        return not self.is_gone and now - self.first >= ages[self.visits - 1]


@dataclass(slots=True, kw_only=True)
class Crawler:
    """One outlet's crawler; `every` is how often it asks the sources."""

    house: House
    clock: SteppedClock
    press: Press
    outlet: Outlet
    client: Client
    writer: WarcWriter
    catalog: Catalog
    archive: Path
    free_at: datetime = START
    paused_until: datetime = START
    robots: tuple[datetime, tuple[str, ...]] | None = None
    known: dict[str, _Known] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)  # canonical URL -> as announced

    async def run(self, days: int) -> None:
        """Archive the outlet for some days, from midnight."""
        moment = START
        while moment < START + days * DAY:
            self.clock.moment = max(moment, self.free_at)
            await self._pass()
            moment += _EVERY

    async def _pass(self) -> None:
        if self.clock.moment < self.paused_until:
            return
        await self._read_robots()
        for announcement in self.press.announcements:
            await self._ask_source(self.house.url(self.press.id, announcement.target))
        for key, announced in list(self.links.items()):
            known = self.known.get(key)
            if known is None or known.is_due(self.clock.moment):
                await self._visit(key, announced)

    def _may_ask(self, url: str) -> bool:
        forbidden = () if self.robots is None else self.robots[1]
        is_paused = self.clock.moment < self.paused_until
        return not is_paused and not urlsplit(url).path.startswith(forbidden)

    async def _fetch(self, url: str, headers: tuple[tuple[str, str], ...] = ()) -> Capture:
        """Fetch when the host may be asked again; a 503 pauses it."""
        self.clock.moment = max(self.clock.moment, self.free_at)
        capture = await self.client.fetch(url, self.outlet.fetch, headers=headers)
        self.free_at = self.clock.moment + (self.press.crawl_delay or DELAY)
        if capture.page is not None and capture.page.status == 503:
            self.paused_until = self.clock.moment + RETRY_AFTER
        return capture

    async def _read_robots(self) -> None:
        if self.robots is not None and self.clock.moment < self.robots[0] + DAY:
            return
        capture = await self._fetch(self.house.url(self.press.id, "/robots.txt"))
        self._archive(capture, None)
        if capture.page is None or capture.page.status >= 500:
            return
        lines = capture.page.body.decode().splitlines() if capture.page.status == 200 else []
        forbidden = (line.removeprefix("Disallow: ") for line in lines if "Disallow: " in line)
        self.robots = (self.clock.moment, tuple(forbidden))

    async def _ask_source(self, url: str) -> None:
        if not self._may_ask(url):
            return
        capture = await self._fetch(url, self._condition(url))
        if capture.page is None or capture.page.status != 200:
            return
        self._remember(url, capture, None)
        for found in _LINK.findall(capture.page.body.decode()):
            link = urljoin(url, html.unescape(found))
            if link.endswith(".xml"):
                await self._ask_source(link)
            elif urlsplit(link).path != "/":
                self.links.setdefault(canonical(link), link)

    async def _visit(self, key: str, announced: str) -> None:
        """Fetch a page for the first time or again, and keep what came."""
        if not self._may_ask(key):
            return
        capture = await self._fetch(key, self._condition(key))
        if capture.page is None or capture.page.status == 503:
            return
        known = self.known.get(key)
        recorded = self._archive(capture, known.original if known else None)
        if known is not None:
            known.visits += 1
            known.is_gone = capture.page.status == 410
        if capture.page.status == 200:
            self._remember(key, capture, recorded[-1])
        self._save(capture, recorded)

    def _condition(self, url: str) -> tuple[tuple[str, str], ...]:
        known = self.known.get(url)
        return known.validators if known else ()

    def _remember(self, url: str, capture: Capture, recorded: Recorded | None) -> None:
        assert capture.page is not None
        known = self.known.setdefault(url, _Known(self.clock.moment))
        pairs = (("If-None-Match", "etag"), ("If-Modified-Since", "last-modified"))
        known.validators = tuple(
            (name, value) for name, key in pairs if (value := capture.page.header(key))
        )
        if recorded is not None and recorded.response and recorded.response.type == "response":
            record, digest = recorded.response, payload_digest_of(recorded.exchange)
            known.original = Original(
                id=record.id, url=recorded.exchange.url, date=record.date, payload_digest=digest
            )

    def _archive(self, capture: Capture, original: Original | None) -> tuple[Recorded, ...]:
        originals = {len(capture.exchanges) - 1: original} if original else None
        return self.writer.write_exchanges(
            capture.exchanges, now=self.clock.moment, originals=originals
        )

    def _save(self, capture: Capture, recorded: tuple[Recorded, ...]) -> None:
        page, text = capture.page, None
        extraction = Extraction(status=ExtractStatus.SKIPPED)
        if page is not None and page.status == 200:
            article = extract_article(page.body, page.url, outlet=self.outlet)
            assert article is not None
            extraction = Extraction(status=ExtractStatus.OK, article=article)
            text = self._text_file(article.text)
        saved = SavedCapture(
            outlet=self.outlet, capture=capture, recorded=recorded, extraction=extraction,
            started=self.clock.moment, text=text,
        )  # fmt: skip
        self.catalog.save_capture(saved)

    def _text_file(self, text: str) -> TextFile:
        known = self.catalog.text_by(sha256_of(text), outlet=self.outlet.id)
        if known is not None:
            return TextFile.at(self.archive, known.file)
        return write_text(self.archive, self.outlet.id, self.clock.moment.date(), text)


async def crawl(house: House, clock: SteppedClock, archive: Path) -> None:
    """Archive all outlets of a house, one after the other, each from its first day on."""
    outlets = _outlets_of(house, archive.with_suffix(".toml"))
    async with Client(user_agent="rehearsal") as client:
        with ExitStack() as stack:
            catalog = stack.enter_context(Catalog.open(archive / "catalog.db"))
            for press in house.plan.presses:
                writer = WarcWriter(archive, press.id, now=START, software="rehearsal")
                crawler = Crawler(
                    house=house, clock=clock, press=press, outlet=outlets[press.id], client=client,
                    writer=stack.enter_context(writer), catalog=catalog, archive=archive,
                )  # fmt: skip
                await crawler.run(house.plan.days)


def _outlets_of(house: House, config: Path) -> dict[str, Outlet]:
    config.write_text(house.sources_toml, encoding="utf-8")
    return {outlet.id: outlet for outlet in load_sources(config).outlets}
