"""The further pages of captured articles: what came of each, and where its records lie.

It holds no page, and says nothing of what was read from one.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, RowMapping, select, tuple_

from scraper.model import Part
from scraper.store import schema
from scraper.store.database import Database
from scraper.store.statements import in_chunks, insert_rows, move_records, url_key

_PAGE = 1_000  # rows of one look
_OF_CAPTURE = {"capture_id", "exchange"}  # columns that say whose a part is


@dataclass(frozen=True, slots=True, kw_only=True)
class PartPlace:
    """A part, the number of its capture, and that of the exchange that brought the first page."""

    capture: int
    exchange: int
    part: Part


class Parts:
    """The parts of a catalog's captures. Errors of every method: CatalogError, DiskFullError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, captures: Collection[int]) -> Mapping[int, Sequence[Part]]:
        """Return the parts of some captures, by the captures' numbers, in their order."""
        found: dict[int, list[Part]] = defaultdict(list)
        for some in in_chunks(captures):
            with self._database.reading() as connection:
                for number, parts in parts_of(connection, some).items():
                    found[number] += parts
        return found

    def places(self) -> Iterator[PartPlace]:
        """Yield all parts, by their captures."""
        last = select(schema.exchanges.c.id).where(
            schema.exchanges.c.capture_id == schema.parts.c.capture_id
        )
        last = last.order_by(schema.exchanges.c.position.desc()).limit(1)
        key = (schema.parts.c.capture_id, schema.parts.c.number)
        query = select(schema.parts, last.scalar_subquery().label("exchange")).order_by(*key)
        after = (0, 0)
        while True:
            with self._database.reading() as connection:
                page = query.where(tuple_(*key) > after).limit(_PAGE)
                rows = connection.execute(page).mappings().all()
            if not rows:
                return
            yield from (
                PartPlace(capture=row["capture_id"], exchange=row["exchange"], part=_part(row))
                for row in rows
            )
            after = rows[-1]["capture_id"], rows[-1]["number"]

    def move(self, before: str, after: str, places: Mapping[str, tuple[int, int]]) -> None:
        """Have rows lead to another file: to the offset there of each one's first record."""
        with self._database.writing() as connection:
            move_records(connection, schema.parts, before, after, places)


def parts_of(connection: Connection, captures: Collection[int]) -> dict[int, list[Part]]:
    """Return the parts of a few captures, by the captures' numbers, in their order."""
    table = schema.parts
    query = select(table).where(table.c.capture_id.in_(captures))
    found: dict[int, list[Part]] = defaultdict(list)
    for row in connection.execute(query.order_by(table.c.capture_id, table.c.number)).mappings():
        found[row["capture_id"]].append(_part(row))
    return found


def save_parts(connection: Connection, capture_id: int, parts: Sequence[Part]) -> None:
    """Write the parts of a capture."""
    rows = [
        {"capture_id": capture_id, **asdict(one), "url": url_key(one.url)}
        | {"records": list(one.records)}
        for one in parts
    ]
    insert_rows(connection, schema.parts, rows)


def _part(row: RowMapping) -> Part:
    values = {name: value for name, value in row.items() if name not in _OF_CAPTURE}
    return Part(**{**values, "records": tuple(row["records"])})
