"""A template out of several pages of an outlet, without gold and without a person.

It asks the single page's reading for a first opinion, and keeps what the pages agree on.
"""

from collections.abc import Iterable, Sequence

from scraper.extract.template.anchor import Anchor, anchor_of
from scraper.extract.template.group import Group, group_of, vocabulary
from scraper.extract.template.observed import Observed, observed
from scraper.extract.template.places import Places
from scraper.extract.template.shaping import layout_in, shape_of_page
from scraper.extract.template.stories import stories_of
from scraper.extract.template.values import Layout, Template

_ALIKE = 0.35  # Jaccard of two pages' names; within an outlet .57 at least, between them .02
_LEAST_COVERAGE, _LEAST_PURITY = 0.5, 0.3


def learn_template(pages: Iterable[tuple[bytes, str]]) -> Template:
    """Return what the pages of one outlet have in common; each is its HTML and its URL.

    No gold and no network is needed. Pages without an article on them are passed over; of fewer
    than two stories nothing is learnt.
    """
    return template_of([page for html, url in pages if (page := observed(html, url)) is not None])


def template_of(pages: Sequence[Observed]) -> Template:
    """Return the template of observed pages, whatever their order."""
    pages = sorted(pages, key=lambda page: (page.url, [seen.norm for seen in page.seen]))
    layouts = [layout for group in _clusters(pages) if (layout := _layout_of(group)) is not None]
    layouts.sort(key=lambda layout: (-layout.stories, -layout.pages, layout.body))
    return Template(layouts=tuple(layouts), pages=len(pages), stories=len(set(stories_of(pages))))


def _clusters(pages: Sequence[Observed]) -> list[list[Observed]]:
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


def _layout_of(pages: Sequence[Observed]) -> Layout | None:
    """Return the layout of alike pages, by names, or by places where those say too little."""
    story = stories_of(pages)
    if len(set(story)) < 2:
        return None
    names = vocabulary(pages)
    for by_place in (False, True):
        places = Places(names, by_place=by_place)
        anchor = _anchor(group_of(pages, story, places, None))
        if anchor and anchor.coverage >= _LEAST_COVERAGE and anchor.purity >= _LEAST_PURITY:
            group = group_of(pages, story, places, anchor.signature)
            return layout_in(group, names, by_place=by_place)
    return None


def _anchor(group: Group) -> Anchor | None:
    story = {
        id(seen)
        for number, page in enumerate(group.pages)
        for at, seen in enumerate(page.seen)
        if seen.vote >= 0.5 and (number, at) not in group.struck
    }
    return anchor_of(group.pages, group.places, lambda seen: id(seen) in story)
