"""Digests of what HTTP responses carry, made piece by piece: of the body as it was sent and of the
entity, de-chunked.

It keeps no body in memory and judges nothing. The standard means the entity (WARC 1.1, section
5.9), most tools write the digest of what follows the first head: either is right in a file.
"""

import re
from collections.abc import Callable
from typing import Protocol

from scraper.http1 import read_response

HEAD_BYTES = 1_000_000  # kept until the final head has come

_HEAD_END = re.compile(rb"\n\r?\n")
_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,20})(?:;[^\n]*)?[ \t]*\r\n")  # as in scraper.http1
_LONGEST_LINE = 100_000


class Hash(Protocol):
    """What hashlib makes."""

    def update(self, data: bytes, /) -> None:
        """Take in more bytes."""

    def digest(self) -> bytes:
        """Return the digest of all that was taken in."""


class Payload:
    """The payload of one HTTP message, fed in pieces; `raw` and `entity` are its digests."""

    def __init__(self, new_hash: Callable[[], Hash], *, is_response: bool = True) -> None:
        self._new_hash, self._is_response = new_hash, is_response
        self._head = bytearray()
        self._raw, self._entity = new_hash(), new_hash()
        self._chunks: Chunks | None = None
        self._left: int | None = None  # bytes of the entity that are to come; None: all of them
        self._is_in_body = False
        self.entity_bytes = 0

    def feed(self, data: bytes) -> None:
        """Take in the next bytes of the message."""
        if self._is_in_body:
            self._body(data)
            return
        self._head += data
        if len(self._head) >= HEAD_BYTES:
            self._begin_body()

    def digests(self) -> tuple[bytes, bytes | None]:
        """Return the digests of the body as sent and of the entity, None where there is none."""
        if not self._is_in_body:
            self._begin_body()
        return self._raw.digest(), self._entity.digest() if self.entity_bytes else None

    def _begin_body(self) -> None:
        """Cut off the head, and see how the body tells its end."""
        self._is_in_body = True
        data, self._head = bytes(self._head), bytearray()
        first = _HEAD_END.search(data)
        start = first.end() if first else len(data)
        raw, entity_from = data[start:], start
        if self._is_response:
            message = read_response(data)
            if message.status is None:
                self._left = 0
            else:
                entity_from = message.head_length
                self._left = self._length(message.chunked, message.values("content-length"))
                if message.status in {204, 304}:
                    self._left = 0
        self._raw.update(raw)
        self._take_entity(data[entity_from:])

    def _length(self, is_chunked: bool, lengths: list[str]) -> int | None:
        if is_chunked:
            self._chunks = Chunks()
            return None
        return int(lengths[0]) if lengths else None

    def _body(self, data: bytes) -> None:
        self._raw.update(data)
        self._take_entity(data)

    def _take_entity(self, data: bytes) -> None:
        if self._chunks is not None:
            data = self._chunks.entity_in(data)
        if self._left is not None:
            data = data[: self._left]
            self._left -= len(data)
        self.entity_bytes += len(data)
        self._entity.update(data)


class Chunks:
    """Undoes the chunked coding of bytes that come in pieces (RFC 9112, section 7.1)."""

    def __init__(self) -> None:
        self._line = b""  # of a chunk's head, as far as it has come
        self._left = 0  # bytes of the chunk that are to come
        self._wants_head = True  # at the start, and after the line end behind a chunk
        self._is_ended = False

    def entity_in(self, data: bytes) -> bytes:
        """Return what the next bytes carry; nothing after the last chunk or a malformed one."""
        parts: list[bytes] = []
        position = 0
        while position < len(data) and not self._is_ended:
            if self._left:
                piece = data[position : position + self._left]
                parts.append(piece)
                self._left -= len(piece)
                position += len(piece)
            else:
                position = self._read_line(data, position)
        return b"".join(parts)

    def _read_line(self, data: bytes, position: int) -> int:
        """Take in a chunk's head, with the line end of the chunk before it."""
        end = data.find(b"\n", position) + 1
        self._line += data[position : end or len(data)]
        if not end:
            self._is_ended = len(self._line) > _LONGEST_LINE
            return len(data)
        if self._wants_head:
            match = _CHUNK_LINE.fullmatch(self._line)
            self._left = int(match[1], 16) if match else 0
            self._is_ended = not self._left
        else:
            self._is_ended = self._line != b"\r\n"
        self._line, self._wants_head = b"", not self._wants_head
        return end
