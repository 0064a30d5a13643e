"""Short runs of words by which texts are compared; of characters, where words are not spaced.

It knows no pages.
"""

import re
from zlib import crc32

_WORDS, _CHARS = 3, 8
_DENSE = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
)


def units_of(norm: str) -> tuple[list[str], int]:
    """Return what a normalised text is counted in, words or characters, and the size of a run."""
    if not norm.isascii() and len(_DENSE.findall(norm)) * 3 > len(norm):
        return list(norm.replace(" ", "")), _CHARS
    return norm.split(), _WORDS


def grams_of(norm: str) -> list[str]:
    """Return the runs of a normalised text, in order."""
    units, size = units_of(norm)
    glue = "" if size == _CHARS else " "
    return [glue.join(units[at : at + size]) for at in range(len(units) - size + 1)]


def share_covered(norm: str, known: frozenset[str]) -> float:
    """Return the share of a text's words that stand in a known run.

    Of words, not of runs: a name or a number in a slot costs three runs, but one word.
    """
    units, size = units_of(norm)
    covered = [False] * len(units)
    for at, gram in enumerate(grams_of(norm)):
        if gram in known:
            covered[at : at + size] = [True] * size
    return sum(covered) / len(units) if units else 0.0


def size_of(norm: str) -> int:
    """Return a text's length in words, characters of unspaced scripts counted as a half."""
    units, size = units_of(norm)
    return len(units) // 2 if size == _CHARS else len(units)


def checksum_of(norm: str) -> int:
    """Return a number by which a text is known again; the same in every process."""
    return crc32(norm.encode())
