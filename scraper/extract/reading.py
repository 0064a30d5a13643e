"""What verdicts are given on: a page's pieces beside all that is known of them.

It decides nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from scraper.extract import generic
from scraper.extract.containers import Terrain, terrain_of
from scraper.extract.cover import covered_by
from scraper.extract.elements import Element
from scraper.extract.evidence.collect import evidence_on
from scraper.extract.evidence.ground import Ground, ground_of
from scraper.extract.evidence.weighing import Weighed, weighed
from scraper.extract.metadata import Said
from scraper.extract.pieces import Piece
from scraper.extract.rules import Selection
from scraper.extract.titles import headline_of, titles_said


@dataclass(slots=True)
class Reading:
    """One page, read once.

    `weighed` says how likely each piece is the story; under a rule's body nothing is weighed.
    `witness` asks trafilatura for the share of each piece that it keeps, which takes longer than
    all else, so that it is asked last and seldom.
    """

    pieces: Sequence[Piece]
    elements: Mapping[int, Element]
    said: Said
    title: str
    titles: Sequence[str]
    terrain: Terrain
    ground: Ground
    weighed: Weighed
    witness: Callable[[], Sequence[float]]
    body_by: str
    rule: Selection


def reading_of(
    text: str,
    url: str,
    said: Said,
    pieces: Sequence[Piece],
    elements: Mapping[int, Element],
    rule: Selection,
) -> Reading:
    """Return a page with its terrain, its titles, and its pieces weighed."""
    terrain = terrain_of(pieces)
    title = rule.title or headline_of(said, pieces)
    titles = [title, *titles_said(said)]
    ground = ground_of(pieces, elements, terrain)
    if rule.body:
        found = Weighed([0.0] * len(pieces))  # the maintainer has said where the story is
    else:
        found = weighed(ground, evidence_on(ground, elements, said, titles))

    @cache
    def witness() -> Sequence[float]:
        bonus = [1.05 if piece.owner.is_within(terrain.best) else 1.0 for piece in pieces]
        return covered_by(generic.main_lines(text, url), pieces, bonus)

    return Reading(
        pieces=pieces,
        elements=elements,
        said=said,
        title=title,
        titles=titles,
        terrain=terrain,
        ground=ground,
        weighed=found,
        witness=witness,
        body_by=f"rule {rule.body_selector}" if rule.body else "evidence on each block",
        rule=rule,
    )
