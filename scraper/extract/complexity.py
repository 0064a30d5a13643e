"""Whether markup is fit to be parsed: sizes that make parsers hang are refused before they do.

It repairs nothing and is no parser: what slips through meets the worker's deadline. Measured: one
tag with 40,000 attributes takes lexbor 3.7 s, 40,000 nested elements 2.6 s, both quadratic.
"""

import re
from collections import Counter

MAX_CHARS = 10_000_000
MAX_DEPTH = 1_000
MAX_ATTRIBUTES = 2_000
MAX_LINKS = 20_000  # trafilatura: 200,000 links take it more than 20 s

_OPENING = re.compile(r"<(?:(!--)|(/?)([a-zA-Z][^\s/>]*))")
_REST = re.compile(r"(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+>")
_QUOTED = re.compile(r"\"[^\"]*+\"|'[^']*+'")
_ATTRIBUTE = re.compile(r"[\s/]+[^\s/>]")
_LONG_TAG = 4_000  # characters, below which no tag holds too many attributes
_RAW = {
    name: re.compile(f"</{name}", re.IGNORECASE)
    for name in ("script", "style", "textarea", "title", "noscript", "iframe", "xmp")
}
# Void elements, and those whose end tag the parser supplies: they do not nest by being left open.
_FLAT = frozenset(
    {
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param",
        "source", "track", "wbr", "p", "li", "dt", "dd", "option", "optgroup", "tr", "td",
        "th", "thead", "tbody", "tfoot", "colgroup", "rt", "rp", "html", "head", "body",
    }
)  # fmt: skip


def complaint_about(text: str) -> str | None:
    """Return what makes a page too complex to parse, as part of a sentence, or None."""
    if len(text) > MAX_CHARS:
        return f"{len(text):,} characters, more than {MAX_CHARS:,}"
    open_tags: Counter[str] = Counter()
    depth = links = at = 0
    while found := _OPENING.search(text, at):
        comment, closing, name = found.groups()
        at = found.end()
        if comment:
            at = _after(text.find("-->", at), text)
            continue
        rest = _REST.match(text, at)
        end = rest.end() if rest else len(text)
        if end - at > _LONG_TAG and (count := _attributes(text[at:end])) > MAX_ATTRIBUTES:
            return f"one tag with {count:,} attributes, more than {MAX_ATTRIBUTES:,}"
        at = end
        name = name.lower()
        links += name == "a" and not closing
        if name in _RAW and not closing:
            close = _RAW[name].search(text, at)
            at = close.start() if close else len(text)
        elif name not in _FLAT:
            depth += _step(open_tags, name, closing=bool(closing))
        if depth > MAX_DEPTH:
            return f"elements nested more than {MAX_DEPTH:,} deep"
    if links > MAX_LINKS:
        return f"{links:,} links, more than {MAX_LINKS:,}"
    return None


def _step(open_tags: Counter[str], name: str, *, closing: bool) -> int:
    if closing and not open_tags[name]:
        return 0
    step = -1 if closing else 1
    open_tags[name] += step
    return step


def _after(found: int, text: str) -> int:
    return len(text) if found < 0 else found + 3


def _attributes(tag: str) -> int:
    return len(_ATTRIBUTE.findall(_QUOTED.sub("", tag)))
