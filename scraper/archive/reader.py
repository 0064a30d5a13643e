"""WARC files read back, ours and others': records by offset, exchanges in their order.

Every length, checksum and block digest is checked; payloads are neither de-chunked nor decoded.
"""

import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import IO

from scraper.archive.exchanges import exchange_from
from scraper.archive.foreign import foreign_page
from scraper.archive.open_file import OPEN_SUFFIX
from scraper.archive.record import MAX_RECORD, StoredRecord, next_record
from scraper.archive.revisits import Original, original_of, resolved
from scraper.disk import disk_error
from scraper.errors import ArchiveError, DamageError
from scraper.http1 import page_from
from scraper.model import Exchange, Page

_GZIP = b"\x1f\x8b"
_CHUNK = 65_536
_PATIENCE = 16  # exchanges whose other half may still come; most writers put them side by side


def records_in(path: Path, *, start: int = 0) -> Iterator[StoredRecord]:
    """Yield the records of a WARC file, gzipped or not, in file order.

    `start` is the offset of the first one that is wanted.

    Raises:
        DamageError: a record is cut short or changed; what came before it is good.
        ArchiveError: the file cannot be read.
    """
    with _errors_of(path), path.open("rb") as file:
        file.seek(start)
        yield from _gzipped(file) if file.peek(2)[:2] == _GZIP else _plain(file)


def record_at(root: Path, file: str, offset: int) -> StoredRecord:
    """Return the record at a byte offset of a file that is given relative to the archive's root.

    Raises:
        DamageError: there is no whole record that starts there, or its digest does not match.
        ArchiveError: the file is neither there nor there as an unfinished one.
    """
    path = path_of(root, file)
    with _errors_of(path), path.open("rb") as stream:
        stream.seek(offset)
        if stream.peek(2)[:2] == _GZIP:
            records = list(_member(stream, offset))
        else:
            records = [record for record in (next_record(stream, offset),) if record]
    if len(records) != 1:
        raise DamageError(f"{len(records)} records where one should be", path=path, offset=offset)
    return records[0]


def path_of(root: Path, file: str) -> Path:
    """Return where a file lies that is given relative to the archive's root, finished or not.

    Raises:
        ArchiveError: it's neither there nor there as an unfinished one, or lies outside.
    """
    return _finished_or_open(_inside(root, file))


def is_there(root: Path, file: str) -> bool:
    """Say whether there is such a file in the archive, finished or not."""
    try:
        return path_of(root, file).is_file()
    except ArchiveError:
        return False


def read_exchange(
    root: Path, request: tuple[str, int], response: tuple[str, int] | None = None
) -> Exchange:
    """Return the exchange whose records lie at the given files and offsets.

    The bytes are those of the wire; of a revisit they may be the head alone (see `read_page`). What
    stands only in the exchange's metadata record (seconds, notes, leftover) isn't looked up.
    """
    with _errors_of(root / request[0]):
        return exchange_from(
            record_at(root, *request), None if response is None else record_at(root, *response)
        )


def read_page(
    root: Path,
    response: tuple[str, int],
    *,
    place_of: Callable[[Original], tuple[str, int] | None],
    method: str = "GET",
    is_foreign: bool = False,
) -> Page | None:
    """Return the page of a response record, or of a revisit, with the body of its original.

    `place_of` says in which file and at which offset an original lies. A foreign record is one that
    somebody else's crawler made. None where there is no whole head.

    Raises:
        DamageError: the original is not to be found, or not what the revisit refers to.
    """
    record = record_at(root, *response)
    if record.type != "revisit":
        is_cut = record.header("WARC-Truncated") is not None
        if is_foreign:
            return foreign_page(record.url, record.block, truncated=is_cut)
        return page_from(record.url, record.block, method=method, truncated=is_cut)
    path = root / response[0]
    place = place_of(original_of(record))
    if place is None:
        problem = "the original of a revisit is not to be found"
        raise DamageError(problem, path=path, offset=response[1])
    with _errors_of(root / place[0]):
        return resolved(record, record_at(root, *place), is_foreign=is_foreign)


def exchanges_in(path: Path) -> Iterator[Exchange]:
    """Yield the exchanges of a WARC file, in the order of their first records.

    Requests and responses find each other by WARC-Concurrent-To, whichever of them carries it, or
    else by standing side by side under one URL. Either may be missing. Errors: as in `records_in`.
    """
    with _errors_of(path):
        for group in _groups_in(records_in(path)):
            yield group.exchange()


def parts_in(records: Iterable[StoredRecord]) -> Iterator[Mapping[str, StoredRecord]]:
    """Yield the records of each exchange, by "request", "response", "metadata".

    Each may be missing; a revisit is a response. Order: as in `exchanges_in`.
    """
    return (group.parts for group in _groups_in(records))


def _groups_in(records: Iterable[StoredRecord]) -> "Iterator[_Group]":
    waiting: deque[_Group] = deque()
    for record in records:
        if record.type not in _PARTS or not _is_of_exchange(record):
            continue
        group = next((group for group in reversed(waiting) if group.takes(record)), None)
        if group is not None:
            group.add(record)
        elif record.type != "metadata":
            waiting.append(_Group().add(record))
        while len(waiting) > _PATIENCE or (len(waiting) > 1 and waiting[0].is_paired):
            yield waiting.popleft()
    yield from waiting


_PARTS = {
    "request": "request",
    "response": "response",
    "revisit": "response",
    "metadata": "metadata",
}


@dataclass(slots=True)
class _Group:
    """The records of one exchange, as far as they have come."""

    parts: dict[str, StoredRecord] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)  # IDs of the parts, and those that they name

    def takes(self, record: StoredRecord) -> bool:
        if _PARTS[record.type] in self.parts:
            return False
        if record.type == "metadata" or self._is_linked or _links(record):
            return record.id in self.names or bool(self.names & set(_links(record)))
        return all(part.url == record.url for part in self.parts.values())

    def add(self, record: StoredRecord) -> "_Group":
        self.parts[_PARTS[record.type]] = record
        self.names |= {record.id, *_links(record)}
        return self

    @property
    def is_paired(self) -> bool:
        return {"request", "response"} <= self.parts.keys()

    @property
    def _is_linked(self) -> bool:
        return any(_links(part) for part in self.parts.values())

    def exchange(self) -> Exchange:
        return exchange_from(
            *(self.parts.get(name) for name in ("request", "response", "metadata"))
        )


def _links(record: StoredRecord) -> tuple[str, ...]:
    return record.all_of("WARC-Concurrent-To")


def _is_of_exchange(record: StoredRecord) -> bool:
    if record.type == "metadata":
        return bool(_links(record))
    return record.url.lower().startswith(("http:", "https:"))


@contextmanager
def _errors_of(path: Path) -> Iterator[None]:
    """Say in each error which file it is about."""
    try:
        yield
    except DamageError as exc:
        raise DamageError(exc.problem, path=exc.path or path, offset=exc.offset) from exc
    except OSError as exc:
        raise disk_error(exc, path) from exc


def _inside(root: Path, file: str) -> Path:
    # File names come from the catalog, which may be a copy that somebody else edited.
    if Path(file).is_absolute() or ".." in Path(file).parts:
        raise ArchiveError("a place outside the archive", path=file)
    return root / file


def _finished_or_open(path: Path) -> Path:
    unfinished = path.with_name(path.name + OPEN_SUFFIX)
    found = next((there for there in (path, unfinished) if there.exists()), None)
    if found is None:
        raise ArchiveError("the file is gone", path=path)
    return found


def _plain(file: IO[bytes]) -> Iterator[StoredRecord]:
    while (record := next_record(file, file.tell())) is not None:
        yield record


def _gzipped(file: IO[bytes]) -> Iterator[StoredRecord]:
    while True:
        offset = file.tell()
        if not file.read(1):
            return
        file.seek(offset)
        yield from _member(file, offset)


def _member(file: IO[bytes], offset: int) -> Iterator[StoredRecord]:
    """Yield the records of the member that starts here: one, but in files of careless writers."""
    content = BytesIO(_inflated(file, offset))
    length = file.tell() - offset
    while (record := next_record(content, offset)) is not None:
        yield replace(record, length=length)


def _inflated(file: IO[bytes], offset: int) -> bytes:
    """Return the content of the member that starts here, and leave the file where it ends."""
    unpacker = zlib.decompressobj(wbits=31)  # gzip alone; checks CRC and length at its end
    parts: list[bytes] = []
    size = 0
    while not unpacker.eof:
        data = unpacker.unconsumed_tail or file.read(_CHUNK)
        if not data:
            raise DamageError("the file ends inside a record", offset=offset)
        try:
            parts.append(unpacker.decompress(data, _CHUNK * 16))
        except zlib.error as exc:
            raise DamageError(f"a gzip member is damaged ({exc})", offset=offset) from exc
        size += len(parts[-1])
        if size > MAX_RECORD:
            raise DamageError(f"a record of more than {MAX_RECORD} bytes", offset=offset)
    file.seek(-len(unpacker.unused_data), 1)
    return b"".join(parts)
