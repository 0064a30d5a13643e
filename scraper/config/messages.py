"""What pydantic found wrong in sources.toml, as sentences with file, line, table and key.

It decides nothing: what is wrong is settled by the time it is called.
"""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic_core import ErrorDetails

from scraper.config.lines import Path as Place
from scraper.config.lines import lines_in
from scraper.config.tables import TABLES
from scraper.errors import ConfigError, ConfigErrors

MAX_TOLD = 1_000  # problems of one file

_KINDS = {
    "string_type": "a text in quotes",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list in brackets",
    "dict_type": "a table",
    "model_type": "a table",
    "date_type": "a date without quotes",
}
_SEEN: dict[type, str] = {
    str: "text in quotes",
    bool: "true or false",
    int: "a whole number",
    float: "a number with a fraction",
    list: "a list",
    dict: "a table",
}
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


class Reporter:
    """Turns places in a parsed sources.toml into errors that name their line."""

    def __init__(self, file: Path, text: str, document: Mapping[str, Any]) -> None:
        self._file, self._text, self._document = file, text, document
        self._known_lines: Mapping[Place, int] | None = None

    def error(self, place: Place, problem: str) -> ConfigError:
        """Return the error of what stands at a place of the document (or is missing from it)."""
        names = _names(place)
        table = _table_of(names)
        return ConfigError(
            problem,
            file=self._file,
            line=self._line(place),
            table=TABLES[table][0] or None,
            key=".".join(names[len(table) :]) or None,
            outlet=self._outlet_id(place),
        )

    def where(self, place: Place) -> str:
        """Return file and line of a place, as they stand before an error."""
        return f"{self._file}:{self._line(place) or 1}"

    def schema_errors(self, found: Sequence[ErrorDetails]) -> list[ConfigError]:
        """Return the errors that pydantic describes; a key that is only misspelt is not missing.

        Of very many the first are told: nobody reads more, and each looks for the nearest key.
        """
        more, found = max(len(found) - MAX_TOLD, 0), found[:MAX_TOLD]
        meant = {
            (*details["loc"][:-1], _nearest(_names(details["loc"])))
            for details in found
            if details["type"] == "extra_forbidden"
        }
        told = [
            self._schema_error(details)
            for details in found
            if details["type"] != "missing" or details["loc"] not in meant
        ]
        return [*told, self.error((), f"{more:,} more problems are not told")] if more else told

    def _schema_error(self, details: ErrorDetails) -> ConfigError:
        place = tuple(part for part in details["loc"] if part != "[key]")
        return self.error(place, _sentence(place, details))

    def _line(self, place: Place) -> int | None:
        """Return the line of a place, or of the closest table around it; None for the file."""
        if self._known_lines is None:
            self._known_lines = lines_in(self._text)
        around = (place[:end] for end in range(len(place), 0, -1))
        return next((self._known_lines[part] for part in around if part in self._known_lines), None)

    def _outlet_id(self, place: Place) -> str | None:
        match place:
            case ("outlet", int(index), *_):
                outlet = self._document["outlet"][index]
                name = outlet.get("id") if isinstance(outlet, dict) else None
                return name if isinstance(name, str) else None
        return None


def raise_all(errors: Sequence[ConfigError]) -> None:
    """Raise what there is: nothing, one error, or all of them as one in the order of the lines.

    Of several files the order is that in which they come.
    """
    if len(errors) == 1:
        raise errors[0]
    if errors:
        files = {file: at for at, file in enumerate(dict.fromkeys(one.file for one in errors))}
        raise ConfigErrors(sorted(errors, key=lambda one: (files[one.file], one.line or 0)))


def _table_of(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the innermost known table that the names lead into; a table's own name is its key.

    An unknown or missing key is the last name, so the table is sought among what stands before it.
    """
    return (
        next(names[:end] for end in range(len(names) - 1, -1, -1) if names[:end] in TABLES)
        if names
        else ()
    )


def _sentence(place: Place, details: ErrorDetails) -> str:
    names = _names(place)
    kind = details["type"]
    if kind == "extra_forbidden":
        return _unknown(names)
    if kind == "missing":
        return f"this key is required, like {names[-1]} = {_example(place)}"
    if names in TABLES and kind in _KINDS:
        return f"write it as {TABLES[names][0]}, with these brackets"
    if kind in _KINDS:
        seen = _seen(details["input"])
        return f"it must be {_KINDS[kind]}, like {_example(place)}; here it is {seen}"
    if kind == "string_pattern_mismatch":
        # Without the value: a cookie may stand where its variable's name should.
        return f"it is not written as it must be, like {_example(place)}"
    if kind == "string_too_short":
        return f"it is empty; write it like {_example(place)}"
    return _as_said(details)


def _names(place: Place) -> tuple[str, ...]:
    return tuple(part for part in place if isinstance(part, str))


def _nearest(names: tuple[str, ...]) -> str | None:
    """Return the known key that an unknown one, the last of the names, is close to."""
    known = TABLES[_table_of(names)][1].model_fields
    close = get_close_matches(names[-1].lower(), known, n=1)
    return close[0] if close else None


def _unknown(names: tuple[str, ...]) -> str:
    table, key = _table_of(names), names[-1]
    known = TABLES[table][1].model_fields
    close = _nearest(names)
    homes = [name for name, model in TABLES.values() if name and key in model.model_fields]
    sentence = f"unknown key here; it belongs in {' or '.join(homes)}" if homes else "unknown key"
    if close:
        return f"{sentence}; did you mean '{close}'?"
    (nearest,) = get_close_matches(key.lower(), known, n=1, cutoff=0.0)
    return sentence if homes else f"{sentence}; the nearest known key is '{nearest}'"


def _example(place: Place) -> str:
    """Return the example of a key, or of one element where the place is an element, as TOML."""
    names = _names(place)
    table = _table_of(names)
    field = TABLES[table][1].model_fields[names[len(table)]]
    (example, *_) = field.examples or [""]
    if isinstance(example, list) and isinstance(place[-1], int):
        example = example[0]
    return str(example) if _DATE.fullmatch(str(example)) else _toml(example)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(_toml(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_toml(item)}' for key, item in value.items())} }}"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _seen(value: object) -> str:
    return _SEEN.get(type(value), "a date or time")


def _as_said(details: ErrorDetails) -> str:
    """Return the sentence of our own check, or pydantic's where it is the only one there is."""
    error = details.get("ctx", {}).get("error")
    return str(error) if error is not None else details["msg"].replace("Input should", "it must")
