"""The standfirst of an outlet: what stands before the story and sums it up, by its place.

It is a role of its own: some readers of texts want it, some do not.
"""

from collections.abc import Iterator, Sequence

from scraper.extract.elements import words_in
from scraper.extract.pieces import Piece, tokens_of
from scraper.extract.template.grams import grams_of
from scraper.extract.template.lexicon import penalty_of
from scraper.extract.template.observed import Observed, Seen

MOST = 3
LEAST_CHARS = 40
_BEFORE_HEADLINE = 4
_ALIKE = 0.75
_NEVER = frozenset({"li", "tr", "td", "dd", "dt", "button", "label", "figcaption", "h1"})
_LEAD_WORDS = frozenset(
    {
        "standfirst", "excerpt", "dek", "deck", "lede", "lead", "subhead", "subtitle", "summary",
        "subheadline", "intro", "introduction", "chapo", "teaser", "sottotitolo", "bajada",
        "entradilla", "description", "vorspann", "perex", "spot", "abstract", "ingress", "manchet",
        "sapo", "leadtext", "catenaccio", "sumario", "linhafina", "subline",
    }
)  # fmt: skip


def candidates(page: Observed, inside: Sequence[bool]) -> Iterator[Seen]:
    """Yield the blocks that could be a page's standfirst: between headline and body."""
    first = next((i for i, within in enumerate(inside) if within), None)
    if first is None:
        return
    heads = [i for i, seen in enumerate(page.seen) if seen.role == "headline" and not inside[i]]
    start = max(0, heads[0] - _BEFORE_HEADLINE) if heads else max(0, first - 8)
    for seen in page.seen[start:first]:
        if could_be(seen.piece) and not seen.is_title:
            yield seen


def could_be(piece: Piece) -> bool:
    """Say whether a block has the shape of a standfirst."""
    return (
        len(piece.text) > LEAST_CHARS
        and piece.link_share < 0.3
        and piece.owner.tag not in _NEVER
        and not piece.in_button
    )


def is_standfirst(seen: Seen, description: str, signature: str) -> bool:
    """Say whether a page shows that a block is its standfirst."""
    if penalty_of(signature) and seen.role != "standfirst":
        return False
    if seen.role == "standfirst" or seen.vote > 0.5:
        return True
    return is_named(seen.piece) or likeness(seen.piece.tokens, tokens_of(description)) > _ALIKE


def is_named(piece: Piece) -> bool:
    """Say whether a name around a block says that it is a standfirst."""
    return any(words_in(at.names) & _LEAD_WORDS for at in list(piece.place.lineage())[:2])


def likeness(one: Sequence[str], other: Sequence[str]) -> float:
    """Return the word Jaccard of two texts."""
    left, right = set(one), set(other)
    return len(left & right) / len(left | right) if left and right else 0.0


def shared(one: Sequence[str], other: Sequence[str]) -> float:
    """Return the share of the shorter text's runs of words that the longer has."""
    left, right = set(grams_of(" ".join(one))), set(grams_of(" ".join(other)))
    least = min(len(left), len(right))
    return len(left & right) / least if least else 0.0
