"""What a site's software says among a story: that it cannot show something, how long reading takes.

It knows nothing of what publishers ask of readers, and strikes nothing.
"""

import re

from scraper.extract import wording
from scraper.extract.containers import Terrain
from scraper.extract.pieces import Piece, tokens_of
from scraper.extract.voice import size_of, speaks, spoken

_DIGIT = re.compile(r"\d")
_LINE, _SHORT, _LONG = 8, 14, 60  # words
_QUOTES = "\"'\u201c\u201d\u2018\u2019\u2033\u00bb"
# What WordPress leaves of a plugin that is no longer there: [button link="..." type="big"]
_SHORTCODE = re.compile(rf"\[/?[a-z][\w-]*(?:\s+[\w-]+\s*=\s*[{_QUOTES}][^\]]*)\]", re.IGNORECASE)


def notice_found(piece: Piece, terrain: Terrain) -> tuple[str, str] | None:
    """A notice in a block of its own, as role and reason; None where it may be the story."""
    size = size_of(piece)
    if size > _LONG:
        return None
    if 2 * sum(len(code) for code in _SHORTCODE.findall(piece.text)) > len(piece.text):
        return "other", "a shortcode that the site did not carry out"
    if size <= _LINE and _DIGIT.search(piece.text) and wording.count_in("duration", piece.text):
        return "other", "how long reading takes"
    text = spoken(piece.text)
    is_beside = _has(text, "this_text", "goes_on") or _has(text, "continuing")
    if size <= _SHORT and is_beside and _has(text, "advert"):
        return "ad", "says that the text goes on beside an advertisement"
    if wording.count_in("placeholder", text):
        return "other", "stands for what is not shown"
    is_brief = size <= _LINE and not wording.has_word("telling", tokens_of(text))
    if _has(text, "embed", "showing") and (is_brief or speaks("we", text) or speaks("you", text)):
        return "other", "asks leave to show what comes from elsewhere"
    return None


def is_comment_rule(piece: Piece) -> bool:
    """Say whether a piece tells what is done with comments; enough only below a story."""
    if size_of(piece) > _LONG:
        return False
    text = spoken(piece.text)
    return _has(text, "comments", "moderation")


def _has(text: str, *tables: str) -> bool:
    """Say whether a text has a phrase of each of some tables."""
    return all(wording.count_in(table, text) for table in tables)
