"""What recurs from story to story: texts by their zone, and the runs of words they are made of.

Stories are counted, never pages: a capture more of a story is no evidence.
"""

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scraper.extract.template.grams import grams_of, share_covered, size_of
from scraper.extract.template.observed import Seen

_SHARE = 0.5  # of few stories; .2 to .5 measure alike, above .5 boilerplate stays
_OF_MANY = 0.2  # of many: a prompt of one section's stories is one all the same
_CERTAIN = 3  # stories
_COVERED = 0.6
_LEAST_WORDS = 6
MOST_CHARS = 600  # of a block that is struck for being like others; for being equal, no limit
_LABEL = re.compile(r"([^:]{3,30}):\s")
_LABEL_LINKS = 0.4
_UNANIMOUS = 0.9
_FEW_STORIES = 3


@dataclass(frozen=True, slots=True)
class Recurring:
    """What recurs. `texts` maps zones to texts with their number of stories."""

    texts: Mapping[str, Mapping[str, int]]
    grams: Mapping[str, frozenset[str]]
    labels: Mapping[str, int]


Placed = tuple[Seen, str, int]  # a block, its zone, the number of its story


def recurring(blocks: Sequence[Placed], stories: int) -> Recurring:
    """Return what recurs among the blocks of several stories."""
    least = least_stories(stories)
    texts: dict[tuple[str, str], set[int]] = defaultdict(set)
    grams: dict[tuple[str, str], set[int]] = defaultdict(set)
    labels: dict[str, set[int]] = defaultdict(set)
    guarded = {
        (zone, seen.norm) for seen, zone, _ in blocks if stories < _FEW_STORIES and _is_sure(seen)
    }
    for seen, zone, story in blocks:
        if seen.is_title or (zone, seen.norm) in guarded:
            continue
        texts[zone, seen.norm].add(story)
        for gram in set(grams_of(seen.norm)) if seen.chars <= MOST_CHARS else ():
            grams[zone, gram].add(story)
        if (label := label_of(seen.piece.text, seen.piece.link_share)) is not None:
            labels[label].add(story)
    return Recurring(
        texts=_by_zone({key: len(found) for key, found in texts.items() if len(found) >= least}),
        grams={
            zone: frozenset(runs)
            for zone, runs in _by_zone(
                {key: len(found) for key, found in grams.items() if len(found) >= least}
            ).items()
        },
        labels={label: len(found) for label, found in sorted(labels.items()) if len(found) >= 2},
    )


def least_stories(stories: int) -> int:
    """Return on how many stories a text must have been seen to be no story's own."""
    many = max(_CERTAIN, math.ceil(_OF_MANY * stories))
    return max(2, min(math.ceil(_SHARE * stories), many))


def _is_sure(seen: Seen) -> bool:
    """Every witness keeps it, and it is no link: two stories do not outvote that."""
    return seen.vote >= _UNANIMOUS and seen.piece.link_share < 0.3


def _by_zone(counts: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    zones: dict[str, dict[str, int]] = defaultdict(dict)
    for (zone, text), count in sorted(counts.items()):
        zones[zone][text] = count
    return dict(zones)


def label_of(text: str, link_share: float) -> str | None:
    """Return the words before the colon that a line of links begins with, in lower case."""
    found = _LABEL.match(text) if link_share >= _LABEL_LINKS else None
    return found[1].lower() if found else None


def is_like(norm: str, chars: int, grams: frozenset[str]) -> bool:
    """Say whether most words of a block stand in runs that recur."""
    if not grams or chars > MOST_CHARS or size_of(norm) < _LEAST_WORDS:
        return False
    return share_covered(norm, grams) >= _COVERED
