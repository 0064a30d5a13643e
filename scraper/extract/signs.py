"""What a page that was read tells of its outlet's pages: a few numbers, for whoever watches drift.

It compares nothing: one page has no past.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from zlib import crc32

from scraper.extract.containers import Terrain
from scraper.extract.filters import finding_on
from scraper.extract.pieces import Piece
from scraper.extract.verdict import Verdict
from scraper.model import Signs

# It begins with a literal to search for: a freer pattern takes long. Some pages leave quotes out.
_CLASS = re.compile(r""" class=("[^"]*"|'[^']*'|[^\s"'<>=`]+)""")
_SKETCH = 24  # checksums: two sketches tell the likeness of two sets of names to a tenth
_ASKS = 60  # words; what is longer asks for nothing
_NOWHERE = Terrain({}, None, False, 0.0, {})
_FIELDS = ("published", "authors", "language", "description", "image", "section")


def signs_on(
    text: str,
    pieces: Sequence[Piece],
    verdicts: Sequence[Verdict],
    facts: Mapping[str, object],
) -> Signs:
    """Return the signs of a page, from its source and from what was kept of it."""
    pairs = zip(pieces, verdicts, strict=True)
    kept = [piece for piece, verdict in pairs if verdict.kept and verdict.role != "headline"]
    return Signs(
        kept=sum(piece.length for piece in kept),
        looked=sum(piece.length for piece in pieces),
        prompts=sum(_asks(piece) for piece in kept),
        last=crc32(kept[-1].text.encode("utf-8", "replace")) if kept else None,
        fields=tuple(name for name in _FIELDS if facts.get(name)),
        shell=sketch_of(text),
    )


def sketch_of(text: str) -> tuple[int, ...]:
    """Return the least checksums of the class names on a page.

    Of two pages, the share of the least of both that both have estimates the share of names that
    both have (bottom-k sketch: Cohen and Kaplan, 2007).
    """
    values = set(_CLASS.findall(text))
    return tuple(sorted(set().union(*map(_sums_of, values)))[:_SKETCH])


@lru_cache(maxsize=4096)
def _sums_of(value: str) -> frozenset[int]:
    """Return the checksums of the names in a class attribute, which an outlet's pages share."""
    names = value[1:-1] if value[0] in "\"'" else value
    return frozenset(crc32(name.encode("utf-8", "replace")) for name in names.split())


def _asks(piece: Piece) -> bool:
    if piece.links == 0 and not piece.in_button:
        return False
    found = finding_on(piece, _NOWHERE) if len(piece.tokens) <= _ASKS else None
    return found is not None and found[0] == "prompt"
