"""The clean texts on disk: numbered within their folder, named by what they hold.

It doesn't make a text clean, and knows nothing of the catalog.
"""

import hashlib
import os
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Self

from scraper.disk import disk_error, locked_folder, make_folder, write_whole
from scraper.errors import ArchiveError, DamageError

NAME = re.compile(r"([0-9]{3,})_([0-9a-f]{16})\.txt")
DRAFT = ".draft"  # a text until it is whole: one name is enough under its folder's lock
_OUTLET_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFile:
    """Where a text lies; `file` is relative to the archive."""

    file: str
    sha256: str  # of the file's bytes, 64 hexadecimal digits
    number: int  # within its folder, from 0
    bytes: int

    @classmethod
    def at(cls, root: Path, file: str) -> Self:
        """Return what there is to say of a text file that exists.

        Raises:
            ArchiveError: it cannot be read, or has no text file's name.
        """
        path = root / file
        parts = NAME.fullmatch(path.name)
        if parts is None:
            raise ArchiveError("not the name of a text file", path=path)
        try:
            data = path.read_bytes()
        except OSError as exc:
            raise disk_error(exc, path) from exc
        sha256 = hashlib.sha256(data).hexdigest()
        return cls(file=file, sha256=sha256, number=int(parts[1]), bytes=len(data))


def sha256_of(text: str) -> str:
    """Return the digest that a text's file will have: what tells versions of a text apart."""
    return hashlib.sha256(_encoded(text)).hexdigest()


def write_text(root: Path, outlet: str, day: date, text: str) -> TextFile:
    """Write a text into its outlet's folder of the day under the next free number.

    Where that folder holds the very text already, its file is returned and none is written. Several
    processes may write into one folder: numbers have neither gaps nor doubles.

    Raises:
        DiskFullError, ArchiveError: nothing was written.
    """
    if not _OUTLET_ID.fullmatch(outlet):
        raise ArchiveError(f"{outlet!r} cannot be an outlet's folder", path=root / "text")
    data = _encoded(text)
    folder = root / "text" / outlet / day.isoformat()
    try:
        make_folder(folder)
        with locked_folder(folder):
            return _placed(root, folder, data)
    except OSError as exc:
        raise disk_error(exc, folder, kept="the text was not written") from exc


def restore_text(root: Path, file: str, text: str) -> tuple[TextFile, str]:
    """Write a text again under the name that it had; return its file, and what was found there.

    That is "there", "written", or "changed": a file with other bytes than the text's is left alone.

    Raises:
        DamageError: it cannot have been the text's name.
        DiskFullError, ArchiveError: nothing was written.
    """
    path, data = root / file, _encoded(text)
    sha256, parts = hashlib.sha256(data).hexdigest(), NAME.fullmatch(Path(file).name)
    place = Path(file).parent
    day_of_outlet = len(place.parts) == 3 and place.parts[0] == "text"
    if parts is None or not day_of_outlet or not _is_inside(place) or parts[2] != sha256[:16]:
        raise DamageError("not a name that this text can have", path=file)
    found = TextFile(file=file, sha256=sha256, number=int(parts[1]), bytes=len(data))
    try:
        if path.exists():
            return found, "there" if path.read_bytes() == data else "changed"
        make_folder(path.parent)
        with locked_folder(path.parent):
            write_whole(path, data, draft=DRAFT)
    except OSError as exc:
        raise disk_error(exc, path, kept="the text was not written") from exc
    return found, "written"


def _is_inside(place: Path) -> bool:
    """Say whether a folder of texts, relative to the archive, is one that we name."""
    outlet, day = place.parts[1:3]
    return bool(_OUTLET_ID.fullmatch(outlet) and re.fullmatch(r"\d{4}-\d\d-\d\d", day))


def read_text(root: Path, file: str) -> str:
    """Return the text of a file that is given relative to the archive's root.

    Raises:
        ArchiveError: it cannot be read, or lies outside the archive.
        DamageError: its name is not the one that its bytes ask for.
    """
    path = root / file
    if Path(file).is_absolute() or ".." in Path(file).parts:  # a catalog may have been edited
        raise ArchiveError("a place outside the archive", path=file)
    if not is_self_proving(path):
        raise DamageError("its bytes are not those that its name stands for", path=path)
    return path.read_bytes().decode("utf-8")


def numbered_in(folder: Path) -> list[tuple[int, Path]]:
    """Return the texts of a folder with their numbers, in their order."""
    named = ((NAME.fullmatch(path.name), path) for path in folder.iterdir())
    return sorted((int(name[1]), path) for name, path in named if name)


def is_self_proving(path: Path) -> bool:
    """Say whether a text file's name is the one that its bytes ask for."""
    parts = NAME.fullmatch(path.name)
    if parts is None:
        return False
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise disk_error(exc, path) from exc
    return hashlib.sha256(data).hexdigest().startswith(parts[2])


def _placed(root: Path, folder: Path, data: bytes) -> TextFile:
    sha256 = hashlib.sha256(data).hexdigest()
    numbers = {}
    for name in os.listdir(folder):  # noqa: PTH208 - a Path for each of a day's texts is waste
        if parts := NAME.fullmatch(name):
            numbers[name] = int(parts[1])
    for name, number in numbers.items():
        if name[-20:-4] == sha256[:16] and (folder / name).read_bytes() == data:
            return _text_file(root, folder / name, sha256, number, len(data))
    number = max(numbers.values(), default=-1) + 1
    path = folder / f"{number:03}_{sha256[:16]}.txt"
    write_whole(path, data, draft=DRAFT)
    return _text_file(root, path, sha256, number, len(data))


def _text_file(root: Path, path: Path, sha256: str, number: int, size: int) -> TextFile:
    file = path.relative_to(root).as_posix()
    return TextFile(file=file, sha256=sha256, number=number, bytes=size)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")
