"""The bytes of a WARC file as streams of records: gzip members or plain, and where to go on.

It inflates no more than it is asked for, so that neither a file nor a record need fit in memory;
what the bytes say is judged elsewhere.
"""

import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol

GZIP = b"\x1f\x8b"
CHUNK = 65_536

_MEMBER = b"\x1f\x8b\x08"
_AT_ONCE = 1_000_000  # inflated bytes in memory
_PLAIN_RECORD = re.compile(rb"\n(WARC/(?:0\.1[78]|1\.[01])\r?\n)")
_LONGEST_MATCH = 16
_HINT = 4_096  # compressed bytes that tell whether a member holds a record


class BrokenError(Exception):
    """The bytes cannot be followed any further; what comes after them may be sound again."""


class Bytes(Protocol):
    """What a record is read from."""

    def read(self, size: int) -> bytes:
        """Return at most `size` bytes; none at the end."""

    def readline(self, limit: int) -> bytes:
        """Return a line with its end, or what there is of it."""


class Member:
    """The content of the gzip member that begins at an offset of a file.

    CRC and length are checked where it ends. Raises BrokenError.
    """

    def __init__(self, file: IO[bytes], offset: int) -> None:
        file.seek(offset)
        self._file = file
        self._unpacker = zlib.decompressobj(wbits=31)
        self._ready, self._taken = b"", 0

    @property
    def end(self) -> int:
        """Where the member ends in the file; known once it was read to its end."""
        return self._file.tell() - len(self._unpacker.unused_data)

    def is_at_end(self) -> bool:
        """Say whether all was read; the checksum was right then."""
        return self._taken == len(self._ready) and not self._fill()

    def read(self, size: int) -> bytes:
        """Return at most `size` bytes; none at the end of the member."""
        if self._taken == len(self._ready) and not self._fill():
            return b""
        piece = self._ready[self._taken : self._taken + size]
        self._taken += len(piece)
        return piece

    def readline(self, limit: int) -> bytes:
        """Return a line of at most `limit` bytes with its end, or what there is of it."""
        parts: list[bytes] = []
        while limit > 0 and not (self._taken == len(self._ready) and not self._fill()):
            end = self._ready.find(b"\n", self._taken, self._taken + limit) + 1
            piece = self.read(min(limit, end - self._taken if end else limit))
            parts.append(piece)
            limit -= len(piece)
            if end:
                break
        return b"".join(parts)

    def _fill(self) -> bool:
        """Have bytes ready, if there are more."""
        self._ready, self._taken = b"", 0
        while not self._ready and not self._unpacker.eof:
            data = self._unpacker.unconsumed_tail or self._file.read(CHUNK)
            if not data:
                raise BrokenError("the file ends inside a gzip member")
            try:
                self._ready = self._unpacker.decompress(data, _AT_ONCE)
            except zlib.error as exc:
                raise BrokenError(f"a gzip member is damaged ({_said(exc)})") from exc
        return bool(self._ready)


def _said(exc: zlib.error) -> str:
    return str(exc).split(": ", 1)[-1]


def is_gzip(file: IO[bytes]) -> bool:
    """Say whether a file begins like a gzip file; leaves it at its start."""
    start = file.read(2)
    file.seek(0)
    return start == GZIP


def next_member(file: IO[bytes], start: int) -> int | None:
    """Return where the next gzip member that holds a WARC record begins, or None."""
    for offset in _found(file, start, re.compile(re.escape(_MEMBER))):
        file.seek(offset)
        if first_bytes(file.read(_HINT)).lstrip(b"\r\n").startswith(b"WARC/"):
            return offset
    return None


def first_bytes(data: bytes) -> bytes:
    """Return the first bytes of what a gzip member holds, none where it holds nothing."""
    try:
        return zlib.decompressobj(wbits=31).decompress(data, 64)
    except zlib.error:
        return b""


def next_plain(file: IO[bytes], start: int) -> int | None:
    """Return where the next line that looks like the head of a WARC record begins, or None."""
    return next(_found(file, start, _PLAIN_RECORD), None)


def _found(file: IO[bytes], start: int, pattern: re.Pattern[bytes]) -> Iterator[int]:
    """Yield where a pattern, or its first group, begins in a file."""
    position, kept, least = start, b"", start
    while True:
        file.seek(position)
        data = file.read(CHUNK * 4)
        if not data:
            return
        window, base = kept + data, position - len(kept)
        for match in pattern.finditer(window):
            offset = base + match.start(pattern.groups)
            if offset >= least:
                least = offset + 1
                yield offset
        position += len(data)
        kept = window[-_LONGEST_MATCH:]


def is_zero(file: IO[bytes], start: int, end: int) -> bool:
    """Say whether a range of a file holds zero bytes alone: the shape that a power cut leaves."""
    file.seek(start)
    while start < end:
        data = file.read(min(CHUNK, end - start))
        if not data or data.strip(b"\0"):
            return False
        start += len(data)
    return True


def size_of(path: Path) -> int:
    """Return the size of a file in bytes."""
    return path.stat().st_size
