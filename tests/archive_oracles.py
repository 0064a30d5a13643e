"""Other people's readers, which judge the files that we write: warcio's check, FastWARC, gzip."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from fastwarc.warc import ArchiveIterator, WarcRecord


def assert_valid(path: Path) -> None:
    """Have gzip, warcio and FastWARC check every member, block digest and payload digest."""
    for command in (["gzip", "-t"], [sys.executable, "-m", "warcio.cli", "check"]):
        # gzip knows a file by its suffix, which one that is still open does not have.
        with path.open("rb") as stdin:
            target, stdin_or_none = ([], stdin) if command[0] == "gzip" else ([str(path)], None)
            done = subprocess.run(
                [*command, *target],
                stdin=stdin_or_none,
                capture_output=True,
                text=True,
                check=False,
            )
        assert done.returncode == 0, done.stdout + done.stderr
    for record in fastwarc_records(path):
        assert record.verify_block_digest(consume=False), record.record_id
        # The payload of a revisit is its original's (WARC 1.1, section 6.7.2): not at hand here.
        if "WARC-Payload-Digest" in record.headers and record.headers["WARC-Type"] != "revisit":
            record.parse_http()
            assert record.verify_payload_digest(consume=True), record.record_id


def fastwarc_records(path: Path) -> Iterator[WarcRecord]:
    """Yield the records of a file; each is dead when the next one comes."""
    with path.open("rb") as file:
        yield from ArchiveIterator(file, parse_http=False)


def types_in(path: Path) -> list[str]:
    return [record.headers["WARC-Type"] for record in fastwarc_records(path)]


def blocks_in(path: Path) -> list[bytes]:
    return [record.reader.read() for record in fastwarc_records(path)]
