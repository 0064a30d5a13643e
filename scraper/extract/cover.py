"""Which pieces of a page a witness's text is made of.

It asks no witness: it matches lines that were found by whatever means.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence

from scraper.extract.pieces import Piece, tokens_of

GRAM = 4
_MAX_PLACES = 6  # occurrences of one piece in the witness that are tried


def covered_by(
    lines: Sequence[str], pieces: Sequence[Piece], bonus: Sequence[float]
) -> list[float]:
    """Return for each piece the share of it that the witness has, 0 to 1, at consistent places.

    A teaser that copies a line of the story is not the line: pieces and their places in the witness
    must run in the same order, so the heaviest increasing chain decides; `bonus` (about 1) settles
    which of two equal copies is meant.
    """
    by_line = [tokens_of(line) for line in lines]
    witness = [token for tokens in by_line for token in tokens]
    starts = line_starts(by_line)
    grams = defaultdict(list)
    for at in range(len(witness) - GRAM + 1):
        grams[tuple(witness[at : at + GRAM])].append(at)
    options: list[tuple[int, int, float]] = []  # piece, place, share
    for piece in pieces:
        options.extend((piece.index, *found) for found in places_of(piece.tokens, grams, starts))
    chosen = heaviest_chain(options, pieces, bonus)
    return [chosen.get(piece.index, (0, 0.0))[1] for piece in pieces]


def line_starts(by_line: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], list[int]]:
    """Return where the short lines of a witness begin, counted in its words."""
    starts: dict[tuple[str, ...], list[int]] = defaultdict(list)
    at = 0
    for tokens in by_line:
        if len(tokens) <= 2 * GRAM:
            starts[tokens].append(at)
        at += len(tokens)
    return starts


def places_of(
    tokens: tuple[str, ...],
    grams: dict[tuple[str, ...], list[int]],
    starts: dict[tuple[str, ...], list[int]],
) -> list[tuple[int, float]]:
    """Return where a witness has a piece, and how much of it, 0 to 1; nothing below a half."""
    if len(tokens) < 2 * GRAM and tokens in starts:
        return [(at, 1.0) for at in starts[tokens][:_MAX_PLACES]]
    if len(tokens) < GRAM:
        return []
    votes: dict[int, int] = defaultdict(int)
    count = len(tokens) - GRAM + 1
    hits = 0
    for offset in range(count):
        found = grams.get(tokens[offset : offset + GRAM])
        if found:
            hits += 1
            for at in found[:_MAX_PLACES]:
                votes[at - offset] += 1
    if hits < count * 0.5:
        return []
    ranked = sorted(votes, key=lambda at: (-votes[at], at))[:_MAX_PLACES]
    return [(max(0, at), hits / count) for at in ranked if votes[at] * 2 >= votes[ranked[0]]]


def heaviest_chain(
    options: Sequence[tuple[int, int, float]], pieces: Sequence[Piece], bonus: Sequence[float]
) -> dict[int, tuple[int, float]]:
    """Return place and share of the pieces on the heaviest chain that rises in both orders.

    `options` are triples of piece, place and share, in the order of the pieces.
    """
    places = sorted({place for _, place, _ in options})
    best: list[tuple[float, int]] = [(0.0, -1)] * (len(places) + 1)  # Fenwick tree of maxima
    sums: list[tuple[float, int]] = []  # weight so far, option before
    at = 0
    while at < len(options):
        end = at
        while end < len(options) and options[end][0] == options[at][0]:
            index, place, share = options[end]
            rank = bisect_left(places, place)
            weight, before = _prefix_max(best, rank)
            sums.append((weight + share * len(pieces[index].tokens) * bonus[index], before))
            end += 1
        for number in range(at, end):
            _raise(best, bisect_left(places, options[number][1]) + 1, (sums[number][0], number))
        at = end
    chosen: dict[int, tuple[int, float]] = {}
    number = _prefix_max(best, len(places))[1]
    while number >= 0:
        index, place, share = options[number]
        chosen[index] = (place, share)
        number = sums[number][1]
    return chosen


def _prefix_max(tree: list[tuple[float, int]], count: int) -> tuple[float, int]:
    found = (0.0, -1)
    while count > 0:
        found = max(found, tree[count], key=lambda entry: entry[0])
        count -= count & -count
    return found


def _raise(tree: list[tuple[float, int]], at: int, entry: tuple[float, int]) -> None:
    while at < len(tree):
        if entry[0] > tree[at][0]:
            tree[at] = entry
        at += at & -at
