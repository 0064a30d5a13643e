"""Sitemaps, sitemap indexes, Google News sitemaps and lists of URLs become links.

It asks for no child: an index names them, and the caller goes on, no deeper than `MAX_DEPTH`.
"""

from scraper.coding import decoded
from scraper.discover.announced import Announced, Child, web_url
from scraper.discover.charset import Headers, decoded_text
from scraper.discover.dates import moment
from scraper.discover.elements import Document, Element, Shape, read_document
from scraper.discover.feeds import links_in_feed
from scraper.discover.links import LinkList
from scraper.discover.plain import MAX_TITLE, one_line
from scraper.model import DecodeStatus, Link

MAX_BYTES = 50_000_000  # unpacked; the protocol's own limits, sitemaps.org/protocol.html
MAX_URLS = 50_000
MAX_DEPTH = 3  # of indexes within indexes, for the caller
MAX_CHILDREN = 500  # that a caller should ask for in one run; the newest first: `newest`

_SHAPE = Shape(
    items=frozenset({"url", "sitemap"}),
    fields=frozenset({"loc", "lastmod", "news:title", "news:publication_date"}),
    wrappers=frozenset({"news:news"}),
    max_items=MAX_URLS,
)
_FEEDS = {"rss", "feed", "rdf", "channel"}
_GZIP = b"\x1f\x8b"
_TOO_LARGE = (
    f"it unpacks to more than {MAX_BYTES:,} bytes, or to over 200 times its size: "
    "the rest is not read"
)
_REFUSED = "its DOCTYPE defines entities: such a sitemap is not read"


def links_in_sitemap(body: bytes, url: str, *, headers: Headers = None) -> Announced:
    """Return what a sitemap announces; gzipped ones are unpacked, up to `MAX_BYTES`.

    `published` is what Google News sitemaps say, `updated` is lastmod. A feed in a sitemap's place,
    which the protocol allows, is read as one.
    """
    body, problems = _unpacked(body)
    announced = _read(body, url, headers)
    for problem in problems:
        announced = announced.with_problem(problem)
    return announced


def _unpacked(body: bytes) -> tuple[bytes, list[str]]:
    status = DecodeStatus.OK
    if body.startswith(_GZIP):
        body, status = decoded(body, ("gzip",), max_bytes=MAX_BYTES)
    if status is DecodeStatus.BOMB or len(body) > MAX_BYTES:
        return body[:MAX_BYTES], [_TOO_LARGE]
    if status is DecodeStatus.DAMAGED:
        return body, ["its gzip stream is cut short or damaged: what came before is read"]
    return body, []


def _read(body: bytes, url: str, headers: Headers) -> Announced:
    if body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"http"):
        return _links_in_text(body, url, headers)
    document = read_document(body, url, _SHAPE, headers)
    if document.root in _FEEDS:
        return links_in_feed(body, url, headers=headers)
    if document.has_entities:
        return Announced(problems=(_REFUSED,))
    return _links_in_xml(document, url)


def _links_in_text(body: bytes, url: str, headers: Headers) -> Announced:
    """Read a list of URLs, one a line."""
    text, complaint = decoded_text(body, headers)
    links = LinkList()
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for line in lines[:MAX_URLS]:
        target = web_url("", line)
        links.add(None if target is None else Link(url=target, source=url))
    problems = [complaint] if complaint else []
    if len(lines) > MAX_URLS:
        problems.append(f"more than {MAX_URLS:,} lines: the first of them are read")
    return Announced(links=links.all(), problems=(*problems, *links.problems()))


def _links_in_xml(document: Document, url: str) -> Announced:
    links, problems = LinkList(), list(document.problems)
    children: dict[str, Child] = {}
    for item in document.items:
        target = web_url(item.base, _text_of(item, "loc"))
        if item.name == "url" or target is None:
            links.add(None if target is None else _link(item, target, url))
        elif target != url:
            children.setdefault(
                target, Child(url=target, updated=moment(_text_of(item, "lastmod")))
            )
        else:
            problems.append("it names itself as its child")
    return Announced(
        links=links.all(),
        children=tuple(children.values()),
        problems=(*dict.fromkeys(problems), *links.problems()),
    )


def _link(item: Element, target: str, source: str) -> Link:
    return Link(
        url=target,
        source=source,
        title=one_line(_text_of(item, "news:title"), MAX_TITLE),
        published=moment(_text_of(item, "news:publication_date")),
        updated=moment(_text_of(item, "lastmod")),
    )


def _text_of(item: Element, name: str) -> str | None:
    element = item.first(name)
    return None if element is None else element.text
