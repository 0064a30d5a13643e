"""What the catalog says of where bytes lie, for whoever holds it against the files themselves.

It reads no file. It changes places alone, after a repair.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, bindparam, case, func, literal, select, text

from scraper.store import schema
from scraper.store.database import Database
from scraper.store.links import link_key
from scraper.store.statements import in_chunks

_PAGE = 1_000  # rows of one look: a long one would keep SQLite from tidying up


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a record lies, as an exchange's row has it; files are relative to the archive."""

    exchange: int
    capture: int
    url: str
    id: str  # of the record
    file: str
    offset: int
    length: int
    type: str  # request | response | revisit
    block_digest: str | None  # of responses


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPlace:
    """Where a text lies, as its row has it."""

    id: int
    file: str
    sha256: str
    url: str  # of its article


class Places:
    """Questions about places. Errors of every method: CatalogError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record_counts(self) -> dict[str, int]:
        """Return how many records the catalog knows of each WARC file."""
        counts: dict[str, int] = {}
        with self._database.reading() as connection:
            for kind in ("request", "response"):
                file = schema.exchanges.c[f"{kind}_file"]
                query = select(file, func.count()).where(file.is_not(None)).group_by(file)
                for name, count in connection.execute(query):
                    counts[name] = counts.get(name, 0) + count
        return counts

    def of_records(self, ids: Collection[str]) -> dict[str, Place]:
        """Return where some records lie, by their IDs."""
        found: dict[str, Place] = {}
        with self._database.reading() as connection:
            for some in in_chunks(ids):
                for kind in ("request", "response"):
                    query = _places(kind).where(schema.exchanges.c[f"{kind}_id"].in_(some))
                    rows = connection.execute(query).mappings()
                    found |= {row["id"]: Place(**row) for row in rows}
        return found

    def in_file(self, file: str) -> Iterator[Place]:
        """Yield the records that the catalog knows of a WARC file, by exchange."""
        after = 0
        while some := self._page(file, after):
            yield from some
            after = some[-1].exchange

    def _page(self, file: str, after: int) -> list[Place]:
        table = schema.exchanges
        chosen = (table.c.request_file == file) | (table.c.response_file == file)
        query = select(table.c.id).where(chosen, table.c.id > after).order_by(table.c.id)
        places: list[Place] = []
        with self._database.reading() as connection:
            ids = connection.execute(query.limit(_PAGE)).scalars().all()
            for some in in_chunks(ids):
                for kind in ("request", "response"):
                    here = table.c[f"{kind}_file"] == file
                    rows = connection.execute(_places(kind).where(table.c.id.in_(some), here))
                    places += [Place(**row) for row in rows.mappings()]
        return sorted(places, key=lambda place: (place.exchange, place.offset))

    def texts(self) -> Iterator[TextPlace]:
        """Yield where texts lie, oldest row first."""
        table, of = schema.texts, schema.articles
        columns = (table.c.id, table.c.file, table.c.sha256, of.c.url)
        query = select(*columns).join(of, of.c.id == table.c.article_id).order_by(table.c.id)
        after = 0
        while True:
            with self._database.reading() as connection:
                page = query.where(table.c.id > after).limit(_PAGE)
                some = [TextPlace(**row) for row in connection.execute(page).mappings()]
            if not some:
                return
            yield from some
            after = some[-1].id

    def known_texts(self, digests: Collection[str]) -> set[tuple[str, str]]:
        """Return digest and file of the texts that have one of some digests (SHA-256)."""
        table = schema.texts
        found: set[tuple[str, str]] = set()
        with self._database.reading() as connection:
            for some in in_chunks(digests):
                query = select(table.c.sha256, table.c.file).where(table.c.sha256.in_(some))
                found |= {(row[0], row[1]) for row in connection.execute(query)}
        return found

    def files_of_text(self, text_id: int) -> tuple[str, ...]:
        """Return the WARC files that hold the responses which a text was read from."""
        table, captures = schema.exchanges, schema.captures
        of_text = select(captures.c.id).where(captures.c.text_id == text_id)
        query = select(table.c.response_file).where(
            table.c.capture_id.in_(of_text), table.c.response_file.is_not(None)
        )
        with self._database.reading() as connection:
            return tuple(sorted(set(connection.execute(query).scalars())))

    def move(self, before: str, after: str, places: Mapping[str, tuple[int, int]]) -> None:
        """Have rows lead to another file: to the offset and length there of each record's ID."""
        table = schema.exchanges
        rows = [
            {"record": record, "at": offset, "size": length}
            for record, (offset, length) in places.items()
        ]
        with self._database.writing() as connection:
            for kind in ("request", "response"):
                file = table.c[f"{kind}_file"]
                change = table.update().where(
                    table.c[f"{kind}_id"] == bindparam("record"), file == before
                )
                values = {
                    file: after,
                    table.c[f"{kind}_offset"]: bindparam("at"),
                    table.c[f"{kind}_length"]: bindparam("size"),
                }
                if rows:
                    connection.execute(change.values(values), rows)

    def forget(self, exchanges: Collection[int], now: datetime) -> int:
        """Let nothing refer to lost responses any more, and have their links fetched again.

        Returns how many links that are. What a person named has none.
        """
        table, captures, links = schema.exchanges, schema.captures, schema.links
        queued = 0
        with self._database.writing() as connection:
            for some in in_chunks(exchanges):
                chosen = table.c.id.in_(some)
                connection.execute(table.update().where(chosen).values(payload_digest=None))
                asked = select(captures.c.url).join(table, table.c.capture_id == captures.c.id)
                urls = connection.execute(asked.where(chosen)).scalars()
                keys = {link_key(url) for url in urls} - {None}
                moment = literal(now, schema.Moment())
                was_captured = links.c.captured_at.is_not(None)
                change = links.update().where(
                    links.c.key.in_(keys), links.c.state.in_(("captured", "failed", "new"))
                )
                again = change.values(
                    etag=None,
                    last_modified=None,
                    next_recheck=case((was_captured, moment), else_=links.c.next_recheck),
                    next_try=case((was_captured, links.c.next_try), else_=moment),
                )
                queued += connection.execute(again).rowcount
        return queued

    def damage(self) -> tuple[str, ...]:
        """Return what SQLite itself finds wrong with the file; takes as long as reading it all.

        PostgreSQL has no such question.
        """
        with self._database.reading() as connection:
            if connection.dialect.name != "sqlite":
                return ()
            said = connection.execute(text("PRAGMA integrity_check(20)")).scalars().all()
            loose = connection.execute(text("PRAGMA foreign_key_check")).all()
        problems = [str(problem) for problem in said if problem != "ok"]
        problems += [f"row {row[1]} of {row[0]} refers to no row of {row[2]}" for row in loose]
        return tuple(problems)


def _places(kind: str) -> Select[tuple[object, ...]]:
    table = schema.exchanges
    is_response = kind == "response"
    type_of: ColumnElement[object] = table.c.response_type if is_response else literal("request")
    digest: ColumnElement[object] = table.c.block_digest if is_response else literal(None)
    return select(
        table.c.id.label("exchange"),
        table.c.capture_id.label("capture"),
        table.c.url,
        table.c[f"{kind}_id"].label("id"),
        table.c[f"{kind}_file"].label("file"),
        table.c[f"{kind}_offset"].label("offset"),
        table.c[f"{kind}_length"].label("length"),
        type_of.label("type"),
        digest.label("block_digest"),
    )
