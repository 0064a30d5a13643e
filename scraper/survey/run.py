"""An outlet looked over by its URL: home page, robots.txt, sources, and a handful of articles.

What is asked for goes into a scratch archive, which is gone afterwards; nothing is decided here
about sources.toml.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urljoin

from scraper.clock import now
from scraper.discover.likeness import points_of_url
from scraper.discover.pointers import FeedPointer, Pointers
from scraper.errors import SiteError
from scraper.extract import is_html
from scraper.fetch.robots import PRODUCT, Answer, Robots
from scraper.line import Line, Settings, stray_outlet, with_private
from scraper.model import ExtractStatus, Outcome, Page
from scraper.survey.asking import Asker, Say
from scraper.survey.choice import choose
from scraper.survey.findings import Chosen, LeftOut, Manners, Sample, Survey, Yield
from scraper.survey.learning import learnt_from
from scraper.survey.names import language_of, name_of, primary
from scraper.survey.sampling import sampled, without_fruitless
from scraper.urls import canonical, normal_url

SAMPLES = 8  # articles that are read
_ARTICLE_POINTS = 3  # of a URL: a slug, a date or a number
_COVERED = 0.9  # of the articles on the front page: then no section page is asked


@dataclass(frozen=True, slots=True, kw_only=True)
class _Front:
    """The pages from which a survey starts."""

    home: str
    pages: tuple[Page, ...]
    pointers: tuple[Pointers, ...]
    problems: tuple[str, ...] = ()

    @property
    def language(self) -> str | None:
        """What the first page that says it says."""
        return next((one.language for one in self.pointers if one.language), None)


async def survey(settings: Settings, url: str, say: Say) -> Survey:
    """Look an outlet over, by the URL of its home page, of a section or of an article.

    `say` hears of each step before it is taken.

    Raises:
        SiteError: nothing at all came from the host.
    """
    with TemporaryDirectory(prefix="scraper-") as scratch:
        folder = Path(scratch)
        trial = replace(settings, archive=folder, catalog=folder / "catalog.db", workers=1)
        async with Line(trial) as line:
            return await _Surveyor(line, url, say).survey()


class _Surveyor:
    """One survey; the host is treated as an outlet that nobody has written down yet."""

    def __init__(self, line: Line, url: str, say: Say) -> None:
        self._line, self._url, self._say = line, url, say
        settings = line.settings
        stray = stray_outlet(settings.sources, url)
        self._outlet = with_private(stray, settings.allow_private)

    async def survey(self) -> Survey:
        front = await self._front()
        robots = await self._line.politely.robots(front.home, self._outlet)
        manners = _manners(robots)
        asker = Asker(self._line, self._outlet, self._say)
        found = await asker.feeds(front.pointers, front.home, front.language)
        found += await asker.sitemaps(manners, front.home)
        found += await self._sections(asker, front, found)
        chosen, left_out, samples = await self._tried(found, front.home)
        self._say("learning from what was read")
        learnt = await asyncio.to_thread(learnt_from, samples, self._outlet)
        return Survey(
            asked=self._url,
            home=front.home,
            name=name_of(await self._all_pointers(front, samples), found, front.home),
            language=language_of(samples, front.language),
            manners=manners,
            chosen=tuple(chosen),
            left_out=tuple(left_out),
            samples=tuple(samples),
            learnt=learnt,
            problems=front.problems,
            editions=tuple(one for page in front.pointers for one in page.editions),
        )

    async def _tried(
        self, found: Sequence[Yield], home: str
    ) -> tuple[list[Chosen], list[LeftOut], list[Sample]]:
        """Choose sources and read some of what they announce; choose anew without those that
        announce no articles, since others may have been left out for them."""
        samples: list[Sample] = []
        fruitless: list[LeftOut] = []
        while True:
            useless = {one.found.url for one in fruitless}
            chosen, left_out = choose([one for one in found if one.url not in useless], home)
            samples += await sampled(self._line, self._outlet, chosen, samples, SAMPLES, self._say)
            chosen, more = without_fruitless(chosen, samples)
            if not more:
                return chosen, [*left_out, *fruitless], samples
            fruitless += more

    async def _front(self) -> _Front:
        """Fetch the page that was named, and the home page where it is another one."""
        named, why = await self._page(self._url, is_named=True)
        at = named.url if named else normal_url(self._url)
        root = urljoin(at, "/")
        pages = [named] if named else []
        problems = [why] if why else []
        article = named if named and await self._is_article(named) else None
        home = root
        if canonical(at) != canonical(root):
            front, why = await self._page(root)
            problems += [why] if why else []
            if front is not None:
                pages.insert(0, front)
            if named and front and article is None and await self._differ(named, front):
                home, pages = named.url, [named]
        return _Front(
            home=home,
            pages=tuple(page for page in pages if _is_page(page) and page is not article),
            pointers=tuple([await self._pointers(page) for page in pages]),
            problems=tuple(problems),
        )

    async def _page(self, url: str, *, is_named: bool = False) -> tuple[Page | None, str]:
        """Fetch a page; a person's own URL as a browser would, the rest where robots.txt allows."""
        self._say(f"reading {url}")
        politely = self._line.politely
        ask = politely.fetch_in_turn if is_named else politely.fetch
        capture = await ask(url, self._outlet)
        if capture.page is None and is_named and capture.outcome in _HOPELESS:
            raise SiteError(f"{capture.outcome}: {capture.detail}", url=url)
        if capture.page is None or capture.outcome is not Outcome.OK:
            return None, f"{url}: {capture.outcome}: {capture.detail}"
        return capture.page, ""

    async def _pointers(self, page: Page) -> Pointers:
        """Return what a page points at; what is no page may be a feed that somebody named."""
        if not _is_page(page):
            return Pointers(feeds=(FeedPointer(url=page.url),))
        return await self._line.extractor.pointers(page)

    async def _all_pointers(self, front: _Front, samples: Sequence[Sample]) -> list[Pointers]:
        """Return what the front pages and all articles that were read say of their outlet."""
        pages = {sample.page.url: sample.page for sample in samples if sample.page is not None}
        read = [await self._line.extractor.pointers(page) for page in pages.values()]
        return [*front.pointers, *read]

    async def _differ(self, named: Page, root: Page) -> bool:
        """Say whether two pages of one host are in different languages."""
        one, other = [(await self._pointers(page)).language for page in (named, root)]
        return primary(one) != primary(other) and bool(one and other)

    async def _is_article(self, page: Page) -> bool:
        if points_of_url(page.url) < _ARTICLE_POINTS or not _is_page(page):
            return False
        extraction = await self._line.extractor.extract(page, self._outlet, now().date())
        return extraction.status not in {ExtractStatus.NO_ARTICLE, ExtractStatus.EMPTY}

    async def _sections(self, asker: Asker, front: _Front, found: Sequence[Yield]) -> list[Yield]:
        """Return what the front pages yield, and the sections where feeds leave much of it out."""
        fronts = [await asker.front(page) for page in front.pages]
        known = {key for each in found for key in each.keys}
        shown = {key for each in fronts for key in each.keys}
        if shown and len(shown & known) >= _COVERED * len(shown):
            return fronts
        urls = dict.fromkeys(url for page in front.pointers for url in page.sections)
        return fronts + await asker.sections(urls)


_HOPELESS = {Outcome.UNRESOLVED, Outcome.REFUSED, Outcome.BAD_URL, Outcome.FORBIDDEN}


def _is_page(page: Page) -> bool:
    return is_html(page.headers, page.body)


def _manners(robots: Robots) -> Manners:
    said = {
        Answer.FILE: "robots.txt is there",
        Answer.NONE: "there is no robots.txt: all is allowed",
        Answer.UNREACHABLE: f"robots.txt cannot be had, so nothing may be asked: {robots.detail}",
    }[robots.answer]
    lines = robots.rules.lines_of(PRODUCT)
    return Manners(
        robots=said,
        crawl_delay=robots.crawl_delay(),
        disallowed=tuple(line.text for line in lines if not line.allows),
        sitemaps=robots.sitemaps,
    )
