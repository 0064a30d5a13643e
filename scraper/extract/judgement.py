"""Whether what was kept of a page is an article at all, and what the page is where it is none.

It changes no verdict.
"""

from collections.abc import Sequence
from itertools import islice, pairwise
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from scraper.extract.containers import SENTENCE_MARK, has_sentences, is_prose, parent_of
from scraper.extract.elements import Element
from scraper.extract.facts.published import is_dated
from scraper.extract.jsonld import types_of
from scraper.extract.kinds.finding import Finding
from scraper.extract.kinds.walls import wall_on
from scraper.extract.pieces import Piece
from scraper.extract.reading import Reading
from scraper.extract.verdict import Verdict
from scraper.model import Kind

_LEAST_LENGTH = 120  # characters of the body: two short sentences
_LEAST_MARKS = 2
_SURE_LENGTH = 240  # a list or a table may have no full stop
_MOST_LINKS = 0.5  # share of the body's characters
# Teasers that make a page of links, and the share of the text that stands in them: few are proof
# only where there is next to nothing else.
_CARDS = ((4, 0.6), (3, 0.85))
_MOST_OF_ALL = 0.5  # share of the page's text that one card may hold
_LINKED = 0.9
_LIST_TYPES = frozenset({"CollectionPage", "ItemList", "SearchResultsPage", "ProfilePage"})
_LEAST_TITLES = 5
_MANY_TITLES = 20
_LEAST_PER_TITLE = 60  # characters of text for each linked title
_TITLE_TAGS = frozenset({"h2", "h3", "h4", "h5"})


def is_article(reading: Reading, verdicts: Sequence[Verdict]) -> bool:
    """Say whether the kept pieces look like an article; walls and front pages are not asked for."""
    body = _body(reading, verdicts)
    length = sum(piece.length for piece in body)
    if _is_short(body, length):
        return False
    return bool(reading.rule.body) or not (
        _is_linked(body, length) or _is_page_of_teasers(reading, body, length)
    )


def complaint_about(
    tree: LexborHTMLParser, url: str, reading: Reading, verdicts: Sequence[Verdict]
) -> Finding | None:
    """Return why the kept pieces are no article, or None: two sentences of body, no page of links.

    Where a maintainer's rule found the story, only its length counts.
    """
    body = _body(reading, verdicts)
    length = sum(piece.length for piece in body)
    is_short = _is_short(body, length)
    if reading.rule.body and not is_short:
        return None
    wall = wall_on(tree, reading.said, reading.pieces)
    if wall is not None:
        return wall
    if (reason := _list_of_links(url, reading, body, length)) is not None:
        return Finding(Kind.LIST, reason)
    if is_short:
        return Finding(Kind.OTHER, f"no two sentences that hang together ({length} characters)")
    return None


def _body(reading: Reading, verdicts: Sequence[Verdict]) -> list[Piece]:
    return [
        piece
        for piece, verdict in zip(reading.pieces, verdicts, strict=True)
        if verdict.kept and verdict.role != "headline"
    ]


def _is_short(body: Sequence[Piece], length: int) -> bool:
    return length < _LEAST_LENGTH or (length < _SURE_LENGTH and _marks_in(body) < _LEAST_MARKS)


def _is_linked(body: Sequence[Piece], length: int) -> bool:
    links = sum(piece.length * piece.link_share for piece in body)
    return links > length * _MOST_LINKS


def _list_of_links(url: str, reading: Reading, body: Sequence[Piece], length: int) -> str | None:
    """Return why a page is a list of other pages, or None."""
    if _is_linked(body, length):
        return "most of its text is links"
    if is_dated(reading.said) and reading.said.first(("og:type",)).lower() == "article":
        return None
    if _is_page_of_teasers(reading, body, length):
        return "most of its text stands in teasers of other pages"
    if is_dated(reading.said):
        return None
    titles = sum(_is_linked_title(piece) for piece in reading.pieces)
    types = {name for thing in reading.said.things for name in types_of(thing)}
    if types & _LIST_TYPES and titles >= _LEAST_TITLES:
        return f"it calls itself a list, and has {titles} linked titles"
    if urlsplit(url).path in {"", "/"} and not urlsplit(url).query and titles >= _LEAST_TITLES:
        return f"a site's front page with {titles} linked titles"
    if (
        titles >= _MANY_TITLES
        and length < _LEAST_PER_TITLE * titles
        and not _has_run(reading, body)
    ):
        return f"{titles} linked titles and {length} characters of text"
    return None


def _has_run(reading: Reading, body: Sequence[Piece]) -> bool:
    """Say whether two paragraphs follow each other: of teasers, each has a title above it."""
    prose = [piece.index for piece in body if is_prose(piece)]
    return any(
        not any(map(_is_linked_title, reading.pieces[one + 1 : other]))
        for one, other in pairwise(prose)
    )


def _is_linked_title(piece: Piece) -> bool:
    return piece.link_share > _LINKED and any(
        at.tag in _TITLE_TAGS for at in islice(piece.place.lineage(), 3)
    )


def _marks_in(body: Sequence[Piece]) -> int:
    return sum(
        len(SENTENCE_MARK.findall(piece.text)) or has_sentences(piece.text) for piece in body
    )


def _is_page_of_teasers(reading: Reading, body: Sequence[Piece], length: int) -> bool:
    """Most of the text stands in cards, each below a linked title of its own."""
    if not length:
        return False
    titled = {
        at.key
        for piece in reading.pieces
        if piece.link_share > _LINKED and piece.owner.tag in _TITLE_TAGS
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
