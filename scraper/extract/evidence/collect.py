"""All evidence on the pieces of a page that may be its story.

It weighs nothing.
"""

from collections.abc import Mapping, Sequence

from scraper.extract.elements import Element
from scraper.extract.evidence.ground import Ground
from scraper.extract.evidence.place import container_evidence, owner_evidence
from scraper.extract.evidence.saying import saying_evidence, words_of
from scraper.extract.evidence.shape import shape_evidence
from scraper.extract.evidence.spot import Order
from scraper.extract.metadata import Said

Evidence = Sequence[str]


def evidence_on(
    ground: Ground, elements: Mapping[int, Element], said: Said, titles: Sequence[str]
) -> list[Evidence | None]:
    """Return the evidence on each piece of a page; None on links away from the story."""
    alts = [alt for at in elements.values() if at.tag == "img" and (alt := at.attr("alt"))]
    words = words_of(ground, said, titles, alts)
    order = Order(ground, _headline_among(ground, words.titles))
    around: dict[int, tuple[str, ...]] = {}
    found: list[Evidence | None] = []
    for piece, parent, far in zip(ground.pieces, ground.parents, ground.far, strict=True):
        if far:
            found.append(None)
            continue
        if parent.order not in around:
            around[parent.order] = container_evidence(ground, parent)
        found.append(
            [
                *around[parent.order],
                *owner_evidence(ground, piece, parent),
                *shape_evidence(piece),
                *saying_evidence(words, piece),
                *order.evidence(piece.index),
            ]
        )
    return found


def _headline_among(ground: Ground, titles: Sequence[frozenset[str]]) -> int | None:
    alike = [p for p in ground.pieces if len(p.tokens) < 60 and frozenset(p.tokens) in titles]
    heads = [p for p in alike if p.owner.tag == "h1" or p.place.tag == "h1"]
    if not heads:
        heads = alike or [p for p in ground.pieces if p.owner.tag == "h1"]
    return heads[0].index if heads else None
