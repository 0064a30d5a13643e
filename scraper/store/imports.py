"""Files of others in the catalog: how far each was taken in, and what the archive had already.

It begins and ends no transaction, and reads no file.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, or_, select, update

from scraper.model import Imported
from scraper.store import schema
from scraper.store.statements import clean, in_chunks, upsert

_NOTHING_YET = {
    "done_offset": -1,
    "done_nth": 0,
    "records": 0,
    "known": 0,
    "unread": 0,
    "broken": 0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRow:
    """A file of somebody else's, and how far it was taken in."""

    id: int
    sha256: str
    file: str
    bytes: int
    begun: datetime | None
    ended: datetime | None
    done_offset: int  # -1 before the first page
    done_nth: int
    records: int
    known: int
    unread: int
    broken: int


def note_import(connection: Connection, capture_id: int, imported: Imported) -> None:
    """Write down where a capture came from; its file gets a row if it has none."""
    row = {
        "capture_id": capture_id,
        "import_id": _file_id(connection, imported),
        "offset": imported.offset,
        "nth": imported.nth,
    }
    connection.execute(schema.imported.insert(), row)


def begin(connection: Connection, imported: Imported, now: datetime) -> ImportRow:
    """Return what is known of a file that is to be taken in, now or again."""
    table, number = schema.imports, _file_id(connection, imported)
    change = update(table).where(table.c.id == number, table.c.begun.is_(None))
    connection.execute(change.values(begun=now))
    row = connection.execute(select(table).where(table.c.id == number)).mappings().one()
    return ImportRow(**row)


def advance(
    connection: Connection, number: int, done: tuple[int, int], *, known: int, unread: int
) -> None:
    """Write down that all pages of a file up to a place are done with."""
    table = schema.imports
    values = {
        "done_offset": done[0],
        "done_nth": done[1],
        "known": table.c.known + known,
        "unread": table.c.unread + unread,
    }
    connection.execute(update(table).where(table.c.id == number).values(values))


def end(
    connection: Connection, number: int, now: datetime, *, records: int, broken: int
) -> ImportRow:
    """Write down that a file was read to its end."""
    table = schema.imports
    values = {"ended": now, "records": records, "broken": broken}
    change = update(table).where(table.c.id == number).values(values).returning(table)
    return ImportRow(**connection.execute(change).mappings().one())


def import_of(connection: Connection, capture_id: int) -> Imported | None:
    """Return where a capture came from, if somebody else made it."""
    table, files = schema.imported, schema.imports
    query = select(files.c.file, files.c.sha256, files.c.bytes, table.c.offset, table.c.nth)
    query = query.join(files, files.c.id == table.c.import_id)
    row = connection.execute(query.where(table.c.capture_id == capture_id)).mappings().one_or_none()
    return None if row is None else Imported(**row)


def known_records(connection: Connection, ids: Collection[str]) -> set[str]:
    """Return those of some record IDs that exchanges of the archive have."""
    table = schema.exchanges
    columns, known = (table.c.request_id, table.c.response_id), set[str]()
    for some in in_chunks(ids):
        query = select(*columns).where(or_(*(column.in_(some) for column in columns)))
        known |= {name for row in connection.execute(query) for name in row} & set(some)
    return known


def is_same_as_beside(
    connection: Connection, urls: Collection[str], date: datetime, digest: str
) -> bool:
    """Say whether the capture before or after a moment, of any of a page's URLs, has its payload:
    the page was seen to be the same then, and there is nothing to keep."""
    table = schema.exchanges
    before = _digest_where(connection, urls, table.c.started <= date, newest=True)
    if before == digest:
        return True
    return _digest_where(connection, urls, table.c.started >= date, newest=False) == digest


def _digest_where(
    connection: Connection, urls: Collection[str], when: ColumnElement[bool], *, newest: bool
) -> str | None:
    table = schema.exchanges
    of_page = or_(*(table.c.url == url for url in sorted(urls)))
    order = (table.c.started, table.c.id)
    query = select(table.c.payload_digest).where(of_page, table.c.status == 200, when)
    query = query.order_by(*(column.desc() for column in order) if newest else order).limit(1)
    return connection.execute(query).scalar()


def _file_id(connection: Connection, imported: Imported) -> int:
    table = schema.imports
    row = _NOTHING_YET | {
        "sha256": imported.sha256,
        "file": clean(imported.file),
        "bytes": imported.bytes,
    }
    insert = upsert(connection, table)
    insert = insert.on_conflict_do_update(
        index_elements=["sha256"], set_={"sha256": insert.excluded.sha256}
    )
    return int(connection.execute(insert.returning(table.c.id), row).scalar_one())
