"""The text of an article as a file: its layout, and how to read it back.

It decides nothing about what belongs into the text; DESIGN, section 3 ("A text file").
"""

import re
import unicodedata
from collections.abc import Iterable

# Deleted: soft hyphen, zero-width space, word joiner, byte order mark, bidi controls (they hide or
# reorder text in a terminal), and C0, DEL and C1 controls other than white space.
_DELETED = re.compile(
    "[\u00ad\u200b\u2060-\u2064\ufeff\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f\ufff9-\ufffb"
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]"
)
# Joiners change how letters join in Persian, Urdu, Kurdish, the Indic scripts, and in emoji: there
# they are spelling, elsewhere they are noise.
_JOINERS = re.compile("[\u200c\u200d]")
_JOINED_SCRIPTS = re.compile(
    "[\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u18af\ufb50-\ufdff\ufe70-\ufefc\ufe0f"
    "\u2190-\u2bff\U0001f000-\U0001faff]"
)


def line_of(text: str) -> str:
    """Return text as one line of a text file: NFC, white space folded, nothing invisible inside."""
    if text.isprintable() and unicodedata.is_normalized("NFC", text):
        return " ".join(text.split())  # nearly all text: nothing that is deleted can be printed
    text = _DELETED.sub("", unicodedata.normalize("NFC", text))
    if _JOINERS.search(text):
        text = _JOINERS.sub(_kept_joiner, text)
    # Taking characters out may bring a base and its mark together.
    return " ".join(unicodedata.normalize("NFC", text).split())


def _kept_joiner(found: re.Match[str]) -> str:
    before = found.string[found.start() - 1 : found.start()]
    after = found.string[found.end() : found.end() + 1]
    is_spelling = _JOINED_SCRIPTS.match(before) and _JOINED_SCRIPTS.match(after)
    return found[0] if is_spelling else ""


def text_of(title: str, paragraphs: Iterable[str]) -> str:
    """Return the content of a text file: headline first, one empty line between paragraphs."""
    return text_of_lines(line_of(line) for line in (title, *paragraphs))


def text_of_lines(lines: Iterable[str]) -> str:
    """Return the content of a text file out of what are lines of one already."""
    return "\n\n".join(line for line in lines if line)


def parts_of(text: str) -> tuple[str, tuple[str, ...]]:
    """Return headline and paragraphs of a text file's content."""
    title, *paragraphs = text.split("\n\n")
    return title, tuple(paragraphs)
