"""Selections of captures for those who take them elsewhere: by outlet, time and URL, in pages.

It changes nothing, and holds no more in memory than the numbers of the captures and one page.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, func, select, true

from scraper.model import Part
from scraper.store import queries, schema
from scraper.store.database import Database
from scraper.store.parts import parts_of
from scraper.store.rows import CaptureDetail, CaptureRow, ExchangeRow, TextRow
from scraper.store.statements import clean, in_chunks, url_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which captures: those that began at `since` or later and before `until`."""

    outlet: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    url: str | None = None  # any that the article is known under

    @property
    def is_everything(self) -> bool:
        """Say whether it leaves nothing out."""
        return self == Selection()


class Selected:
    """A selection, asked of a catalog. Errors of every method: CatalogError."""

    def __init__(self, database: Database, selection: Selection) -> None:
        self._database, self.selection = database, selection

    def captures(self) -> Sequence[int]:
        """Return the numbers of its captures, oldest first."""
        table = schema.captures
        query = select(table.c.id).where(*_conditions(self.selection))
        return self._numbers(query.order_by(table.c.started, table.c.id))

    def versions(self, *, every: bool) -> Sequence[int]:
        """Return the numbers of captures that stand for texts, oldest first.

        Of each article it is the last one with a text, or with `every` the first one of each of its
        texts; captures outside the selection count for neither.
        """
        table = schema.captures
        age = (table.c.started, table.c.id)
        order = age if every else tuple(column.desc() for column in age)
        group = table.c.text_id if every else table.c.article_id
        rank = func.row_number().over(partition_by=group, order_by=order).label("rank")
        with_text = (table.c.text_id.is_not(None), *_conditions(self.selection))
        ranked = select(*age, rank).where(*with_text).subquery()
        best = select(ranked.c.id).where(ranked.c.rank == 1)
        return self._numbers(best.order_by(ranked.c.started, ranked.c.id))

    def files(self) -> tuple[str, ...]:
        """Return the WARC files that hold its exchanges."""
        query = select(schema.exchanges.c.request_file).distinct()
        with self._database.reading() as connection:
            return tuple(sorted(connection.execute(query.where(self._exchange)).scalars()))

    def exchanges(self, file: str) -> tuple[ExchangeRow, ...]:
        """Return those of its exchanges that lie in a file, in the file's order."""
        table = schema.exchanges
        query = select(table).where(table.c.request_file == file, self._exchange)
        query = query.order_by(table.c.request_offset)
        with self._database.reading() as connection:
            return tuple(ExchangeRow(**row) for row in connection.execute(query).mappings())

    def parts(self) -> Iterator[Part]:
        """Yield the further pages of its captures."""
        for some in in_chunks(self.captures()):
            with self._database.reading() as connection:
                found = parts_of(connection, some)
            for parts in found.values():
                yield from parts

    def details(self, numbers: Sequence[int]) -> Iterator[CaptureDetail]:
        """Yield captures by their numbers, in that order, with what belongs to them."""
        for some in in_chunks(numbers):
            with self._database.reading() as connection:
                found = _details(connection, some)
            yield from found

    @property
    def _exchange(self) -> ColumnElement[bool]:
        if self.selection.is_everything:
            return true()
        chosen = select(schema.captures.c.id).where(*_conditions(self.selection))
        return schema.exchanges.c.capture_id.in_(chosen)

    def _numbers(self, query: Select[tuple[int]]) -> Sequence[int]:
        # Eight bytes each rather than forty: a selection may be the whole archive.
        with self._database.reading() as connection:
            return array("q", connection.scalars(query))


def _details(connection: Connection, ids: Sequence[int]) -> list[CaptureDetail]:
    table = schema.captures
    rows = connection.execute(select(table).where(table.c.id.in_(ids))).mappings()
    captures = {row["id"]: CaptureRow(**row) for row in rows}
    exchanges = _exchanges_by_capture(connection, ids)
    texts = _texts_by_id(connection, captures.values())
    parts = parts_of(connection, ids)
    return [
        replace(
            _detail(connection, captures[number], exchanges[number], texts),
            parts=tuple(parts.get(number, ())),
        )
        for number in ids
    ]


def _detail(
    connection: Connection,
    capture: CaptureRow,
    exchanges: Sequence[ExchangeRow],
    texts: Mapping[int, TextRow],
) -> CaptureDetail:
    article = capture.article_id
    return CaptureDetail(
        capture=capture,
        exchanges=tuple(exchanges),
        text=None if capture.text_id is None else texts[capture.text_id],
        article=None if article is None else queries.article_by(connection, article),
    )


def _conditions(selection: Selection) -> tuple[ColumnElement[bool], ...]:
    table = schema.captures
    conditions: list[ColumnElement[bool]] = []
    if selection.outlet is not None:
        conditions.append(table.c.outlet == clean(selection.outlet))
    if selection.since is not None:
        conditions.append(table.c.started >= selection.since)
    if selection.until is not None:
        conditions.append(table.c.started < selection.until)
    if selection.url is not None:
        key, known = url_key(selection.url), schema.article_urls
        article = select(known.c.article_id).where(known.c.url == key)
        conditions.append((table.c.url == key) | table.c.article_id.in_(article))
    return tuple(conditions)


def _exchanges_by_capture(
    connection: Connection, ids: Sequence[int]
) -> dict[int, list[ExchangeRow]]:
    table = schema.exchanges
    query = select(table).where(table.c.capture_id.in_(ids)).order_by(table.c.position)
    found: dict[int, list[ExchangeRow]] = defaultdict(list)
    for row in connection.execute(query).mappings():
        found[row["capture_id"]].append(ExchangeRow(**row))
    return found


def _texts_by_id(connection: Connection, captures: Iterable[CaptureRow]) -> dict[int, TextRow]:
    table = schema.texts
    ids = [capture.text_id for capture in captures if capture.text_id is not None]
    rows = connection.execute(select(table).where(table.c.id.in_(ids))).mappings()
    return {row["id"]: TextRow(**row) for row in rows}
