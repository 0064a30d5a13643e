"""Files that survive a power cut: private folders, synced names, whole writes.

It knows nothing of what the files hold.
"""

import errno
import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from scraper.errors import ArchiveError, DiskFullError, LockedError

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

# macOS has no fdatasync.
sync_data = getattr(os, "fdatasync", os.fsync)


def disk_error(exc: OSError, path: Path | str, *, kept: str = "") -> ArchiveError:
    """Return what to raise for an error of the operating system on a file of ours.

    `kept` says in one clause what is still there; it ends the message.
    """
    problem = exc.strerror or str(exc)
    if exc.errno in _NO_ROOM:
        return DiskFullError(f"no room left ({problem}){kept and '; ' + kept}", path=path)
    return ArchiveError(f"{problem}{kept and '; ' + kept}", path=path)


def free_bytes(folder: Path) -> int:
    """Return how much room is left for us on the disk of a folder that exists."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def require_room(folders: Iterable[Path], least: int) -> None:
    """Refuse to begin what a disk might not hold to its end; `least` is in bytes.

    Raises:
        DiskFullError: less room is left on the disk of a folder.
    """
    for folder in folders:
        try:
            free = free_bytes(folder)
        except OSError as exc:
            raise disk_error(exc, folder) from exc
        if free < least:
            raise DiskFullError(
                f"{free / 1e6:,.0f} MB are left on its disk, less than [defaults].keep_free "
                f"({least / 1e6:,.0f} MB); nothing more is fetched, what was is kept: make room",
                path=folder,
            )


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable: a file's own sync does not cover its name."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def make_folder(folder: Path) -> None:
    """Create a folder and what is missing above it, for the owner alone (0700), names synced."""
    missing = [folder, *folder.parents]
    for path in reversed([path for path in missing if not path.is_dir()]):
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            if path.is_dir():  # another process was faster
                continue
            problem = errno.ENOTDIR  # FileExistsError would say that a new file's name is taken
            raise NotADirectoryError(problem, os.strerror(problem), str(path)) from None
        sync_folder(path.parent)


@contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Hold a folder's lock against other processes; wait for it as long as it takes."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def write_all(fd: int, data: bytes) -> None:
    """Write every byte, however many calls it takes: a full disk takes some, then refuses."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def write_whole(path: Path, data: bytes, *, draft: str) -> None:
    """Let a file appear under its name with all its bytes on disk, or not at all.

    `draft` is the name that it has until then, in the same folder, which the caller has to himself.
    """
    part = path.with_name(draft)
    part.unlink(missing_ok=True)  # left by a process that was killed
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    fd = os.open(part, flags, 0o600)
    try:
        write_all(fd, data)
        os.fsync(fd)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    finally:
        os.close(fd)
    part.rename(path)
    sync_folder(path.parent)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a lock file for this process, which writes its number into it; a dead one's is free.

    Raises:
        LockedError: another process holds it; the message names it.
    """
    make_folder(path.parent)
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            holder = os.read(fd, 32).decode("ascii", "replace").strip() or "unknown"
            problem = f"held by process {holder}; stop it first, or use another archive"
            raise LockedError(problem, path=path) from exc
        os.ftruncate(fd, 0)
        write_all(fd, f"{os.getpid()}\n".encode("ascii"))
        yield
    finally:
        os.close(fd)
