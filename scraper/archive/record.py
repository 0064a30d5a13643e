"""One WARC record: what goes into it, its frame as one gzip member, and the frame read back.

It opens no files and knows nothing of exchanges; the only module that touches warcio and zlib-ng.
"""

import re
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import IO

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter as _Framer
from zlib_ng import zlib_ng

from scraper.archive.digest import is_digest_of, sha1_digest
from scraper.errors import ArchiveError, DamageError

Headers = tuple[tuple[str, str], ...]

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_VERSION = re.compile(rb"WARC/(0\.1[78]|1\.[01])\r?\n")
_MAX_HEAD = 1_000_000  # bytes of one record's WARC headers; ours have about 600
MAX_RECORD = 256_000_000  # bytes of one record: files of others may be bombs
# On 60 news pages of 241 KB zlib's 6 takes 5.6 ms and this 2.6, for 1.5 % more bytes; warcio's
# own choice, zlib's 9, takes 8.4 ms for 0.5 % fewer (docs/benchmarks.md).
_LEVEL = 5
_GZIP = 31  # window bits that ask for a gzip member
_PADDING = b"\r\n\r\n"  # ends every record (WARC 1.1, section 4)


def new_record_id() -> str:
    """Return a name that no other record has."""
    return f"<urn:uuid:{uuid.uuid4()}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A record that is not in a file yet; `headers` are those beside what all records have."""

    type: str
    date: datetime
    content_type: str
    block: bytes = field(repr=False)
    url: str | None = None
    headers: Headers = ()
    payload_digest: str | None = None  # for the catalog; what the file says stands in `headers`
    id: str = field(default_factory=new_record_id)
    block_digest: str = ""  # made of the block where it isn't given
    copied: bytes | None = field(default=None, repr=False)  # the whole record, as others wrote it

    def __post_init__(self) -> None:
        if not self.block_digest:
            object.__setattr__(self, "block_digest", sha1_digest(self.block))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecord:
    """A record as it was read back: whole, and its block digest right."""

    headers: Headers  # names as spelled in the file, file order
    block: bytes = field(repr=False)
    offset: int  # of the gzip member, or of the record in a file that is not compressed
    length: int = 0  # of the gzip member; 0 in a file that is not compressed

    @property
    def type(self) -> str:
        return self.header("WARC-Type") or ""

    @property
    def id(self) -> str:
        return self.header("WARC-Record-ID") or ""

    @property
    def url(self) -> str:
        """The target, without the angle brackets that wget 1.19 puts around it."""
        return (self.header("WARC-Target-URI") or "").strip("<>")

    def header(self, name: str) -> str | None:
        """Return the first value of a header, or None."""
        return next(iter(self.all_of(name)), None)

    def all_of(self, name: str) -> tuple[str, ...]:
        """Return the values of a header that may be repeated."""
        return tuple(value for key, value in self.headers if key.lower() == name.lower())


def warc_date(moment: datetime) -> str:
    """Return a WARC-Date in UTC; the fraction has six digits, or is absent where it is zero."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def moment_in(value: str | None) -> datetime | None:
    """Return the moment that a WARC-Date or the like names, in UTC, or None where it is none."""
    try:
        moment = datetime.fromisoformat(value or "")
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def member_of(draft: Draft) -> bytes:
    """Return a record as one gzip member, its block byte for byte as given.

    warcio normalises HTTP headers that it knows of, so it isn't told that there are any: it gets
    the block as one stream and adds the frame alone.

    Raises:
        ArchiveError: a header value holds a control character, which could forge a header.
    """
    if draft.copied is not None:
        return zlib_ng.compress(draft.copied, _LEVEL, _GZIP)
    block, http_headers, length = BytesIO(draft.block), None, len(draft.block)
    kind = "response" if draft.type == "revisit" else draft.type  # of a revisit it drops the block
    record = ArcWarcRecord(
        "warc", kind, _frame_of(draft), block, http_headers, draft.content_type, length
    )
    out = BytesIO()
    framer = _Framer(out, gzip=False, warc_version="1.1")
    framer.NO_PAYLOAD_DIGEST_TYPES = (kind,)  # ours stands in the headers, or should not be there
    framer.write_record(record)
    return zlib_ng.compress(out.getbuffer(), _LEVEL, _GZIP)


def _frame_of(draft: Draft) -> StatusAndHeaders:
    headers = [
        ("WARC-Type", draft.type),
        ("WARC-Record-ID", draft.id),
        ("WARC-Date", warc_date(draft.date)),
        *([("WARC-Target-URI", draft.url)] if draft.url else []),
        *draft.headers,
        ("WARC-Block-Digest", draft.block_digest),
    ]
    for name, value in (*headers, ("Content-Type", draft.content_type)):
        if _CONTROL.search(value):
            raise ArchiveError(f"refused: the {name} of a record holds a control character")
    return StatusAndHeaders("", headers, protocol="WARC/1.1")


def next_record(stream: IO[bytes], offset: int) -> StoredRecord | None:
    """Return the record that starts where an uncompressed stream stands, or None at its end.

    Raises:
        DamageError: it's cut short, or its block is not the one that its digest was made of.
    """
    headers = _headers_in(stream, offset)
    if headers is None:
        return None
    record = StoredRecord(headers=headers, block=b"", offset=offset)
    length = _length_of(record)
    block = stream.read(length)
    if len(block) < length or stream.read(len(_PADDING)) != _PADDING:
        raise DamageError("a record is cut short, or its Content-Length is wrong", offset=offset)
    digest = record.header("WARC-Block-Digest")
    if digest is not None and is_digest_of(digest, block) is False:
        raise DamageError("the block digest of a record does not match", offset=offset)
    return StoredRecord(headers=headers, block=block, offset=offset)


def _length_of(record: StoredRecord) -> int:
    value = record.header("Content-Length") or ""
    if not re.fullmatch("[0-9]{1,15}", value):
        raise DamageError("a record without a Content-Length", offset=record.offset)
    if int(value) > MAX_RECORD:
        raise DamageError(f"a record of more than {MAX_RECORD} bytes", offset=record.offset)
    return int(value)


def _headers_in(stream: IO[bytes], offset: int) -> Headers | None:
    line = stream.readline(_MAX_HEAD)
    while line in (b"\r\n", b"\n"):  # some writers end a record with one empty line too many
        line = stream.readline(_MAX_HEAD)
    if not line:
        return None
    if not _VERSION.fullmatch(line):
        raise DamageError("here should be the head of a WARC record", offset=offset)
    lines: list[bytes] = []
    left = _MAX_HEAD
    while (line := stream.readline(left)).endswith(b"\n") and line.rstrip(b"\r\n"):
        left -= len(line)
        lines.append(line.rstrip(b"\r\n"))
    if not line.endswith(b"\n"):
        raise DamageError("the head of a record is cut short", offset=offset)
    return _parsed(lines, offset)


def _parsed(lines: list[bytes], offset: int) -> Headers:
    headers: list[tuple[str, str]] = []
    for line in lines:
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            text = line.decode("latin-1")
        if text[0] in " \t" and headers:  # a folded value (WARC 1.1, section 4)
            name, value = headers.pop()
            headers.append((name, f"{value} {text.strip()}"))
            continue
        name, colon, value = text.partition(":")
        if not colon:
            raise DamageError("a header line of a record has no colon", offset=offset)
        headers.append((name.strip(), value.strip()))
    return tuple(headers)
