"""Evidence of a piece's own form: length, marks, links, letters.

It does not ask what the words mean, nor where they stand.
"""

import re

from scraper.extract.evidence.scales import Scale
from scraper.extract.pieces import Piece

_LENGTH = Scale("length", (8, 15, 25, 40, 60, 90, 130, 180, 260, 400, 700))
_TOKENS = Scale("words", (2, 3, 4, 6, 9, 13, 20, 35, 60))
_LINK_SHARE = Scale("link share", (0.001, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 0.98))
_LINKS = Scale("links", (1, 2, 3, 5))
_MARKS = Scale("sentences", (1, 2, 3, 5, 8))
_CAPITALS = Scale("capitals", (0.05, 0.2, 0.4, 0.6, 0.8, 0.95))
_DIGITS = Scale("digits", (0.001, 0.05, 0.15, 0.3))
_MARK = re.compile(
    "[.!?\u2026\u3002\uff01\uff1f\u061f\u0964\u0965\u0589\u06d4\u104b\u17d4\u0f0d\u1362]+(?=[\\s\"'\u201d\u2019\u00bb)\\]]|$|[\u3040-\u9fff])"
)
_QUOTES = "\"\u201c\u201d\u201e\u00ab\u00bb\u2018\u2019'\u300c"
_CLOSERS = "\"'\u201d\u2019\u00bb)]\u300d\u201c"
_ENDS = {
    **dict.fromkeys(".\u3002\u06d4\u0964\u0589", "ends in a stop"),
    **dict.fromkeys("!\uff01", "ends in !"),
    **dict.fromkeys("?\uff1f\u061f", "ends in ?"),
    **dict.fromkeys(":\uff1a", "ends in a colon"),
    "\u2026": "ends in ...",
    ",": "ends in a comma",
    ";": "ends in a comma",
}
_ODD = (("@", "has @"), ("http", "has an address"), ("\u00a9", "has \u00a9"), (" | ", "has a bar"),
        ("#", "has #"), ("\u00bb", "has an arrow"), ("/", "has a slash"))  # fmt: skip


def shape_evidence(piece: Piece) -> list[str]:
    """Return what a piece's form says of it."""
    text = piece.text
    size = len(text)
    found = [
        _LENGTH(piece.length),
        _TOKENS(len(piece.tokens)),
        _LINK_SHARE(piece.link_share),
        _LINKS(piece.links),
        _MARKS(len(_MARK.findall(text)) if size > 12 else 0),
        _ending(text),
        _beginning(text),
    ]
    if piece.links == 1 and piece.link_share > 0.9:
        found.append("one link from end to end")
    if piece.bold_chars > 0.9 * size:
        found.append("all bold")
    elif piece.bold_chars:
        found.append("some bold")
    if piece.italic_chars > 0.9 * size:
        found.append("all italic")
    elif piece.italic_chars:
        found.append("some italic")
    if piece.has_time:
        found.append("has time")
    if piece.in_button:
        found.append("in a button")
    if size < 300:
        found += _letters(piece)
    return found


def _ending(text: str) -> str:
    end = text.rstrip(_CLOSERS) or text
    if end.endswith("..."):
        return "ends in ..."
    return _ENDS.get(end[-1], "ends in a letter" if text[-1].isalnum() else "ends oddly")


def _beginning(text: str) -> str:
    first = text[0]
    if first.islower():
        return "begins small"
    if first.isdigit():
        return "begins with a digit"
    if first in _QUOTES:
        return "begins with a quotation mark"
    if first in "([\uff08\u3010":
        return "in brackets" if text[-1] in ")]\uff09\u3011" else "begins with a bracket"
    return "begins with a letter" if first.isalpha() else "begins oddly"


def _letters(piece: Piece) -> list[str]:
    text = piece.text
    words = [word for word in text.split() if word[0].isalpha()]
    found = [
        _CAPITALS(sum(word[0].isupper() for word in words) / len(words)) if words else "no words",
        _DIGITS(sum(map(str.isdigit, text)) / len(text)),
    ]
    if text.isupper() and len(text) > 3:
        found.append("all capitals")
    found += [name for mark, name in _ODD if mark in text]
    return found
