"""The words of all texts, in a file of its own beside the catalog: found by SQLite's FTS5.

It holds no text, only which words stand in which; it can be deleted, and is made again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Select, select, text

from scraper.errors import CatalogError
from scraper.store import schema
from scraper.store.database import Database
from scraper.store.folding import in_words
from scraper.store.statements import clean, in_chunks

_VERSION = 1  # of the folding and the tables: another one is made anew
# Marks belong to words: without them the vowels of India and Burma would end one.
_TOKENS = "unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
_TEXTS = "id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL, outlet TEXT NOT NULL, created TEXT NOT NULL"
_TABLES = (
    "DROP TABLE IF EXISTS texts",
    "DROP TABLE IF EXISTS words",
    f"CREATE TABLE texts ({_TEXTS})",
    f"CREATE VIRTUAL TABLE words USING fts5(title, body, content='', tokenize=\"{_TOKENS}\")",
    f"PRAGMA user_version = {_VERSION}",
)
_FIND = text("""
    SELECT texts.id FROM words JOIN texts ON texts.id = words.rowid
    WHERE words MATCH :query
      AND (:outlet IS NULL OR texts.outlet = :outlet)
      AND (:since IS NULL OR texts.created >= :since)
      AND (:until IS NULL OR texts.created < :until)
    ORDER BY bm25(words, 5.0, 1.0), texts.id DESC LIMIT :most
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFound:
    """A text of the catalog, with its article."""

    id: int
    sha256: str
    file: str  # relative to the archive
    created: datetime
    article_id: int
    outlet: str
    url: str
    title: str
    published: datetime | None


class TextRows:
    """The texts of a catalog by their numbers. Errors of every method: CatalogError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def after(self, number: int, most: int) -> list[TextFound]:
        """Return the texts that came after one, oldest first, at most so many."""
        texts = schema.texts
        query = _texts().where(texts.c.id > number).order_by(texts.c.id).limit(most)
        with self._database.reading() as connection:
            return [TextFound(**row) for row in connection.execute(query).mappings()]

    def of(self, numbers: Sequence[int]) -> list[TextFound]:
        """Return some texts, in the order of their numbers as given."""
        found: dict[int, TextFound] = {}
        with self._database.reading() as connection:
            for some in in_chunks(numbers):
                rows = connection.execute(_texts().where(schema.texts.c.id.in_(some))).mappings()
                found |= {row["id"]: TextFound(**row) for row in rows}
        return [found[number] for number in numbers if number in found]

    def count_after(self, number: int) -> int:
        """Return how many texts came after one; numbers may be missing, so it's the most."""
        query = select(schema.texts.c.id).order_by(schema.texts.c.id.desc()).limit(1)
        with self._database.reading() as connection:
            return max(int(connection.execute(query).scalar() or 0) - number, 0)


class WordIndex:
    """An open index, for use in a `with`. Errors of every method: CatalogError, DiskFullError."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path)
        with self._database.writing() as connection:
            if connection.execute(text("PRAGMA user_version")).scalar() != _VERSION:
                _create(connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()

    def last(self) -> tuple[int, str] | None:
        """Return number and digest of the newest text that it knows."""
        with self._database.reading() as connection:
            return _last(connection)

    def clear(self) -> None:
        """Forget all: the catalog is another one."""
        with self._database.writing() as connection:
            _create(connection)

    def add(self, texts: Sequence[tuple[TextFound, str]]) -> None:
        """Take in texts, each once; one that cannot be read comes as an empty string."""
        with self._database.writing() as connection:
            last = _last(connection)  # another process may have taken them in meanwhile
            fresh = [one for one in texts if last is None or one[0].id > last[0]]
            if not fresh:
                return
            rows = [
                {"id": row.id, "sha256": row.sha256, "outlet": row.outlet,
                 "created": _stamp(row.created)}
                for row, _ in fresh
            ]  # fmt: skip
            connection.execute(
                text("INSERT INTO texts VALUES (:id, :sha256, :outlet, :created)"), rows
            )
            words = [{"id": row.id, **_columns(body)} for row, body in fresh]
            connection.execute(
                text("INSERT INTO words (rowid, title, body) VALUES (:id, :title, :body)"), words
            )

    def find(
        self,
        query: str,
        *,
        outlet: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        most: int,
    ) -> list[int]:
        """Return the numbers of the texts that an expression fits, the best first; words of a
        headline weigh five times those of the body. `folding.query_of` makes the expression."""
        values = {
            "query": query,
            "outlet": clean(outlet),
            "since": None if since is None else _stamp(since),
            "until": None if until is None else _stamp(until),
            "most": most,
        }
        with self._database.reading() as connection:
            return list(connection.execute(_FIND, values).scalars())


def _create(connection: Connection) -> None:
    if "ENABLE_FTS5" not in connection.exec_driver_sql("PRAGMA compile_options").scalars().all():
        raise CatalogError("this SQLite has no FTS5: install a Python whose sqlite3 has it")
    for statement in _TABLES:
        connection.exec_driver_sql(statement)


def _last(connection: Connection) -> tuple[int, str] | None:
    row = connection.execute(text("SELECT id, sha256 FROM texts ORDER BY id DESC LIMIT 1")).first()
    return None if row is None else (int(row[0]), str(row[1]))


def _columns(body: str) -> dict[str, str]:
    title, _, rest = body.partition("\n")
    return {"title": in_words(title), "body": in_words(rest)}


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}"


def _texts() -> Select[Any]:
    texts, articles = schema.texts, schema.articles
    columns = (texts.c.id, texts.c.sha256, texts.c.file, texts.c.created, texts.c.article_id)
    of = (articles.c.outlet, articles.c.url, articles.c.title, articles.c.published)
    return select(*columns, *of).join(articles, articles.c.id == texts.c.article_id)
