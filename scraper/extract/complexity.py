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
_MOST_PLAIN = 1_000_000  # characters of a page whose tags may be counted all at once
_LONG_TAG = 4_000  # characters, below which no tag holds too many attributes
_RAW_NAMES = ("script", "style", "textarea", "title", "noscript", "iframe", "xmp")
_RAW = {name: re.compile(f"</{name}", re.IGNORECASE) for name in _RAW_NAMES}
# Void elements, and those whose end tag the parser supplies: they do not nest by being left open.
_FLAT = frozenset(
    {
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param",
        "source", "track", "wbr", "p", "li", "dt", "dd", "option", "optgroup", "tr", "td",
        "th", "thead", "tbody", "tfoot", "colgroup", "rt", "rp", "html", "head", "body",
    }
)  # fmt: skip
# What follows a name in a tag of at most 4,000 characters outside of quotes: 2,000 attributes.
_FEW = r"[^>\"']{0,1000}+(?:\"[^\"]*+\"[^>\"']{0,50}+|'[^']*+'[^>\"']{0,50}+){0,60}+>"
_NAMED = rf"[^\s/>]*+)(?:{_FEW}|\Z|([\s/>])(?s:.*))"  # all the rest, where there may be more
_WITH_RAW = "|".join(
    rf"{name}(?=[\s/>]){_FEW}[^<]*+(?:<(?!/{name})[^<]*+)*+" for name in _RAW_NAMES
)
_TAG = re.compile(
    rf"<(?:(/?[a-hj-mo-ru-wyzA-HJ-MO-RU-WYZ]{_NAMED}|(?i:{_WITH_RAW})|(/?[a-zA-Z]{_NAMED}"
    r"|!--(?s:.*?)(?:-->|\Z))"
)


def complaint_about(text: str) -> str | None:
    """Return what makes a page too complex to parse, as part of a sentence, or None."""
    if len(text) > MAX_CHARS:
        return f"{len(text):,} characters, more than {MAX_CHARS:,}"
    return None if len(text) <= _MOST_PLAIN and _is_plain(text) else _complaint_of_scan(text)


def _is_plain(text: str) -> bool:
    """Say whether there are too few tags to nest too deep, and none with too many attributes.

    Most pages are; it takes a third of a scan's time. Void elements and comments are no tags here.
    """
    nesting = 0
    for (name, is_long, other, other_is_long), count in Counter(_TAG.findall(text)).items():
        if is_long or other_is_long:
            return False
        name = name or other
        if name and name[0] != "/" and name not in _FLAT:
            nesting += count
    return nesting <= MAX_DEPTH


def _complaint_of_scan(text: str) -> str | None:
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
