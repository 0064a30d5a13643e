"""Where an export goes: a file or a folder that appears whole under its name, or not at all.

It knows nothing of what is exported.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from scraper.disk import disk_error, sync_folder
from scraper.errors import ArchiveError

TEXT_NAME = re.compile(r"[0-9]{3,}_[0-9a-f]{16}\.txt")


@contextmanager
def new_file(path: Path, *, force: bool) -> Iterator[IO[bytes]]:
    """Give a file to write, which gets its name when the block ends well.

    Raises:
        ArchiveError: it exists and may not be replaced, or it cannot be written.
        DiskFullError: no room is left.
    """
    _refuse(path, force=force, is_free=not os.path.lexists(path))
    if path.is_dir():
        raise ArchiveError("is a folder, and a file should go there", path=path)
    draft = _draft(path)
    try:
        with draft.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
        sync_folder(path.absolute().parent)
    except OSError as exc:
        raise disk_error(exc, path, kept="nothing was exported") from exc
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def new_folder(path: Path, *, force: bool) -> Iterator[Path]:
    """Give a folder to fill, which gets its name when the block ends well. Errors: as `new_file`.

    Only a folder that holds nothing but an earlier export's texts is replaced.
    """
    is_free = not os.path.lexists(path) or (path.is_dir() and not any(path.iterdir()))
    _refuse(path, force=force, is_free=is_free)
    if os.path.lexists(path) and not _is_export(path):
        problem = "holds more than exported texts, and is left alone; choose another place"
        raise ArchiveError(problem, path=path)
    draft = _draft(path)
    try:
        shutil.rmtree(draft, ignore_errors=True)  # left by a process that was killed
        draft.mkdir()
        yield draft
        os.sync()  # one call for all the files; a folder's rename says nothing of them
        if path.exists():
            shutil.rmtree(path)
        draft.rename(path)
        sync_folder(path.absolute().parent)
    except OSError as exc:
        raise disk_error(exc, path, kept="nothing was exported") from exc
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _refuse(path: Path, *, force: bool, is_free: bool) -> None:
    if not is_free and not force:
        raise ArchiveError("exists already: choose another name, or say --force", path=path)
    if not path.absolute().parent.is_dir():
        raise ArchiveError("the folder to put it in does not exist", path=path)


def _is_export(path: Path) -> bool:
    return path.is_dir() and all(TEXT_NAME.fullmatch(entry.name) for entry in path.iterdir())


def _draft(path: Path) -> Path:
    return path.with_name(f".{path.name}.partial")
