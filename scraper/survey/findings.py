"""What a survey of an outlet finds: its sources, what each yields, the pages that were tried.

Values alone; nothing is asked for here.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from scraper.model import Extraction, ExtractStatus, Link, Page, Rule, Source
from scraper.urls import canonical

_UNDECIDED = frozenset({ExtractStatus.CRASH, ExtractStatus.TIMEOUT, ExtractStatus.SKIPPED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A place where the outlet may announce articles, and who named it."""

    type: str  # feed | sitemap | section
    url: str
    found_by: str  # "named by the front page"
    language: str | None = None
    links: str | None = None  # CSS selector, where sources.toml has one for a section


@dataclass(frozen=True, slots=True, kw_only=True)
class Yield:
    """What came of asking a candidate; `problem` says why it has no links."""

    candidate: Candidate
    type: str  # as sources.toml has it: what turned out to be a news sitemap is one
    title: str | None = None  # what a feed calls itself
    links: tuple[Link, ...] = field(default=(), repr=False)
    problem: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """Where it is."""
        return self.candidate.url

    @property
    def keys(self) -> frozenset[str]:
        """The canonical URLs of its links."""
        return frozenset(canonical(link.url) for link in self.links)

    @property
    def newest(self) -> datetime | None:
        """When the newest of its links was published or changed, as far as it says."""
        return max((moment for link in self.links if (moment := moment_of(link))), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A source that belongs into the entry, and the links that it alone has, or has first."""

    found: Yield
    adds: tuple[Link, ...] = field(repr=False)

    @property
    def source(self) -> Source:
        """The source as sources.toml would have it."""
        return Source(type=self.found.type, url=self.found.url)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A candidate that does not belong into the entry, and why, as a sentence."""

    found: Yield
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A page that was fetched and read to see what would be kept of it."""

    link: Link
    source: str  # URL of the source that brought it
    problem: str = ""  # why there is no article
    page: Page | None = field(default=None, repr=False)
    extraction: Extraction | None = field(default=None, repr=False)
    is_disallowed: bool = False

    @property
    def is_article(self) -> bool:
        """Say whether an article was read from it."""
        return self.extraction is not None and self.extraction.article is not None

    @property
    def is_telling(self) -> bool:
        """Say whether the page came and was looked into to its end."""
        return self.extraction is not None and self.extraction.status not in _UNDECIDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A paragraph that one reading of a page has and the other lacks."""

    url: str
    text: str
    is_kept: bool  # by what was learnt; else it is stripped


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What was learnt: a rule or none, the reason as a sentence, and what it would change."""

    reason: str
    rule: Rule | None = None
    evidence: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """What the outlet's host asks of those who come."""

    robots: str  # a sentence: what robots.txt is and says
    crawl_delay: timedelta | None = None
    disallowed: tuple[str, ...] = ()  # lines that are about us
    sitemaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """All that was found out about an outlet; `problems` are sentences about what could not be."""

    asked: str  # the URL that was given
    home: str
    name: str
    language: str | None
    manners: Manners
    chosen: tuple[Chosen, ...]
    left_out: tuple[LeftOut, ...]
    samples: tuple[Sample, ...]
    learnt: Learnt
    problems: tuple[str, ...] = ()
    editions: tuple[tuple[str, str], ...] = ()

    @property
    def articles(self) -> tuple[Sample, ...]:
        """The samples that are articles."""
        return tuple(sample for sample in self.samples if sample.is_article)


def moment_of(link: Link) -> datetime | None:
    """Return when a link's page was published, or else changed, as its source says."""
    return link.published or link.updated
