"""A WARC file while it is being written: whole members or nothing, one sync per call.

It doesn't know what the members hold, and never opens a file that exists.
"""

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path

from scraper.disk import disk_error, make_folder, sync_data, sync_folder, write_all
from scraper.errors import ArchiveError, DiskFullError, LockedError

OPEN_SUFFIX = ".open"


class OpenFile:
    """A new file that bears its name with ``.open`` after it until it's closed.

    The exclusive lock says that somebody writes; it dies with the process, so a file without one
    was left behind. Raises FileExistsError where that name is taken, by a finished file or not.
    """

    def __init__(self, final: Path) -> None:
        self.final, self.size = final, 0
        self.path = final.with_name(final.name + OPEN_SUFFIX)
        try:
            make_folder(final.parent)
            self._fd = _created(final, self.path)
            sync_folder(final.parent)
        except FileExistsError:
            raise
        except OSError as exc:
            raise disk_error(exc, self.path, kept="nothing was written") from exc

    def append(self, members: Sequence[bytes]) -> tuple[int, ...]:
        """Write members and sync them once; return their offsets.

        When that fails, the file is cut back to where it ended before and closed: nothing may be
        appended after an error of `fsync`, since the kernel forgets what it could not write.
        """
        start, offsets = self.size, []
        try:
            for member in members:
                offsets.append(self.size)
                write_all(self._fd, member)
                self.size += len(member)
            sync_data(self._fd)
        except BaseException as exc:
            self._give_up(start, exc)
            raise
        return tuple(offsets)

    def _give_up(self, start: int, exc: BaseException) -> None:
        self.size = start
        try:
            os.ftruncate(self._fd, start)
            os.fsync(self._fd)
        except OSError as second:
            os.close(self._fd)
            raise disk_error(
                second, self.path, kept="its end may be torn: it keeps its .open"
            ) from exc
        if not isinstance(exc, OSError):
            self.close()
            raise exc
        error = disk_error(exc, self.path, kept=f"the {start} bytes before are whole")
        if isinstance(error, DiskFullError):
            self.close()
        else:
            os.close(self._fd)  # a suspect disk: .open tells recovery to look at it
        raise error from exc

    def close(self) -> None:
        """Sync the file and give it its final name; an empty one is removed instead."""
        try:
            if self.size == 0:
                self.path.unlink()
                return
            os.fsync(self._fd)
            if self.final.exists():
                raise ArchiveError(
                    f"exists already; what was written is in {self.path}", path=self.final
                )
            self.path.rename(self.final)
            sync_folder(self.final.parent)
        except OSError as exc:
            raise disk_error(exc, self.path, kept="what was acknowledged is in it") from exc
        finally:
            os.close(self._fd)


def _created(final: Path, path: Path) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    fd = os.open(path, flags, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.lexists(final):
            path.unlink()
            raise FileExistsError(final)
    except BlockingIOError as exc:
        os.close(fd)
        raise LockedError("another process holds it", path=path) from exc
    except OSError:
        os.close(fd)
        raise
    return fd
