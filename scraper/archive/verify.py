"""A WARC file gone through record by record, ours or anybody's: what is whole, what is damaged.

It changes nothing, goes on after damage where it can, and needs no more memory for a large file or
record than for a small one. What a catalog says of the records is judged elsewhere.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from scraper.archive.verify_members import (
    CHUNK,
    GZIP,
    BrokenError,
    Member,
    first_bytes,
    is_zero,
    next_member,
    next_plain,
)
from scraper.archive.verify_records import Checked, DamagedRecordError, checked_record
from scraper.disk import disk_error

_ZSTD = b"\x28\xb5\x2f\xfd"
_PATIENCE = 256  # responses whose metadata record may still come: ours stands two records behind


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is not as it should be, and where: from byte `offset` to before byte `end`.

    A note is no damage: the archive is as good as it can be, and somebody may want to know.
    """

    problem: str
    path: Path
    offset: int | None = None
    end: int | None = None
    url: str | None = None
    is_note: bool = False
    is_lost: bool = False  # the bytes hold no record that can be read
    is_crowd: bool = False  # the records are whole, and none stands alone in its gzip member

    def __str__(self) -> str:
        at = "" if self.offset is None else f" at byte {self.offset}"
        if self.offset is not None and self.end is not None:
            at = f" bytes {self.offset} to {self.end}"
        about = f" ({self.url})" if self.url else ""
        return f"{self.path}{at}: {self.problem}{about}"


def scan(
    path: Path, *, with_sha256: bool = False, start: int = 0, until: int | None = None
) -> Iterator[Checked | Finding]:
    """Yield the records of a WARC file that are whole, and what is wrong, in file order.

    A record with flaws comes as a record, then as a finding for each. Between `start` and
    `until` (bytes) is what is gone through; both are where a record begins or ends.

    Raises:
        ArchiveError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2) if until is None else until
            file.seek(0)
            head = file.read(CHUNK)
            found = _Scan(path, file, size, with_sha256=with_sha256)
            stranger = _stranger(head)
            if stranger is not None:
                yield Finding(problem=stranger, path=path, offset=0, end=size)
            elif head[:2] == GZIP or _hides_members(head, file, start):
                yield from found.with_digests(found.gzipped(start))
            else:
                yield from found.with_digests(found.plain(start))
    except OSError as exc:
        raise disk_error(exc, path) from exc


def _hides_members(head: bytes, file: IO[bytes], start: int) -> bool:
    """Say whether only the first bytes of a compressed file are not what they were."""
    return not head.lstrip(b"\r\n").startswith(b"WARC/") and next_member(file, start) is not None


def _stranger(start: bytes) -> str | None:
    """Return what a file is that cannot be checked, by its first bytes."""
    if not start:
        return "the file is empty"
    if start.startswith(_ZSTD):
        return "compressed with zstd, which is not read here: decompress it first"
    inside = first_bytes(start) if start[:2] == GZIP else start
    if inside.startswith(b"filedesc:"):
        return "an ARC file, whose records have no digests to check: `scraper import` makes a WARC"
    return None


class _Scan:
    """A walk through one file."""

    def __init__(self, path: Path, file: IO[bytes], size: int, *, with_sha256: bool) -> None:
        self._path, self._file, self._size = path, file, size
        self._with_sha256 = with_sha256

    def gzipped(self, offset: int) -> Iterator[Checked | Finding]:
        """Go from gzip member to gzip member."""
        while offset < self._size:
            member = Member(self._file, offset)
            count = 0
            try:
                for record in self._records_of(member, offset):
                    yield record
                    count += 1
                    yield from self._flaws(record)
                if count != 1:
                    yield self._crowd(offset, member.end, count)
                offset = member.end
            except BrokenError as exc:
                end = self._next(next_member, offset)
                yield self._damage(exc, offset, end, count)
                offset = end

    def _records_of(self, member: Member, offset: int) -> Iterator[Checked]:
        """Yield the records of a member; the one that stands alone with the member's length."""
        alone = checked_record(member, offset, with_sha256=self._with_sha256)
        if alone is None:
            return
        try:
            is_alone = member.is_at_end()
        except BrokenError as exc:
            raise DamagedRecordError(str(exc), alone.url) from exc
        if is_alone:
            yield replace(alone, length=member.end - offset)
            return
        try:
            record = checked_record(member, offset, with_sha256=self._with_sha256)
        except DamagedRecordError:
            yield alone  # what follows is a record too
            raise
        yield alone
        while record is not None:
            yield record
            record = checked_record(member, offset, with_sha256=self._with_sha256)

    def plain(self, offset: int) -> Iterator[Checked | Finding]:
        """Go from record to record in a file that is not compressed."""
        while offset < self._size:
            self._file.seek(offset)
            try:
                record = checked_record(self._file, offset, with_sha256=self._with_sha256)
                if record is None:
                    return
                end = self._file.tell()
                yield replace(record, length=end - offset)
                yield from self._flaws(record)
                offset = end
            except BrokenError as exc:
                end = self._next(next_plain, offset)
                yield self._damage(exc, offset, end, 0)
                offset = end

    def _next(self, search: Callable[[IO[bytes], int], int | None], offset: int) -> int:
        found = search(self._file, offset + 1)
        return self._size if found is None else min(found, self._size)

    def _flaws(self, record: Checked) -> Iterator[Finding]:
        end = record.offset + record.length if record.length else None
        for flaw in record.flaws:
            yield Finding(
                problem=flaw, path=self._path, offset=record.offset, end=end, url=record.url
            )

    def _crowd(self, offset: int, end: int, count: int) -> Finding:
        problem = (
            f"{count} records in one gzip member: none can be read by its place; "
            "--repair writes a file with a member for each"
            if count
            else "a gzip member without a record"
        )
        return Finding(problem=problem, path=self._path, offset=offset, end=end, is_crowd=count > 1)

    def _damage(self, exc: BrokenError, offset: int, end: int, before: int) -> Finding:
        problem = str(exc)
        if is_zero(self._file, offset, end):
            problem = "zero bytes where a record should be, as a power cut leaves them"
        if before:
            problem += f"; {before} records before it in the same gzip member are whole"
        url = exc.url if isinstance(exc, DamagedRecordError) else None
        return Finding(
            problem=problem, path=self._path, offset=offset, end=end, url=url, is_lost=True
        )

    def with_digests(self, found: Iterator[Checked | Finding]) -> Iterator[Checked | Finding]:
        """Pass on what is found, and hold against responses what metadata records say of them."""
        responses: OrderedDict[str, Checked] = OrderedDict()
        for one in found:
            yield one
            if isinstance(one, Finding):
                continue
            if one.type == "response":
                responses[one.id] = replace(one, fields={}, json={})
                if len(responses) > _PATIENCE:
                    responses.popitem(last=False)
            said = _entity_digest_said(one)
            for name in one.all_of("WARC-Concurrent-To") if said else ():
                if name in responses and not _may_be(said, responses[name], one):
                    problem = f"the entity of the response {name} has another digest"
                    yield Finding(problem=problem, path=self._path, offset=one.offset, url=one.url)


def _entity_digest_said(record: Checked) -> str | None:
    """Return the digest of an entity as our metadata records know it (see `exchanges`)."""
    facts = record.json.get("exchange")
    digest = facts.get("payload_digest") if isinstance(facts, dict) else None
    return digest if isinstance(digest, str) else None


def _may_be(digest: str | None, response: Checked, about: Checked) -> bool:
    """Say whether a digest may be that of a response's entity.

    Of what somebody else's crawler kept, heads and bodies need not fit (see `foreign`); where its
    own payload digest is no sha1, that is what was held against the body.
    """
    said = about.json.get("capture")
    if not (isinstance(said, dict) and said.get("imported")):
        return response.entity_digest == digest
    known = {response.entity_digest, response.raw_digest} - {None}
    return not known or digest in known
