"""Whether each revisit's original is among the records that were seen.

It reads no files of the archive. Eight bytes of each response are kept, in a temporary file: memory
grows with the revisits that are asked about at once, not with the archive.
"""

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO

from scraper.archive.verify_records import Checked

_KEY = 8  # bytes; two of a million million records share one by chance
_AT_ONCE = 100_000  # revisits looked for in one pass over the keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A revisit whose original has to be there."""

    file: str
    offset: int
    url: str | None
    original: str  # its record ID, or URL and date where the revisit names no ID
    keys: tuple[bytes, ...]  # of the original, then of the original with its digest


class Originals:
    """What was seen and what is wanted; `close` removes the temporary file."""

    def __init__(self) -> None:
        self._seen: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - `close` does
        self._wanted: list[Wanted] = []

    def close(self) -> None:
        """Give the temporary file back."""
        self._seen.close()

    def see(self, record: Checked, file: str) -> None:
        """Remember a record, if it may be an original or needs one."""
        if record.type in {"response", "resource"}:
            self._seen.write(b"".join(_keys_of(record)))
        elif record.type == "revisit":
            self._wanted.append(_wanted_by(record, file))

    def missing(self) -> Iterator[tuple[Wanted, str]]:
        """Yield the revisits that cannot be resolved, and why."""
        for start in range(0, len(self._wanted), _AT_ONCE):
            some = self._wanted[start : start + _AT_ONCE]
            found = self._found({key for one in some for key in one.keys})
            for one in some:
                if one.keys and one.keys[0] not in found:
                    yield one, f"its original is not to be found: {one.original}"
                elif not set(one.keys) <= found:
                    yield one, f"its original has another payload digest: {one.original}"

    def _found(self, keys: set[bytes]) -> set[bytes]:
        found: set[bytes] = set()
        self._seen.seek(0)
        while data := self._seen.read(_KEY * 65_536):
            found.update(
                key for at in range(0, len(data), _KEY) if (key := data[at : at + _KEY]) in keys
            )
        return found


def _keys_of(record: Checked) -> Iterator[bytes]:
    """Yield the keys under which revisits may look for a record."""
    place = f"{record.url} {record.header('WARC-Date')}"
    digests = {record.entity_digest, record.header("WARC-Payload-Digest")} - {None}
    for name in (record.id, place):
        yield _key(name)
        for digest in digests:
            yield _key(f"{name} {digest}")


def _wanted_by(revisit: Checked, file: str) -> Wanted:
    """Return what a revisit refers to; one that names neither ID nor URL asks for nothing."""
    url = (revisit.header("WARC-Refers-To-Target-URI") or "").strip("<>")
    date = revisit.header("WARC-Refers-To-Date")
    name = revisit.header("WARC-Refers-To") or (f"{url} {date}" if url and date else "")
    digest = revisit.header("WARC-Payload-Digest")
    return Wanted(
        file=file,
        offset=revisit.offset,
        url=revisit.url,
        original=name,
        keys=tuple(_key(one) for one in _names(name, digest)),
    )


def _names(name: str, digest: str | None) -> Iterable[str]:
    if not name:
        return ()
    return (name, f"{name} {digest}") if digest else (name,)


def _key(name: str) -> bytes:
    return hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=_KEY).digest()
