"""Damage is found, named and passed by, at every byte where it may sit; whoever made the file."""

import subprocess
from pathlib import Path

from archive_samples import NOW, exchange

from scraper.archive.verify import Finding, scan
from scraper.archive.verify_records import Checked
from scraper.archive.writer import WarcWriter

CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n"
)


def written(folder: Path) -> Path:
    """Return a finished file of ours with a warcinfo, then two exchanges of three records."""
    with WarcWriter(folder, "daily-wall", now=NOW, software="s", host="desk") as writer:
        writer.write_exchanges([exchange(), exchange(CHUNKED)])
    [path] = folder.glob("warc/*/*.warc.gz")
    return path


def found_in(path: Path) -> tuple[list[Checked], list[Finding]]:
    found = list(scan(path))
    records = [one for one in found if isinstance(one, Checked)]
    return records, [one for one in found if isinstance(one, Finding)]


def ranges_of(path: Path) -> list[tuple[int, int]]:
    return [(record.offset, record.offset + record.length) for record in found_in(path)[0]]


def is_gzip_content(path: Path) -> bool:
    with path.open("rb") as file:
        done = subprocess.run(["gzip", "-t"], stdin=file, capture_output=True, check=False)
    return done.returncode == 0


def test_a_whole_file_has_no_finding(tmp_path: Path) -> None:
    path = written(tmp_path)

    records, findings = found_in(path)

    assert findings == []
    assert [record.type for record in records] == [
        "warcinfo", *["response", "request", "metadata"] * 2,
    ]  # fmt: skip
    ends = [end for _, end in ranges_of(path)]
    assert [0, *ends] == [*(record.offset for record in records), path.stat().st_size]


def test_promise_3_every_cut_of_the_last_record_is_named(tmp_path: Path) -> None:
    path = written(tmp_path)
    whole, (*kept, (start, end)) = path.read_bytes(), ranges_of(path)
    for cut in range(start, end):
        path.write_bytes(whole[:cut])

        records, findings = found_in(path)

        assert [(one.offset, one.offset + one.length) for one in records] == kept
        assert [(one.offset, one.end) for one in findings] == [(start, cut)] * (cut > start)
        if cut % 9 == 0:  # a process for each cut would take seven seconds
            assert is_gzip_content(path) == (cut == start)
