"""A catalog as sorted lines of text in which numbers are names: two catalogs that say the same have
the same lines.

It changes nothing, and leaves out what only the running line knows.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, select

from scraper.store import schema

# What no record tells, and why it need not: table -> columns, or None for all of them.
NOT_ARCHIVED: Mapping[str, frozenset[str] | None] = {
    # asked again from the first day
    "sources": None,
    "hosts": None,
    # learnt again from the archive's pages
    "templates": None,
    # what later captures tell
    "signs": None,
    "alarms": None,
    "notices": None,
    # which outlets are in sources.toml now, the next start says
    "outlets": frozenset({"active"}),
    # what lists say of links they say again when they are asked
    "announcements": None,
    "links": frozenset(
        {
            "active",
            "first_seen",
            "last_seen",
            # reckoned from the end of the exchange, where it was the end of the reading
            "captured_at",
            "next_try",
            "next_recheck",
            "claimed_by",
            "claimed_until",
        }
    ),
    # how far an import went: it goes on from the file's beginning, and takes nothing twice
    "imports": frozenset(
        {"begun", "ended", "done_offset", "done_nth", "records", "known", "unread", "broken"}
    ),
}
_SECONDS_DIGITS = 6  # of a duration; the records have no more
# A row's number is replaced by these columns of it.
_NAMES = {
    "articles": ("url",),
    "texts": ("sha256",),
    "links": ("key",),
    "captures": ("url", "started"),
    "sources": ("outlet", "url"),
    "imports": ("sha256",),
    "requisites": ("first_id",),
}


def dump(connection: Connection, *, with_numbers: bool = False) -> Iterator[str]:
    """Yield a line of JSON for each row, sorted within its table; tables in the order of keys.

    `with_numbers` leaves the numbers of rows and of what they refer to in place as well.
    """
    names: dict[str, dict[Any, Any]] = {}
    for table in schema.metadata.sorted_tables:
        left_out = NOT_ARCHIVED.get(table.name, frozenset())
        rows = [dict(row) for row in connection.execute(select(table)).mappings()]
        names[table.name] = _names_of(table, rows)
        if left_out is None:
            continue
        lines = [
            json.dumps(
                {"table": table.name, **_told(table, row, names, left_out, with_numbers)},
                ensure_ascii=False,
                default=_plain,
            )
            for row in rows
        ]
        yield from sorted(lines)


def _names_of(table: Table, rows: list[dict[str, Any]]) -> dict[Any, Any]:
    columns = _NAMES.get(table.name)
    if columns is None:
        return {}
    return {row["id"]: [row[column] for column in columns] for row in rows}


def _told(
    table: Table,
    row: dict[str, Any],
    names: dict[str, dict[Any, Any]],
    left_out: frozenset[str],
    with_numbers: bool,
) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for column in table.columns:
        value = row[column.name]
        if column.name in left_out:
            continue
        is_number = column.name == "id" and table.name in {*_NAMES, "exchanges"}
        if not is_number:
            told[column.name] = _named(column, value, names)
        if with_numbers and (is_number or column.foreign_keys):
            told[f"{column.name} number"] = value
    return told


def _named(column: Any, value: Any, names: dict[str, dict[Any, Any]]) -> Any:
    if isinstance(value, float):
        return round(value, _SECONDS_DIGITS)
    for key in column.foreign_keys:
        return names[key.column.table.name].get(value, value)
    return value


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"a {type(value).__name__} in the catalog")
