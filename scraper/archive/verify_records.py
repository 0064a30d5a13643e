"""One WARC record read to its end and judged: head, length, the bytes that end it, digests.

It is a second reader on purpose: what our own reader or warcio take for granted is proven here. It
opens no files and goes on after no damage.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from scraper.archive.digest import algorithm_of, is_spelling_of, sha1_spelled
from scraper.archive.record import moment_in
from scraper.archive.verify_members import CHUNK, BrokenError, Bytes
from scraper.archive.verify_payload import Hash, Payload

Fields = Mapping[str, tuple[str, ...]]  # by name in lower case: the values, in their order

_VERSION = re.compile(rb"WARC/(?:0\.1[78]|1\.[01])\r?\n")
_MAX_HEAD = 1_000_000  # bytes of one record's WARC headers; ours have about 600
_MAX_JSON = 8_000_000  # bytes of a metadata record that is read: ours have about 1 kB
_PADDING = b"\r\n\r\n"
_ONCE = ("WARC-Type", "WARC-Record-ID", "WARC-Date", "Content-Length")  # WARC 1.1, section 5
# Years alone to nine digits of a second (WARC 1.1, section 5.4).
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?Z)?)?)?")
_ABOUT_A_TARGET = frozenset({"response", "request", "revisit", "resource", "conversion"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A record whose frame is whole; `flaws` say what else is wrong with it."""

    offset: int  # of its gzip member, or of the record in a file that is not compressed
    length: int  # of its gzip member, or of the record in a file that is not compressed
    fields: Fields = field(repr=False)
    size: int  # of the record, uncompressed, its end included
    block_digest: str | None  # sha1, as we write it, where that is what was computed
    entity_digest: str | None  # of a whole HTTP response's entity, de-chunked
    raw_digest: str | None  # of an HTTP response's body as it stands in the record
    sha256: bytes  # of the record uncompressed, its end included; none unless asked for
    json: Mapping[str, object] = field(repr=False)  # what a metadata record says, else nothing
    flaws: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        return self.header("WARC-Type") or ""

    @property
    def id(self) -> str:
        return self.header("WARC-Record-ID") or ""

    @property
    def url(self) -> str | None:
        """The target, without the angle brackets that wget 1.19 puts around it."""
        return (self.header("WARC-Target-URI") or "").strip("<>") or None

    def header(self, name: str) -> str | None:
        """Return the first value of a header, or None."""
        return next(iter(self.all_of(name)), None)

    def all_of(self, name: str) -> tuple[str, ...]:
        """Return the values of a header that may be repeated."""
        return values_of(self.fields, name)


def values_of(fields: Fields, name: str) -> tuple[str, ...]:
    """Return the values of a header that may be repeated."""
    return fields.get(name.lower(), ())


class DamagedRecordError(BrokenError):
    """A record whose bytes are all there, and not what its head says; its URL where it has one."""

    def __init__(self, problem: str, url: str | None) -> None:
        super().__init__(problem)
        self.url = url


def checked_record(source: Bytes, offset: int, *, with_sha256: bool = False) -> Checked | None:
    """Read the record that a stream stands before; None at its end. `length` is left at 0.

    Raises:
        BrokenError: its frame cannot be followed: nothing is known of where the next one begins.
    """
    whole = hashlib.sha256() if with_sha256 else None
    head = _head_in(source, whole)
    if head is None:
        return None
    fields, head_size = head
    url = (next(iter(values_of(fields, "WARC-Target-URI")), "")).strip("<>") or None
    try:
        length = _length_in(fields)
        block = _Block(fields)
        _feed(source, length, block, whole)
        end = _read(source, len(_PADDING))
        if end != _PADDING:
            raise BrokenError("a record does not end where its Content-Length says")
    except BrokenError as exc:
        raise DamagedRecordError(str(exc), url) from exc
    if whole is not None:
        whole.update(end)
    return Checked(
        offset=offset, length=0, fields=fields, size=head_size + length + len(end),
        block_digest=block.sha1, entity_digest=block.entity_digest(),
        raw_digest=block.raw_digest(), json=block.json(),
        sha256=whole.digest() if whole is not None else b"",
        flaws=(*_head_flaws(fields), *block.flaws()),
    )  # fmt: skip


def _head_in(source: Bytes, whole: Hash | None) -> tuple[Fields, int] | None:
    """Return the header lines of a record and the size of its head; None at the end."""
    line = source.readline(_MAX_HEAD)
    while line in (b"\r\n", b"\n"):  # some writers end a record with one empty line too many
        line = source.readline(_MAX_HEAD)
    if not line:
        return None
    if not _VERSION.fullmatch(line):
        raise BrokenError(f"here should be the head of a WARC record, not {_shown(line)}")
    lines, size = [line], len(line)
    while (line := source.readline(_MAX_HEAD)).rstrip(b"\r\n"):
        lines.append(line)
        size += len(line)
        if size > _MAX_HEAD:
            raise BrokenError(f"a record's head has more than {_MAX_HEAD:,} bytes")
    if not line:
        raise BrokenError("the head of a record is cut short")
    if whole is not None:
        whole.update(b"".join(lines) + line)
    return _fields_in(lines[1:]), size + len(line)


def _shown(line: bytes) -> str:
    return repr(line[:20].decode("latin-1"))


def _fields_in(lines: list[bytes]) -> Fields:
    unfolded: list[str] = []
    for line in lines:
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if text[:1] in (" ", "\t") and unfolded:  # a folded value (WARC 1.1, section 4)
            unfolded[-1] += " " + text.strip()
        else:
            unfolded.append(text)
    fields: dict[str, tuple[str, ...]] = {}
    for text in unfolded:
        name, colon, value = text.partition(":")
        if not colon:
            raise BrokenError("a header line of a record has no colon")
        key = name.strip().lower()
        fields[key] = (*fields.get(key, ()), value.strip())
    return fields


def _length_in(fields: Fields) -> int:
    value = next(iter(values_of(fields, "Content-Length")), "")
    if not re.fullmatch("[0-9]{1,15}", value):
        raise BrokenError("a record has no Content-Length")
    return int(value)


def _feed(source: Bytes, length: int, block: "_Block", whole: Hash | None) -> None:
    while length > 0:
        piece = source.read(min(length, CHUNK))
        if not piece:
            raise BrokenError("a record is cut short")
        block.feed(piece)
        if whole is not None:
            whole.update(piece)
        length -= len(piece)


def _read(source: Bytes, size: int) -> bytes:
    parts = []
    while size > 0 and (piece := source.read(size)):
        parts.append(piece)
        size -= len(piece)
    return b"".join(parts)


class _Block:
    """The digests of a record's block, made while it is read, beside those that its head names."""

    def __init__(self, fields: Fields) -> None:
        self._digest = next(iter(values_of(fields, "WARC-Block-Digest")), None)
        self._payload_digest = next(iter(values_of(fields, "WARC-Payload-Digest")), None)
        self._algorithm = algorithm_of(self._digest or "") or "sha1"
        self._hash: Hash = _new_hash(self._algorithm)()
        self._type = next(iter(values_of(fields, "WARC-Type")), "").lower()
        self._payload_algorithm = algorithm_of(self._payload_digest or "") or "sha1"
        self._is_part = bool(values_of(fields, "WARC-Segment-Number"))
        self._is_whole = not values_of(fields, "WARC-Truncated")
        self._payload = self._new_payload(fields)
        self._kept: list[bytes] | None = [] if self._type == "metadata" else None
        self._size = 0

    def _new_payload(self, fields: Fields) -> Payload | None:
        kind = next(iter(values_of(fields, "Content-Type")), "").lower()
        is_http = kind.startswith("application/http")
        is_wanted = self._payload_digest is not None or self._type == "response"
        if not is_http or not is_wanted or self._type not in {"response", "request"}:
            return None
        is_response = self._type == "response"
        return Payload(_new_hash(self._payload_algorithm), is_response=is_response)

    def feed(self, piece: bytes) -> None:
        self._hash.update(piece)
        self._size += len(piece)
        if self._payload is not None:
            self._payload.feed(piece)
        if self._kept is not None:
            if self._size > _MAX_JSON:
                self._kept = None
            else:
                self._kept.append(piece)

    @property
    def sha1(self) -> str | None:
        return sha1_spelled(self._hash.digest()) if self._algorithm == "sha1" else None

    def entity_digest(self) -> str | None:
        """Return the digest of a whole entity as the catalog knows it."""
        if self._type != "response" or self._payload is None or not self._is_whole:
            return None
        entity = self._payload.digests()[1]
        is_sha1 = self._payload_algorithm == "sha1"
        return sha1_spelled(entity) if entity is not None and is_sha1 else None

    def raw_digest(self) -> str | None:
        """Return the digest of a body as it stands, whatever its head says."""
        if self._type != "response" or self._payload is None or self._payload_algorithm != "sha1":
            return None
        return sha1_spelled(self._payload.digests()[0])

    def json(self) -> Mapping[str, object]:
        if not self._kept:
            return {}
        try:
            found = json.loads(b"".join(self._kept))
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def flaws(self) -> Iterator[str]:
        digest, payload = self._digest or "", self._payload_digest or ""
        if algorithm_of(digest) and not is_spelling_of(digest, self._hash.digest()):
            yield "the block digest does not match"
        is_there = self._type != "revisit" and not self._is_part  # else elsewhere, or not all of it
        if is_there and algorithm_of(payload) and not self._has_payload(payload):
            yield "the payload digest does not match"

    def _has_payload(self, digest: str) -> bool:
        """Say whether a payload digest is that of the body as sent, or of its entity."""
        if self._payload is None:
            is_same = self._payload_algorithm == self._algorithm
            return not is_same or is_spelling_of(digest, self._hash.digest())
        raw, entity = self._payload.digests()
        return is_spelling_of(digest, raw) or (
            entity is not None and is_spelling_of(digest, entity)
        )


def _new_hash(algorithm: str) -> Callable[[], Hash]:
    return lambda: hashlib.new(algorithm, usedforsecurity=False)


def _head_flaws(fields: Fields) -> Iterator[str]:
    """Say what a record's head lacks, has twice or misspells."""
    for name in _ONCE:
        count = len(values_of(fields, name))
        if count != 1:
            yield f"no {name}" if count == 0 else f"{count} headers {name}"
    for date in values_of(fields, "WARC-Date")[:1]:
        if not _DATE.fullmatch(date) or (len(date) > 16 and moment_in(date) is None):
            yield f"the WARC-Date is none: {date[:40]!r}"
    kind = next(iter(values_of(fields, "WARC-Type")), "").lower()
    if kind in _ABOUT_A_TARGET and not values_of(fields, "WARC-Target-URI"):
        yield f"a {kind} without WARC-Target-URI"
