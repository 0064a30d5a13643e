"""Who decides about each piece of a page, and why.

It changes no text.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from scraper.extract.elements import Element
from scraper.extract.pieces import Piece
from scraper.extract.reading import Reading
from scraper.extract.titles import likeness


@dataclass(slots=True)
class Verdict:
    """The verdict on one piece; later steps may overrule earlier ones."""

    role: str = "other"
    kept: bool = False
    reason: str = "outside the body container"
    starts_item: bool = False

    def keep(self, role: str, reason: str) -> None:
        """Let it stand in the text."""
        self.role, self.kept, self.reason = role, True, reason

    def strip(self, role: str, reason: str) -> None:
        """Take it out of the text."""
        self.role, self.kept, self.reason = role, False, reason


def verdicts_on(reading: Reading) -> Sequence[Verdict]:
    """Return a verdict for each piece, in order."""
    verdicts = [Verdict() for _ in reading.pieces]
    for piece, verdict, cover in zip(reading.pieces, verdicts, reading.cover, strict=True):
        if cover >= 0.5:
            verdict.keep(role_of(piece), "trafilatura keeps it")
        if any(likeness(piece.text, title) == 1.0 for title in reading.titles):
            verdict.strip("headline", "repeats the headline")
    return verdicts


def role_of(piece: Piece) -> str:
    """Return the role that a piece has in a text by its markup."""
    tags = [at.tag for at in piece.owner.lineage()]
    if tags[0] in {"h1", "h2", "h3", "h4", "h5", "h6"}:
        return "subheading"
    if tags[0] == "tr":
        return "table"
    if "li" in tags[:3]:
        return "list"
    return "quote" if "blockquote" in tags[:4] else "body"


def home_of(piece: Piece) -> Element:
    """Return the element that a piece belongs to."""
    return piece.place
