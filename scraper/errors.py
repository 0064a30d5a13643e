"""The exceptions that leave a room, split by who is to blame.

Expected outcomes (not modified, nothing extracted, a refused connection) are values.

    ScraperError
    |-- ConfigError          the maintainer: sources.toml or an option is wrong       exit code 2
    |   `-- ConfigErrors     several of them at once                                  exit code 2
    |-- SiteError            the remote: what it sent cannot be used                  exit code 1
    `-- ArchiveError         our disk: a file of the archive cannot be written or read
        |-- DiskFullError    no room left                                             exit code 3
        |-- CatalogError     the catalog cannot be opened, read or written            exit code 4
        |-- DamageError      what is stored is not what was written                   exit code 5
        `-- LockedError      another process holds the archive                        exit code 6
"""

from collections.abc import Sequence
from pathlib import Path


class ScraperError(Exception):
    """Root of all errors raised on purpose; the commands end with its `exit_code`."""

    exit_code = 1


class ConfigError(ScraperError):
    """The configuration is wrong, and only the maintainer can mend it.

    Every fact that is known is an attribute, and `str()` renders them as one line:
    ``sources.toml:14: [[outlet.source]] key 'tpye': unknown key; did you mean 'type'?``
    """

    exit_code = 2

    def __init__(
        self,
        problem: str,
        *,
        file: Path | str | None = None,
        line: int | None = None,
        table: str | None = None,
        key: str | None = None,
        outlet: str | None = None,
    ) -> None:
        self.problem, self.file, self.line, self.table, self.key = problem, file, line, table, key
        self.outlet = outlet
        super().__init__(self._rendered())

    def _rendered(self) -> str:
        place = "" if self.file is None else str(self.file)
        if self.line is not None:
            place += f":{self.line}"
        where = " ".join(
            part for part in (self.table, f"key '{self.key}'" if self.key else None) if part
        )
        if self.outlet is not None:
            where = ", ".join(part for part in (f"outlet '{self.outlet}'", where) if part)
        return ": ".join(part for part in (place, where, self.problem) if part)


class ConfigErrors(ConfigError):  # noqa: N818  the plural is what sets it apart
    """Several errors of one file, told at once so that a person mends them in one go.

    `str()` has a line for each. The attributes are those of the first; all of them are in `errors`,
    in the order of the file.
    """

    def __init__(self, errors: Sequence[ConfigError]) -> None:
        first = errors[0]
        self.errors = tuple(errors)
        super().__init__(
            first.problem,
            file=first.file,
            line=first.line,
            table=first.table,
            key=first.key,
            outlet=first.outlet,
        )

    def _rendered(self) -> str:
        return "\n".join(str(error) for error in self.errors)


class SiteError(ScraperError):
    """The remote sent something that cannot be used."""

    def __init__(self, problem: str, *, url: str) -> None:
        self.problem, self.url = problem, url
        super().__init__(f"{url}: {problem}")


class ArchiveError(ScraperError):
    """A file of the archive cannot be written or read; `offset` is in bytes from its start."""

    def __init__(
        self, problem: str, *, path: Path | str | None = None, offset: int | None = None
    ) -> None:
        self.problem, self.path, self.offset = problem, path, offset
        at = "" if offset is None else f" at byte {offset}"
        super().__init__(problem if path is None else f"{path}{at}: {problem}")


class DiskFullError(ArchiveError):
    """No room is left on the disk that holds `path`."""

    exit_code = 3


class CatalogError(ArchiveError):
    """The catalog cannot be opened, read or written."""

    exit_code = 4


class DamageError(ArchiveError):
    """What is stored is not what was written: a digest, a length or a frame is wrong."""

    exit_code = 5


class LockedError(ArchiveError):
    """Another process holds the archive or one of its files."""

    exit_code = 6


class Stopped(BaseException):
    """Not an error: SIGTERM came, and the work was cancelled with its files closed (exit 143)."""
