"""Changes of a sources.toml's text: an outlet added, removed, a key set; all else stays as it is.

It writes no file. Every change is proven: what the new text says must be what the old one said,
with the change and nothing else, or it is refused.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Array

from scraper.config.entry import Value, key_text, table_text
from scraper.config.files import bytes_of, text_of
from scraper.config.lines import Path as Place
from scraper.config.lines import lines_in
from scraper.config.load import document_in
from scraper.config.regions import Regions
from scraper.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A key of an outlet and its new value; None takes it away.

    `path` is the key's: ("name",), ("fetch", "timeout"), ("source", 0, "every"). A path that ends
    in an index is a whole table, which can only be taken away.
    """

    path: Place
    value: Value | None


def with_entry(text: str, entry: str) -> str:
    """Return a text with an entry at its end, parted by an empty line."""
    if not text.strip():
        return entry
    return text.rstrip() + _as_in(text, "\n\n" + entry)


def without_outlet(text: str, outlet_id: str, file: Path) -> str:
    """Return a text without an outlet, the comments directly above it gone as well.

    Raises:
        ConfigError: there is no such outlet, or its tables do not stand together.
    """
    document = document_in(text, file)
    index = index_of(document, outlet_id, file)
    wanted = deepcopy(document)
    del wanted["outlet"][index]
    if not wanted["outlet"]:
        del wanted["outlet"]
    return _proven(_cut(text, document, ("outlet", index)), wanted, file, _line(text, index))


def with_changes(text: str, outlet_id: str, changes: Sequence[Change], file: Path) -> str:
    """Return a text in which some keys of an outlet have other values.

    Raises:
        ConfigError: there is no such outlet or table, or the text cannot be changed safely.
    """
    for change in changes:
        document = document_in(text, file)
        index = index_of(document, outlet_id, file)
        path: Place = ("outlet", index, *change.path)
        wanted = _wanted(document, path, change.value, file)
        if wanted == document:
            continue
        text = _proven(
            _changed(text, document, path, change.value), wanted, file, _line(text, index)
        )
    return text


def place_of(files: Iterable[Path], outlet_id: str) -> tuple[Path, int]:
    """Return in which of some files an outlet stands, and on which line.

    Raises:
        ConfigError: in none, or a file cannot be read.
    """
    last = None
    for last in files:
        text = text_of(bytes_of(last), last)
        for index, outlet in enumerate(document_in(text, last).get("outlet", ())):
            if outlet.get("id") == outlet_id:
                return last, _line(text, index)
    raise ConfigError(f"no outlet has the id {outlet_id!r}", file=last)


def table_of(text: str, outlet_id: str, file: Path) -> Mapping[str, Any]:
    """Return an outlet's table as it is written, unchecked."""
    document = document_in(text, file)
    table: Mapping[str, Any] = document["outlet"][index_of(document, outlet_id, file)]
    return table


def text_of_outlet(file: Path, outlet_id: str) -> str:
    """Return the lines of a file that are about an outlet, the comments above it among them."""
    text = text_of(bytes_of(file), file)
    document = document_in(text, file)
    index = index_of(document, outlet_id, file)
    regions = Regions(text, document)
    start, end = regions.span(("outlet", index)) or (_line(text, index) - 1, len(regions.lines))
    return "".join(regions.lines[start:end]).rstrip()


def index_of(document: Mapping[str, Any], outlet_id: str, file: Path) -> int:
    """Return which of a document's outlets has an id.

    Raises:
        ConfigError: none has.
    """
    for index, outlet in enumerate(document.get("outlet", ())):
        if outlet.get("id") == outlet_id:
            return index
    raise ConfigError(f"no outlet has the id {outlet_id!r}", file=file)


def _wanted(document: Mapping[str, Any], path: Place, value: Value | None, file: Path) -> Any:
    """Return a document with a value set, or taken away where it is None."""
    wanted = deepcopy(dict(document))
    table: Any = wanted
    for part, following in pairwise(path):
        if isinstance(part, int):
            if part == len(table):
                table.append({})
            table = _element(table, part, path, file)
        else:
            table = table.setdefault(part, [] if isinstance(following, int) else {})
    last: Any = path[-1]
    if value is not None:
        table[last] = value
    elif isinstance(last, int):
        _element(table, last, path, file)
        del table[last]
    else:
        table.pop(last, None)
    return _without_empty(wanted)


def _element(array: Any, index: int, path: Place, file: Path) -> Any:
    if not 0 <= index < len(array):
        name = path[path.index(index) - 1]
        problem = f"there is no {name}.{index + 1}: the outlet has {len(array)}"
        raise ConfigError(problem, file=file)
    return array[index]


def _changed(text: str, document: Mapping[str, Any], path: Place, value: Value | None) -> str:
    """Return the text with a change: of a value in its place, else of whole lines."""
    if value is None and isinstance(path[-1], int):
        return _cut(text, document, path)
    if path in lines_in(text):
        return _replaced(text, path, value)
    assert value is not None  # what is not there cannot be taken away
    return _inserted(text, document, path, value)


def _replaced(text: str, path: Place, value: Value | None) -> str:
    try:
        document: Any = tomlkit.parse(text)
        table = document
        for part in path[:-1]:
            table = table[part]
        if value is None:
            del table[path[-1]]
        else:
            table[path[-1]] = _like(table[path[-1]], value)
        return str(document.as_string())
    except TOMLKitError:  # there is TOML that it cannot read: the proof refuses what is unchanged
        return text


def _like(before: Any, value: Value) -> Any:
    """Return a value as it is to be written in the place of another: a list with a line for each
    element keeps that, and one that grows keeps its comments."""
    if not isinstance(value, list) or not isinstance(before, Array):
        return value
    if list(before.unwrap()) == value[: len(before)]:
        for element in value[len(before) :]:
            before.append(element)
        return before
    array = tomlkit.array()
    array.extend(value)
    return array.multiline("\n" in before.as_string())


def _inserted(text: str, document: Mapping[str, Any], path: Place, value: Value) -> str:
    """Return the text with a key after the last of its table, in a new table where it has none."""
    regions = Regions(text, document)
    table, key = path[:-1], str(path[-1])
    at = regions.end_of_keys(table)
    new = key_text(key, value) + "\n"
    if at is None:
        names = ".".join(str(part) for part in table if isinstance(part, str))
        header = f"[[{names}]]" if isinstance(table[-1], int) else f"[{names}]"
        at = _place_for(table, regions)
        new = "\n" + table_text(header, {key: value})
    if at is None:
        return text  # the proof refuses it
    lines = list(regions.lines)
    if at and not lines[at - 1].endswith("\n"):
        lines[at - 1] += _as_in(text, "\n")
    return "".join((*lines[:at], _as_in(text, new), *lines[at:]))


def _as_in(text: str, new: str) -> str:
    """Return new lines with the line breaks of the text that they go into."""
    return new.replace("\n", "\r\n") if "\r\n" in text else new


def _place_for(table: Place, regions: Regions) -> int | None:
    """Return the line for a new table: after the one before it in its array, else at the end."""
    if isinstance(table[-1], int) and table[-1] > 0:
        before = regions.end((*table[:-1], table[-1] - 1))
        if before is not None:
            return before
    return regions.end(table[:2])


def _cut(text: str, document: Mapping[str, Any], path: Place) -> str:
    """Return the text without a table, those below it and the comments above it."""
    regions = Regions(text, document)
    span = regions.span(path)
    if span is None:
        return text  # the proof refuses it
    before, after = "".join(regions.lines[: span[0]]), "".join(regions.lines[span[1] :])
    if not after.strip():
        return before.rstrip() + _as_in(text, "\n")
    is_parted = not before or before.endswith(("\n\n", "\n\r\n"))
    return before + (after.lstrip("\r\n") if is_parted else after)


def _proven(text: str, wanted: Mapping[str, Any], file: Path, line: int) -> str:
    """Return a text that says what it is to say, and nothing else."""
    try:
        if _without_empty(tomllib.loads(text)) == _without_empty(dict(wanted)):
            return text
    except tomllib.TOMLDecodeError:
        pass
    problem = "the outlet is written in a way that cannot be changed safely; edit it by hand"
    raise ConfigError(problem, file=file, line=line)


def _without_empty(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document without the empty tables and arrays that an edit may leave behind."""
    emptied = {key: _emptied(value) for key, value in document.items()}
    return {key: value for key, value in emptied.items() if value not in ({}, [])}


def _emptied(value: Any) -> Any:
    if isinstance(value, dict):
        return _without_empty(value)
    if isinstance(value, list):
        return [_emptied(one) for one in value]
    return value


def _line(text: str, index: int) -> int:
    return lines_in(text).get(("outlet", index), 1)
