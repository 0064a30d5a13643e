"""What a template says of a page: where the body is, and of each block how surely it is story.

It has opinions, not verdicts: `reading` joins them with those of the single page.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser

from scraper.extract.elements import Element
from scraper.extract.pieces import Piece
from scraper.extract.template.grams import checksum_of, units_of
from scraper.extract.template.kinds import rate_of
from scraper.extract.template.lexicon import is_aside
from scraper.extract.template.observed import norm_of, shape_of
from scraper.extract.template.places import INSIDE, Places, kind_keys, zone_of
from scraper.extract.template.recurrence import is_like, labels_of
from scraper.extract.template.standfirsts import could_be
from scraper.extract.template.values import Layout, Rate, Template

# How much stories count for that were seen at a block's tag, name, last two names, whole path.
_TRUST = (0.5, 0.75, 0.9, 1.0)
_STRANGE = 0.2  # the same inside something that was never seen there
_SAME_STORY = 2  # texts in common
_LEAST_WORDS, _LEAST_CHARS = 6, 20  # unspaced scripts have few words
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
    is_link: bool = False  # from end to end
    longest: int = 0  # characters of the longest block that it rests on; 0 where that says nothing


class Judge:
    """A layout, ready to be asked; what it says of a path is remembered."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.places = Places(layout.names, by_place=layout.by_place)
        self.has_standfirsts = any(
            2 * rate.kept >= rate.seen and rate.stories > 1 for rate in layout.standfirsts.values()
        )
        self._words: dict[str, frozenset[str]] = {}
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

    def on(
        self, piece: Piece, path: Sequence[Element], home: frozenset[int], *, is_new: bool = True
    ) -> Opinion | None:
        """Return what is known of a block, or None where it stands outside the body, unknown.

        `is_new` says that the page's story is none of those learnt from.
        """
        start = next((i for i, at in enumerate(path) if at.key in home), None)
        if start is None:
            return self.outside(piece, path)
        found = self.of_text(piece, norm_of(piece.tokens), is_new=is_new)
        return found or self.of_kind(piece, path[start + 1 :])

    def of_text(self, piece: Piece, norm: str, *, is_new: bool) -> Opinion | None:
        """Return what is known of the words of a block in the body."""
        found = self._text(piece, norm, INSIDE)
        return found or (self._seen_once(piece, norm) if is_new else None)

    def is_new(self, norms: Iterable[str]) -> bool:
        """Say whether the texts of a body tell a story that was not learnt from."""
        bodies = self.layout.bodies
        return sum(checksum_of(norm) in bodies for norm in norms) < _SAME_STORY

    def _seen_once(self, piece: Piece, norm: str) -> Opinion | None:
        """A text that another story had as well, and that was in doubt there."""
        if len(piece.tokens) < _LEAST_WORDS and len(piece.text) < _LEAST_CHARS:
            return None
        if checksum_of(norm) not in self.layout.once:
            return None
        return Opinion(0.0, 2.0, "template: seen on another story, where it was in doubt")

    def _text(self, piece: Piece, norm: str, zone: str) -> Opinion | None:
        of = self.layout.stories
        if (stories := self.layout.texts.get(zone, {}).get(norm)) is not None:
            return Opinion(0.0, stories, f"template: seen on {stories} of {of} stories", True)
        words = self._words_in(zone)
        if words and is_like(norm, len(piece.text), self.layout.grams[zone], words):
            reason = f"template: most of its words recur in the outlet's {of} stories"
            return Opinion(0.0, of, reason, True)
        for label in labels_of(piece.text, piece.tokens, piece.link_share):
            if (stories := self.layout.labels.get(label)) is not None:
                what = label.split(" ", 1)[1]
                reason = f"template: {what!r} labels a line on {stories} of {of} stories"
                return Opinion(0.0, stories, reason, True)
        return None

    def _words_in(self, zone: str) -> frozenset[str]:
        """Return the words of a zone's recurring runs: few blocks have enough of them."""
        if zone not in self._words:
            grams = self.layout.grams.get(zone, frozenset())
            self._words[zone] = frozenset(unit for gram in grams for unit in units_of(gram)[0])
        return self._words[zone]

    def of_kind(self, piece: Piece, below: Sequence[Element]) -> Opinion:
        """Return what is known of a block's kind, by the elements from below the body down."""
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
            if (
                f"last {signature}" not in layout.kinds
                and path not in layout.holders
                and is_aside(signature)
            ):
                return Opinion(0.0, 0.5, f"template: {signature} is new, and no story by its name")
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
            is_link=shape == "a",
            is_rare=whole is not None and whole.blocks <= _RARE,
            longest=0 if whole is None or rate >= 0.5 else whole.longest,
        )

    def explains(self, path: Sequence[Element], *, is_bulk: bool) -> bool:
        """Say whether text outside the body was seen at a place while learning."""
        mass = self.layout.outside.get(" ".join(self.places.signatures(path)[-3:]))
        return mass is not None and not (is_bulk and mass > _HALF)

    def outside(self, piece: Piece, path: Sequence[Element]) -> Opinion | None:
        """Return what is known of a block outside the body, by the last steps of its path."""
        signatures = self.places.signatures(path)
        zone = zone_of(signatures, inside=False)
        if (found := self._text(piece, norm_of(piece.tokens), zone)) is not None:
            return found
        if could_be(piece):
            said: Rate | None = self.layout.standfirsts.get(f"{zone}/{shape_of(piece)}")
            if said is not None:
                rate = said.kept / said.seen
                reason = f"template: the standfirst on {said.kept:g} of {said.seen:g} stories"
                return Opinion(rate, said.stories, reason, False, rate >= 0.5)
        return None


@lru_cache(maxsize=64)
def judges_of(template: Template) -> tuple[Judge, ...]:
    """Return a template's layouts, ready to be asked; what they learn of paths stays with them."""
    return tuple(Judge(layout) for layout in template.layouts)
