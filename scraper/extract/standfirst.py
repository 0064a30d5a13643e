"""The standfirst: the sentence or two between headline and story.

It looks only there. EXTRACTION A4: never inside the container that holds the story itself.
"""

from collections.abc import Sequence

from scraper.extract.containers import parent_of
from scraper.extract.hints import hint_on
from scraper.extract.pieces import Piece, tokens_of
from scraper.extract.reading import Reading

_LEAD_WORDS = frozenset(
    {
        "standfirst", "excerpt", "dek", "deck", "lede", "lead", "subhead", "subheading", "subtitle",
        "subheadline", "summary", "intro", "introduction", "chapo", "teaser", "sottotitolo",
        "bajada", "entradilla", "description", "dachzeile", "vorspann", "perex", "spot", "abstract",
        "ingress", "manchet", "sapo", "leadtext", "catenaccio", "sumario", "linhafina", "subline",
    }
)  # fmt: skip
LEAST_LENGTH = 40
_BEFORE_HEADLINE = 4  # pieces above the headline that are looked at
_MOST = 3
_LEAST_LIKELY = 0.12  # captions and polls below a headline are less
_NEVER = frozenset({"li", "tr", "td", "dd", "dt", "button", "label"})
_NOT_LEAD = frozenset({"related", "box", "other"})  # hints that a lead's own name may trip


def standfirsts_of(reading: Reading, headline: int | None) -> list[int]:
    """Return the indices of the pieces that are the standfirst, in order."""
    first = _first_of_story(reading)
    if headline is None or first is None or headline > first:
        return []
    span = range(max(0, headline - _BEFORE_HEADLINE), first)
    found = [index for index in span if index != headline and _is_lead(reading, index)]
    return found if len(found) <= _MOST else []


def _first_of_story(reading: Reading) -> int | None:
    best = reading.terrain.best
    return next(
        (
            piece.index
            for piece in reading.pieces
            if piece.length >= 70 and parent_of(piece) is best and piece.link_share < 0.35
        ),
        None,
    )


def _is_lead(reading: Reading, index: int) -> bool:
    piece = reading.pieces[index]
    if piece.owner.tag in _NEVER:
        return False
    if piece.length <= LEAST_LENGTH or piece.link_share >= 0.3 or piece.in_button:
        return False
    hint = hint_on(piece, reading.terrain)
    if hint is not None and hint[0] not in _NOT_LEAD:
        return False
    if not reading.rule.body and reading.weighed.likely[index] < _LEAST_LIKELY:
        return False
    is_lead = (
        piece.owner.tag in {"h2", "h3"}
        or _has_lead_name(piece)
        or _shared(piece.tokens, tokens_of(reading.said.description)) > 0.6
    )
    return is_lead and not _is_teaser_of_body(reading, piece)


def _is_teaser_of_body(reading: Reading, piece: Piece) -> bool:
    """The beginning of a paragraph below, cut short."""
    start = piece.tokens[:-1]
    return len(start) >= 4 and any(
        later.index > piece.index and later.tokens[: len(start)] == start
        for later in reading.pieces
    )


def _has_lead_name(piece: Piece) -> bool:
    names = [at.words for at in list(piece.place.lineage())[:3]]
    return any(words & _LEAD_WORDS for words in names)


def _shared(one: Sequence[str], other: Sequence[str]) -> float:
    """Return the share of the shorter text's word triples that the longer has."""
    left, right = _triples(one), _triples(other)
    least = min(len(left), len(right))
    return len(left & right) / least if least else 0.0


def _triples(tokens: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(tokens[at : at + 3]) for at in range(len(tokens) - 2)}
