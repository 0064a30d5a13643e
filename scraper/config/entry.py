"""An [[outlet]] as TOML text, with comments that say why each thing stands there.

It writes no file, and checks nothing: what it makes is read again before it is kept. The fence of
tomlkit is the room that it is in.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

import tomlkit

Value = str | int | float | bool | date | list[str] | list[dict[str, object]] | dict[str, str]

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_WIDTH = 100  # columns, beyond which an array gets a line for each element


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A table of an entry: its keys in their order, and the comment lines above it."""

    values: Mapping[str, Value]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An outlet as it is to stand in sources.toml; `outlet` has at least id, name and home."""

    outlet: Section
    sources: tuple[Section, ...] = ()
    fetch: Section | None = None
    rules: tuple[Section, ...] = ()
    alarm: Section | None = field(default=None)


def entry_text(entry: Entry) -> str:
    """Return an entry as TOML, ending in a line break."""
    tables = [_table("[[outlet]]", entry.outlet)]
    tables += [_table("[[outlet.source]]", source) for source in entry.sources]
    tables += [_table("[outlet.fetch]", entry.fetch)] if entry.fetch else []
    tables += [_table("[[outlet.rules]]", rule) for rule in entry.rules]
    tables += [_table("[outlet.alarm]", entry.alarm)] if entry.alarm else []
    return "\n".join(tables)


def table_text(header: str, values: Mapping[str, Value]) -> str:
    """Return a table with its header, ending in a line break."""
    return _table(header, Section(values=values))


def key_text(key: str, value: Value) -> str:
    """Return a key and its value as TOML, on one line or as a list with a line for each element."""
    line = f"{tomlkit.key(key).as_string()} = {value_text(value)}"
    if not isinstance(value, list) or len(line) <= _WIDTH:
        return line
    elements = "".join(f"  {value_text(element)},\n" for element in value)  # type: ignore[arg-type]  # what a list may hold is a value as well
    return f"{tomlkit.key(key).as_string()} = [\n{elements}]"


def value_text(value: Value) -> str:
    """Return a value as TOML on one line."""
    if isinstance(value, list):
        return f"[{', '.join(value_text(one) for one in value)}]"  # type: ignore[arg-type]  # as above
    if isinstance(value, dict):
        pairs = (
            f"{tomlkit.key(key).as_string()} = {value_text(one)}" for key, one in value.items()
        )
        return f"{{ {', '.join(pairs)} }}"
    return str(tomlkit.item(value).as_string())


def _table(header: str, section: Section) -> str:
    return "\n".join((*map(_comment, section.notes), header, *_pairs(section.values))) + "\n"


def _pairs(values: Mapping[str, Value]) -> Iterator[str]:
    return (key_text(key, value) for key, value in values.items())


def _comment(text: str) -> str:
    """Return a comment line; what a remote said cannot end it."""
    return f"# {_CONTROL.sub(' ', text)}".rstrip()
