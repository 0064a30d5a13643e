"""What a page says of itself in JSON-LD.

It follows no reference and fetches no context; what cannot be read within its limits is left out.
"""

import json
import re
from collections.abc import Iterator, Mapping

_MAX_CHARS = 1_000_000
_MAX_OBJECTS = 2_000
_OPENING = re.compile(r"\s*(?:<!--|(?://|/\*)?\s*<!\[CDATA\[(?:\s*\*/)?)")
_CLOSING = ("-->", "]]>", "//", "/*", "*/", ";")
_ARTICLE = ("Article", "Posting", "Report", "Review")

Thing = Mapping[str, object]


def things_in(scripts: list[str]) -> list[Thing]:
    """Return the objects of JSON-LD scripts, those in `@graph` and arrays included, in order."""
    found: list[Thing] = []
    for script in scripts:
        for thing in _objects(_loaded(script)):
            found.append(thing)
            if len(found) >= _MAX_OBJECTS:
                return found
    return found


def article_in(things: list[Thing]) -> Thing:
    """Return the first object that says it is an article, posting, report or review, or nothing."""
    return next((thing for thing in things if _is_article(thing)), {})


def strings(value: object) -> list[str]:
    """Return the strings of a value: itself, or those of a list, or values and names inside."""
    if isinstance(value, str):
        return [value.strip()] if value.strip() else []
    if isinstance(value, list):
        return [text for item in value for text in strings(item)]
    if isinstance(value, dict):
        return strings(value.get("@value") or value.get("name"))
    return []


def types_of(thing: Thing) -> list[str]:
    """Return the types of an object without their namespace."""
    return [name.rsplit("/", 1)[-1].rsplit(":", 1)[-1] for name in strings(thing.get("@type"))]


def _is_article(thing: Thing) -> bool:
    return any(name.endswith(_ARTICLE) for name in types_of(thing))


def _loaded(script: str) -> object:
    if len(script) > _MAX_CHARS:
        return None
    try:
        return json.loads(_unwrapped(script), strict=False)
    except (ValueError, RecursionError):
        return None


def _unwrapped(script: str) -> str:
    """Return a script without the comment or CDATA that some templates put around it."""
    if found := _OPENING.match(script):
        script = script[found.end() :]
    script = script.rstrip()
    while script.endswith(_CLOSING):
        closing = next(mark for mark in _CLOSING if script.endswith(mark))
        script = script.removesuffix(closing).rstrip()
    return script


def _objects(value: object) -> Iterator[Thing]:
    """Yield objects at the top, in lists and in `@graph`; depth-first, in document order."""
    todo = [value]
    while todo:
        at = todo.pop()
        if isinstance(at, list):
            todo.extend(reversed(at))
        elif isinstance(at, dict):
            yield at
            todo.append(at.get("@graph"))
            todo.append(at.get("mainEntity") or at.get("mainEntityOfPage"))
