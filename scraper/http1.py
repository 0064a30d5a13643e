"""HTTP/1.x responses as bytes (RFC 9112): where they end, what they carry, what is odd about them.

It does no I/O, and it sends nothing: requests are written by the client.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

import h11

from scraper.coding import decoded
from scraper.model import Page

MAX_HEAD_BYTES = 100 * 1024  # of one head, as in httpcore
_REMEMBERED_BYTES = 8 * 1024  # of a head whose parts are remembered
MAX_INTERIM = 1000  # 1xx responses before the final one: some send them without end

LF_HEAD = "the head has lines that end with a bare LF"
CL_AND_TE = "Content-Length together with Transfer-Encoding"  # RFC 9112, section 6.3: TE wins
OBS_FOLD = "a header is folded over several lines"  # RFC 9112, section 5.2
BAD_CHUNK = "a chunk is malformed"

_HEAD_END = re.compile(rb"\n\r?\n")
_BARE_LF = re.compile(rb"(?<!\r)\n")
_FOLD = re.compile(rb"\n[ \t]+[^ \t\r\n]")
# As lenient as h11: extensions are skipped, white space before the line's end is borne with.
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,20})(?:;[^\n]*)?[ \t]*\r\n")
_PARTIAL_CHUNK = re.compile(rb"[0-9A-Fa-f]{0,20}(?:;[^\n]*)?[ \t]*\r?\Z")

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A response, cut out of the bytes that a connection carried.

    `headers` are those of the final head: names in lower case, values as latin-1 text, wire order.
    `entity` is de-chunked and still content-coded. `length` counts the bytes of the whole message,
    interim responses included; what follows is `leftover`.
    """

    status: int | None  # None where no whole, well-formed final head is there
    http_version: str = "1.1"
    headers: Headers = ()
    head_length: int = 0  # up to where the body begins, interim heads included
    entity: bytes = field(default=b"", repr=False)
    chunked: bool = False
    length: int = 0
    complete: bool = False
    leftover: bytes = b""
    notes: tuple[str, ...] = ()

    def values(self, name: str) -> list[str]:
        """Return the values of a header that is a list, in order; `name` is in lower case."""
        lines = (value for key, value in self.headers if key == name)
        return [part for line in lines for item in line.split(",") if (part := item.strip())]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Body:
    entity: bytes
    end: int
    complete: bool
    notes: tuple[str, ...] = ()


def read_response(wire: bytes, *, method: str = "GET", closed: bool = True) -> Message:
    """Return the first whole response in the bytes that came back for a request.

    `closed` says that the server ended the connection after these bytes, which is what ends a body
    without a length (RFC 9112, section 6.3). Broken bytes are never an error: the message is then
    not `complete`, and without a usable head its `status` is None.
    """
    head, event = _final_head(wire)
    if event is None:
        return replace(head, length=len(wire))
    message = replace(
        head,
        status=event.status_code,
        http_version=event.http_version.decode("ascii"),
        headers=_headers_of(event),
    )
    body = _body(wire, message, method, closed=closed)
    both = message.values("transfer-encoding") and message.values("content-length")
    return replace(
        message,
        entity=body.entity,
        chunked=bool(message.values("transfer-encoding")),
        length=body.end,
        complete=body.complete,
        leftover=wire[body.end :],
        notes=(*message.notes, *((CL_AND_TE,) if both else ()), *body.notes),
    )


def page_from(
    url: str,
    wire: bytes,
    *,
    method: str = "GET",
    truncated: bool = False,
    max_bytes: int = 32_000_000,
) -> Page | None:
    """Return a response as readers of pages need it, or None where there is no whole head.

    `max_bytes` caps the decoded body. A `truncated` page is never complete, whatever it looks like.
    """
    message = read_response(wire, method=method, closed=not truncated)
    if message.status is None:
        return None
    body, status = decoded(message.entity, message.values("content-encoding"), max_bytes=max_bytes)
    return Page(
        url=url,
        status=message.status,
        headers=message.headers,
        body=body,
        decode_status=status,
        complete=message.complete and not truncated,
    )


def _final_head(wire: bytes) -> tuple[Message, h11.Response | None]:
    """Return the final head and where it ends, with what is odd about the heads up to there."""
    first = next(_heads(wire), b"")
    if 0 < len(first) <= _REMEMBERED_BYTES and (final := _only_head(first)) is not None:
        oddities = tuple(dict.fromkeys(_oddities(first)))
        return Message(status=None, head_length=len(first), notes=oddities), final
    connection = _fresh_connection()
    notes: dict[str, None] = {}
    position = 0
    for head in _heads(wire):
        try:
            connection.receive_data(head)
            event = connection.next_event()
        except h11.RemoteProtocolError as exc:
            notes[f"not HTTP/1.x: {exc}"] = None
            break
        position += len(head)
        notes.update(dict.fromkeys(_oddities(head)))
        if isinstance(event, h11.Response):
            return Message(status=None, head_length=position, notes=tuple(notes)), event
    return Message(status=None, notes=tuple(notes)), None


@lru_cache(maxsize=64)
def _only_head(head: bytes) -> h11.Response | None:
    """Return a final head that no interim one precedes; one page's is asked for several times."""
    connection = _fresh_connection()
    try:
        connection.receive_data(head)
        event = connection.next_event()
    except h11.RemoteProtocolError:
        return None
    return event if isinstance(event, h11.Response) else None


def _fresh_connection() -> h11.Connection:
    """Return a parser that has sent a request; our own framing sees to the method's effect."""
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "any")]))
    connection.send(h11.EndOfMessage())
    return connection


def _heads(wire: bytes) -> Iterator[bytes]:
    """Yield whole heads, interim ones too, each with its blank line."""
    position = 0
    for _ in range(MAX_INTERIM + 1):
        end = _HEAD_END.search(wire, position, position + MAX_HEAD_BYTES)
        if end is None:
            return
        yield wire[position : end.end()]
        position = end.end()


def _oddities(head: bytes) -> Iterator[str]:
    if _BARE_LF.search(head):
        yield LF_HEAD
    if _FOLD.search(head):
        yield OBS_FOLD


def _headers_of(event: h11.Response) -> Headers:
    return tuple((name.decode("ascii"), value.decode("latin-1")) for name, value in event.headers)


def _body(wire: bytes, head: Message, method: str, *, closed: bool) -> _Body:
    """Cut the body out (RFC 9112, section 6.3, in its order)."""
    start = head.head_length
    if method == "HEAD" or head.status in {204, 304}:
        return _Body(entity=b"", end=start, complete=True)
    if head.values("transfer-encoding"):  # h11 refuses all but a single "chunked"
        return _chunked_body(wire, start)
    if lengths := head.values("content-length"):  # h11 refuses contradicting ones
        end = start + int(lengths[0])
        entity = wire[start:end]
        return _Body(entity=entity, end=min(end, len(wire)), complete=end <= len(wire))
    return _Body(entity=wire[start:], end=len(wire), complete=closed)


def _chunked_body(wire: bytes, position: int) -> _Body:
    """De-chunk (RFC 9112, section 7.1); extensions and trailers are skipped.

    Not by h11, which takes 10 us per chunk: 16 MB of one-byte chunks would hold us up for 30 s.
    """
    entity = bytearray()
    while header := _CHUNK.match(wire, position):
        size = int(header[1], 16)
        if size == 0:
            return _after_last_chunk(wire, header.end(), bytes(entity))
        start, end = header.end(), header.end() + size
        entity += wire[start:end]
        if wire[end : end + 2] != b"\r\n":
            is_cut = b"\r\n".startswith(wire[end : end + 2])
            return _broken(wire, entity, is_cut=is_cut)
        position = end + 2
    return _broken(wire, entity, is_cut=_PARTIAL_CHUNK.match(wire, position) is not None)


def _after_last_chunk(wire: bytes, position: int, entity: bytes) -> _Body:
    """Skip the trailer section, up to its blank line."""
    for blank in (b"\r\n", b"\n"):
        if wire.startswith(blank, position):
            return _Body(entity=entity, end=position + len(blank), complete=True)
    end = _HEAD_END.search(wire, position)
    if end is None:
        return _broken(wire, entity, is_cut=True)
    return _Body(entity=entity, end=end.end(), complete=True)


def _broken(wire: bytes, entity: bytes | bytearray, *, is_cut: bool) -> _Body:
    notes = () if is_cut else (BAD_CHUNK,)
    return _Body(entity=bytes(entity), end=len(wire), complete=False, notes=notes)
