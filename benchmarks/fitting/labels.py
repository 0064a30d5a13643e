"""Which blocks of a page belong to its gold text: the labels that weights are fitted to.

It fits nothing. Labels follow our own convention (docs/extraction.md): where a set's golds leave
out what we keep, such as standfirsts or lists, the block is left out of the fit.
"""

from collections import defaultdict
from collections.abc import Sequence

from reading.measure import LEFT_OUT

from scraper.extract.cover import GRAM, heaviest_chain, line_starts, places_of
from scraper.extract.pieces import Piece, tokens_of
from scraper.extract.reading import Reading
from scraper.extract.verdict import Verdict

COVERED = 0.5
SHORT = 8  # tokens; shorter blocks are found word by word in the gap between their neighbours


def gold_labels(paragraphs: Sequence[str], reading: Reading) -> list[bool]:
    """Return for each piece whether it is part of a gold text, at a consistent place of it."""
    pieces = reading.pieces
    by_line = [tokens_of(line) for line in paragraphs]
    gold = [token for tokens in by_line for token in tokens]
    grams = defaultdict(list)
    for at in range(len(gold) - GRAM + 1):
        grams[tuple(gold[at : at + GRAM])].append(at)
    starts = line_starts(by_line)
    options = [
        (piece.index, place, share)
        for piece in pieces
        for place, share in places_of(piece.tokens, grams, starts)
    ]
    best = reading.terrain.best
    bonus = [1.05 if piece.owner.is_within(best) else 1.0 for piece in pieces]
    chain = heaviest_chain(options, pieces, bonus)
    placed = {index: place for index, (place, share) in chain.items() if share >= COVERED}
    found = set(placed) | _short_ones(placed, pieces, gold)
    return [piece.index in found for piece in pieces]


def _short_ones(placed: dict[int, int], pieces: Sequence[Piece], gold: list[str]) -> set[int]:
    """Return the short pieces whose words stand in the gold between those of their neighbours."""
    anchors = sorted(placed)
    starts = [0, *(placed[index] + len(pieces[index].tokens) for index in anchors)]
    stops = [*(placed[index] for index in anchors), len(gold)]
    found: set[int] = set()
    for before, after, start, stop in zip(
        [-1, *anchors], [*anchors, len(pieces)], starts, stops, strict=True
    ):
        for index in range(before + 1, after):
            tokens = list(pieces[index].tokens)
            if not 0 < len(tokens) < SHORT:
                continue
            at = next(
                (
                    i
                    for i in range(start, stop - len(tokens) + 1)
                    if gold[i : i + len(tokens)] == tokens
                ),
                None,
            )
            if at is not None:
                found.add(index)
                start = at + len(tokens)
    return found


def target_of(
    set_name: str, labels: Sequence[bool], teacher: Sequence[Verdict]
) -> list[tuple[float, float]]:
    """Return for each piece what the fit shall say of it, and how much it counts there."""
    left_out = LEFT_OUT.get(set_name, frozenset()) | {"headline"}
    return [
        (float(label), 0.0 if not label and verdict.kept and verdict.role in left_out else 1.0)
        for label, verdict in zip(labels, teacher, strict=True)
    ]


def weak_target_of(
    reading: Reading, teacher: Sequence[Verdict], must: Sequence[str], must_not: Sequence[str]
) -> list[tuple[float, float]]:
    """Return the same for a page without gold: a teacher's verdicts, and what is known for sure."""
    found = []
    for piece, verdict in zip(reading.pieces, teacher, strict=True):
        if any(part in piece.text for part in must_not):
            found.append((0.0, 2.0))
        elif any(part in piece.text for part in must):
            found.append((1.0, 2.0))
        else:
            is_open = verdict.kept and verdict.role in {"headline", "standfirst"}
            found.append((float(verdict.kept and not is_open), 0.0 if is_open else 1.0))
    return found
