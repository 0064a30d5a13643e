"""What pages need to look like themselves: what was asked for when, and where its records lie.

It holds no page and knows none: which requisites a page has, the page itself says.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import RowMapping, func, select

from scraper.model import Requisite
from scraper.store import schema
from scraper.store.database import Database
from scraper.store.statements import clean, in_chunks, move_records, upsert, url_key


class Requisites:
    """The requisites of a catalog. Errors of every method: CatalogError, DiskFullError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, requisites: Iterable[Requisite]) -> int:
        """Keep what was asked for, each once; return how many were new."""
        rows = [
            {**asdict(one), "url": url_key(one.url), "records": list(one.records)}
            for one in requisites
        ]
        if not rows:
            return 0
        table = schema.requisites
        with self._database.writing() as connection:
            before = connection.execute(select(func.count()).select_from(table)).scalar_one()
            insert = upsert(connection, table).on_conflict_do_nothing(index_elements=["first_id"])
            connection.execute(insert, rows)
            after = connection.execute(select(func.count()).select_from(table)).scalar_one()
        return int(after - before)

    def asked_since(self, outlet: str, urls: Collection[str], since: datetime) -> set[str]:
        """Return those of some URLs that were asked for an outlet since a moment."""
        table = schema.requisites
        by_key = {url_key(url): url for url in urls}
        found: set[str] = set()
        with self._database.reading() as connection:
            for some in in_chunks(by_key):
                query = select(table.c.url).where(
                    table.c.url.in_(some),
                    table.c.outlet == clean(outlet),
                    table.c.started >= since,
                )
                found |= {by_key[url] for url in connection.execute(query).scalars()}
        return found

    def is_empty(self) -> bool:
        """Say whether nothing was ever asked for."""
        with self._database.reading() as connection:
            return connection.execute(select(schema.requisites.c.id).limit(1)).scalar() is None

    def nearest(self, url: str, moment: datetime) -> Requisite | None:
        """Return what came of a URL nearest to a moment, a good answer before a bad one."""
        table = schema.requisites
        query = select(table).where(table.c.url == url_key(url))
        with self._database.reading() as connection:
            rows = connection.execute(query).mappings().all()
        found = [_requisite(row) for row in rows]
        return min(
            found,
            key=lambda one: (one.status != 200, abs(one.started - moment)),
            default=None,
        )

    def move(self, before: str, after: str, places: Mapping[str, tuple[int, int]]) -> None:
        """Have rows lead to another file: to the offset there of each one's first record."""
        with self._database.writing() as connection:
            move_records(connection, schema.requisites, before, after, places)


def _requisite(row: RowMapping) -> Requisite:
    values = {name: value for name, value in row.items() if name != "id"}
    return Requisite(**{**values, "records": tuple(row["records"])})
