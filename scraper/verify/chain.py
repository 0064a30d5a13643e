"""The chain of an archive: manifests written of what was added, and the archive held against them.

It asks no catalog and no network; what manifests say, and how, is `archive.chain`'s.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from threading import Event

from scraper.archive.chain import (
    FOLDER,
    Entry,
    Manifest,
    Tree,
    digest_of,
    manifest_from,
    manifests_in,
    number_in,
)
from scraper.archive.open_file import OPEN_SUFFIX
from scraper.archive.timestamp import SUFFIX, Stamp, stamp_in
from scraper.archive.verify import Finding, scan
from scraper.disk import disk_error, held, make_folder, write_whole
from scraper.errors import ConfigError, DamageError
from scraper.store.text_files import numbered_in
from scraper.verify.places import file_name, there
from scraper.verify.run import Progress, warcs_in

LOCK = "chain.lock"


@dataclass(slots=True)
class Proven:
    """What the chain was found to say so far."""

    manifests: int = 0
    leaves: int = 0
    head: str | None = None  # SHA-256 of the newest manifest: worth writing down elsewhere
    newest: Manifest | None = None
    uncovered: int = 0  # bytes of WARC files that no manifest speaks of yet
    broken: int = 0
    stamped: tuple[Path, Stamp] | None = None  # the newest manifest with a timestamp
    entries: dict[str, list[Entry]] = field(default_factory=dict)


def seal(root: Path, *, day: date, now: datetime, stop: Event | None = None) -> Path | None:
    """Write the manifest of all that no earlier one speaks of; None where there is nothing.

    `day` is the day that is over. What is being written meanwhile is left to the next manifest.
    `stop`, once set, ends it with nothing written.

    Raises:
        DamageError: the chain so far is broken; nothing was written.
        LockedError: another process is at it. ArchiveError, DiskFullError: nothing was written.
    """
    with held(root / LOCK):
        proven = Proven()
        for finding in _links(root, proven):
            raise DamageError(finding.problem, path=finding.path)
        entries = tuple(_new_entries(root, proven.entries, stop or Event()))
        if not entries or (stop is not None and stop.is_set()):
            return None
        manifest = Manifest(
            number=proven.manifests + 1, day=day, sealed=now, previous=proven.head,
            entries=tuple(sorted(entries, key=lambda entry: (entry.file, entry.start))),
        )  # fmt: skip
        path = root / FOLDER / manifest.name
        try:
            make_folder(path.parent)
            write_whole(path, manifest.encoded(), draft=".draft")
        except OSError as exc:
            raise disk_error(exc, path, kept="the archive is as it was, its chain too") from exc
        return path


def prove(
    root: Path, proven: Proven, seen: Progress, *, authorities: Sequence[bytes] = ()
) -> Iterator[Finding]:
    """Yield each place at which the archive is not what its manifests say it was.

    `authorities` are root certificates in PEM, for timestamps.

    What no manifest speaks of yet is counted. Damage that was there when a day was sealed is not
    the chain's business.
    """
    for finding in chain(_stamps(root, proven, authorities), _chained(root, proven, seen)):
        proven.broken += not finding.is_note
        yield finding


def _stamps(root: Path, proven: Proven, authorities: Sequence[bytes]) -> Iterator[Finding]:
    """Read the timestamps of manifests; yield what is wrong with them."""
    for path in manifests_in(root):
        file = path.with_suffix(SUFFIX)
        if not file.exists():
            continue
        try:
            stamp = stamp_in(file.read_bytes(), path.read_bytes(), roots=authorities)
        except DamageError as exc:
            yield Finding(problem=exc.problem, path=file)
        except ConfigError as exc:
            yield Finding(problem=f"not read: {exc}", path=file, is_note=True)
        else:
            proven.stamped = path, stamp


def _chained(root: Path, proven: Proven, seen: Progress) -> Iterator[Finding]:
    yield from _links(root, proven)
    for file, entries in sorted(proven.entries.items()):
        if file.startswith("text/"):
            yield from _texts_changed(root, file, entries)
        else:
            yield from _warc_changed(root, file, entries)
            with suppress(FileNotFoundError):
                seen(there(root, file).stat().st_size)
    for path in warcs_in(root / "warc"):
        covered = _end_of(proven.entries.get(file_name(path, root), []))
        proven.uncovered += path.stat().st_size - covered


def _links(root: Path, proven: Proven) -> Iterator[Finding]:
    """Read the manifests; yield where one does not follow from the one before."""
    for path in manifests_in(root):
        try:
            data = path.read_bytes()
        except OSError as exc:
            raise disk_error(exc, path) from exc
        try:
            manifest = manifest_from(data)
        except DamageError as exc:
            yield Finding(problem=exc.problem, path=path)
            proven.manifests, proven.head = number_in(path.name) or 0, digest_of(data)
            continue
        if manifest.name != path.name or manifest.number != proven.manifests + 1:
            missing = f"manifest {proven.manifests + 1} should come here: one is gone, or renamed"
            yield Finding(problem=missing, path=path)
        if manifest.previous != proven.head:
            problem = "it was not made after the manifest before it, which was changed since"
            yield Finding(problem=problem, path=path)
        proven.manifests, proven.head = manifest.number, digest_of(data)
        proven.newest = manifest
        for entry in manifest.entries:
            proven.entries.setdefault(entry.file, []).append(entry)
            proven.leaves += entry.leaves


def _new_entries(root: Path, known: dict[str, list[Entry]], stop: Event) -> Iterator[Entry]:
    for file in sorted({file_name(path, root) for path in warcs_in(root / "warc")}):
        path = there(root, file)  # its writer may have closed it meanwhile
        entry = _stretch(path, file, _end_of(known.get(file, [])), None, stop)
        if entry is not None:
            yield entry
    for folder in sorted(root.glob("text/*/*")):
        file = folder.relative_to(root).as_posix()
        yield from _texts(folder, file, _end_of(known.get(file, [])), None)


def _end_of(entries: list[Entry]) -> int:
    return max((entry.end for entry in entries), default=0)


def _stretch(
    path: Path, file: str, start: int, end: int | None, stop: Event | None = None
) -> Entry | None:
    """Return the records of a WARC file from one place to another, or to its end.

    The end of one that is being written is where its last whole record ends.
    """
    tree, last, size = Tree(), start, path.stat().st_size
    for one in scan(path, with_sha256=True, start=start, until=end):
        if stop is not None and stop.is_set():
            return None
        if not isinstance(one, Finding):
            tree.add(one.sha256)
            last = one.offset + one.length
    if not tree.leaves:
        return None
    end = end or (last if path.suffix == OPEN_SUFFIX else size)
    return Entry(file=file, start=start, end=end, leaves=tree.leaves, root=tree.root())


def _warc_changed(root: Path, file: str, entries: list[Entry]) -> Iterator[Finding]:
    try:
        path = there(root, file)
    except FileNotFoundError:
        leaves = sum(entry.leaves for entry in entries)
        problem = f"the chain has {leaves} records of this file, and it is gone"
        yield Finding(problem=problem, path=root / file)
        return
    for entry in entries:
        now = _stretch(path, file, entry.start, entry.end)
        if now != entry:
            yield _changed(path, entry, 0 if now is None else now.leaves)


def _changed(path: Path, entry: Entry, leaves: int) -> Finding:
    what = "texts" if entry.file.startswith("text/") else "records"
    counts = f"{entry.leaves} {what} were sealed"
    problem = f"changed since it was sealed: {counts}, {leaves} are there"
    if leaves == entry.leaves:
        problem = f"changed since it was sealed: one of {entry.leaves} {what} is another"
    return Finding(problem=problem, path=path, offset=entry.start, end=entry.end)


def _texts(folder: Path, file: str, start: int, end: int | None) -> Iterator[Entry]:
    """Yield the texts of a folder from one number to another, if there are any."""
    tree, last = Tree(), start
    for number, path in numbered_in(folder):
        if number >= start and (end is None or number < end):
            tree.add(hashlib.sha256(path.read_bytes()).digest())
            last = number + 1
    if tree.leaves:
        yield Entry(file=file, start=start, end=end or last, leaves=tree.leaves, root=tree.root())


def _texts_changed(root: Path, file: str, entries: list[Entry]) -> Iterator[Finding]:
    folder = root / file
    for entry in entries:
        now = list(_texts(folder, file, entry.start, entry.end)) if folder.is_dir() else []
        if now != [entry]:
            yield _changed(folder, entry, sum(one.leaves for one in now))
