"""An index (CDXJ) of the archive's WARC files, sorted, for the replay and research tools of others.

Files that are still being written are left out: their names change when they are closed.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from scraper.archive.cdxj import in_order, line_of
from scraper.archive.open_file import OPEN_SUFFIX
from scraper.archive.parts import records_of
from scraper.archive.reader import path_of, record_at, records_in
from scraper.errors import ArchiveError, DamageError
from scraper.export.articles import OnProblem
from scraper.model import Part
from scraper.store.catalog import Catalog
from scraper.store.selections import Selection

_SUFFIXES = (".warc.gz", ".warc")


def finished_files(root: Path, outlet: str | None = None) -> tuple[Path, ...]:
    """Return the WARC files of the archive, or of an outlet, that are written to their end."""
    return tuple(path for path in warc_files(root, outlet) if path.name.endswith(_SUFFIXES))


def warc_files(root: Path, outlet: str | None = None) -> tuple[Path, ...]:
    """Return the WARC files of the archive, or of an outlet, those being written as well."""
    folder = root / "warc" / (outlet or "")
    endings = (*_SUFFIXES, *(suffix + OPEN_SUFFIX for suffix in _SUFFIXES))
    return tuple(sorted(path for path in folder.rglob("*") if path.name.endswith(endings)))


def write_index(
    out: IO[bytes],
    root: Path,
    files: tuple[Path, ...],
    *,
    on_problem: OnProblem,
    on_file: Callable[[], None],
) -> int:
    """Write the lines of whole files; return how many. A damaged file counts up to its damage.

    The file names in the lines are relative to the archive's ``warc`` folder.
    """

    def lines() -> Iterator[str]:
        for path in files:
            name = path.relative_to(root / "warc").as_posix()
            try:
                yield from filter(None, (line_of(record, name) for record in records_in(path)))
            except DamageError as exc:
                on_problem(exc)
            on_file()

    return _written(out, lines())


def write_index_of(
    out: IO[bytes], root: Path, catalog: Catalog, selection: Selection, *, on_problem: OnProblem
) -> int:
    """Write the lines of the captures of a selection; return how many. File names: as there."""
    return _written(out, _lines_of(root, catalog, selection, on_problem))


def _lines_of(
    root: Path, catalog: Catalog, selection: Selection, on_problem: OnProblem
) -> Iterator[str]:
    selected = catalog.selected(selection)
    for file in selected.files():
        if not (root / file).exists() and path_of(root, file).exists():  # it is being written
            continue
        for exchange in selected.exchanges(file):
            if exchange.response_file is None or exchange.response_offset is None:
                continue
            try:
                record = record_at(root, exchange.response_file, exchange.response_offset)
            except ArchiveError as exc:
                on_problem(exc)
                continue
            line = line_of(record, exchange.response_file.removeprefix("warc/"))
            if line is not None:
                yield line
    for part in selected.parts():
        try:
            if (root / part.file).exists():
                yield from _lines_of_part(root, part)
        except ArchiveError as exc:
            on_problem(exc)


def _lines_of_part(root: Path, part: Part) -> Iterator[str]:
    """Yield the lines of a further page of an article."""
    name = part.file.removeprefix("warc/")
    return filter(None, (line_of(record, name) for record in records_of(root, part)))


def _written(out: IO[bytes], lines: Iterator[str]) -> int:
    count = 0
    for line in in_order(lines):
        out.write(line.encode("utf-8"))
        count += 1
    return count
