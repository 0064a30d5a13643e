"""The steps of a rebuild, put in order on disk: an archive may have more of them than memory.

It knows nothing of what a step says, and touches no catalog.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import (
    JSON,
    Column,
    Index,
    Integer,
    MetaData,
    RowMapping,
    Table,
    Text,
    and_,
    func,
    select,
    update,
)

from scraper.model import Step
from scraper.store.database import Database
from scraper.store.schema import Moment

_metadata = MetaData()
_files = Table(
    "files",
    _metadata,
    Column("file", Text, primary_key=True),
    Column("bytes", Integer, nullable=False),
)
_steps = Table(
    "steps",
    _metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("moment", Moment, nullable=False),
    Column("file", Text, nullable=False),
    Column("offsets", JSON, nullable=False),
    Index("by_key", "kind", "key", "moment"),
    Index("by_moment", "moment", "id"),
)


class Staging:
    """A file of steps, for use in a `with`; what is in it survives a kill.

    Errors of every method: CatalogError, DiskFullError.
    """

    def __init__(self, path: Path) -> None:
        self._database = Database(path)
        with self._database.writing() as connection:
            _metadata.create_all(connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def has(self, file: str, size: int) -> bool:
        """Say whether the steps of a file, as long as it is now, are here."""
        query = select(_files.c.bytes).where(_files.c.file == file)
        with self._database.reading() as connection:
            return connection.execute(query).scalar() == size

    def add(self, file: str, size: int, steps: Iterable[Step]) -> int:
        """Take all steps of a file, or none of them; return their number."""
        count = 0
        with self._database.writing() as connection:
            for table in (_steps, _files):
                connection.execute(table.delete().where(table.c.file == file))
            for step in steps:
                row = {
                    "kind": step.kind,
                    "key": step.key,
                    "moment": step.moment,
                    "file": step.file,
                    "offsets": list(step.offsets),
                }
                connection.execute(_steps.insert(), row)
                count += 1
            connection.execute(_files.insert(), {"file": file, "bytes": size})
        return count

    def forget(self, file: str) -> None:
        """Look at a file again the next time; its steps stay until then."""
        with self._database.writing() as connection:
            connection.execute(_files.delete().where(_files.c.file == file))

    def join(self, first: str, second: str) -> None:
        """Let each step of the first kind happen when the first of the second kind, of the same
        key, did: a capture is catalogued once its page was read."""
        other = _steps.alias()
        earliest = (
            select(func.min(other.c.moment))
            .where(other.c.kind == second, other.c.key == _steps.c.key)
            .scalar_subquery()
        )
        change = update(_steps).where(_steps.c.kind == first)
        with self._database.writing() as connection:
            connection.execute(change.values(moment=func.coalesce(earliest, _steps.c.moment)))

    def count(self, kind: str) -> int:
        """Return how many steps of a kind there are."""
        query = select(func.count()).select_from(_steps).where(_steps.c.kind == kind)
        with self._database.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def of(self, kind: str, key: str) -> Sequence[Step]:
        """Return the steps of a kind and key, oldest first."""
        query = select(_steps).where(and_(_steps.c.kind == kind, _steps.c.key == key))
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(_steps.c.moment, _steps.c.id))
            return [_step(row) for row in rows.mappings()]

    def in_order(self) -> Iterator[Step]:
        """Yield all steps, oldest first; at the same moment in the order in which they came."""
        query = select(_steps).order_by(_steps.c.moment, _steps.c.kind, _steps.c.id)
        with self._database.reading() as connection:
            streamed = connection.execution_options(yield_per=500)
            for row in streamed.execute(query).mappings():
                yield _step(row)


def _step(row: RowMapping) -> Step:
    values = {key: row[key] for key in ("kind", "key", "moment", "file")}
    return Step(**values, offsets=tuple(row["offsets"]))
