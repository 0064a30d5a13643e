"""Where on a page the prose lies: its weight by element, and the container that holds most.

It gives no verdicts: a container is evidence, a bad gate (EXTRACTION A2b).
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scraper.extract.elements import Element
from scraper.extract.pieces import Piece

# What ends a sentence, in the scripts that mark it: Latin and its kin, CJK, Arabic, Devanagari,
# Armenian, Urdu, Burmese, Khmer, Tibetan, Ethiopic.
SENTENCE_MARK = re.compile(
    "[.!?\u2026\u3002\uff01\uff1f\u061f\u0964\u0965\u0589\u06d4\u104b\u17d4\u0f0d\u1362\uff61]"
)
_UNMARKED = re.compile("[\u0e00-\u0eff]{12}")  # Thai and Lao have blanks there
_THREAD_WORDS = frozenset({"comments", "disqus", "respond", "replies", "commentlist", "livefyre"})
_FOOT_WORDS = frozenset({"footer", "cookie", "cookies", "consent", "gdpr"})
_BODY_WORDS = tuple(
    frozenset(words.split())
    for words in (
        "article body",
        "entry content",
        "article content",
        "post content",
        "story body",
        "story content",
        "article text",
        "articlebody",
        "post body",
    )
)
_HOLDERS = frozenset({"div", "section", "article", "td", "main", "body"})


@dataclass(frozen=True, slots=True)
class Terrain:
    """The prose of a page by element key. `best` is the container with the highest score."""

    mass: dict[int, float]
    best: Element | None
    hidden_counts: bool  # false where most of the prose is hidden: a script reveals the body
    total: float
    kin: dict[tuple[str, str], float]  # mass by tag and class, over the whole page

    def kin_of(self, element: Element) -> float:
        """Return the weight of all prose inside elements of the same tag and class."""
        return self.kin.get(element.signature, 0.0)

    def mass_of(self, element: Element) -> float:
        """Return the weight of all prose inside an element."""
        return self.mass.get(element.key, 0.0)


def is_prose(piece: Piece) -> bool:
    """Say whether a piece reads like running text: long, few links, a sentence mark."""
    if piece.is_prose is None:  # three ask
        is_long = piece.length >= 70 and piece.link_share < 0.35
        piece.is_prose = is_long and has_sentences(piece.text)
    return piece.is_prose


def has_sentences(text: str) -> bool:
    """Say whether a text has a sentence mark, or is in a script that has none."""
    if SENTENCE_MARK.search(text):
        return True
    return not text.isascii() and _UNMARKED.search(text) is not None


def terrain_of(pieces: Sequence[Piece]) -> Terrain:
    """Return where the prose lies (EXTRACTION A3b)."""
    prose = [piece for piece in pieces if is_prose(piece)]
    hidden = sum(piece.length for piece in prose if piece.owner.hidden)
    hidden_counts = hidden <= 0.4 * sum(piece.length for piece in prose)
    direct: dict[int, float] = defaultdict(float)
    mass: dict[int, float] = defaultdict(float)
    elements: dict[int, Element] = {}
    for piece in prose:
        weight = _weight(piece, hidden_counts)
        parent = parent_of(piece)
        direct[parent.key] += weight
        for at in parent.lineage():
            mass[at.key] += weight
            elements[at.key] = at
    scores: dict[int, float] = defaultdict(float)
    for key, weight in direct.items():
        for share, at in zip((1.0, 0.5, 0.2), elements[key].lineage(), strict=False):
            scores[at.key] += share * weight
    kin: dict[tuple[str, str], float] = defaultdict(float)
    for key, weight in mass.items():
        if not any(at.signature == elements[key].signature for at in _above(elements[key])):
            kin[elements[key].signature] += weight
    best = max(scores, key=lambda key: (scores[key], -elements[key].order), default=None)
    return Terrain(
        dict(mass),
        None if best is None else elements[best],
        hidden_counts,
        sum(direct.values()),
        dict(kin),
    )


def body_root(terrain: Terrain) -> Element | None:
    """Return the element that holds the body: the best container, or what is named so around it."""
    root = terrain.best
    for at in root.lineage() if root else ():
        if at.tag in {"body", "html", "main"}:
            break
        if at.attr("itemprop") == "articleBody" or any(need <= at.words for need in _BODY_WORDS):
            root = at
    return root


def parent_of(piece: Piece) -> Element:
    """Return the container of a piece: its owner where that is a box, else the box's parent."""
    owner = piece.owner
    return owner if owner.tag in _HOLDERS or owner.parent is None else owner.parent


def _above(element: Element) -> Iterator[Element]:
    return element.parent.lineage() if element.parent else iter(())


def _weight(piece: Piece, hidden_counts: bool) -> float:
    weight = piece.length * (1 - piece.link_share)
    if piece.owner.hidden and hidden_counts:
        weight *= 0.3
    for at in piece.owner.lineage():
        if at.tag in {"html", "body"}:
            break
        if at.tag == "footer" or at.words & _FOOT_WORDS:
            weight *= 0.25
            break
        if at.words & _THREAD_WORDS:
            weight *= 0.02
            break
    return weight
