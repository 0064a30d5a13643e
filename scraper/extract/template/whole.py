"""All blocks of a page that was read by its template alone, for those who ask for them.

It changes no verdict: what was looked at keeps its own, all else stands outside the body.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from selectolax.lexbor import LexborHTMLParser

from scraper.extract.hints import role_hinted
from scraper.extract.pieces import Piece, pieces_in, tokens_of
from scraper.extract.template.quick import Quick
from scraper.extract.verdict import Verdict, is_h1


def judged_whole(
    tree: LexborHTMLParser, quick: Quick, cut: AbstractSet[int] = frozenset()
) -> tuple[Sequence[Piece], Sequence[Verdict]]:
    """Return all blocks of a page in order, each with its verdict; `cut` as for `pieces_in`."""
    if tree.body is None:
        return [], []
    pieces = pieces_in(tree.body, cut)[0]
    return pieces, list(_verdicts(pieces, quick))


def _verdicts(pieces: Sequence[Piece], quick: Quick) -> Iterator[Verdict]:
    known: dict[tuple[int, str], list[Verdict]] = defaultdict(list)
    for piece, verdict in zip(quick.pieces, quick.verdicts, strict=True):
        known[piece.owner.key, piece.text].append(verdict)
    headline = _headline_in(pieces, quick.headline)
    for piece in pieces:
        given = known.get((piece.owner.key, piece.text))
        if piece is headline:
            yield Verdict("headline", True, "says what the page's title says")
        elif given:
            yield given.pop(0)
        else:
            yield Verdict(_role_of(piece), False, "outside the body container")


def _headline_in(pieces: Sequence[Piece], headline: str) -> Piece | None:
    tokens = tokens_of(headline)
    alike = [piece for piece in pieces if piece.tokens == tokens]
    return next((piece for piece in alike if is_h1(piece)), alike[0] if alike else None)


def _role_of(piece: Piece) -> str:
    hinted = (role_hinted(at) for at in piece.place.lineage() if at.tag not in {"body", "html"})
    return next(filter(None, hinted), "other")
