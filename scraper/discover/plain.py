"""Titles and teasers, which feeds send as text, as HTML, or as HTML escaped twice, become plain.

It renders nothing and keeps no markup; it is no sanitiser, as what comes out is text.
"""

import re
from html import unescape

MAX_TITLE = 500  # characters
MAX_TEASER = 2000

_READ = 50_000  # characters of a full text that are looked at for a teaser
_UNSEEN = re.compile(
    r"<(script|style)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL | re.IGNORECASE
)
_BREAK = re.compile(r"</?(?:p|br|div|li|ul|ol|h[1-6]|tr|td|blockquote)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!\[CDATA\[|\]\]>|<[a-zA-Z/][^<>]*\Z")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\ufeff\ud800-\udfff]")


def plain_text(markup: str | None, max_chars: int) -> str | None:
    """Return the words of a piece of HTML on one line, cut at a word; None where there are none."""
    if not markup:
        return None
    text = _BREAK.sub(" ", _UNSEEN.sub(" ", markup[:_READ]))
    return one_line(unescape(_TAG.sub("", text)), max_chars)


def one_line(text: str | None, max_chars: int) -> str | None:
    """Return text on one line, cut at a word, or None where there is none."""
    line = " ".join(_CONTROL.sub("", text or "").split())
    if len(line) > max_chars:
        line = line[:max_chars].rsplit(" ", 1)[0]
    return line or None
