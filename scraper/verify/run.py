"""An archive, or files of anybody's, gone through from end to end: what is wrong, one by one.

It changes nothing and stops at nothing that it finds; memory does not grow with what it reads.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import BadZipFile, ZipFile

from scraper.archive.open_file import OPEN_SUFFIX
from scraper.archive.recovery import MARK
from scraper.archive.verify import Finding, scan
from scraper.disk import disk_error
from scraper.errors import ArchiveError
from scraper.store.catalog import Catalog
from scraper.verify.accounts import Accounts, accounts_in, softened
from scraper.verify.index import SUFFIX as INDEX
from scraper.verify.index import index_findings, indexes_in
from scraper.verify.originals import Originals
from scraper.verify.packages import SUFFIX as PACKAGE
from scraper.verify.packages import Opened, Shown, digests_in, index_in, proofs_in
from scraper.verify.places import file_name, there
from scraper.verify.rows import Rows, lost_parts, lost_records
from scraper.verify.texts import Texts

_STEP = 1_000_000  # bytes of progress that are worth telling
_WARCS = ("*.warc.gz", "*.warc", f"*.warc.gz{OPEN_SUFFIX}", "*.arc.gz", "*.arc")


@dataclass(slots=True)
class Tally:
    """What was gone through so far."""

    files: int = 0
    records: int = 0
    bytes: int = 0
    texts: int = 0
    indexes: int = 0
    packages: int = 0
    shown: Shown = field(default_factory=Shown)  # by proofs in packages
    rows: int = 0  # of records
    damage: int = 0
    notes: int = 0
    damaged: set[Path] = field(default_factory=set)
    lost: list[int] = field(default_factory=list)  # exchanges whose records are gone

    def count(self, finding: Finding) -> Finding:
        """Count a finding, and return it."""
        if finding.is_note:
            self.notes += 1
        else:
            self.damage += 1
            self.damaged.add(finding.path)
        return finding


Progress = Callable[[int], None]  # bytes that were gone through


def warcs_in(folder: Path) -> list[Path]:
    """Return the WARC files below a folder, finished or not, ARC files among them."""
    return sorted({path for pattern in _WARCS for path in folder.rglob(pattern)})


def verify_files(
    paths: Sequence[Path], tally: Tally, seen: Progress, *, authorities: Sequence[bytes] = ()
) -> Iterator[Finding]:
    """Yield what is wrong with some WARC files, indexes of them, and packages; no catalog is asked.

    `authorities` are root certificates in PEM, for timestamps in packages.
    """
    indexes = [path for path in paths if path.name.endswith(INDEX)]
    packages = [path for path in paths if path.name.endswith(PACKAGE)]
    paths = [path for path in paths if path not in {*indexes, *packages}]
    for path in packages:
        for finding in _package(path, tally, seen, authorities):
            yield tally.count(finding)
    with closing(Originals()) as originals:
        for path in paths:
            for finding in _file(path, path, tally, originals, None, seen):
                yield tally.count(finding)
        for finding in _unresolved(Path(), originals, is_note=True):
            yield tally.count(finding)
    for finding in _indexes(indexes, [*paths, *_beside(indexes)], tally):
        yield tally.count(finding)


def _package(
    path: Path, tally: Tally, seen: Progress, authorities: Sequence[bytes]
) -> Iterator[Finding]:
    """Go through a package: its digests, its WARC files, its index, its proofs."""
    tally.packages += 1
    try:
        with TemporaryDirectory() as folder, ZipFile(path) as packed:
            opened = Opened(path, packed)
            yield from digests_in(opened, Path(folder))
            with closing(Originals()) as originals:
                for name, warc in opened.warcs:
                    for finding in _file(warc, path / name, tally, originals, None, seen):
                        yield replace(finding, path=path / name)
                yield from _unresolved(Path(), originals, is_note=True)
            yield from index_in(opened, Path(folder))
            yield from proofs_in(opened, tally.shown, authorities)
    except BadZipFile as exc:
        yield Finding(problem=f"no ZIP file that can be read ({exc})", path=path)
    except OSError as exc:
        raise disk_error(exc, path) from exc


def verify_archive(
    root: Path, catalog: Catalog | None, tally: Tally, seen: Progress
) -> Iterator[Finding]:
    """Yield what is wrong with an archive: its records, texts and rows against each other."""
    accounts = accounts_in(root)
    for finding in _archive(root, catalog, tally, seen, accounts):
        yield tally.count(softened(finding, root, accounts))


def _archive(
    root: Path, catalog: Catalog | None, tally: Tally, seen: Progress, accounts: Accounts
) -> Iterator[Finding]:
    if catalog is not None:
        for problem in catalog.places.damage():
            yield Finding(problem=problem, path=root / "catalog.db")
    expected = {} if catalog is None else catalog.places.record_counts()
    with closing(Originals()) as originals:
        for file in sorted({file_name(path, root) for path in warcs_in(root / "warc")}):
            path = there(root, file)  # its writer may have closed it meanwhile
            rows = None if catalog is None else Rows(catalog, root, file, path)
            yield from _file(path, Path(file), tally, originals, rows, seen)
            if rows is not None:
                yield from rows.end()
                tally.rows += rows.met
                yield from _unknown(root, path, rows.unknown)
                if rows.met == expected.get(file, 0):
                    expected.pop(file, None)
        yield from _unresolved(root, originals, is_note=False)
    if catalog is not None:
        lost = [lost_records(catalog, root, file) for file in sorted(expected)]
        for finding, exchange in chain(*lost, lost_parts(catalog, root)):
            if not softened(finding, root, accounts).is_note:
                tally.lost.append(exchange)
            yield finding
    yield from _texts(Texts(root, catalog), tally)
    yield from _indexes(indexes_in(root), warcs_in(root / "warc"), tally, root)


def _beside(indexes: Sequence[Path]) -> list[Path]:
    """Return the WARC files in the folders of indexes."""
    return [path for folder in {index.parent for index in indexes} for path in warcs_in(folder)]


def _indexes(
    indexes: Sequence[Path], warcs: Sequence[Path], tally: Tally, root: Path = Path()
) -> Iterator[Finding]:
    files = {path.name: path for path in warcs}
    files |= {file_name(path, root): path for path in warcs if path.is_relative_to(root)}
    for index in indexes:
        tally.indexes += 1
        yield from index_findings(index, files)


def _file(
    path: Path, name: Path, tally: Tally, originals: Originals, rows: Rows | None, seen: Progress
) -> Iterator[Finding]:
    """Go through one file; the torn end of one that is being written is no damage."""
    tally.files += 1
    size = path.stat().st_size
    tally.bytes += size
    told = 0
    for one in scan(path):
        if not isinstance(one, Finding):
            tally.records += 1
            if one.offset - told >= _STEP:
                seen(one.offset - told)
                told = one.offset
            originals.see(one, str(name))
            if rows is not None:
                yield from rows.take(one)
        elif path.suffix == OPEN_SUFFIX and one.end == size:
            problem = f"being written, or left by a process that was killed: {one.problem}"
            yield Finding(problem=problem, path=path, offset=one.offset, end=size, is_note=True)
        else:
            yield one
    seen(size - told)


def _unknown(root: Path, path: Path, count: int) -> Iterator[Finding]:
    """Say that captures have no row: one that the next start makes is no damage."""
    if not count:
        return
    mark = root / MARK
    is_past = mark.exists() and path.stat().st_ctime_ns < mark.stat().st_mtime_ns
    if path.suffix == OPEN_SUFFIX or not is_past:
        problem = f"{count} captures without a row in the catalog: the next start makes it"
        yield Finding(problem=problem, path=path, is_note=True)
    else:
        problem = f"{count} captures without a row in the catalog; --repair has the next start"
        yield Finding(problem=f"{problem} look for them", path=path)


def _unresolved(root: Path, originals: Originals, *, is_note: bool) -> Iterator[Finding]:
    for wanted, problem in originals.missing():
        yield Finding(
            problem=f"a revisit: {problem}", path=root / wanted.file, offset=wanted.offset,
            url=wanted.url, is_note=is_note,
        )  # fmt: skip


def _texts(texts: Texts, tally: Tally) -> Iterator[Finding]:
    yield from texts.findings()
    tally.texts = texts.files
    if texts.unknown:
        problem = f"{texts.unknown} texts that no row of the catalog refers to"
        yield Finding(problem=problem, path=texts.root / "text", is_note=True)


def refuse_nothing(paths: Sequence[Path]) -> list[Path]:
    """Return the WARC files, indexes and packages that some paths name, folders gone into.

    Raises:
        ArchiveError: one is not there, or a folder holds no WARC file.
    """
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise ArchiveError("there is no such file", path=path)
        some = _within(path) if path.is_dir() else [path]
        if not some:
            raise ArchiveError("no WARC file is in it", path=path)
        found += some
    return found


def _within(folder: Path) -> list[Path]:
    return [*warcs_in(folder), *indexes_in(folder), *sorted(folder.rglob(f"*{PACKAGE}"))]
