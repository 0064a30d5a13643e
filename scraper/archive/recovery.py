"""What a killed process left: its WARC files are cut at the last whole record and closed.

It changes no record and forgets no byte: a torn tail is kept beside the file. The catalog is not
its business.
"""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from scraper.archive.open_file import OPEN_SUFFIX
from scraper.archive.verify import Finding, scan
from scraper.archive.verify_members import CHUNK
from scraper.disk import disk_error, sync_folder, write_all
from scraper.errors import ArchiveError

MARK = "reindexed"  # an empty file, as old as the beginning of the last reindexing that ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """A file that was left unfinished. `file` is its final name, relative to the archive."""

    file: str
    records: int  # whole ones, all kept
    end: int  # of the last of them, in bytes: what the catalog knows behind it is lost
    torn: int  # bytes of the tail, kept in a file of their own; 0 where the file was whole
    damaged: int = 0  # places between whole records; they stay as they are, for `verify` to tell


def recover(root: Path) -> tuple[Recovered, ...]:
    """Close the WARC files that processes left which are no more; return what was found.

    A file that somebody writes is locked, and left alone. Nothing happens twice: killed on the way,
    it goes on where it was.

    Raises:
        ArchiveError, DiskFullError: a file cannot be cut or renamed; it is as it was.
    """
    found = []
    for path in sorted((root / "warc").glob(f"*/*.warc.gz{OPEN_SUFFIX}")):
        try:
            recovered = _recovered(root, path)
        except OSError as exc:
            raise disk_error(exc, path, kept="it is as it was") from exc
        if recovered is not None:
            found.append(recovered)
    return tuple(found)


def _recovered(root: Path, path: Path) -> Recovered | None:
    try:
        fd = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:  # its writer was alive, and has closed it
        return None
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        if not path.exists():  # closed between the last two calls
            return None
        records, end, damaged = _whole_records(path)
        torn = os.fstat(fd).st_size - end
        if torn:
            _keep_tail(path, fd, end)
            os.ftruncate(fd, end)
        os.fsync(fd)
        final = path.with_name(path.name.removesuffix(OPEN_SUFFIX))
        if final.exists():
            raise ArchiveError("its final name is taken; move one of the two away", path=path)
        path.rename(final) if records else path.unlink()
        sync_folder(path.parent)
        file = str(final.relative_to(root))
        return Recovered(file=file, records=records, end=end, torn=torn, damaged=damaged)
    finally:
        os.close(fd)


def _whole_records(path: Path) -> tuple[int, int, int]:
    """Return how many records are whole, at which byte the last of them ends, and how many places
    before it are damaged."""
    count, end, damaged, behind = 0, 0, 0, 0
    for one in scan(path):
        if not isinstance(one, Finding):
            count, end = count + 1, one.offset + one.length
            damaged, behind = damaged + behind, 0
        elif one.is_lost:
            behind += 1
    return count, end, damaged


def _keep_tail(path: Path, fd: int, offset: int) -> None:
    name = path.name.removesuffix(OPEN_SUFFIX) + f".torn-{offset}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    out = os.open(path.with_name(name), flags, 0o600)
    try:
        while piece := os.pread(fd, CHUNK, offset):
            write_all(out, piece)
            offset += len(piece)
        os.fsync(out)
    finally:
        os.close(out)
    sync_folder(path.parent)
