"""Keys and values of an outlet as a command line has them: dotted, and typed by the schema.

It reads no file; whether a value is a good one is settled where the whole file is checked.
"""

import tomllib
from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from functools import cache
from typing import Any

from scraper.config.editing import Change
from scraper.config.entry import Value
from scraper.config.json_schema import schema
from scraper.config.lines import Path as Place
from scraper.errors import ConfigError

_ARRAYS = frozenset({"source", "rules"})
_WHOLE = frozenset({"body", "strip", "strip_text", "keep"})  # their values may hold commas
_FIXED = "the id names the outlet's folders in the archive, so it stays; add another outlet instead"


def change_of(said: str, outlet: Mapping[str, Any]) -> Change:
    """Return the change that a text like ``fetch.timeout=30s`` asks for of an outlet's table.

    ``source.2.every=1h`` is about the second source, ``source.2=`` takes it away, ``name=`` takes a
    key away, ``tags+=europe`` adds to a list. A list is TOML in brackets, or its elements with
    commas between; selectors and regular expressions are one element unless in brackets.

    Raises:
        ConfigError: there is no such key, or the value is not of its type.
    """
    dotted, equals, text = said.partition("=")
    if not equals:
        raise ConfigError(f"{said!r} is no change; write it like name=value, or name= to unset it")
    adds = dotted.endswith("+")
    path = _path_of(dotted.removesuffix("+").strip(), outlet)
    if path[0] == "id":
        raise ConfigError(_FIXED, key="id")
    if isinstance(path[-1], int):
        if text:
            raise ConfigError(f"{dotted} is a table; name a key of it, like {dotted}.url={text}")
        return Change(path=path, value=None)
    value = _typed(text, _property(path, dotted), dotted) if text else None
    if adds:
        before = _at(outlet, path)
        value = [*(before if isinstance(before, list) else []), *_listed(value, dotted)]
    return Change(path=path, value=value)


def _path_of(dotted: str, outlet: Mapping[str, Any]) -> Place:
    """Return the path of a dotted key; tables of an array are counted from 1."""
    path: list[str | int] = []
    for part in dotted.split("."):
        if path and path[-1] in _ARRAYS:
            there = len(outlet.get(str(path[-1]), ()))
            if not part.isascii() or not part.isdecimal() or not 1 <= int(part) <= there + 1:
                problem = f"say which {path[-1]} is meant, from 1 to {there + 1} (a new one)"
                raise ConfigError(problem, key=dotted)
            path.append(int(part) - 1)
        else:
            path.append(part)
    return tuple(path)


def _property(path: Place, dotted: str) -> Mapping[str, Any]:
    """Return the schema of what stands at a path of an outlet's table."""
    definitions = _schema()["$defs"]
    table: Mapping[str, Any] = definitions["OutletTable"]
    for part in path:
        if isinstance(part, int):
            continue
        if "properties" not in table:
            return (
                {"type": "string"} if "additionalProperties" in table else _no_key(part, (), dotted)
            )
        known = table["properties"]
        found = known.get(part) or _no_key(part, known, dotted)
        reference = found.get("$ref") or found.get("items", {}).get("$ref")
        table = definitions[reference.rpartition("/")[2]] if reference else found
    if "properties" in table:
        raise ConfigError("it is a table; name a key of it", key=dotted)
    return table


def _no_key(part: str, known: Mapping[str, Any] | tuple[()], dotted: str) -> Mapping[str, Any]:
    near = get_close_matches(part, known, n=1)
    hint = f"; did you mean '{near[0]}'?" if near else "; docs/sources.md has them all"
    raise ConfigError(f"there is no key '{part}'{hint}", key=dotted)


@cache
def _schema() -> Mapping[str, Any]:
    return schema()


def _typed(text: str, wanted: Mapping[str, Any], dotted: str) -> Value:
    kind = wanted.get("type", "string")
    try:
        if kind == "array":
            return _list_of(text, whole=dotted.removesuffix("+").rpartition(".")[2] in _WHOLE)
        if kind == "object":
            return dict(tomllib.loads(f"value = {text}")["value"])
        if kind == "boolean":
            return {"true": True, "false": False}[text.lower()]
        if kind == "integer":
            return int(text.replace("_", ""))
        if kind == "number":
            return float(text)
        return date.fromisoformat(text) if wanted.get("format") == "date" else text
    except (ValueError, KeyError, TypeError) as exc:  # TOML errors are ValueErrors
        example = wanted.get("examples", [text])[0]
        what = "it" if kind == "object" else repr(text)  # of headers, whose values are secrets
        raise ConfigError(
            f"{what} is not written as it must be, like {example}", key=dotted
        ) from exc


def _list_of(text: str, *, whole: bool) -> list[str]:
    if text.startswith("["):
        return list(tomllib.loads(f"value = {text}")["value"])
    return [text] if whole else [part.strip() for part in text.split(",") if part.strip()]


def _listed(value: Value | None, dotted: str) -> list[str]:
    if not isinstance(value, list):
        raise ConfigError("only a list can be added to", key=dotted)
    return [str(one) for one in value]


def _at(outlet: Mapping[str, Any], path: Place) -> object:
    table: Any = outlet
    for part in path:
        try:
            table = table[part]
        except (KeyError, IndexError):
            return None
    return table
