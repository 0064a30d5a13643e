"""A damaged WARC file copied without its damage; the original stays as it is.

It invents nothing: each whole record goes over as the bytes that it has, alone in a gzip member;
a last record tells what was lost. What a catalog makes of it is not its business.
"""

import os
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO

from scraper.archive.exchanges import json_block
from scraper.archive.record import Draft, member_of
from scraper.archive.verify import Finding, scan
from scraper.archive.verify_members import CHUNK, Bytes, Member, is_gzip
from scraper.archive.verify_records import Checked
from scraper.disk import disk_error, sync_folder, write_all
from scraper.errors import ArchiveError

FIELD = "repaired"  # of the metadata record that ends a repaired file
SUFFIX = ".repaired.warc.gz"
_LEVEL = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Bytes of the original that did not go over."""

    start: int
    end: int
    problem: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A record that went over, and where it lies now."""

    id: str
    offset: int
    length: int


@dataclass(slots=True)
class Repaired:
    """A repaired file, and what became of the records of its original."""

    path: Path
    moved: list[Moved] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)


def repaired_name(path: Path) -> Path:
    """Return the name of the file that is to hold what is whole in another."""
    return path.with_name(path.name.removesuffix(".gz").removesuffix(".warc") + SUFFIX)


def repair(path: Path, *, date: datetime) -> Repaired:
    """Write what is whole in a WARC file to a new one beside it; the original is not touched.

    Records whose digests are wrong stay behind, as do bytes that are no record; the new file says
    which. It appears whole or not at all.

    Raises:
        ArchiveError: it was repaired before, or cannot be read. DiskFullError: nothing was written.
    """
    repaired = Repaired(repaired_name(path))
    if repaired.path.exists():
        raise ArchiveError(f"was repaired before, as {repaired.path.name}", path=path)
    draft = repaired.path.with_name(repaired.path.name + ".part")
    try:
        with path.open("rb") as source, _new(draft) as out:
            _copy(path, source, out, repaired)
            write_all(out.fileno(), member_of(_account(path, repaired, date)))
            os.fsync(out.fileno())
        draft.rename(repaired.path)
        sync_folder(path.parent)
    except OSError as exc:
        draft.unlink(missing_ok=True)
        raise disk_error(exc, repaired.path, kept="the original is as it was") from exc
    return repaired


def account_in(record: Checked) -> tuple[str, tuple[Lost, ...]] | None:
    """Return of which file a record says that it was repaired, and what of it was lost."""
    said = record.json.get(FIELD)
    if not isinstance(said, dict) or not isinstance(said.get("lost"), list):
        return None
    lost = (_lost_from(one) for one in said["lost"] if isinstance(one, dict))
    return str(said.get("file", "")), tuple(lost)


def _lost_from(said: Mapping[str, object]) -> Lost:
    start, end = (int(str(said.get(key, 0))) for key in ("start", "end"))
    return Lost(start=start, end=end, problem=str(said.get("problem", "")))


def _new(path: Path) -> IO[bytes]:
    path.unlink(missing_ok=True)  # left by a process that was killed
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.fdopen(os.open(path, flags, 0o600), "wb", buffering=0)


def _copy(path: Path, source: IO[bytes], out: IO[bytes], repaired: Repaired) -> None:
    """Copy what is whole, and note what isn't."""
    crowd: tuple[int, Bytes] | None = None
    for one in scan(path):
        if isinstance(one, Finding):
            _note(one, repaired)
            continue
        offset = out.tell()
        if one.length and is_gzip_at(source, one.offset):
            if not _is_whole(one):
                continue
            _copy_bytes(source, one, out)
        else:
            if crowd is None or crowd[0] != one.offset or one.length:
                crowd = one.offset, _stream_at(source, one)
            record = _record_in(crowd[1], one.size)
            if not _is_whole(one):
                for _ in record:  # the next one comes after it
                    pass
                continue
            _compress(record, out)
        repaired.moved.append(Moved(id=one.id, offset=offset, length=out.tell() - offset))


def _is_whole(record: Checked) -> bool:
    return not any("digest" in flaw for flaw in record.flaws)


def _note(finding: Finding, repaired: Repaired) -> None:
    """Note what does not go over: heads with flaws do, and a crowded member's records too."""
    is_lost = finding.is_lost or "digest" in finding.problem
    if is_lost and finding.offset is not None and finding.end is not None:
        repaired.lost.append(
            Lost(
                start=finding.offset,
                end=finding.end,
                problem=finding.problem,
                url=finding.url,
            )
        )


def is_gzip_at(source: IO[bytes], offset: int) -> bool:
    """Say whether a gzip member begins at an offset."""
    source.seek(offset)
    return source.read(2) == b"\x1f\x8b"


def _stream_at(source: IO[bytes], record: Checked) -> Bytes:
    """Return what the record, and those after it in the same gzip member, can be read from."""
    source.seek(0)
    if is_gzip(source):
        return Member(source, record.offset)
    source.seek(record.offset)
    return source


def _record_in(stream: Bytes, size: int) -> Iterator[bytes]:
    """Yield the bytes of the record that comes next."""
    piece = stream.readline(CHUNK)
    while piece in (b"\r\n", b"\n"):
        piece = stream.readline(CHUNK)
    while piece:
        yield piece
        size -= len(piece)
        piece = stream.read(min(size, CHUNK)) if size else b""


def _copy_bytes(source: IO[bytes], record: Checked, out: IO[bytes]) -> None:
    source.seek(record.offset)
    left = record.length
    while left and (piece := source.read(min(left, CHUNK))):
        write_all(out.fileno(), piece)
        left -= len(piece)


def _compress(pieces: Iterator[bytes], out: IO[bytes]) -> None:
    packer = zlib.compressobj(_LEVEL, wbits=31)
    for piece in pieces:
        write_all(out.fileno(), packer.compress(piece))
    write_all(out.fileno(), packer.flush())


def _account(path: Path, repaired: Repaired, date: datetime) -> Draft:
    """Return the record that says what a repaired file is, and what it lacks."""
    said = {
        "file": path.name,
        "size": path.stat().st_size,
        "records": len(repaired.moved),
        "lost": [asdict(lost) for lost in repaired.lost],
    }
    return Draft(
        type="metadata", date=date, content_type="application/json", block=json_block({FIELD: said})
    )  # fmt: skip
