"""Responses as others' crawlers keep them: often unpacked, with the head of what was packed.

It is for records of others alone: of ours, a length that does not fit means that bytes are missing.
"""

import re

from scraper.coding import decoded
from scraper.http1 import Message, read_response
from scraper.model import DecodeStatus, Page

_LATER_HTTP = re.compile(rb"HTTP/[23](?:\.\d)? ")
_HEAD = 100_000  # bytes; as in `http1`


def head_of(block: bytes) -> Message:
    """Return the head of a response; its status is None where there is none."""
    end = re.compile(rb"\n\r?\n").search(block, 0, _HEAD)
    return read_response(_as_http1(block if end is None else block[: end.end()]))


def foreign_page(
    url: str, block: bytes, *, truncated: bool = False, max_bytes: int = 32_000_000
) -> Page | None:
    """Return the page of a response, or None where there is no whole head.

    The record says how long a body is, whatever Content-Length says; chunks and codings are undone
    where the body really has them.
    """
    wire = _as_http1(block)
    message = read_response(wire)
    if message.status is None:
        return None
    body, status = _decoded(entity_of(block), message, max_bytes)
    return Page(
        url=url,
        status=message.status,
        headers=message.headers,
        body=body,
        decode_status=status,
        complete=not truncated,
    )


def entity_of(block: bytes) -> bytes:
    """Return the body of a response, de-chunked where it is in chunks."""
    wire = _as_http1(block)
    message = read_response(wire)
    if message.chunked and message.complete:
        return message.entity
    return wire[message.head_length :]


def _decoded(entity: bytes, message: Message, max_bytes: int) -> tuple[bytes, DecodeStatus]:
    body, status = decoded(entity, message.values("content-encoding"), max_bytes=max_bytes)
    if status is DecodeStatus.DAMAGED and entity and not body:
        return entity[:max_bytes], DecodeStatus.OK  # unpacked by whoever kept it
    if status is DecodeStatus.UNSUPPORTED and _is_text(entity):
        return entity[:max_bytes], DecodeStatus.OK
    return body, status


def _is_text(entity: bytes) -> bool:
    return entity.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"


def _as_http1(block: bytes) -> bytes:
    """Let a head of HTTP/2 or 3, which has no form on the wire, be read as one of HTTP/1.1."""
    later = _LATER_HTTP.match(block)
    return block if later is None else b"HTTP/1.1 " + block[later.end() :]
