"""What a group of pages comes to as a layout: rates of kinds, standfirsts, what stands outside.

It chooses no body: that has been found.
"""

from collections import defaultdict
from collections.abc import Mapping

from scraper.extract.template.grams import checksum_of, size_of
from scraper.extract.template.group import Group
from scraper.extract.template.kinds import Tally, subtree_rate
from scraper.extract.template.observed import Observed, Seen
from scraper.extract.template.places import kind_keys, zone_of
from scraper.extract.template.proposals import (
    Matched,
    headings_of,
    leads_of,
    proposal_of,
    strips_of,
)
from scraper.extract.template.selector import selector_for
from scraper.extract.template.standfirsts import candidates, is_standfirst
from scraper.extract.template.values import Layout, Rate, Selectors

_UNANIMOUS = 0.9
_LEAST_WORDS, _LEAST_SURE = 6, 12
_STRIPPED = 0.2  # share of story below which a subtree is not story


def layout_in(group: Group, names: frozenset[str], *, by_place: bool) -> Layout:
    """Return what the pages of a group have in common."""
    kinds, subtrees, holders = _rates(group)
    leads = _leads(group)
    body = selector_for(group.pages, group.homes)
    shapes = [shape_of_page(page) for page in group.pages]
    return Layout(
        pages=len(group.pages),
        stories=group.stories,
        body=body,
        shape=frozenset.intersection(*shapes),
        names=names,
        by_place=by_place,
        kinds=kinds,
        subtrees=subtrees,
        holders=holders,
        texts=group.recurring.texts,
        grams=group.recurring.grams,
        labels=group.recurring.labels,
        once=_checksums(group, sure=False),
        bodies=_checksums(group, sure=True),
        standfirsts=_standfirst_rates(leads),
        outside=_outside(group),
        selectors=_selectors(group, body, leads),
    )


def shape_of_page(page: Observed) -> frozenset[str]:
    """Return the elements that have names, each with its first two."""
    return frozenset(tag + "".join(tokens[:2]) for tag, tokens in page.names.values() if tokens)


def _rates(group: Group) -> tuple[dict[str, Rate], dict[str, Rate], frozenset[str]]:
    """Return the rates of kinds, those of subtrees without story, and the paths of holders."""
    kinds, subtrees = Tally(), Tally()
    last: dict[str, tuple[str, str]] = {}
    holders: set[str] = set()
    for (number, at), seen in group.spots(inside=True):
        if (number, at) in group.struck:
            continue
        below = group.below(number, seen)
        signatures = group.places.signatures(below)
        prefixes = [" ".join(signatures[:end]) for end in range(1, len(signatures) + 1)]
        keys = kind_keys(signatures, seen.piece.owner.tag, seen.shape)
        for tally, known in ((kinds, keys), (subtrees, prefixes)):
            tally.add(known, number, kept=seen.vote, chars=seen.chars, links=seen.piece.link_share)
        holders.update(prefixes[:-1])
        for prefix, element, signature in zip(prefixes, below, signatures, strict=True):
            last[prefix] = element.tag, signature
    stripped = {
        path: rate
        for path, rate in subtrees.rates(group.story).items()
        if subtree_rate(rate, *last[path], subtrees.link_share(path)) <= _STRIPPED
    }
    return kinds.rates(group.story), stripped, frozenset(holders)


def _checksums(group: Group, *, sure: bool) -> frozenset[int]:
    """Return what texts of bodies are known by: those that all witnesses keep, or the others."""
    least = _LEAST_SURE if sure else _LEAST_WORDS
    return frozenset(
        checksum_of(seen.norm)
        for spot, seen in group.spots(inside=True)
        if spot not in group.struck
        and (seen.vote >= _UNANIMOUS) is sure
        and size_of(seen.norm) >= least
    )


Leads = Mapping[str, list[tuple[int, int, Seen, bool]]]  # page, story, block, is the standfirst


def _leads(group: Group) -> Leads:
    """Return what stands before the bodies, by place and setting."""
    found: dict[str, list[tuple[int, int, Seen, bool]]] = defaultdict(list)
    for number, page in enumerate(group.pages):
        at_of = {id(seen): at for at, seen in enumerate(page.seen)}
        for seen in candidates(page, group.inside[number]):
            if (number, at_of[id(seen)]) in group.struck:
                continue
            zone = zone_of(group.places.signatures(seen.path), inside=False)
            is_one = is_standfirst(seen, page.description, zone)
            found[f"{zone}/{seen.shape}"].append((number, group.story[number], seen, is_one))
    return dict(sorted(found.items()))


def _standfirst_rates(leads: Leads) -> dict[str, Rate]:
    rates = {}
    for key, found in leads.items():
        stories = len({story for _, story, _, _ in found})
        kept = len({story for _, story, _, is_one in found if is_one})
        rates[key] = Rate(kept=kept, seen=stories, stories=stories)
    return rates


def _outside(group: Group) -> dict[str, float]:
    """Return the most that was seen outside the body at each place, as a share of that body."""
    bodies: dict[int, int] = defaultdict(int)
    for (number, _), seen in group.spots(inside=True):
        bodies[number] += seen.chars
    masses: dict[tuple[str, int], float] = defaultdict(float)
    for (number, _), seen in group.spots(inside=False):
        masses[" ".join(group.places.signatures(seen.path)[-3:]), number] += seen.chars
    most: dict[str, float] = defaultdict(float)
    for (place, number), mass in sorted(masses.items()):
        most[place] = max(most[place], round(mass / max(1, bodies[number]), 3))
    return dict(most)


def _selectors(group: Group, body: str, leads: Leads) -> Selectors:
    found = Matched()
    judged = []
    for (number, at), seen in group.spots(inside=True):
        is_story = seen.vote >= 0.5 and (number, at) not in group.struck
        judged.append((number, at, seen, group.below(number, seen), is_story))
        found.pages.add(number)
        if is_story:
            found.blocks[number, at] = seen
    firsts: list[list[Seen]] = [[] for _ in group.pages]
    for rows in leads.values():
        for number, _, seen, is_one in rows:
            if is_one:
                firsts[number].append(seen)
    return Selectors(
        body=(proposal_of(body, found, len(group.pages)),),
        title=headings_of([page.seen for page in group.pages]),
        standfirst=leads_of(firsts),
        strip=strips_of(judged, len(group.pages)),
    )
