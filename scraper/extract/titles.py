"""The headline of a page, chosen among the places where pages put it.

It does not look at the body: which blocks repeat the headline is decided elsewhere.
"""

import re
from collections.abc import Sequence

from scraper.extract.jsonld import strings
from scraper.extract.layout import line_of
from scraper.extract.metadata import Said
from scraper.extract.pieces import Piece, length_of, tokens_of

_SEPARATOR = re.compile(r"\s+[|\u00b7\u2022\u00bb\u2013\u2014-]\s+|\s+::\s+")
_ALIKE = 0.6  # word Jaccard
_LEAST_LEFT = 0.4  # EXTRACTION A7: cut at the first separator if that leaves this share


def without_site(title: str) -> str:
    """Return a title without the site's name behind a separator."""
    found = _SEPARATOR.search(title)
    if found and length_of(title[: found.start()]) >= length_of(title) * _LEAST_LEFT:
        return title[: found.start()].strip()
    return title


def titles_said(said: Said) -> list[str]:
    """Return the titles in a page's head, most trusted first, site names cut."""
    said_titles = [
        without_site(line_of(said.first(("og:title",)))),
        *(line_of(text) for text in strings(said.article.get("headline"))[:1]),
        without_site(line_of(said.first(("twitter:title",)))),
        without_site(said.title),
    ]
    return [title for title in said_titles if title]


def headline_of(said: Said, pieces: Sequence[Piece]) -> str:
    """Return the headline readers saw: the h1 that the head's title confirms, or that title."""
    named = titles_said(said)
    heads = [line_of(piece.text) for piece in pieces if _is_h1(piece)]
    for head in heads:
        better = next((title for title in named if _is_said_better(title, head)), None)
        if better is not None:
            return better
        if any(likeness(title, head) >= _ALIKE for title in named[:2]):
            return head
    if named:
        return named[0]
    return heads[0] if heads else ""


def likeness(one: str, other: str) -> float:
    """Return the word Jaccard of two titles, 0 to 1."""
    left, right = set(tokens_of(one)), set(tokens_of(other))
    return len(left & right) / len(left | right) if left and right else 0.0


def _is_said_better(title: str, head: str) -> bool:
    """The h1 without its kicker, or the h1 whose kicker is not glued to its first word."""
    if len(title) < len(head) and head.casefold().endswith(title.casefold()):
        return len(title) >= len(head) * _LEAST_LEFT
    one, other = tokens_of(title), tokens_of(head)
    return len(one) > len(other) and "".join(one) == "".join(other)


def _is_h1(piece: Piece) -> bool:
    return any(at.tag == "h1" for at in piece.place.lineage())
