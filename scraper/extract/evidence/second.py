"""Evidence of a second look: how the pieces around one were weighed at first.

It adds to what was found at first; it takes nothing back.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence

from scraper.extract.evidence.ground import Ground
from scraper.extract.evidence.scales import Scale

_STEPS = (0.05, 0.2, 0.4, 0.6, 0.8, 0.95)
_FINE = (0.01, 0.03, 0.08, 0.18, 0.3, 0.42, 0.5, 0.58, 0.7, 0.82, 0.92, 0.97, 0.99)
_SELF, _PARENT, _ALIKE = Scale("itself", _FINE), Scale("siblings", _FINE), Scale("its like", _FINE)
_NEAR = tuple(
    (step, Scale(f"{abs(step)} {'before' if step < 0 else 'behind'}", _STEPS).names)
    for step in (-1, 1, -2, 2, -3, 3)
)
_TOLD = Scale("kept so far", (0.0001, 0.1, 0.5, 0.9, 0.9999))
_ABOVE, _BELOW = Scale("kept above", (2, 3, 5, 10)), Scale("kept below", (2, 3, 5, 10))
_KEPT = 0.5
_MOST_TOKENS = 60


def second_evidence(ground: Ground, first: Sequence[float]) -> list[list[str]]:
    """Return the evidence of a second look at each piece, by the probabilities of the first."""
    weights = [min(len(piece.tokens), _MOST_TOKENS) ** 0.5 for piece in ground.pieces]
    homes = [parent.order for parent in ground.parents]
    of_home = _means_without(homes, first, weights)
    of_like = _means_without(ground.likes, first, weights)
    kept = [at >= _KEPT for at in first]
    told = _told(ground, kept)
    above, below = _distances(kept), _distances(kept[::-1])[::-1]
    steps = [bisect_right(_STEPS, at) for at in first]
    found: list[list[str]] = []
    for index, far in enumerate(ground.far):
        if far:
            found.append([])
            continue
        home, like = of_home[index], of_like[index]
        found.append(
            [
                _SELF(first[index]),
                *[
                    names[steps[index + step]]
                    for step, names in _NEAR
                    if 0 <= index + step < len(first)
                ],
                "no siblings" if home is None else _PARENT(home),
                "none of its like" if like is None else _ALIKE(like),
                _TOLD(told[index]),
                _ABOVE(above[index]),
                _BELOW(below[index]),
            ]
        )
    return found


def _means_without(
    keys: Sequence[object], first: Sequence[float], weights: Sequence[float]
) -> list[float | None]:
    """Return for each piece the mean of the others with its key, None where it is alone."""
    sums: dict[object, float] = defaultdict(float)
    total: dict[object, float] = defaultdict(float)
    for key, at, weight in zip(keys, first, weights, strict=True):
        sums[key] += at * weight
        total[key] += weight
    return [
        (sums[key] - at * weight) / rest if (rest := total[key] - weight) > 1e-6 else None
        for key, at, weight in zip(keys, first, weights, strict=True)
    ]


def _told(ground: Ground, kept: Sequence[bool]) -> list[float]:
    """Return the share of the kept words that stand above each piece."""
    words = [
        len(p.tokens) if is_kept else 0 for p, is_kept in zip(ground.pieces, kept, strict=True)
    ]
    whole = sum(words) or 1
    found, so_far = [], 0
    for count in words:
        found.append(so_far / whole)
        so_far += count
    return found


def _distances(kept: Sequence[bool]) -> list[int]:
    found, last = [], -99
    for index, is_kept in enumerate(kept):
        found.append(min(99, index - last))
        if is_kept:
            last = index
    return found
