"""What all statements of the catalog share: storable values, keys of URLs, upserts, two dialects.

It runs nothing by itself.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, bindparam

from scraper.model import Outlet
from scraper.store import prepared
from scraper.urls import normal_url

T = TypeVar("T")

_CHUNK = 500  # values in one IN: databases bound their number
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL refuses NUL, UTF-8 halves of pairs


def clean(value: Any) -> Any:
    """Return a value with what no database can hold taken out of its strings."""
    if isinstance(value, str):
        return _UNSTORABLE.sub(lambda found: "" if found[0] == "\x00" else "\ufffd", value)
    if isinstance(value, tuple | list):
        return [clean(item) for item in value]
    return value


def url_key(url: str) -> str:
    """Return a URL as the catalog looks it up; one that is none stays as it is."""
    try:
        return normal_url(clean(url))
    except ValueError:
        return str(clean(url))


def insert_row(connection: Connection, table: Table, values: Mapping[str, object]) -> int:
    """Insert a row with its strings made storable; return its number."""
    return int(connection.execute(prepared.numbered(table), _clean_row(values)).scalar_one())


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows with their strings made storable."""
    if rows:
        connection.execute(prepared.plain(table), [_clean_row(values) for values in rows])


def _clean_row(values: Mapping[str, object]) -> dict[str, Any]:
    return {name: clean(value) for name, value in values.items()}


def upsert(connection: Connection, table: Table) -> Any:
    """Return an INSERT that may say what happens on conflict: two dialects, one syntax."""
    return prepared.insert_into(connection.dialect.name, table)


def save_outlet(connection: Connection, outlet: Outlet) -> None:
    """Write an outlet's row, or its newest name and home."""
    row = {"id": outlet.id, "name": clean(outlet.name), "home": clean(outlet.home)}
    connection.execute(prepared.outlet_kept(connection.dialect.name), row)


def in_chunks(values: Iterable[T], *, at_most: int = _CHUNK) -> Iterator[list[T]]:
    """Yield values in lists that one IN can take."""
    rest, size = iter(values), min(at_most, _CHUNK)
    while some := list(islice(rest, size)):
        yield some


def move_records(
    connection: Connection,
    table: Table,
    before: str,
    after: str,
    places: Mapping[str, tuple[int, int]],
) -> None:
    """Have rows lead to another file: to the offset there of each one's first record."""
    rows = [{"record": record, "at": offset} for record, (offset, _) in places.items()]
    if rows:
        is_moved = (table.c.first_id == bindparam("record")) & (table.c.file == before)
        values = {table.c.file: after, table.c.offset: bindparam("at")}
        connection.execute(table.update().where(is_moved).values(values), rows)
