"""The verdict on one piece of a page: its role, whether it is kept, and why.

It decides nothing; steps do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from scraper.extract.containers import parent_of
from scraper.extract.elements import HEADLINE, words_in
from scraper.extract.pieces import Piece

_HEADING_WORDS = frozenset(
    {"subheadline", "subhead", "subheading", "crosshead", "crossheading", "intertitle",
     "intertitre", "zwischentitel", "zwischenueberschrift", "subtitle", "ladillo"}
)  # fmt: skip


@dataclass(slots=True)
class Verdict:
    """The verdict on one piece; later steps may overrule earlier ones."""

    role: str = "other"
    kept: bool = False
    reason: str = ""
    starts_item: bool = False
    found: bool = False  # a filter said what it is

    def keep(self, role: str, reason: str) -> None:
        """Let it stand in the text."""
        self.role, self.kept, self.reason = role, True, reason

    def strip(self, role: str, reason: str) -> None:
        """Take it out of the text."""
        self.role, self.kept, self.reason = role, False, reason


Verdicts = Sequence[Verdict]


def role_of(piece: Piece) -> str:
    """Return the role that a piece has in a text by its markup."""
    tags = [at.tag for at in islice(piece.owner.lineage(), 4)]
    if tags[0] in {"h1", "h2", "h3", "h4", "h5", "h6"} or _is_named_heading(piece):
        return "subheading"
    if tags[0] == "tr":
        return "table"
    if "li" in tags[:3]:
        return "list"
    return "quote" if "blockquote" in tags else "body"


def _is_named_heading(piece: Piece) -> bool:
    if len(piece.text) > 120 or not (piece.place.attrs or piece.owner.attrs):
        return False
    words = words_in(piece.place.attr("class")) | words_in(piece.owner.attr("class"))
    return not words.isdisjoint(_HEADING_WORDS)


def place_of(piece: Piece) -> object:
    """Return what pieces of one text share: tag, container and what is around it."""
    parent = parent_of(piece)
    above = parent.parent.signature if parent.parent else None
    return piece.owner.tag, parent.signature, above


def is_h1(piece: Piece) -> bool:
    """Say whether a piece stands in an h1."""
    return bool(piece.place.marks & HEADLINE)
