"""A source's page read by the kind of source that it is, and no more taken from it than it may say.

It chooses no link and asks for none.
"""

from collections.abc import Iterator
from dataclasses import replace

from scraper.discover.announced import Announced
from scraper.discover.feeds import links_in_feed
from scraper.discover.sections import links_in_section
from scraper.discover.sitemaps import links_in_sitemap
from scraper.model import Link, Page, Source

# Of all links of one source: 50,000 of a sitemap have some 5,000,000, and 50,000 URLs of 1,000
# characters each would take ten times that in the main process.
MAX_CHARS = 16_000_000
_TOO_MUCH = f"its links have more than {MAX_CHARS:,} characters: the first of them are read"


def links_on(page: Page, source: Source) -> Announced:
    """Return what a source's page announces, by the kind of source that it is."""
    return bounded(_links_on(page, source))


def _links_on(page: Page, source: Source) -> Announced:
    if source.type == "feed":
        return links_in_feed(page.body, page.url, headers=page.headers)
    if source.type == "section":
        return links_in_section(page.body, page.url, selector=source.links)
    return links_in_sitemap(page.body, page.url, headers=page.headers)


def bounded(announced: Announced, *, max_chars: int = MAX_CHARS) -> Announced:
    """Return the same without the links, or sitemaps of an index, beyond so many characters."""
    links = sum(1 for _ in _within(map(_size, announced.links), max_chars))
    sizes = (len(child.url) for child in announced.children)
    children = sum(1 for _ in _within(sizes, max_chars))
    if links == len(announced.links) and children == len(announced.children):
        return announced
    less = replace(announced, links=announced.links[:links], children=announced.children[:children])
    return less.with_problem(_TOO_MUCH)


def _within(sizes: Iterator[int], limit: int) -> Iterator[int]:
    """Yield sizes until they are more than a limit together."""
    total = 0
    for size in sizes:
        total += size
        if total > limit:
            return
        yield size


def _size(link: Link) -> int:
    return sum(map(len, filter(None, (link.url, link.title, link.guid, link.teaser))))
