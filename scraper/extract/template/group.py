"""The pages of one layout while it is learnt: where their bodies are, and what recurs on them.

It gives no rates; `shaping` does.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from scraper.extract.elements import Element
from scraper.extract.template.anchor import anchors_on
from scraper.extract.template.lexicon import penalty_of
from scraper.extract.template.observed import Observed, Seen
from scraper.extract.template.places import Places, zone_of
from scraper.extract.template.recurrence import Placed, Recurring, is_like, recurring

Spot = tuple[int, int]  # number of the page, number of the block


@dataclass(slots=True)
class Group:
    """Pages of one layout; `story` numbers their stories, `homes` are the elements of the body."""

    pages: Sequence[Observed]
    story: Sequence[int]
    places: Places
    homes: Sequence[frozenset[int]]
    inside: Sequence[Sequence[bool]]
    recurring: Recurring
    struck: frozenset[Spot] = field(default_factory=frozenset)  # blocks that recur

    @property
    def stories(self) -> int:
        """How many stories the pages tell."""
        return len(set(self.story))

    def spots(self, *, inside: bool) -> Iterator[tuple[Spot, Seen]]:
        """Yield the blocks inside or outside of the bodies, headlines left out."""
        for number, page in enumerate(self.pages):
            for at, seen in enumerate(page.seen):
                if self.inside[number][at] is inside and not seen.is_title:
                    yield (number, at), seen

    def below(self, number: int, seen: Seen) -> Sequence[Element]:
        """Return the elements from below the body down to a block's owner."""
        home = self.homes[number]
        start = next(i for i, at in enumerate(seen.path) if at.key in home)
        return seen.path[start + 1 :]


def group_of(
    pages: Sequence[Observed], story: Sequence[int], places: Places, signature: str | None
) -> Group:
    """Return pages whose bodies have a signature, with what recurs inside and outside of them."""
    homes = [
        frozenset() if signature is None else anchors_on(page, places, signature) for page in pages
    ]
    inside = [
        [any(at.key in home for at in seen.path) for seen in page.seen]
        for page, home in zip(pages, homes, strict=True)
    ]
    placed: list[tuple[Spot, Placed]] = []
    for number, page in enumerate(pages):
        for at, seen in enumerate(page.seen):
            zone = zone_of(places.signatures(seen.path), inside=inside[number][at])
            placed.append(((number, at), (seen, zone, story[number])))
    found = recurring([block for _, block in placed], len(set(story)))
    struck = frozenset(spot for spot, (seen, zone, _) in placed if _recurs(found, seen, zone))
    return Group(pages, story, places, homes, inside, found, struck)


def _recurs(found: Recurring, seen: Seen, zone: str) -> bool:
    if seen.norm in found.texts.get(zone, {}):
        return True
    return is_like(seen.norm, seen.chars, found.grams.get(zone, frozenset()))


def vocabulary(pages: Sequence[Observed]) -> frozenset[str]:
    """Return the names that are on two pages at least, and those that say what they hold."""
    counts = Counter(
        token for page in pages for token in {t for _, ts in page.names.values() for t in ts}
    )
    return frozenset(
        token for token, count in counts.items() if count >= 2 or penalty_of(token) > 0
    )
