"""Candidates for sources, asked politely and read for their links.

It does not choose among them, and fetches no article.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from scraper.discover.announced import Announced, Child, newest
from scraper.discover.pointers import Pointers
from scraper.line import Line
from scraper.model import Link, Outcome, Outlet, Page, Source
from scraper.survey.findings import Candidate, Manners, Yield
from scraper.survey.names import primary
from scraper.survey.places import FEEDS, SITEMAPS, places_at
from scraper.urls import canonical

MAX_FEEDS = 8  # that are asked of those that pages name
MAX_SITEMAPS = 6
MAX_CHILDREN = 2  # of an index of sitemaps that are looked into
MAX_SECTIONS = 6

Say = Callable[[str], None]


class Asker:
    """Asks candidates of one outlet, each URL once."""

    def __init__(self, line: Line, outlet: Outlet, say: Say) -> None:
        self._line, self._outlet, self._say = line, outlet, say
        self._asked: set[str] = set()

    async def feeds(
        self, pages: Sequence[Pointers], home: str, language: str | None
    ) -> list[Yield]:
        """Return what the feeds yield that the pages name, else the first at a well-known place."""
        named = [
            Candidate(type="feed", url=feed.url, found_by="named by a page", language=feed.language)
            for page in pages
            for feed in page.feeds
        ]
        editions = [edition for page in pages for edition in page.editions]
        found = [
            _refused(each, why) for each in named if (why := _foreign(each, language, editions))
        ]
        refused = {each.url for each in found}
        found += await self._each([one for one in named if one.url not in refused][:MAX_FEEDS])
        if any(each.links for each in found):
            return found
        return found + await self._first("feed", places_at(home, FEEDS))

    async def sitemaps(self, manners: Manners, home: str) -> list[Yield]:
        """Return what the sitemaps yield that robots.txt names, else a well-known one."""
        named = [
            Candidate(type="sitemap", url=url, found_by="named by robots.txt")
            for url in sorted(manners.sitemaps, key=_newsworthiness)
        ]
        found = await self._each(named[:MAX_SITEMAPS])
        found += [_refused(one, "not asked: robots.txt names many") for one in named[MAX_SITEMAPS:]]
        if any(each.links for each in found):
            return found
        return found + await self._first("sitemap", places_at(home, SITEMAPS))

    async def sections(self, urls: Iterable[str]) -> list[Yield]:
        """Return what section pages yield, the first few of them."""
        named = [
            Candidate(type="section", url=url, found_by="linked by the navigation") for url in urls
        ]
        return await self._each(named[:MAX_SECTIONS])

    async def front(self, page: Page) -> Yield:
        """Return what a page that is here already yields as a section."""
        self._asked.add(canonical(page.url))
        candidate = Candidate(type="section", url=page.url, found_by="the page itself")
        source = Source(type="section", url=page.url)
        return _yield(candidate, await self._line.extractor.links(page, source), ())

    async def _first(self, kind: str, urls: Iterable[str]) -> list[Yield]:
        """Ask well-known places until one has links; those that have none are not worth a word."""
        for url in urls:
            candidate = Candidate(type=kind, url=url, found_by="at a well-known place")
            found = await self._each([candidate])
            if any(each.links for each in found):
                return found
        return []

    async def _each(self, candidates: Iterable[Candidate]) -> list[Yield]:
        found = []
        for candidate in candidates:
            if (key := canonical(candidate.url)) not in self._asked:
                self._asked.add(key)
                found.append(await self.ask(candidate))
        return found

    async def ask(self, candidate: Candidate) -> Yield:
        """Return what a candidate yields; of an index of sitemaps a few are looked into."""
        self._say(f"asking {candidate.type} {candidate.url}")
        capture = await self._line.politely.fetch(candidate.url, self._outlet)
        if capture.page is None or capture.outcome is not Outcome.OK:
            return _refused(candidate, f"{capture.outcome}: {capture.detail}".rstrip(": "))
        source = Source(type=candidate.type, url=candidate.url, links=candidate.links)
        announced = await self._line.extractor.links(capture.page, source)
        remarks: tuple[str, ...] = ()
        if announced.children:
            announced, remarks = await self._into(announced, source)
        return _yield(candidate, announced, remarks)

    async def _into(self, index: Announced, source: Source) -> tuple[Announced, tuple[str, ...]]:
        """Look into the newest sitemaps of an index."""
        links, problems = list[Link](index.links), list(index.problems)
        children = _promising(index.children)
        for child in children:
            self._say(f"asking sitemap {child.url}")
            capture = await self._line.politely.fetch(child.url, self._outlet)
            if capture.page is None or capture.outcome is not Outcome.OK:
                problems.append(f"{child.url}: {capture.detail}")
                continue
            read = await self._line.extractor.links(capture.page, source)
            links += read.links
            problems += read.problems
        remark = f"an index of {len(index.children)}, of which {len(children)} were looked into"
        return replace(index, links=tuple(links), problems=tuple(problems)), (remark,)


def _yield(candidate: Candidate, announced: Announced, remarks: tuple[str, ...]) -> Yield:
    problems = announced.problems[:2]
    if not announced.links:
        return Yield(
            candidate=candidate,
            type=candidate.type,
            problem="; ".join(problems) or "it announces nothing",
            remarks=remarks,
        )
    return Yield(
        candidate=candidate,
        type=_type_of(candidate, announced),
        title=announced.title,
        links=announced.links,
        remarks=(*remarks, *problems),
    )


def _type_of(candidate: Candidate, announced: Announced) -> str:
    """Return the type of a source: a sitemap that says when its stories were published is a news
    sitemap (Google's extension alone has a place for that)."""
    dated = sum(link.published is not None for link in announced.links)
    is_news = candidate.type == "sitemap" and 2 * dated > len(announced.links)
    return "news-sitemap" if is_news else candidate.type


def _refused(candidate: Candidate, problem: str) -> Yield:
    return Yield(candidate=candidate, type=candidate.type, problem=problem)


def _foreign(
    candidate: Candidate, language: str | None, editions: Iterable[tuple[str, str]]
) -> str | None:
    """Say why a feed is another edition's, or one of comments, which no outlet's entry needs."""
    if "comments" in candidate.url.lower().split("?")[0].strip("/").split("/"):
        return "it is a feed of comments"
    own = primary(language)
    if candidate.language and own and primary(candidate.language) != own:
        return f"it is in another language ({candidate.language})"
    for other, url in editions:
        is_root = url.rstrip("/").count("/") < 3
        if (
            not is_root
            and primary(other) != own
            and candidate.url.startswith(url.rstrip("/") + "/")
        ):
            return f"it is another edition's ({other})"
    return None


def _newsworthiness(url: str) -> int:
    """Return a rank by which news sitemaps come first, then those of articles."""
    name = url.lower()
    ranks = (("news",), ("post", "article", "stor"), ("sitemap",))
    hits = (at for at, words in enumerate(ranks) if any(word in name for word in words))
    return next(hits, len(ranks))


def _promising(children: Sequence[Child]) -> tuple[Child, ...]:
    """Return the sitemaps of an index that are looked into: the newest, by date or else by name."""
    if any(child.updated for child in children):
        return newest(
            tuple(sorted(children, key=lambda one: _newsworthiness(one.url))), MAX_CHILDREN
        )
    return tuple(sorted(children, key=lambda one: _newsworthiness(one.url))[:MAX_CHILDREN])
