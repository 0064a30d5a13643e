"""A template out of several pages of an outlet, without gold and without a person.

It asks the single page's reading for a first opinion, and keeps what the pages agree on.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scraper.extract.elements import Element
from scraper.extract.template.anchor import Anchor, anchor_of, anchors_on
from scraper.extract.template.kinds import Tally, subtree_rate
from scraper.extract.template.lexicon import penalty_of
from scraper.extract.template.observed import Observed, Seen, observed
from scraper.extract.template.places import Places, kind_keys, zone_of
from scraper.extract.template.recurrence import Recurring, is_like, recurring
from scraper.extract.template.selector import selector_for
from scraper.extract.template.standfirsts import candidates, is_standfirst
from scraper.extract.template.stories import stories_of
from scraper.extract.template.values import Layout, Rate, Template

_ALIKE = 0.35  # Jaccard of two pages' names; within an outlet .57 at least, between them .02
_STRIPPED = 0.2  # share of story below which a subtree is not story
_WEAK_COVERAGE, _WEAK_PURITY = 0.5, 0.3


def learn_template(pages: Iterable[tuple[bytes, str]]) -> Template:
    """Return what the pages of one outlet have in common; each is its HTML and its URL.

    No gold and no network is needed. Pages without an article on them are passed over; of fewer
    than two stories nothing is learnt.
    """
    return template_of([page for html, url in pages if (page := observed(html, url)) is not None])


def template_of(pages: Sequence[Observed]) -> Template:
    """Return the template of observed pages."""
    layouts = [layout for group in _groups(pages) if (layout := _layout_of(group)) is not None]
    layouts.sort(key=lambda layout: (-layout.stories, -layout.pages, layout.body))
    return Template(layouts=tuple(layouts), pages=len(pages), stories=len(set(stories_of(pages))))


def shape_of_page(page: Observed) -> frozenset[str]:
    """Return the elements that have names, each with its first two."""
    return frozenset(tag + "".join(tokens[:2]) for tag, tokens in page.names.values() if tokens)


def _groups(pages: Sequence[Observed]) -> list[list[Observed]]:
    """Return the pages by layout: single-link clusters of alike ones."""
    shapes = [shape_of_page(page) for page in pages]
    groups: list[list[int]] = []
    for at, shape in enumerate(shapes):
        near = [group for group in groups if any(_alike(shape, shapes[i]) for i in group)]
        merged = [i for group in near for i in group] + [at]
        groups = [group for group in groups if group not in near] + [merged]
    return [[pages[i] for i in sorted(group)] for group in groups]


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    if not one and not other:
        return True
    return len(one & other) >= _ALIKE * len(one | other)


@dataclass(slots=True)
class _Group:
    """The pages of one layout, while it is learnt."""

    pages: Sequence[Observed]
    story: Sequence[int]
    places: Places
    inside: list[list[bool]]
    recurring: Recurring

    @property
    def stories(self) -> int:
        return len(set(self.story))

    def recurs(self, number: int, at: int) -> bool:
        """Say whether a block says what other stories say at its place."""
        seen = self.pages[number].seen[at]
        zone = self.zone(number, at)
        if seen.norm in self.recurring.texts.get(zone, {}):
            return True
        return is_like(seen.norm, seen.chars, self.recurring.grams.get(zone, frozenset()))

    def zone(self, number: int, at: int) -> str:
        seen = self.pages[number].seen[at]
        return zone_of(self.places.signatures(seen.path), inside=self.inside[number][at])


def _layout_of(pages: Sequence[Observed]) -> Layout | None:
    story = stories_of(pages)
    if len(set(story)) < 2:
        return None
    names = _vocabulary(pages)
    for by_place in (False, True):
        group = _Group(
            pages=pages,
            story=story,
            places=Places(names, by_place=by_place),
            inside=[[False] * len(page.seen) for page in pages],
            recurring=Recurring({}, {}, {}),
        )
        group.recurring = _recurring(group)
        anchor = _anchor(group)
        if anchor and anchor.coverage >= _WEAK_COVERAGE and anchor.purity >= _WEAK_PURITY:
            return _learnt(group, anchor, names, by_place=by_place)
    return None


def _vocabulary(pages: Sequence[Observed]) -> frozenset[str]:
    """Return the names that are on two pages at least, and those that say what they hold."""
    counts = Counter(
        token for page in pages for token in {t for _, ts in page.names.values() for t in ts}
    )
    return frozenset(
        token for token, count in counts.items() if count >= 2 or penalty_of(token) > 0
    )


def _recurring(group: _Group) -> Recurring:
    blocks = [
        (seen, group.zone(number, at), group.story[number])
        for number, page in enumerate(group.pages)
        for at, seen in enumerate(page.seen)
    ]
    return recurring(blocks, group.stories)


def _anchor(group: _Group) -> Anchor | None:
    struck = {
        (number, id(seen))
        for number, page in enumerate(group.pages)
        for at, seen in enumerate(page.seen)
        if group.recurs(number, at)
    }
    return anchor_of(
        group.pages,
        group.places,
        lambda number, seen: seen.vote >= 0.5 and (number, id(seen)) not in struck,
    )


def _learnt(group: _Group, anchor: Anchor, names: frozenset[str], *, by_place: bool) -> Layout:
    homes = [anchors_on(page, group.places, anchor.signature) for page in group.pages]
    group.inside = [
        [any(at.key in home for at in seen.path) for seen in page.seen]
        for page, home in zip(group.pages, homes, strict=True)
    ]
    group.recurring = _recurring(group)
    kinds, subtrees = Tally(), Tally()
    tags: dict[str, tuple[str, str]] = {}
    holders: set[str] = set()
    for number, page in enumerate(group.pages):
        for at, seen in enumerate(page.seen):
            if not group.inside[number][at] or seen.is_title or group.recurs(number, at):
                continue
            below = _below(seen.path, homes[number])
            signatures = group.places.signatures(below)
            keys = kind_keys(signatures, seen.piece.owner.tag, seen.shape)
            links = seen.piece.link_share
            kinds.add(keys, number, kept=seen.vote, chars=seen.chars, links=links)
            prefixes = [" ".join(signatures[:end]) for end in range(1, len(signatures) + 1)]
            subtrees.add(prefixes, number, kept=seen.vote, chars=seen.chars, links=links)
            holders.update(prefixes[:-1])
            for prefix, element, signature in zip(prefixes, below, signatures, strict=True):
                tags[prefix] = element.tag, signature
    shape = frozenset.intersection(*(shape_of_page(page) for page in group.pages))
    return Layout(
        pages=len(group.pages),
        stories=group.stories,
        body=selector_for(group.pages, homes),
        shape=shape,
        names=names,
        by_place=by_place,
        kinds=kinds.rates(group.story),
        subtrees={
            path: rate
            for path, rate in subtrees.rates(group.story).items()
            if subtree_rate(rate, *tags[path], subtrees.link_share(path), False) <= _STRIPPED
        },
        holders=frozenset(holders),
        texts=group.recurring.texts,
        grams=group.recurring.grams,
        labels=group.recurring.labels,
        standfirsts=_standfirsts(group),
        outside=_outside(group),
    )


def _below(path: Sequence[Element], home: frozenset[int]) -> Sequence[Element]:
    start = next(i for i, at in enumerate(path) if at.key in home)
    return path[start + 1 :]


def _standfirsts(group: _Group) -> dict[str, Rate]:
    """Return how often what stands before the body, by place and setting, is the standfirst."""
    votes: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    for number, page in enumerate(group.pages):
        for seen in candidates(page, group.inside[number]):
            zone = zone_of(group.places.signatures(seen.path), inside=False)
            if is_like_recurring(group, seen, zone):
                continue
            found = is_standfirst(seen, page.description, zone)
            votes[f"{zone}/{seen.shape}"].append((group.story[number], found))
    return {
        key: Rate(
            kept=len({story for story, found in said if found}),
            seen=len({story for story, _ in said}),
            stories=len({story for story, _ in said}),
        )
        for key, said in sorted(votes.items())
    }


def is_like_recurring(group: _Group, seen: Seen, zone: str) -> bool:
    if seen.norm in group.recurring.texts.get(zone, {}):
        return True
    return is_like(seen.norm, seen.chars, group.recurring.grams.get(zone, frozenset()))


def _outside(group: _Group) -> dict[str, float]:
    """Return the most that was seen outside the body at each place, as a share of that body."""
    most: dict[str, float] = defaultdict(float)
    for number, page in enumerate(group.pages):
        body = sum(s.chars for at, s in enumerate(page.seen) if group.inside[number][at])
        masses: dict[str, float] = defaultdict(float)
        for at, seen in enumerate(page.seen):
            if not group.inside[number][at]:
                masses[" ".join(group.places.signatures(seen.path)[-3:])] += seen.chars
        for place, mass in masses.items():
            most[place] = max(most[place], round(mass / max(1, body), 3))
    return dict(sorted(most.items()))
