"""What recurs from story to story: texts by their zone, and the runs of words they are made of.

Stories are counted, never pages: a capture more of a story is no evidence.
"""

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from scraper.extract.template.grams import grams_of, share_covered, size_of, units_of
from scraper.extract.template.observed import Seen
from scraper.extract.template.places import INSIDE

_SHARE = 0.5  # of few stories; .2 to .5 measure alike, above .5 boilerplate stays
_OF_MANY = 0.2  # of many: a prompt of one section's stories is one all the same
_CERTAIN = 3  # stories
_COVERED = 0.6
_LEAST_WORDS = 6
MOST_CHARS = 600  # of a block that is struck for being like others; for being equal, no limit
_LABEL = re.compile(r"([^:\uff1a]{2,30})(?::\s|\uff1a)")
_BAR = re.compile(r"[/|\uff0f\uff5c\u00b7\u2022]\s*([^/|\uff0f\uff5c\u00b7\u2022]{2,30})$")
_ENDS = re.compile("[.!?\u2026\u3002\uff01\uff1f\u061f\u06d4][\"'\u201d\u2019\u00bb)\\]]*$")
_LINKED = "link "
_SHORT, _SHORT_CHARS = 9, 80  # words, characters
_LABEL_LINKS = 0.4
_UNANIMOUS = 0.9
_HEADINGS = frozenset({"h2", "h3", "h4"})


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
    guarded = _guarded(blocks, stories)
    for seen, zone, story in blocks:
        if seen.is_title or (zone, seen.norm) in guarded:
            continue
        texts[zone, seen.norm].add(story)
        for label in labels_of(seen.piece.text, seen.piece.tokens, seen.piece.link_share):
            labels[label].add(story)
    for seen, zone, story in blocks:
        # Stories of one kind (weather, results) are told in one way: alike is not the same.
        is_story = _is_sure(seen) and len(texts[zone, seen.norm]) < least
        if seen.is_title or is_story or seen.chars > MOST_CHARS or (zone, seen.norm) in guarded:
            continue
        for gram in set(grams_of(seen.norm)):
            grams[zone, gram].add(story)
    return Recurring(
        texts=_by_zone({key: len(found) for key, found in texts.items() if len(found) >= least}),
        grams={
            zone: frozenset(runs)
            for zone, runs in _by_zone(
                {key: len(found) for key, found in grams.items() if len(found) >= least}
            ).items()
        },
        labels={
            label: len(found)
            for label, found in sorted(labels.items())
            if len(found) >= (2 if label.startswith(_LINKED) else max(_CERTAIN, least))
        },
    )


def least_stories(stories: int) -> int:
    """Return on how many stories a text must have been seen to be no story's own."""
    many = max(_CERTAIN, math.ceil(_OF_MANY * stories))
    return max(2, min(math.ceil(_SHARE * stories), many))


def _guarded(blocks: Sequence[Placed], stories: int) -> set[tuple[str, str]]:
    """Return texts that are the story's although they recur: every witness keeps them wherever they
    stand, and they are headings, as of interviews, or two stories share one paragraph."""
    sure: dict[tuple[str, str], bool] = {}
    found: dict[tuple[str, str], set[int]] = defaultdict(set)
    for seen, zone, story in blocks:
        sure[zone, seen.norm] = sure.get((zone, seen.norm), True) and _is_sure(seen)
        found[zone, seen.norm].add(story)
    shared = {key for key, stories_with in found.items() if len(stories_with) > 1}
    headings = {(zone, s.norm) for s, zone, _ in blocks if s.piece.owner.tag in _HEADINGS}
    accompanied = set() if stories < _CERTAIN else _accompanied(blocks, shared)
    return {
        key
        for key in shared
        if sure[key]
        and (key in headings or (len(found[key]) < _CERTAIN and key not in accompanied))
    }


def _accompanied(
    blocks: Sequence[Placed], shared: AbstractSet[tuple[str, str]]
) -> set[tuple[str, str]]:
    """Return shared texts that stand beside another one, or at the end: no paragraph of a story
    that two stories have does, and closing prompts do."""
    keys: list[tuple[str, str] | None] = []
    last = -1
    has_body = any(zone == INSIDE for _, zone, _ in blocks)  # else it is still looked for
    for seen, zone, story in blocks:
        if story != last:
            keys.append(None)
            last = story
        if zone == INSIDE or not has_body:
            keys.append((zone, seen.norm))
    keys.append(None)
    return {
        key
        for before, key, after in zip(keys, keys[1:], keys[2:], strict=False)
        if key is not None and (before in shared or after in shared or after is None)
    }


def _is_sure(seen: Seen) -> bool:
    """Every witness keeps it, and it is no link: two stories do not outvote that."""
    return seen.vote >= _UNANIMOUS and seen.piece.link_share < 0.3


def _by_zone(counts: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    zones: dict[str, dict[str, int]] = defaultdict(dict)
    for (zone, text), count in sorted(counts.items()):
        zones[zone][text] = count
    return dict(zones)


def labels_of(text: str, tokens: Sequence[str], link_share: float) -> list[str]:
    """Return by what a short line is known: what stands before its colon, or behind its last bar.

    Lines with links need no more than that ("Read more: ..."); others are credits and bylines with
    a name in them, where they are short and no sentence.
    """
    is_linked = link_share >= _LABEL_LINKS
    if not is_linked and (len(text) > _SHORT_CHARS or len(tokens) > _SHORT or _ENDS.search(text)):
        return []
    found = _LABEL.match(text)
    if is_linked:
        return [f"{_LINKED}{found[1].lower()}"] if found else []
    head = [f"before {found[1].lower()}"] if found else []
    bar = _BAR.search(text)
    return head + ([f"behind {bar[1].lower()}"] if bar else [])


def is_like(
    norm: str, chars: int, grams: frozenset[str], words: frozenset[str] | None = None
) -> bool:
    """Say whether most words of a block stand in runs that recur.

    `words` are those of the runs: where too few of a block's are among them, no run is looked for.
    """
    if not grams or chars > MOST_CHARS:
        return False
    units, _ = units_of(norm)
    if words is not None and sum(map(words.__contains__, units)) < _COVERED * len(units):
        return False
    return size_of(norm) >= _LEAST_WORDS and share_covered(norm, grams) >= _COVERED
