"""What all statements of the catalog share: storable values, keys of URLs, upserts, two dialects.

It runs nothing by itself.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from scraper.model import Outlet
from scraper.store import schema
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
    row = {name: clean(value) for name, value in values.items()}
    return int(connection.execute(table.insert().returning(table.c.id), row).scalar_one())


def upsert(connection: Connection, table: Table) -> Any:
    """Return an INSERT that may say what happens on conflict: two dialects, one syntax."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


def save_outlet(connection: Connection, outlet: Outlet) -> None:
    """Write an outlet's row, or its newest name and home."""
    row = {"id": outlet.id, "name": clean(outlet.name), "home": clean(outlet.home)}
    insert = upsert(connection, schema.outlets)
    newest = {"name": insert.excluded.name, "home": insert.excluded.home}
    connection.execute(insert.on_conflict_do_update(index_elements=["id"], set_=newest), row)


def in_chunks(values: Iterable[T], *, at_most: int = _CHUNK) -> Iterator[list[T]]:
    """Yield values in lists that one IN can take."""
    rest, size = iter(values), min(at_most, _CHUNK)
    while some := list(islice(rest, size)):
        yield some
