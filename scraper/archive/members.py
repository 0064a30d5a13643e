"""Members of WARC files as they are on the disk: records with the very bytes that hold them.

It changes and chooses nothing.
"""

import zlib
from collections.abc import Iterator
from pathlib import Path

from scraper.archive.reader import records_in
from scraper.archive.record import StoredRecord


def members_in(path: Path, *, start: int = 0) -> Iterator[tuple[StoredRecord, bytes]]:
    """Yield each record with its gzip member, byte for byte, from an offset on.

    Records of a file that is not compressed are compressed here. Where several share a member (in
    files of careless writers), the first brings it and the others bring nothing. Errors: as in
    `records_in`.
    """
    last = -1
    with path.open("rb") as file:
        for record in records_in(path, start=start):
            if record.length:
                file.seek(record.offset)
                member = file.read(record.length) if record.offset != last else b""
            else:
                member = zlib.compress(_plain(record), wbits=31)
            last = record.offset
            yield record, member


def _plain(record: StoredRecord) -> bytes:
    """Return a record as it stands in a file that is not compressed, but for folded headers."""
    lines = [f"{name}: {value}\r\n" for name, value in record.headers]
    head = "".join(["WARC/1.1\r\n", *lines, "\r\n"]).encode("utf-8", "surrogateescape")
    return head + record.block + b"\r\n\r\n"
