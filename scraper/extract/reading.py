"""What verdicts are given on: a page's pieces beside all that is known of them.

It decides nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scraper.extract import generic
from scraper.extract.containers import Terrain, terrain_of
from scraper.extract.cover import covered_by
from scraper.extract.elements import Element
from scraper.extract.metadata import Said
from scraper.extract.pieces import Piece
from scraper.extract.rules import Selection
from scraper.extract.titles import headline_of, titles_said


@dataclass(slots=True)
class Reading:
    """One page, read once. `cover` is the share of each piece that the witness has."""

    pieces: Sequence[Piece]
    elements: Mapping[int, Element]
    said: Said
    title: str
    titles: Sequence[str]
    terrain: Terrain
    cover: Sequence[float]
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
    """Return a page with its terrain, its titles and what the witness has of it."""
    terrain = terrain_of(pieces)
    bonus = [1.05 if piece.owner.is_within(terrain.best) else 1.0 for piece in pieces]
    # A rule's body needs no witness, which is what most of the time goes into.
    lines = () if rule.body else generic.main_lines(text, url)
    title = rule.title or headline_of(said, pieces)
    return Reading(
        pieces=pieces,
        elements=elements,
        said=said,
        title=title,
        titles=[title, *titles_said(said)],
        terrain=terrain,
        cover=covered_by(lines, pieces, bonus),
        body_by=f"rule {rule.body_selector}" if rule.body else "trafilatura",
        rule=rule,
    )
