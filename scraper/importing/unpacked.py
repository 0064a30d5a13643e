"""A file of records as a stream of bytes: gzip members undone one by one, plain bytes as they are.

It knows how a record begins, and nothing else of records; what it keeps in memory is bounded,
whatever a file unpacks to.
"""

import re
import zlib
from collections.abc import Callable, Iterator
from mmap import MADV_DONTNEED, PAGESIZE, mmap

# How the first line of a record begins: of WARC (WARC 1.1, section 4), or of ARC, whose heads have
# a URL, an address and a date of 14 digits.
RECORD = re.compile(
    rb"WARC/\d|filedesc://|(?:https?|dns|ftp|whois|warcinfo|metadata):[^\r\n]{1,4000} \d{14} "
)
MAX_UNPACKED = 2_000_000_000  # bytes of one record, passed over or not; more is a bomb

_MAGIC = b"\x1f\x8b\x08"
_STEP = 65_536
_BEHIND = 16_000_000  # bytes of a mapped file that stay in memory
_PROBE = 4_200  # bytes that show whether a member begins with a record
_GLANCE = 16  # that mostly do
_WARC = re.compile(rb"[\r\n]*WARC/\d")
_NOT_BLANK = re.compile(rb"[^\r\n]")
_IN_MEMBER = re.compile(rb"\n(?=WARC/\d\.\d+\r?\n)")


class UnpackError(Exception):
    """What stands here cannot be unpacked; in the reader it becomes a sentence about a record."""


class Unpacked:
    """The content of a file from a record's offset on; `data` are the file's bytes.

    `beat` is called as it goes on: two gigabytes of one record take a busy machine minutes.

    A record may run over several members, as some packers cut anywhere; it ends at the latest where
    a member begins with another record.
    """

    def __init__(
        self, data: mmap | bytes, offset: int = 0, beat: Callable[[], None] = lambda: None
    ) -> None:
        self._data, self._next = data, offset  # the packed byte that comes next
        self._beat = beat
        self._ready = bytearray()
        self._at = 0  # how much of it was handed out
        self._inflater: zlib._Decompress | None = None
        self._member = offset
        self._given = 0  # bytes since the present record began
        self._released = offset
        self.is_gzipped = data[offset : offset + 3] == _MAGIC

    @property
    def offset(self) -> int:
        """Where the member of the next byte begins, or that byte where nothing is compressed."""
        return self._member if self.is_gzipped else self._next - self._left()

    def begin(self) -> bool:
        """Stand at the next record, in the next member if this one is used up; say if there is
        one.

        Raises:
            UnpackError: what stands here cannot be unpacked; `leave_member` goes on behind it.
        """
        self._given = 0
        self._release()
        while not self._after_blank():
            if not self.is_gzipped or not self._enter_next():
                return False
        return True

    def read(self, size: int) -> bytes:
        """Return so many bytes, or fewer where the record must end."""
        while self._left() < size and self._fill():
            pass
        piece = bytes(self._ready[self._at : self._at + size])
        self._drop(len(piece))
        return piece

    def line(self, most: int) -> bytes:
        """Return bytes up to and with the next line feed, at most so many."""
        seen = 0
        while True:
            end = self._ready.find(b"\n", self._at + seen)
            seen = self._left()
            if end >= 0 or seen >= most or not self._fill():
                break
        return self.read(min(self._left() if end < 0 else end + 1 - self._at, most))

    def pass_over(self, size: int) -> int:
        """Drop so many bytes without keeping them; return how many there were."""
        left = size
        while left and (self._left() or self._fill()):
            step = min(left, self._left())
            self._drop(step)
            left -= step
        return size - left

    def is_at_record(self) -> bool:
        """Say whether a record stands here, or nothing more of this one's members does."""
        if not self._after_blank():
            return True
        while self._left() < _PROBE and self._fill():
            pass
        return RECORD.match(self._ready, self._at) is not None

    def find_record(self, swallowed: bytes = b"") -> None:
        """Stand where another record may begin: in what the last one swallowed, in what is left of
        this member, or else at a later one."""
        self._ready[: self._at] = swallowed
        self._at = self._given = 0
        try:
            while (found := _IN_MEMBER.search(self._ready, self._at)) is None:
                self._drop(max(self._left() - 16, 0))
                if not self._fill():
                    self._drop(self._left())
                    return
            self._drop(found.end() - self._at)
        except UnpackError:
            self.leave_member()

    def leave_member(self) -> None:
        """Stand at the next member that begins with a record, found without unpacking this one.

        Where nothing is packed, that is the next record.
        """
        if self.is_gzipped:
            later = _magic_after(self._data, self._member + 1)
            found = (offset for offset in later if self._begins_record(offset))
        else:
            found = (one.end() for one in _IN_MEMBER.finditer(self._data, self.offset))
        self._ready.clear()
        self._at, self._inflater = 0, None
        self._next = self._member = next(found, len(self._data))

    def _begins_record(self, offset: int) -> bool:
        self._beat()
        return _begins_record(self._data, offset)

    def _release(self) -> None:
        """Let go of what was read of a mapped file, or all of it would count as our memory."""
        if self._next - self._released > _BEHIND and isinstance(self._data, mmap):
            start = self._released // PAGESIZE * PAGESIZE
            self._data.madvise(MADV_DONTNEED, start, self._next - start)
            self._released = self._next

    def _left(self) -> int:
        return len(self._ready) - self._at

    def _drop(self, size: int) -> None:
        self._at += size
        self._given += size
        if self._given > MAX_UNPACKED:
            raise UnpackError(f"it unpacks to more than {MAX_UNPACKED:,} bytes")

    def _after_blank(self) -> bool:
        """Pass over the empty lines between records; say whether anything follows."""
        while self._left() or self._fill():
            if (found := _NOT_BLANK.search(self._ready, self._at)) is not None:
                self._drop(found.start() - self._at)
                return True
            self._drop(self._left())
        return False

    def _fill(self) -> bool:
        """Get more of the present record's bytes; False where there are none."""
        self._beat()
        if self._at >= _STEP or self._at == len(self._ready):
            del self._ready[: self._at]
            self._at = 0
        before = len(self._ready)
        while len(self._ready) == before:
            if not (self._inflate() if self.is_gzipped else self._copy()):
                return False
        return True

    def _copy(self) -> bool:
        piece = self._data[self._next : self._next + _STEP]
        self._next += len(piece)
        self._ready += piece
        return bool(piece)

    def _inflate(self) -> bool:
        """Unpack a little more; False at the end of a member, unless the record runs on."""
        inflater = self._inflater
        if inflater is None:
            return False
        if inflater.eof:
            return self._run_on()
        self._take(inflater)
        self._next -= len(inflater.unused_data)  # of the next member
        return True

    def _take(self, inflater: "zlib._Decompress") -> None:
        packed = inflater.unconsumed_tail
        if not packed:
            packed = self._data[self._next : self._next + _STEP]
            self._next += len(packed)
        if not packed:
            raise UnpackError("the file ends inside of it")
        try:
            self._ready += inflater.decompress(packed, _STEP)
        except zlib.error as exc:
            raise UnpackError(f"its gzip member is damaged ({exc})") from exc

    def _run_on(self) -> bool:
        """Go on in the next member, unless that begins with a record of its own."""
        is_member = self._data[self._next : self._next + 3] == _MAGIC
        if not is_member or _begins_record(self._data, self._next):
            return False
        self._inflater = zlib.decompressobj(wbits=31)
        return True

    def _enter_next(self) -> bool:
        if self._next >= len(self._data):
            return False
        self._member = self._next
        if self._data[self._next : self._next + 3] != _MAGIC:
            raise UnpackError("here should be a gzip member")
        self._inflater = zlib.decompressobj(wbits=31)
        return True


def _begins_record(data: mmap | bytes, offset: int) -> bool:
    """Say whether a gzip member begins here, and a record in it; its end may be damaged."""
    inflater, begun = zlib.decompressobj(wbits=31), b""
    packed = data[offset : offset + _PROBE]
    try:
        while packed and not inflater.eof and len(begun) < _PROBE and not _WARC.match(begun):
            begun += inflater.decompress(packed, _GLANCE)
            packed = inflater.unconsumed_tail
    except zlib.error:
        pass
    return RECORD.match(begun.lstrip(b"\r\n")) is not None


def _magic_after(data: mmap | bytes, start: int) -> Iterator[int]:
    at = data.find(_MAGIC, start)
    while at >= 0:
        yield at
        at = data.find(_MAGIC, at + 1)
