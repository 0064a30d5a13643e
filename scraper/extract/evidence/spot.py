"""Evidence of a piece's neighbours and of its place in the page's order.

It looks at form and containers alone.
"""

from collections.abc import Sequence

from scraper.extract.evidence.ground import Ground
from scraper.extract.evidence.scales import Scale
from scraper.extract.pieces import Piece

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_AFTER = Scale("below the headline", (1, 2, 3, 5, 9, 20))
_GAP_UP, _GAP_DOWN = Scale("prose above", (2, 3, 5, 9)), Scale("prose below", (2, 3, 5, 9))
_DONE = Scale("story told", (0.001, 0.1, 0.3, 0.6, 0.9, 0.999))


def kind_of(piece: Piece, prose: bool, far: bool) -> str:
    """Return in a word what a piece looks like to its neighbours."""
    if prose:
        return "prose"
    if far or piece.link_share > 0.6:
        return "links"
    if piece.owner.tag in _HEADINGS:
        return "heading"
    if piece.owner.tag in {"li", "tr", "td", "dd", "dt"}:
        return "item"
    return "short" if piece.length < 40 else "line"


class Order:
    """The order of a page's pieces, with what stands before and behind each."""

    def __init__(self, ground: Ground, headline: int | None) -> None:
        self._ground = ground
        self._headline = headline
        self._kinds = [
            kind_of(piece, prose, far)
            for piece, prose, far in zip(ground.pieces, ground.prose, ground.far, strict=True)
        ]
        told, self._told = 0.0, [0.0]
        inside = [piece.owner.is_within(ground.root) for piece in ground.pieces]
        for piece, prose, within in zip(ground.pieces, ground.prose, inside, strict=True):
            told += piece.length if prose and within else 0
            self._told.append(told)
        story = [p and w for p, w in zip(ground.prose, inside, strict=True)]
        self._above = _distances(story)
        self._below = _distances(story[::-1])[::-1]

    def evidence(self, index: int) -> list[str]:
        """Return what the neighbours of a piece, and its place, say of it."""
        whole = self._told[-1] or 1.0
        found = [
            _DONE(self._told[index] / whole),
            _GAP_UP(self._above[index]),
            _GAP_DOWN(self._below[index]),
            *self._neighbour("before", index, -1),
            *self._neighbour("behind", index, 1),
            *self._neighbour("two before", index, -2),
            *self._neighbour("two behind", index, 2),
        ]
        if self._headline is None:
            found.append("no headline")
        elif index < self._headline:
            found.append("above the headline")
        else:
            found.append(_AFTER(index - self._headline))
        return found

    def _neighbour(self, name: str, index: int, step: int) -> tuple[str, ...]:
        at = index + step
        if not 0 <= at < len(self._kinds):
            return (f"{name} nothing",)
        parents = self._ground.parents
        same = " sibling" if parents[at] is parents[index] else ""
        return (f"{name} {self._kinds[at]}{same}",)


def _distances(story: Sequence[bool]) -> list[int]:
    """Return how many pieces above each the nearest of the story's stands; 99 where none does."""
    found, last = [], -99
    for index, is_story in enumerate(story):
        found.append(min(99, index - last))
        if is_story:
            last = index
    return found
