"""A page as learning sees it: its blocks with their places, words and links, and the votes on them.

It compares no pages.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from scraper.extract import generic, metadata
from scraper.extract.cover import covered_by
from scraper.extract.decode import decoded_page
from scraper.extract.elements import Element
from scraper.extract.judgement import is_article
from scraper.extract.pieces import Piece, pieces_in, tokens_of
from scraper.extract.reading import Reading, reading_of
from scraper.extract.rules import Selection
from scraper.extract.template.grams import units_of
from scraper.extract.template.signatures import Name, name_of
from scraper.extract.titles import titles_said
from scraper.extract.verdicts import verdicts_on

_DIGITS = re.compile(r"\d+")
_FULLY = 0.9  # share of a block's characters in links, in bold, in italics
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


@dataclass(slots=True, eq=False)
class Seen:
    """One block of a page that is learnt from. `vote` is the share of the witnesses that keep it.

    `path` holds the elements from body's child down to the owner.
    """

    piece: Piece
    norm: str
    shape: str
    vote: float
    role: str
    is_title: bool
    path: tuple[Element, ...]

    @property
    def chars(self) -> int:
        """Its length in characters."""
        return len(self.piece.text)


@dataclass(slots=True, eq=False)
class Observed:
    """One page, observed. `names` are the names of its elements by the parser's id."""

    url: str
    seen: Sequence[Seen]
    names: dict[int, Name]
    elements: dict[int, Element]
    headline: frozenset[str]  # its words; of unspaced scripts, its characters
    description: str


def norm_of(tokens: Sequence[str]) -> str:
    """Return a block's words as one text in which all numbers are alike."""
    return _DIGITS.sub("0", " ".join(tokens))


def shape_of(piece: Piece) -> str:
    """Return how a block is set from end to end: a link, bold, italic, or plain."""
    if piece.owner.tag in _HEADINGS:
        return "a" if piece.link_share >= _FULLY else ""
    if piece.link_share >= _FULLY:
        return "a"
    size = _FULLY * max(1, len(piece.text) - piece.text.count(" "))
    return "b" if piece.bold_chars >= size else "i" if piece.italic_chars >= size else ""


def path_of(element: Element) -> tuple[Element, ...]:
    """Return the elements from body's child down to an element."""
    above = [at for at in element.lineage() if at.tag not in {"html", "body"}]
    return tuple(reversed(above))


def observed(html: bytes, url: str) -> Observed | None:
    """Return a page as learning sees it, or None where there is no article on it."""
    page = decoded_page(html)
    text, tree = page.text, LexborHTMLParser(page.markup)
    if tree.body is None:
        return None
    said = metadata.said_by(tree)
    pieces, elements = pieces_in(tree.body)
    reading = reading_of(text, url, said, pieces, elements, Selection())
    verdicts = verdicts_on(reading)
    if not is_article(reading, verdicts):
        return None
    second = _second_votes(text, url, reading)
    titles = {norm_of(tokens_of(title)) for title in (reading.title, *titles_said(said))} - {""}
    seen = [
        Seen(
            piece=piece,
            norm=(norm := norm_of(piece.tokens)),
            shape=shape_of(piece),
            vote=(verdict.kept + vote) / 2,
            role=verdict.role,
            is_title=norm in titles or verdict.role == "headline",
            path=path_of(piece.owner),
        )
        for piece, verdict, vote in zip(pieces, verdicts, second, strict=True)
    ]
    names = {key: name_of(element) for key, element in elements.items()}
    headline = frozenset(units_of(norm_of(tokens_of(reading.title)))[0])
    return Observed(url, seen, names, dict(elements), headline, said.description)


def _second_votes(text: str, url: str, reading: Reading) -> list[float]:
    """Return what a second witness, unlike the first, has of each block."""
    bonus = [
        1.05 if piece.owner.is_within(reading.terrain.best) else 1.0 for piece in reading.pieces
    ]
    return covered_by(generic.main_lines(text, url, precisely=False), reading.pieces, bonus)
