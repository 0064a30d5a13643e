"""Records of others' WARC and ARC files, read one after the other whatever is broken among them.

Each comes back whole and with its digest right, or as a sentence that says what is wrong with it.
Nothing is decoded, and no name that a record gives is ever used as one.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from mmap import mmap

from scraper.archive.digest import is_digest_of
from scraper.archive.record import Headers
from scraper.importing.unpacked import RECORD, Unpacked, UnpackError

MAX_HEAD = 65_536  # bytes of a record's headers
MAX_BLOCK = 64_000_000  # bytes of a record that is kept; longer ones are passed over

_VERSION = re.compile(rb"WARC/(?:0\.1[78]|1\.[01])[ \t]*\r?\n")
_ARC_DATE = re.compile(r"\d{14}")
_WANTED = frozenset({"response", "request", "revisit"})


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a record lies: the offset of its gzip member (or its own, in a file that is not
    compressed), and how many records come before it in there."""

    offset: int
    nth: int = 0

    def __str__(self) -> str:
        return f"byte {self.offset}" + (f", record {self.nth + 1} there" if self.nth else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """A record of somebody else's; of one that is of no use to us, the block is empty."""

    place: Place
    headers: Headers
    head: bytes = field(repr=False)  # as it stands in the file, with the empty line
    block: bytes = field(default=b"", repr=False)
    is_arc: bool = False

    @property
    def type(self) -> str:
        return (self.header("WARC-Type") or "").lower()

    def header(self, name: str) -> str | None:
        """Return the first value of a header, or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A record that cannot be used, and why."""

    place: Place
    problem: str


class _BrokenError(Exception):
    """The present record is broken; what comes after it is looked for, in what it swallowed too."""

    def __init__(self, problem: str, swallowed: bytes = b"") -> None:
        self.swallowed = swallowed
        super().__init__(problem)


def records_of(
    data: mmap | bytes, start: int = 0, beat: Callable[[], None] = lambda: None
) -> Iterator[Foreign | Broken]:
    """Yield the records of a file from an offset on; what is no record of ours to read is passed
    over up to the next that looks like one. `beat` is called as the reading goes on."""
    stream = Unpacked(data, start, beat)
    place = Place(-1)
    while True:
        try:
            if not stream.begin():
                return
        except UnpackError as exc:
            yield Broken(place=Place(stream.offset), problem=str(exc))
            stream.leave_member()
            continue
        offset = stream.offset
        place = Place(offset, place.nth + 1 if place.offset == offset else 0)
        try:
            yield _record(stream, place)
        except UnpackError as exc:
            yield Broken(place=place, problem=str(exc))
            stream.leave_member()
        except _BrokenError as exc:
            yield Broken(place=place, problem=str(exc))
            stream.find_record(exc.swallowed)


def _record(stream: Unpacked, place: Place) -> Foreign:
    first = stream.line(MAX_HEAD)
    if not first.endswith(b"\n") and RECORD.match(first):
        raise _BrokenError(f"its head has more than {MAX_HEAD:,} bytes")
    if _VERSION.fullmatch(first):
        record, length = _warc_head(stream, place, first)
    elif RECORD.match(first) and not first.startswith(b"WARC/"):
        record, length = _arc_head(place, first)
    else:
        raise _BrokenError("here should be the head of a record")
    if length > MAX_BLOCK or record.type not in _WANTED:
        block, is_whole = b"", stream.pass_over(length) == length
    else:
        block = stream.read(length)
        is_whole = len(block) == length
    if not is_whole or not stream.is_at_record():
        raise _BrokenError("it is cut short, or its length is wrong", b"\n" + block)
    if length > MAX_BLOCK:
        raise _BrokenError(f"it has {length:,} bytes; more than {MAX_BLOCK:,} are not read")
    return _checked(record, block)


def _checked(record: Foreign, block: bytes) -> Foreign:
    digest = record.header("WARC-Block-Digest")
    if block and digest and is_digest_of(digest, block) is False:
        raise _BrokenError("its block is not the one that its digest was made of")
    return Foreign(
        place=record.place,
        headers=record.headers,
        head=record.head,
        block=block,
        is_arc=record.is_arc,
    )


def _warc_head(stream: Unpacked, place: Place, first: bytes) -> tuple[Foreign, int]:
    head, left = bytearray(first), MAX_HEAD - len(first)
    lines: list[bytes] = []
    while line := stream.line(left):
        head += line
        left -= len(line)
        if not line.endswith(b"\n"):
            too_long = left <= 0
            problem = f"has more than {MAX_HEAD:,} bytes" if too_long else "is cut short"
            raise _BrokenError(f"its head {problem}")
        if not line.strip():
            headers = _headers(lines)
            record = Foreign(place=place, headers=headers, head=bytes(head))
            return record, _length(record.header("Content-Length"))
        lines.append(line.rstrip(b"\r\n"))
    raise _BrokenError("its head is cut short" if left > 0 else f"its head has over {MAX_HEAD:,}")


def _headers(lines: list[bytes]) -> Headers:
    headers: list[tuple[str, str]] = []
    for line in lines:
        text = line.decode("utf-8", "replace")
        if text[0] in " \t" and headers:  # a folded value (WARC 1.1, section 4)
            name, value = headers.pop()
            headers.append((name, f"{value} {text.strip()}"))
            continue
        name, colon, value = text.partition(":")
        if not colon:
            raise _BrokenError("a header line of it has no colon")
        headers.append((name.strip(), value.strip()))
    return tuple(headers)


def _arc_head(place: Place, first: bytes) -> tuple[Foreign, int]:
    """Read the line that begins a record of ARC 1.0 (five words) or 2.0 (ten of them)."""
    words = first.decode("utf-8", "replace").split()
    if len(words) < 5:
        raise _BrokenError("the head of an ARC record has fewer than five words")
    # White space in a URL is as old as ARC; what follows it is of fixed number.
    tail = 9 if len(words) >= 10 and _ARC_DATE.fullmatch(words[-8]) else 4
    url, (address, moment) = " ".join(words[:-tail]), words[-tail : len(words) - tail + 2]
    if not _ARC_DATE.fullmatch(moment):
        raise _BrokenError("the head of an ARC record has no date")
    digits = (moment[:4], moment[4:6], moment[6:8], moment[8:10], moment[10:12], moment[12:])
    date = "{}-{}-{}T{}:{}:{}Z".format(*digits)
    is_page = url.lower().startswith(("http:", "https:"))
    headers = (
        ("WARC-Type", "response" if is_page else "metadata"),
        ("WARC-Target-URI", url),
        ("WARC-Date", date),
        ("WARC-IP-Address", address),
        ("Content-Type", "application/http; msgtype=response"),
    )
    record = Foreign(place=place, headers=headers, head=first, is_arc=True)
    return record, _length(words[-1])


def _length(value: str | None) -> int:
    if value is None or not re.fullmatch("[0-9]{1,15}", value):
        raise _BrokenError("it has no Content-Length")
    return int(value)
