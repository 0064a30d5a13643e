"""Files of an archive by the names that catalog and indexes know them under, and records in them.

It judges nothing but a record's own frame.
"""

from dataclasses import replace
from pathlib import Path

from scraper.archive.open_file import OPEN_SUFFIX
from scraper.archive.verify_members import Member, is_gzip
from scraper.archive.verify_records import Checked, checked_record
from scraper.errors import ArchiveError


def there(root: Path, file: str) -> Path:
    """Return a file of the archive, finished or still open.

    Raises:
        FileNotFoundError: it is neither.
        ArchiveError: the name leads out of the archive.
    """
    if Path(file).is_absolute() or ".." in Path(file).parts:  # a catalog may have been edited
        raise ArchiveError("a place outside the archive", path=file)
    for path in (root / file, root / (file + OPEN_SUFFIX)):
        if path.is_file():
            return path
    raise FileNotFoundError(root / file)


def record_at(root: Path, file: str, offset: int) -> Checked | None:
    """Return the record at a place, checked to its end; None where the file ends before it.

    Raises:
        FileNotFoundError, BrokenError: there is none.
    """
    with there(root, file).open("rb") as stream:
        if stream.seek(0, 2) <= offset:
            return None
        stream.seek(0)
        if not is_gzip(stream):
            stream.seek(offset)
            record = checked_record(stream, offset)
            return record and replace(record, length=stream.tell() - offset)
        member = Member(stream, offset)
        record = checked_record(member, offset)
        if record is None or not member.is_at_end():
            return record
        return replace(record, length=member.end - offset)


def file_name(path: Path, root: Path) -> str:
    """Return the name under which the catalog knows a file, finished or still open."""
    name = path.relative_to(root).as_posix()
    return name.removesuffix(OPEN_SUFFIX)
