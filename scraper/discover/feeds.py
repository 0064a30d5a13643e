"""RSS, RDF, Atom and JSON feeds become links: bytes in, links out, as far as they can be read.

It asks for nothing; what is no http(s) URL is left out, and the problems say so.
"""

from collections.abc import Iterator
from datetime import timedelta

from scraper.discover import json_feed
from scraper.discover.announced import Announced, web_url
from scraper.discover.charset import Headers
from scraper.discover.dates import moment
from scraper.discover.elements import Document, Element, Shape, read_document
from scraper.discover.links import LinkList
from scraper.discover.plain import MAX_TEASER, MAX_TITLE, one_line, plain_text
from scraper.model import Link

MAX_BYTES = 5_000_000
MAX_ITEMS = 5_000

_SHAPE = Shape(
    items=frozenset({"item", "entry"}),
    fields=frozenset(
        {
            "title", "dc:title", "link", "feedburner:origlink", "guid", "id", "description",
            "summary", "content", "content:encoded", "dc:description", "pubdate", "published",
            "issued", "dc:date", "created", "updated", "modified",
        }
    ),
    heads=frozenset({"title", "link", "ttl", "sy:updateperiod", "sy:updatefrequency"}),
    max_items=MAX_ITEMS,
)  # fmt: skip
_TITLES = ("title", "dc:title")
_TEASERS = ("description", "summary", "dc:description", "content:encoded", "content")
_PUBLISHED = ("pubdate", "published", "issued", "dc:date", "created")
_UPDATED = ("updated", "modified")
# RFC 5005, sections 3 and 4: the pages of a paged feed, and the older documents of an archived one.
_NEXT = {"next", "prev-archive"}
_PERIODS = {"hourly": 1, "daily": 24, "weekly": 7 * 24, "monthly": 30 * 24, "yearly": 365 * 24}
_LONGEST_TTL = 60 * 24 * 30  # minutes; a month


def links_in_feed(body: bytes, url: str, *, headers: Headers = None) -> Announced:
    """Return what a feed announces: RSS 0.9x, 1.0 (RDF) and 2.0, Atom 0.3 and 1.0, JSON Feed.

    `url` is where the feed was found: relative links are resolved against xml:base, or else it.
    What is cut off, malformed or beyond a cap is a problem, and the rest is read.
    """
    capped = len(body) > MAX_BYTES
    body = body[:MAX_BYTES]
    if json_feed.is_json(body):
        announced = json_feed.links_in(body, url, max_items=MAX_ITEMS)
    else:
        announced = _links_in_xml(body, url, headers)
    if not capped:
        return announced
    return announced.with_problem(f"it is longer than {MAX_BYTES:,} bytes: the rest is not read")


def _links_in_xml(body: bytes, url: str, headers: Headers) -> Announced:
    document = read_document(body, url, _SHAPE, headers)
    if document.root in {"urlset", "sitemapindex"}:
        return Announced(problems=(*document.problems, "it is a sitemap, not a feed"))
    links = LinkList()
    for item in document.items:
        links.add(_link(item, url, is_atom=document.root == "feed"))
    return Announced(
        links=links.all(),
        title=next(
            (one_line(each.text, MAX_TITLE) for each in document.heads if each.name == "title"),
            None,
        ),
        next_pages=_next_pages(document, url),
        every=_every(document),
        problems=(*document.problems, *links.problems()),
    )


def _link(item: Element, source: str, *, is_atom: bool) -> Link | None:
    target = _target(item)
    if target is None:
        return None
    guid = item.first("guid", "id")
    return Link(
        url=target,
        source=source,
        title=_text(item.first(*_TITLES), is_atom, MAX_TITLE),
        published=moment(_text_of(item, *_PUBLISHED)),
        updated=moment(_text_of(item, *_UPDATED)),
        guid=one_line(guid.text if guid else item.attributes.get("about"), MAX_TITLE),
        teaser=_text(item.first(*_TEASERS), is_atom, MAX_TEASER),
    )


def _target(item: Element) -> str | None:
    """Return the URL of an item's page.

    FeedBurner keeps the true one apart from its own counting redirect; Atom's stands in an
    attribute; where there is no link the guid is one, unless it says that it is not (RSS 2.0).
    """
    return next((url for url in _targets(item) if url is not None), None)


def _targets(item: Element) -> Iterator[str | None]:
    for each in (*item.all("feedburner:origlink"), *item.all("link")):
        if each.text:
            yield web_url(each.base, each.text)
    for each in _alternates(item):
        yield web_url(each.base, each.attributes["href"])
    guid = item.first("guid", "id")
    if guid is not None and guid.attributes.get("ispermalink", "true").lower() != "false":
        yield web_url("", guid.text)
    yield web_url(item.base, item.attributes.get("about"))


def _alternates(item: Element) -> list[Element]:
    """Return Atom's links to the item itself, pages before other formats (RFC 4287, 4.2.7.2)."""
    links = [
        each
        for each in item.all("link")
        if "href" in each.attributes and each.attributes.get("rel", "alternate") == "alternate"
    ]
    return sorted(links, key=lambda each: "html" not in each.attributes.get("type", "html"))


def _text(element: Element | None, is_atom: bool, max_chars: int) -> str | None:
    """Return plain text; only Atom can say that what looks like markup is none (RFC 4287, 3.1)."""
    if element is None:
        return None
    kind = element.attributes.get("type", "text" if is_atom else "html")
    if kind in {"text", "text/plain", "xhtml"}:
        return one_line(element.text, max_chars)
    return plain_text(element.text, max_chars)


def _text_of(item: Element, *names: str) -> str | None:
    element = item.first(*names)
    return None if element is None else element.text


def _next_pages(document: Document, url: str) -> tuple[str, ...]:
    pages = [
        web_url(each.base, each.attributes.get("href"))
        for each in document.heads
        if each.name == "link" and each.attributes.get("rel") in _NEXT
    ]
    return tuple(dict.fromkeys(page for page in pages if page is not None and page != url))


def _every(document: Document) -> timedelta | None:
    """Return the longer of `ttl` (minutes) and sy:updatePeriod over sy:updateFrequency."""
    said = {each.name: each.text for each in document.heads if each.text}
    pauses = []
    if (minutes := _number(said.get("ttl", ""))) > 0:
        pauses.append(timedelta(minutes=min(minutes, _LONGEST_TTL)))
    period = _PERIODS.get(said.get("sy:updateperiod", "").lower())
    if period is not None:
        times = _number(said.get("sy:updatefrequency", "1")) or 1
        pauses.append(timedelta(hours=period) / times)
    return max(pauses, default=None)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 8 else 0
