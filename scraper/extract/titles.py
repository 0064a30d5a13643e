"""The titles of a page: the headline that readers saw, and the title that its head gives it.

It does not look at the body: which blocks repeat the headline is decided elsewhere.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from html import unescape

from scraper.extract.elements import HEADLINE
from scraper.extract.jsonld import strings
from scraper.extract.layout import line_of
from scraper.extract.metadata import Said, letters_of
from scraper.extract.pieces import Piece, length_of, tokens_of

# A bar, a dot or a double colon stands before a site's name and hardly ever inside a headline; a
# dash does both.
_SEPARATOR = re.compile(r"\s+([|\u00b7\u2022\u00bb\u2013\u2014-]|::)\s+|\s*(\uff5c)\s*")
_DASHES = frozenset("-\u2013\u2014")
_QUOTES = frozenset("\"'\u201c\u2018\u00ab\u201e")
_ALIKE = 0.6  # word Jaccard
_UNLIKE = 0.1  # below it two titles have next to no word in common
_LEAST_SITE = 2  # letters of what may be a site's name
_MOSTLY = 0.4
_LINKED = 0.5  # share of a link in what leads elsewhere
_LEAST_LEFT = 0.4  # EXTRACTION A7: cut at the first separator if that leaves this share


def without_site(title: str, said: Said | None = None, whole: Iterable[str] = ()) -> str:
    """Return a title without the site's name behind a separator.

    A dash cuts where the page is known and names what stands behind it, or where what stands
    before it is one of the `whole` titles; with nothing known of the page, anywhere.
    """
    uncut = {letters_of(text) for text in whole}
    is_whole = letters_of(title) in uncut
    for found in _SEPARATOR.finditer(title):
        left, tail = title[: found.start()].strip(), title[found.end() :]
        if length_of(left) < length_of(title) * _LEAST_LEFT:
            continue
        if said is not None and _is_site(tail, said):
            return left
        is_dash = found[1] in _DASHES
        if not is_whole and (not is_dash or said is None or letters_of(left) in uncut):
            return left
    return title


@lru_cache(maxsize=64)
def _without_site(title: str) -> str:
    """Return a head's title as a line without what may be the site's name; three ask for it."""
    return without_site(_line(title))


def titles_said(said: Said) -> list[str]:
    """Return the titles in a page's head, most trusted first, site names cut."""
    said_titles = [
        _without_site(said.first(("og:title",))),
        *(_line(text) for text in strings(said.article.get("headline"))[:1]),
        _without_site(said.first(("twitter:title",))),
        _without_site(said.title),
    ]
    return [title for title in said_titles if title]


def names_said(said: Said) -> set[tuple[str, ...]]:
    """Return the words of the site's and the authors' names, as the head gives them."""
    names = [said.first(("og:site_name",)), said.first(("author",))]
    names += strings(said.article.get("author")) + strings(said.article.get("publisher"))
    return {tokens_of(name) for name in names} - {()}


def headline_of(said: Said, pieces: Sequence[Piece]) -> str:
    """Return the headline readers saw: the h1 that the head's title confirms, or that title."""
    named = titles_said(said)
    shown = [piece for piece in pieces if _is_h1(piece)]
    heads = [line_of(piece.text) for piece in shown]
    for head in heads:
        better = next((title for title in named if _is_said_better(title, head)), None)
        if better is not None:
            return better
        if any(likeness(title, head) >= _ALIKE for title in named[:2]):
            return head
    if len(shown) == len(named) == 1 and _is_story(shown[0], heads[0], said):
        return heads[0]
    if named:
        return named[0]
    return heads[0] if heads else ""


def _is_story(piece: Piece, head: str, said: Said) -> bool:
    """Say whether an h1 is no site's name, where `title` is all that the head gives.

    A site's name leads home by a link, or stands in the `title` as well.
    """
    named = letters_of(said.title)
    return bool(named) and letters_of(head) not in named and piece.link_share < _LINKED


def title_of(said: Said, headline: str) -> str:
    """Return the title that a page's head gives its article; the headline where it gives none.

    Publishers put the title by which an article is known into og:title or JSON-LD, and often print
    another one. og:title leads, but where it only repeats the `title` element, which is written
    for search engines, while JSON-LD confirms the headline; where it has no word in common with
    anything else on the page; and where a quotation mark in it ended it too early.
    """
    inner = next((_line(text) for text in strings(said.article.get("headline"))), "")
    element = _line(said.title)
    whole = [text for text in (headline, inner) if text]
    shared = without_site(_line(said.first(("og:title",))), said, [*whole, *_uncut(said)])
    if not shared or _is_site(shared, said):
        return inner or headline
    element = without_site(element, said, whole)
    is_default = letters_of(shared) == letters_of(element)
    if is_default and letters_of(shared) != letters_of(headline) == letters_of(inner):
        return headline
    if _is_torn(shared, headline) or all(
        likeness(shared, other) < _UNLIKE for other in (headline, inner, element) if other
    ):
        return headline or shared
    return shared


def likeness(one: str, other: str) -> float:
    """Return the word Jaccard of two titles, 0 to 1."""
    left, right = set(tokens_of(one)), set(tokens_of(other))
    return len(left & right) / len(left | right) if left and right else 0.0


def _line(text: str) -> str:
    """Return a title as a line; some templates escape what is escaped already."""
    return line_of(unescape(text) if "&" in text else text)


def _uncut(said: Said) -> list[str]:
    """What a `title` element has before its last separator is a title with its own dashes."""
    element = _line(said.title)
    separators = list(_SEPARATOR.finditer(element))
    return [element[: separators[-1].start()].strip()] if separators else []


def _is_site(text: str, said: Said) -> bool:
    """Say whether a text is the site's name, a part of it, or mostly made of it."""
    letters = letters_of(text)
    if len(letters) < _LEAST_SITE:
        return False
    return any(
        letters in name or (name in letters and len(name) >= _MOSTLY * len(letters))
        for name in said.site_names
    )


def _is_torn(title: str, headline: str) -> bool:
    """An attribute that its own quotation mark ended: the headline goes on with one there."""
    rest = headline[len(title) :].lstrip() if headline.startswith(title) else ""
    return rest[:1] in _QUOTES and bool(rest)


def _is_said_better(title: str, head: str) -> bool:
    """The h1 without its kicker, or the h1 whose kicker is not glued to its first word."""
    if len(title) < len(head) and head.casefold().endswith(title.casefold()):
        return len(title) >= len(head) * _LEAST_LEFT
    return len(title) > len(head) and letters_of(title) == letters_of(head)


def _is_h1(piece: Piece) -> bool:
    return bool(piece.place.marks & HEADLINE)
