"""The links of a section page: those that a maintainer's selector finds, or the article-like ones.

It sees one page only: that a link stands in several sources is for the caller to notice.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from scraper.discover.announced import Announced, web_url
from scraper.discover.charset import Headers, decoded_text
from scraper.discover.likeness import FULL_SCORE, is_ruled_out, points_of_anchor, points_of_url
from scraper.discover.nesting import complaint_about
from scraper.discover.plain import MAX_TITLE, one_line
from scraper.model import Link
from scraper.urls import canonical, host_of, site_of

MAX_BYTES = 5_000_000
MAX_ANCHORS = 10_000
LEAST_SCORE = 0.5  # below it a link is taken for something else than an article

_HEADINGS = frozenset({"h1", "h2", "h3", "h4"})
_FURNITURE = frozenset({"nav", "footer", "menu", "address"})
_ROLES = frozenset({"navigation", "contentinfo", "menu", "menubar", "search", "banner"})
_FURNITURE_WORDS = frozenset(
    {
        "nav", "navbar", "navigation", "menu", "submenu", "footer", "breadcrumb",
        "breadcrumbs", "pagination", "pager", "paging", "tags", "taglist", "toolbar",
        "social", "share", "sharing", "cookie", "cookies", "consent", "login", "topbar",
    }
)  # fmt: skip
_WORDS = re.compile(r"[a-z]+")
_RELS = frozenset({"tag", "author", "category", "next", "prev", "license", "me", "search"})
_DEPTH = 40  # ancestors that are looked at


def links_in_section(
    body: bytes,
    url: str,
    *,
    selector: str | None = None,
    known_titles: Collection[str] = (),
    headers: Headers = None,
) -> Announced:
    """Return the links of a section page, in the page's order.

    `selector` (CSS) finds anchors, or elements with anchors inside or around; all are taken.
    Without one the links of the same site are scored (`Link.score`) and those below `LEAST_SCORE`
    left out; an anchor with one of the `known_titles`, which other sources announced, is certain.
    """
    text, complaint = decoded_text(body[:MAX_BYTES], headers)
    problems = [complaint] if complaint else []
    if len(body) > MAX_BYTES:
        problems.append(f"it is longer than {MAX_BYTES:,} bytes: the rest is not read")
    if (too_much := complaint_about(text)) is not None:
        return Announced(problems=(*problems, f"too complex to be read: {too_much}"))
    tree = LexborHTMLParser(text)
    page = _Page(tree, url)
    try:
        links = page.selected(selector) if selector else page.ranked(known_titles)
    except SelectolaxError:
        return Announced(problems=(*problems, f"{selector!r} is not a CSS selector"))
    if not links:
        problems.append(
            f"nothing matches {selector!r}" if selector else "no link on it looks like an article"
        )
    return Announced(links=links, problems=tuple(problems))


class _Page:
    """A parsed section page and the address that its links are relative to."""

    def __init__(self, tree: LexborHTMLParser, url: str) -> None:
        self._tree = tree
        self._url = url
        base = tree.css_first("base[href]")
        self._base = (base and web_url(url, base.attributes.get("href"))) or url

    def selected(self, selector: str) -> tuple[Link, ...]:
        """Return the links that a maintainer's selector finds."""
        nodes = self._tree.css(selector)[:MAX_ANCHORS]
        anchors = [anchor for node in nodes for anchor in _anchors_of(node)]
        return _best(self._link(anchor) for anchor in anchors[:MAX_ANCHORS])

    def ranked(self, known_titles: Collection[str]) -> tuple[Link, ...]:
        """Return the links of the same site that look like articles."""
        known = {_folded(title) for title in known_titles}
        here = canonical(self._url)
        scored = (self._scored(anchor, known) for anchor in self._tree.css("a[href]")[:MAX_ANCHORS])
        links = _best(link for link in scored if link and canonical(link.url) != here)
        return tuple(link for link in links if (link.score or 0) >= LEAST_SCORE)

    def _link(self, anchor: LexborNode, score: float | None = None) -> Link | None:
        target = web_url(self._base, anchor.attributes.get("href"))
        if target is None:
            return None
        return Link(url=target, source=self._url, title=_title(anchor), score=score)

    def _scored(self, anchor: LexborNode, known: Collection[str]) -> Link | None:
        href = (anchor.attributes.get("href") or "").strip()
        rels = (anchor.attributes.get("rel") or "").lower().split()
        target = None if href.startswith("#") else web_url(self._base, href)
        if target is None or not is_same_site(target, self._url) or _RELS.intersection(rels):
            return None
        title = _title(anchor)
        if title and _folded(title) in known:
            return self._link(anchor, 1.0)
        if is_ruled_out(target) or urlsplit(target).path == urlsplit(self._url).path:
            return None
        points = points_of_url(target) + points_of_anchor(title or "") + _place_points(anchor)
        return self._link(anchor, min(max(points / FULL_SCORE, 0.0), 1.0))


def _anchors_of(node: LexborNode) -> list[LexborNode]:
    """Return an element that is an anchor, or else those inside, or else the one around it."""
    if node.tag == "a":
        return [node]
    return node.css("a[href]") or [each for each in _ancestors(node) if each.tag == "a"]


def is_same_site(one: str, other: str) -> bool:
    """Say whether two URLs are of one site: its twins and subdomains count as it."""
    here, there = site_of(host_of(one)), site_of(host_of(other))
    return here == there or here.endswith("." + there) or there.endswith("." + here)


def _best(links: Iterator[Link | None]) -> tuple[Link, ...]:
    """Return each URL once, where it first stood, in its shortest spelling, with its best score.

    The same story is often linked three times: by its picture, its headline and "Read more".
    """
    best: dict[str, Link] = {}
    for link in links:
        if link is None:
            continue
        key = canonical(link.url)
        other = best.setdefault(key, link)
        better = max(other, link, key=_rank)
        best[key] = replace(better, url=min(other.url, link.url, key=len))
    return tuple(best.values())


def _rank(link: Link) -> tuple[float, int]:
    return link.score or 0.0, len(link.title or "")


def _title(anchor: LexborNode) -> str | None:
    """Return the headline in an anchor: of a heading inside, else all its text, else its title."""
    heading = anchor.css_first("h1, h2, h3, h4")
    text = one_line((heading or anchor).text(separator=" "), MAX_TITLE)
    return text or one_line(anchor.attributes.get("title"), MAX_TITLE)


def _folded(title: str) -> str:
    return " ".join(title.casefold().split())


def _place_points(anchor: LexborNode) -> int:
    """Return the points for where an anchor stands; navigation costs more than a link can win."""
    points = 2 if anchor.css_first("h1, h2, h3, h4") is not None else 0
    is_in_article = False
    for node in _ancestors(anchor):
        name = node.tag or ""
        if name in _HEADINGS:
            points = 2
        is_in_article = is_in_article or name == "article"
        if name in _FURNITURE or (node.attributes.get("role") or "").lower() in _ROLES:
            return -2 * FULL_SCORE
        if name == "header" and not is_in_article:
            points -= 3
        if _FURNITURE_WORDS.intersection(_class_words(node)):
            points -= 4
    return points + is_in_article


def _ancestors(anchor: LexborNode) -> Iterator[LexborNode]:
    node = anchor.parent
    for _ in range(_DEPTH):
        if node is None or node.tag in {"body", "html", "-undef"}:
            return
        yield node
        node = node.parent


def _class_words(node: LexborNode) -> list[str]:
    names = f"{node.attributes.get('class') or ''} {node.attributes.get('id') or ''}"
    return _WORDS.findall(names[:500].lower())
