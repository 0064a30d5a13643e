"""What a template says of a page: where the body is, and of each block how surely it is story.

It has opinions, not verdicts: `reading` joins them with those of the single page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from scraper.extract.elements import Element
from scraper.extract.pieces import Piece
from scraper.extract.template.kinds import rate_of
from scraper.extract.template.observed import norm_of, shape_of
from scraper.extract.template.places import INSIDE, Places, kind_keys, zone_of
from scraper.extract.template.recurrence import is_like, label_of
from scraper.extract.template.standfirsts import could_be
from scraper.extract.template.values import Layout, Rate

# How much stories count for that were seen at a block's tag, name, last two names, whole path.
_TRUST = (0.5, 0.75, 0.9, 1.0)
_STRANGE = 0.2  # the same inside something that was never seen there
_RARE = 2.0  # blocks of a kind on a page
_HALF = 0.5  # of a body's text


@dataclass(frozen=True, slots=True)
class Opinion:
    """How surely a block is story, 0 to 1, and on how many stories that rests."""

    rate: float
    stories: float
    reason: str
    is_text: bool = False  # the words decide, not the place
    standfirst: bool = False
    is_rare: bool = False  # a page has one or two of the kind: a credit, no paragraph
    longest: int = 0  # characters of the longest block that it rests on; 0 where that says nothing


class Judge:
    """A layout, ready to be asked; what it says of a path is remembered."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.places = Places(layout.names, by_place=layout.by_place)
        self._by_kind: dict[tuple[str, ...], Opinion] = {}

    def homes(self, tree: LexborHTMLParser, elements: Mapping[int, Element]) -> frozenset[int]:
        """Return the ids of the outermost elements that hold the body."""
        keys = {node.mem_id for node in tree.css(self.layout.body)}
        return frozenset(
            key
            for key in keys
            if key in elements
            and not any(up.key in keys for up in list(elements[key].lineage())[1:])
        )

    def on(self, piece: Piece, path: Sequence[Element], home: frozenset[int]) -> Opinion | None:
        """Return what is known of a block, or None where it stands outside the body, unknown."""
        start = next((i for i, at in enumerate(path) if at.key in home), None)
        if start is None:
            return self._outside(piece, path)
        return self._text(piece, INSIDE) or self._kind(piece, path[start + 1 :])

    def _text(self, piece: Piece, zone: str) -> Opinion | None:
        norm = norm_of(piece.tokens)
        of = self.layout.stories
        if (stories := self.layout.texts.get(zone, {}).get(norm)) is not None:
            return Opinion(0.0, stories, f"template: seen on {stories} of {of} stories", True)
        if is_like(norm, len(piece.text), self.layout.grams.get(zone, frozenset())):
            reason = f"template: most of its words recur in the outlet's {of} stories"
            return Opinion(0.0, of, reason, True)
        label = label_of(piece.text, piece.link_share)
        if label is not None and (stories := self.layout.labels.get(label)) is not None:
            reason = f"template: its label opens links on {stories} of {of} stories"
            return Opinion(0.0, stories, reason, True)
        return None

    def _kind(self, piece: Piece, below: Sequence[Element]) -> Opinion:
        signatures = self.places.signatures(below)
        shape = shape_of(piece)
        key = (*signatures, "/", piece.owner.tag, shape)
        found = self._by_kind.get(key)
        if found is None:
            found = self._judged(signatures, piece.owner.tag, shape)
            self._by_kind[key] = found
        return found

    def _judged(self, signatures: Sequence[str], tag: str, shape: str) -> Opinion:
        layout = self.layout
        path = ""
        for signature in signatures:
            path = f"{path} {signature}".strip()
            if (strip := layout.subtrees.get(path)) is not None:
                reason = f"template: {signature} held no story on {strip.stories} stories"
                return Opinion(
                    strip.kept / max(strip.seen, 1), strip.stories, reason, longest=strip.longest
                )
        keys = kind_keys(signatures, tag, shape)
        rate = rate_of(layout.kinds, keys, tag, shape)
        is_known = len(signatures) < 2 or " ".join(signatures[:-1]) in layout.holders
        known = [
            (share if is_known else _STRANGE) * found.stories
            for share, key in zip(_TRUST, keys, strict=True)
            if (found := layout.kinds.get(key)) is not None
        ]
        name = keys[1].removeprefix("last ")
        reason = f"template: {name} is story {rate:.0%} of the time, in {layout.stories} stories"
        whole = layout.kinds.get(keys[-1])
        return Opinion(
            rate,
            max(known, default=0.0),
            reason,
            is_rare=whole is not None and whole.blocks <= _RARE,
            longest=0 if whole is None or rate >= 0.5 else whole.longest,
        )

    def explains(self, path: Sequence[Element], *, is_bulk: bool) -> bool:
        """Say whether text outside the body was seen at a place while learning."""
        mass = self.layout.outside.get(" ".join(self.places.signatures(path)[-3:]))
        return mass is not None and not (is_bulk and mass > _HALF)

    def _outside(self, piece: Piece, path: Sequence[Element]) -> Opinion | None:
        signatures = self.places.signatures(path)
        zone = zone_of(signatures, inside=False)
        if (found := self._text(piece, zone)) is not None:
            return found
        if could_be(piece):
            said: Rate | None = self.layout.standfirsts.get(f"{zone}/{shape_of(piece)}")
            if said is not None:
                rate = said.kept / said.seen
                reason = f"template: the standfirst on {said.kept:g} of {said.seen:g} stories"
                return Opinion(rate, said.stories, reason, False, rate >= 0.5)
        return None
