"""What a page says of its article in its head and in JSON-LD: read once, asked by many.

It reads no prose. Titles, authors and dates have modules of their own.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from scraper.extract.jsonld import Thing, article_in, strings, things_in, types_of
from scraper.extract.layout import line_of
from scraper.urls import normal_url

_DESCRIPTION = ("description", "og:description", "twitter:description")
_TAGS = ("keywords", "news_keywords", "article:tag", "parsely-tags")
_SECTION = ("article:section", "parsely-section", "section", "sailthru.section", "og:section")
_IMAGE = ("og:image", "og:image:secure_url", "og:image:url", "twitter:image", "twitter:image:src")
_SITE = ("og:site_name", "application-name", "apple-mobile-web-app-title", "dc.publisher",
         "publisher", "al:ios:app_name", "copyright")  # fmt: skip
_SITE_TYPES = ("Organization", "WebSite", "NewsMediaOrganization")
_NOT_NAME = re.compile(r"\([^)]*\)|(?:\u00a9|\(c\)|copyright)?\s*(?:19|20)\d\d", re.IGNORECASE)
_LEAST_SITE = 3  # letters of a site's name
# Microdata, the hAtom microformat, and what HTML once had for it.
_MARKED_DATES = '[itemprop~="datePublished"], .published[title], time.published, time[pubdate]'


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The head of a page, read once. `meta` maps lower-case names to values, in document order."""

    meta: dict[str, list[str]]
    things: list[Thing]
    article: Thing
    title: str = ""
    html_lang: str = ""
    canonical: str = ""
    marked_dates: tuple[str, ...] = ()  # what the markup of the body calls the day of publishing
    author_links: int = 0  # links that are marked as leading to an author
    site_names: frozenset[str] = frozenset()  # letters of what the site calls itself

    def first(self, names: Iterable[str]) -> str:
        """Return the first value of the first meta name that has one; empty if none has."""
        return next((self.meta[name][0] for name in names if self.meta.get(name)), "")

    @property
    def description(self) -> str:
        """What head or JSON-LD say the article is about."""
        own = strings(self.article.get("description"))
        return self.first(_DESCRIPTION) or (own[0] if own else "")

    def referred(self, value: object) -> object:
        """Return the object that a mere reference (`@id` and no name) stands for, or the value."""
        if not isinstance(value, dict) or value.get("name") or not value.get("@id"):
            return value
        same = (t for t in self.things if t.get("@id") == value["@id"] and t.get("name"))
        return next(same, value)


def said_by(tree: LexborHTMLParser) -> Said:
    """Return what a page's head says."""
    meta: dict[str, list[str]] = {}
    for node in tree.css("meta[content]"):
        attrs = node.attributes
        name = attrs.get("property") or attrs.get("name") or attrs.get("itemprop")
        content = (attrs.get("content") or "").strip()
        if name and content:
            meta.setdefault(name.strip().lower(), []).append(content)
    things = things_in([node.text() for node in tree.css('script[type="application/ld+json" i]')])
    head, html = tree.css_first("title"), tree.css_first("html")
    article = article_in(things)
    # A walk over the whole page, for pages that date their article nowhere else.
    is_dated = bool(article.get("datePublished"))
    marked = [] if is_dated else [node.attributes for node in tree.css(_MARKED_DATES)]
    link = tree.css_first('link[rel~="canonical" i][href]')
    return Said(
        meta=meta,
        things=things,
        article=article,
        title=line_of(head.text()) if head else "",
        html_lang=(html.attributes.get("lang") or "") if html else "",
        canonical=(link.attributes.get("href") or "") if link else "",
        marked_dates=tuple(
            value
            for attributes in marked
            for name in ("datetime", "content", "title")
            if (value := attributes.get(name))
        ),
        author_links=len(tree.css('a[rel~="author"]')),
        site_names=_site_names(meta, things, link.attributes.get("href") if link else None),
    )


def letters_of(text: str) -> str:
    """Return the letters and digits of a text without case, by which names are compared."""
    return "".join(filter(str.isalnum, text.casefold()))


def _site_names(
    meta: dict[str, list[str]], things: list[Thing], canonical: str | None
) -> frozenset[str]:
    names = [value for name in _SITE for value in meta.get(name, ())]
    for thing in things:
        names += strings(thing.get("publisher"))
        if any(kind.endswith(_SITE_TYPES) for kind in types_of(thing)):
            names += strings(thing.get("name")) + strings(thing.get("alternateName"))
    for address in (canonical, *meta.get("og:url", ())):
        names += _host_names(address or "")
    # "© 2023 Deutsche Welle (www.dw.com)"
    letters = (letters_of(_NOT_NAME.sub(" ", name)) for name in names)
    return frozenset(name for name in letters if len(name) >= _LEAST_SITE)


def _host_names(address: str) -> list[str]:
    """Return a host, without www, and the longest of its labels, which is the site's name."""
    try:
        host = (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return []
    labels = host.split(".")[:-1]
    return [host, max(labels, key=len)] if labels else []


def canonical_url_of(said: Said, url: str) -> str | None:
    """Return the address that the page gives itself, absolute, or None."""
    for address in (said.canonical, said.first(("og:url",))):
        if address and (found := _absolute(url, address)):
            return found
    return None


def tags_of(said: Said) -> tuple[str, ...]:
    """Return keywords and tags, each once, in the page's order."""
    listed = said.meta.get("article:tag") or [said.first(_TAGS)]
    values = strings(said.article.get("keywords")) or listed
    tags = (line_of(tag) for value in values for tag in re.split(r"[,;]", value))
    return tuple(dict.fromkeys(tag for tag in tags if 0 < len(tag) <= 100))


def section_of(said: Said) -> str | None:
    """Return the part of the outlet that the article stands in, as the page names it."""
    named = [said.first(_SECTION), *strings(said.article.get("articleSection"))]
    return next((line for name in named if 0 < len(line := line_of(name)) <= 100), None)


def image_of(said: Said, url: str) -> str | None:
    """Return the absolute address of the article's image."""
    image = said.article.get("image")
    first = image[0] if isinstance(image, list) and image else image
    inner = strings(first.get("url")) if isinstance(first, dict) else strings(first)
    for address in (said.first(_IMAGE), *inner, *strings(said.article.get("thumbnailUrl"))):
        if address and (found := _absolute(url, address)):
            return found
    return None


def _absolute(url: str, address: str) -> str | None:
    try:
        return normal_url(urljoin(url, address.strip()))
    except ValueError:
        return None
