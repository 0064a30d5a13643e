"""The catalog's database: how it is opened, locked and kept safe, and what its errors become.

It knows no table but the one that holds the schema's version.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import SQLITE_FULL
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from scraper.disk import disk_error, make_folder
from scraper.errors import ArchiveError, CatalogError, DiskFullError
from scraper.store.schema import VERSION

BUSY_MS = 30_000  # how long a writer waits for another one
_PRAGMAS = (
    f"PRAGMA busy_timeout = {BUSY_MS}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # a commit survives a power cut; NORMAL may lose the last ones
    "PRAGMA foreign_keys = ON",
)
_DISK_FULL = "53100"  # PostgreSQL's SQLSTATE


class Database:
    """An engine, with transactions whose errors are ours."""

    def __init__(self, place: Path | str, *, create: bool = True) -> None:
        url = _url_of(place)
        is_file = url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
        self.file = Path(str(url.database)) if is_file else None
        self.name = str(self.file or url.render_as_string(hide_password=True))
        if self.file is not None:
            if not create and self.file.exists() and not _may_write(self.file):
                url = _read_only(self.file)
            else:
                _prepare(self.file, create=create)
        with self._fence("open"):
            self._engine = _engine(url)
        self._writing = self._engine.execution_options(writes=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the catalog."""
        with self._fence("read"), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection whose changes are all kept when the block ends well, or else none."""
        with self._fence("write"), self._writing.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def _fence(self, act: str) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as exc:
            raise _catalog_error(exc, act, self.name) from exc
        except CatalogError as exc:
            raise CatalogError(exc.problem, path=exc.path or self.name) from exc


def version_in(connection: Connection) -> str | None:
    """Return the version of the schema, or None in a new database.

    Raises:
        CatalogError: there are tables, but not ours.
    """
    tables = inspect(connection).get_table_names()
    if "alembic_version" in tables:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        if found is not None:
            return str(found)
    elif not tables:
        return None
    raise CatalogError("this database holds tables of something else; choose another")


def is_current(version: str | None) -> bool:
    """Say whether the schema is that of this program.

    Raises:
        CatalogError: it's newer than this program.
    """
    if version is not None and version > VERSION:
        raise CatalogError(
            f"its schema {version} is newer than this program's ({VERSION}); "
            "nothing was changed: run the newer scraper"
        )
    return version == VERSION


def _url_of(place: Path | str) -> URL:
    if isinstance(place, str) and "://" in place:
        try:
            return make_url(place)
        except ArgumentError as exc:
            raise CatalogError("the catalog's address is no database URL") from exc
    return URL.create("sqlite", database=str(place))


def _prepare(file: Path, *, create: bool) -> None:
    """Create an empty file for the owner alone; SQLite gives its side files the same mode."""
    if not create and not file.exists():
        raise CatalogError("there is no catalog here yet; nothing was captured", path=file)
    try:
        make_folder(file.absolute().parent)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as exc:
        error = disk_error(exc, file)
        raise (
            error
            if isinstance(error, DiskFullError)
            else CatalogError(f"cannot be opened ({exc.strerror})", path=file)
        ) from exc


def _may_write(file: Path) -> bool:
    """Say whether a file and its side files can be written; on a read-only mount they cannot."""
    try:
        os.close(os.open(file, os.O_RDWR | os.O_CLOEXEC))
    except OSError:
        return False
    return os.access(file.absolute().parent, os.W_OK)


def _read_only(file: Path) -> URL:
    """Return the address under which a file is read that nobody here can write.

    SQLite would make a log and locks beside it. Where they are there already, somebody else may be
    writing, and they are used; where they are not, the file is all that there is.
    """
    is_alone = not file.with_name(file.name + "-wal").exists()
    query = {"uri": "true", "mode": "ro", **({"immutable": "1"} if is_alone else {})}
    return URL.create("sqlite", database=f"file:{quote(str(file.absolute()))}", query=query)


def _engine(url: URL) -> Engine:
    try:
        engine = create_engine(url)
    except (NoSuchModuleError, ImportError) as exc:
        raise CatalogError(f"no driver for {url.drivername}: install one ({exc})") from exc
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_connect if "mode" not in url.query else _on_connect_ro)
        event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: Any, _record: object) -> None:
    # The driver would begin transactions by itself, but not before DDL: we begin them all.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(pragma).close()


def _on_connect_ro(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    connection.execute(_PRAGMAS[0]).close()


def _on_begin(connection: Connection) -> None:
    # A reader that turns writer cannot wait for another writer, so writers say so at once.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _catalog_error(exc: SQLAlchemyError, act: str, name: str) -> ArchiveError:
    cause = exc.orig if isinstance(exc, DBAPIError) else None
    what = str(cause or exc).splitlines()[0]
    code = getattr(cause, "sqlite_errorcode", None)
    if code == SQLITE_FULL or getattr(cause, "sqlstate", None) == _DISK_FULL:
        return DiskFullError(f"no room for the catalog ({what}); nothing was changed", path=name)
    return CatalogError(f"cannot {act} the catalog ({what}); nothing was changed", path=name)
