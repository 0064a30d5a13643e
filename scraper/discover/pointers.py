"""Where a page says that its outlet announces articles: feeds, editions, sections; its name.

It asks for none of them, and finds no article: the links of a section page are `sections`'.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper.discover.announced import web_url
from scraper.discover.charset import Headers, decoded_text
from scraper.discover.likeness import is_ruled_out
from scraper.discover.nesting import complaint_about
from scraper.discover.plain import one_line
from scraper.discover.sections import is_same_site
from scraper.urls import canonical

MAX_BYTES = 5_000_000
MAX_NAME = 80  # characters

_FEED_TYPES = re.compile(
    r"application/(?:(?:rss|atom|rdf|x\.atom)\+xml|feed\+json|json)", re.IGNORECASE
)
_FEED_PATH = re.compile(r"(?:/(?:rss|feed|feeds|atom)/?|[./](?:rss|atom|rdf)(?:\.xml)?|feed\.xml)$")
_NAVIGATION = (
    "nav a[href], header a[href], [role=navigation] a[href], [class*=menu] a[href], "
    "[class*=nav] a[href], [id*=menu] a[href], [id*=nav] a[href]"
)
_MOST_STEPS = 3  # of the path of a section, like /world/europe/east/
_MOST_WORDS = 4  # of the name of a section
_TITLE_PARTS = re.compile(r"\s+[|\u2013\u2014\u00b7»:-]\s+|\s*[|»]\s*|:\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPointer:
    """A feed that a page names."""

    url: str
    title: str | None = None
    language: str | None = None  # by hreflang


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointers:
    """What a page says of its outlet; URLs are absolute, each once, in the page's order."""

    feeds: tuple[FeedPointer, ...] = ()
    sections: tuple[str, ...] = ()  # pages that the navigation leads to, on the same site
    editions: tuple[tuple[str, str], ...] = ()  # hreflang, and the page in that language
    site_name: str | None = None  # as the page says outright
    title_parts: tuple[str, ...] = ()  # of <title>, one of which may be the name
    language: str | None = None  # of <html lang>


def pointers_on(body: bytes, url: str, *, headers: Headers = None) -> Pointers:
    """Return what a page says of its outlet; nothing where it is too complex to be parsed."""
    text, _ = decoded_text(body[:MAX_BYTES], headers)
    if complaint_about(text) is not None:
        return Pointers()
    tree = LexborHTMLParser(text)
    base = tree.css_first("base[href]")
    reader = _Reader(tree, url, (base and web_url(url, base.attributes.get("href"))) or url)
    return Pointers(
        feeds=reader.feeds(),
        sections=reader.sections(),
        editions=tuple(reader.editions()),
        site_name=reader.site_name(),
        title_parts=reader.title_parts(),
        language=reader.language(),
    )


def title_parts(title: str | None) -> tuple[str, ...]:
    """Return the pieces of a title between bars and dashes; one of them may be the outlet's."""
    pieces = _TITLE_PARTS.split(one_line(title, 500) or "")
    return tuple(piece.strip() for piece in pieces if piece.strip())


class _Reader:
    """A parsed page and the address that its links are relative to."""

    def __init__(self, tree: LexborHTMLParser, url: str, base: str) -> None:
        self._tree, self._url, self._base = tree, url, base

    def feeds(self) -> tuple[FeedPointer, ...]:
        """Return the feeds that the head names, then those that are linked by what looks so."""
        found: dict[str, FeedPointer] = {}
        for feed in (*self._head_feeds(), *self._linked_feeds()):
            found.setdefault(canonical(feed.url), feed)
        return tuple(found.values())

    def _head_feeds(self) -> Iterator[FeedPointer]:
        for node in self._tree.css("link[rel~=alternate i][type][href], link[rel~=feed i][href]"):
            kind = (node.attributes.get("type") or "application/rss+xml").strip()
            url = self._target(node)
            if url is None or not _FEED_TYPES.fullmatch(kind.partition(";")[0].strip()):
                continue
            if kind.lower() == "application/json" and "feed" not in url:
                continue  # WordPress and others name their interfaces for programs this way
            yield FeedPointer(
                url=url,
                title=one_line(node.attributes.get("title"), MAX_NAME),
                language=_language(node.attributes.get("hreflang")),
            )

    def _linked_feeds(self) -> Iterator[FeedPointer]:
        for node in self._tree.css("a[href]"):
            url = self._target(node)
            if url is not None and _FEED_PATH.search(urlsplit(url).path.lower()):
                yield FeedPointer(url=url, title=one_line(node.text(), MAX_NAME))

    def editions(self) -> Iterator[tuple[str, str]]:
        """Yield the same page in other languages."""
        for node in self._tree.css("link[rel~=alternate i][hreflang][href]"):
            language, url = _language(node.attributes.get("hreflang")), self._target(node)
            is_feed = _FEED_TYPES.match(node.attributes.get("type") or "")
            if language and url and not is_feed:
                yield language, url

    def sections(self) -> tuple[str, ...]:
        """Return where the navigation leads to on the same site, by names as sections have them."""
        here = canonical(self._url)
        found: dict[str, str] = {}
        for node in self._tree.css(_NAVIGATION):
            url = self._target(node)
            words = len(node.text().split())
            if url is None or not 0 < words <= _MOST_WORDS or not is_same_site(url, self._url):
                continue
            parts = urlsplit(url)
            steps = [step for step in parts.path.split("/") if step]
            if 0 < len(steps) <= _MOST_STEPS and not parts.query and not is_ruled_out(url):
                found.setdefault(canonical(url).rstrip("/"), url)
        return tuple(url for key, url in found.items() if key != here.rstrip("/"))

    def site_name(self) -> str | None:
        """Return the outlet's name where the page says it outright."""
        for selector in ('meta[property="og:site_name"]', 'meta[name="application-name"]'):
            node = self._tree.css_first(selector)
            name = one_line(node.attributes.get("content"), MAX_NAME) if node else None
            if name:
                return name
        return None

    def title_parts(self) -> tuple[str, ...]:
        """Return the pieces of the page's title between bars and dashes."""
        node = self._tree.css_first("title")
        return title_parts(node.text() if node else None)

    def language(self) -> str | None:
        """Return what <html lang> says."""
        node = self._tree.css_first("html")
        return _language(node.attributes.get("lang")) if node else None

    def _target(self, node: LexborNode) -> str | None:
        return web_url(self._base, node.attributes.get("href"))


def _language(said: str | None) -> str | None:
    tag = (said or "").strip().replace("_", "-")
    return tag if re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*", tag) else None
