"""What a page says of its article: authors, dates, language, address, tags, payment.

It reads heads and JSON-LD, not prose; what neither says is asked of trafilatura last.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

from scraper.extract.dates import moment
from scraper.extract.generic import Guess
from scraper.extract.jsonld import Thing, article_in, strings, things_in, types_of
from scraper.extract.layout import line_of
from scraper.urls import normal_url

_PUBLISHED = (
    "article:published_time", "og:article:published_time", "datepublished", "parsely-pub-date",
    "sailthru.date", "dc.date.issued", "dcterms.created", "dc.date", "dc.date.created", "pubdate",
    "publishdate", "publish-date", "publish_date", "date", "article.published", "bt:pubdate",
    "cxenseparse:recs:publishtime", "og:published_time",
)  # fmt: skip
_MODIFIED = (
    "article:modified_time", "og:article:modified_time", "datemodified", "og:updated_time",
    "dcterms.modified", "lastmod", "last-modified", "article.updated",
)  # fmt: skip
_AUTHOR = ("author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "byl")
_DESCRIPTION = ("description", "og:description", "twitter:description")
_TAGS = ("keywords", "news_keywords", "article:tag", "parsely-tags")
# Microdata, the hAtom microformat, and what HTML once had for it.
_MARKED_DATES = '[itemprop~="datePublished"], .published[title], time.published, time[pubdate]'
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*\Z")
_AND = re.compile(r"\s*(?:,|;|\||/| and | und | et | y | e | & | en | og | и | ve )\s*")
_BY = re.compile(r"^(?:by|von|par|por|di|da|door|av|af|od|przez|автор)\s*:?\s+", re.IGNORECASE)
_MARK = re.compile(r"\s*\([^)]{1,12}\)$")
_NOT_A_NAME = re.compile(r"@|https?:|www\.|^\W*\d+\W*$|[<>{}\[\]]")
_ADDRESS = re.compile(r"\s*(?:https?:|//|www\.)")
_LOCKED = frozenset({"locked", "metered", "premium", "paid", "subscription", "hard", "plus"})


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

    def first(self, names: Iterable[str]) -> str:
        """Return the first value of the first meta name that has one; empty if none has."""
        return next((self.meta[name][0] for name in names if self.meta.get(name)), "")

    @property
    def description(self) -> str:
        """What head or JSON-LD say the article is about."""
        own = strings(self.article.get("description"))
        return self.first(_DESCRIPTION) or (own[0] if own else "")


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
    marked = [node.attributes for node in tree.css(_MARKED_DATES)]
    link = tree.css_first('link[rel~="canonical" i][href]')
    return Said(
        meta=meta,
        things=things,
        article=article_in(things),
        title=line_of(head.text()) if head else "",
        html_lang=(html.attributes.get("lang") or "") if html else "",
        canonical=(link.attributes.get("href") or "") if link else "",
        marked_dates=tuple(
            value
            for attributes in marked
            for name in ("datetime", "content", "title")
            if (value := attributes.get(name))
        ),
    )


def published_of(said: Said, guessed: Callable[[], Guess]) -> datetime | None:
    """Return when the article was published: meta, JSON-LD, marks in the body, then htmldate."""
    return (
        _first_moment(said.meta, _PUBLISHED)
        or _thing_moment(said, "datePublished")
        or next(filter(None, map(moment, said.marked_dates)), None)
        or guessed().published
    )


def modified_of(said: Said) -> datetime | None:
    """Return when the page says that the article was changed last."""
    return _first_moment(said.meta, _MODIFIED) or _thing_moment(said, "dateModified")


def authors_of(said: Said, guessed: Callable[[], Guess]) -> tuple[str, ...]:
    """Return the authors' names: JSON-LD, then meta, then trafilatura."""
    people, others = _json_authors(said.article.get("author"))
    in_meta = _names(said.meta.get("author", []) or [said.first(_AUTHOR)])
    return (
        people
        or (in_meta if others and in_meta else others)
        or in_meta
        or _names(guessed().authors)
    )


def language_of(said: Said, content_language: str | None) -> str | None:
    """Return the language as a BCP 47 tag, from html, meta, JSON-LD or the HTTP header."""
    in_json = strings(said.article.get("inLanguage"))
    for tag in (
        said.html_lang,
        said.first(("content-language", "language", "og:locale")),
        in_json[0] if in_json else "",
        content_language or "",
    ):
        clean = tag.split(",")[0].strip().replace("_", "-")
        if _LANGUAGE.match(clean):
            return clean
    return None


def canonical_url_of(said: Said, url: str) -> str | None:
    """Return the address that the page gives itself, absolute, or None."""
    for address in (said.canonical, said.first(("og:url",))):
        if address:
            try:
                return normal_url(urljoin(url, address.strip()))
            except ValueError:
                continue
    return None


def tags_of(said: Said) -> tuple[str, ...]:
    """Return keywords and tags, each once, in the page's order."""
    listed = said.meta.get("article:tag") or [said.first(_TAGS)]
    values = strings(said.article.get("keywords")) or listed
    tags = (line_of(tag) for value in values for tag in re.split(r"[,;]", value))
    return tuple(dict.fromkeys(tag for tag in tags if 0 < len(tag) <= 100))


def paywalled_of(said: Said) -> bool | None:
    """Return whether the page says that it is to be paid for; None where it says nothing."""
    for thing in (said.article, *said.things):
        free = _truth(thing.get("isAccessibleForFree"))
        if free is not None:
            return not free
    tier = said.first(("article:content_tier", "content_tier", "cxenseparse:pageclass")).lower()
    if tier in _LOCKED:
        return True
    return False if tier == "free" else None


def _truth(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    words = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}
    text = str(value).rsplit("/", 1)[-1].strip().lower()
    return words.get(text)


def _first_moment(meta: dict[str, list[str]], names: Iterable[str]) -> datetime | None:
    moments = (moment(value) for name in names for value in meta.get(name, ()))
    return next((found for found in moments if found is not None), None)


def _thing_moment(said: Said, key: str) -> datetime | None:
    values = [value for thing in (said.article, *said.things) for value in strings(thing.get(key))]
    return next((found for found in map(moment, values) if found is not None), None)


def _json_authors(value: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of people, and those of organisations."""
    people: list[str] = []
    others: list[str] = []
    for author in value if isinstance(value, list) else [value]:
        is_other = isinstance(author, dict) and "Organization" in types_of(author)
        (others if is_other else people).extend(strings(author))
    return _names(people), _names(others)


def _names(values: Iterable[str]) -> tuple[str, ...]:
    """Return cleaned names, each once: lists are split, e-mails, addresses and numbers dropped."""
    lines = (line_of(value) for value in values if not _ADDRESS.match(value))
    parts = (part for line in lines for part in _AND.split(_BY.sub("", line)))
    names = (_MARK.sub("", part).strip(" .\u00b7-\u2013\u2014") for part in parts)
    return tuple(
        dict.fromkeys(
            name
            for name in names
            if 1 < len(name) <= 80
            and not _NOT_A_NAME.search(name)
            and not _BY.match(f"{name} ")  # a template that left the name out
        )
    )
