"""Whether what was kept of a page is an article at all.

It changes no verdict.
"""

from collections.abc import Sequence

from scraper.extract.containers import SENTENCE_MARK, parent_of
from scraper.extract.elements import Element
from scraper.extract.pieces import Piece
from scraper.extract.reading import Reading
from scraper.extract.verdict import Verdict

_LEAST_LENGTH = 120  # characters of the body: two short sentences
_LEAST_MARKS = 2
_SURE_LENGTH = 240  # a list or a table may have no full stop
_MOST_LINKS = 0.5  # share of the body's characters
# Teasers that make a page of links, and the share of the text that stands in them: few are proof
# only where there is next to nothing else.
_CARDS = ((4, 0.6), (3, 0.85))
_MOST_OF_ALL = 0.5  # share of the page's text that one card may hold
_TITLE_TAGS = frozenset({"h2", "h3", "h4", "h5"})


def is_article(reading: Reading, verdicts: Sequence[Verdict]) -> bool:
    """Say whether the kept pieces are an article: two sentences of body, no page of links."""
    body = [
        piece
        for piece, verdict in zip(reading.pieces, verdicts, strict=True)
        if verdict.kept and verdict.role != "headline"
    ]
    length = sum(piece.length for piece in body)
    if length < _LEAST_LENGTH or (length < _SURE_LENGTH and _marks_in(body) < _LEAST_MARKS):
        return False
    if reading.rule.body:
        return True  # the maintainer said where the story is
    if sum(piece.length * piece.link_share for piece in body) > length * _MOST_LINKS:
        return False
    return not _is_page_of_teasers(reading, body, length)


def _marks_in(body: Sequence[Piece]) -> int:
    return sum(len(SENTENCE_MARK.findall(piece.text)) for piece in body)


def _is_page_of_teasers(reading: Reading, body: Sequence[Piece], length: int) -> bool:
    """Most of the text stands in cards, each below a linked title of its own."""
    titled = {
        at.key
        for piece in reading.pieces
        if piece.link_share > 0.9 and piece.owner.tag in _TITLE_TAGS
        for at in _card_above(reading, piece)
    }
    cards: set[int] = set()
    carded = 0
    for piece in body:
        home = next((at for at in _card_above(reading, piece) if at.key in titled), None)
        if home is not None:
            cards.add(home.key)
            carded += piece.length
    return any(len(cards) >= number and carded >= length * share for number, share in _CARDS)


def _card_above(reading: Reading, piece: Piece) -> list[Element]:
    """Return the element that holds a piece and the one above, where they are small."""
    most = reading.terrain.total * _MOST_OF_ALL
    return [
        at
        for at in list(parent_of(piece).lineage())[:2]
        if at.tag not in {"body", "html", "main"} and reading.terrain.mass_of(at) <= most
    ]
