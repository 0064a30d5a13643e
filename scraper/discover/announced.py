"""What a feed, a sitemap or a section page announced, as one value.

It fetches no child and no next page: it names them, and whoever asked goes on.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin

from scraper.model import Link
from scraper.urls import normal_url

MAX_URL = 4096  # characters; browsers and servers give up long before

_ABSOLUTE = ("https://", "http://")
_NOT_IN_A_URL = re.compile(r"[\t\r\n]+")  # WHATWG URL, section 4.4: dropped wherever they stand


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A sitemap that a sitemap index names."""

    url: str
    updated: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """The links of one source, in its own order, each URL once; problems are sentences."""

    links: tuple[Link, ...] = ()
    title: str | None = None  # what a feed calls itself
    children: tuple[Child, ...] = ()  # of a sitemap index
    next_pages: tuple[str, ...] = ()  # RFC 5005, or `next_url` of a JSON Feed
    every: timedelta | None = None  # how often the feed says it changes: no need to ask sooner
    problems: tuple[str, ...] = ()

    def with_problem(self, problem: str) -> "Announced":
        """Return the same with one more problem."""
        return replace(self, problems=(*self.problems, problem))


def web_url(base: str, reference: str | None) -> str | None:
    """Return the absolute http(s) URL that a reference means, or None where it means none."""
    if not reference or len(reference) > MAX_URL:
        return None
    reference = _NOT_IN_A_URL.sub("", reference.strip()).replace(" ", "%20")
    try:
        if reference.startswith(_ABSOLUTE):
            return normal_url(reference)
        return normal_url(urljoin(base, reference)) if reference else None
    except ValueError:
        return None


def newest(children: tuple[Child, ...], limit: int) -> tuple[Child, ...]:
    """Return the children that were updated last, at most `limit`; those without a date are last.

    Among equals the order is that of the index.
    """
    long_ago = datetime.min.replace(tzinfo=UTC)
    return tuple(
        sorted(children, key=lambda child: child.updated or long_ago, reverse=True)[:limit]
    )
