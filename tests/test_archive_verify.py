"""Damage is found, named and passed by, at every byte where it may sit; whoever made the file."""

import gzip
import hashlib
import re
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from archive_samples import NOW, exchange
from hypothesis import given, settings
from hypothesis import strategies as st

from scraper.archive import verify_payload
from scraper.archive.digest import sha1_digest
from scraper.archive.verify import Finding, scan
from scraper.archive.verify_payload import Payload
from scraper.archive.verify_records import Checked
from scraper.archive.writer import WarcWriter
from scraper.http1 import read_response

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


@pytest.mark.slow
def test_promise_3_every_cut_of_a_whole_file_is_named_and_gzip_agrees(tmp_path: Path) -> None:
    path = written(tmp_path)
    whole, ranges = path.read_bytes(), ranges_of(path)
    for cut in range(1, len(whole)):
        path.write_bytes(whole[:cut])

        records, findings = found_in(path)

        kept = [(start, end) for start, end in ranges if end <= cut]
        assert [(one.offset, one.offset + one.length) for one in records] == kept
        last = kept[-1][1] if kept else 0
        assert [(one.offset, one.end) for one in findings] == [(last, cut)] * (cut > last)
        assert is_gzip_content(path) == (cut == last)


def is_same_member(one: bytes, other: bytes) -> bool:
    try:
        return zlib.decompress(one, wbits=31) == zlib.decompress(other, wbits=31)
    except zlib.error:
        return False


@pytest.mark.parametrize("position", [0, 1, 2])
def test_promise_3_a_damaged_first_byte_hides_no_other_record(
    tmp_path: Path, position: int
) -> None:
    path = written(tmp_path)
    flipped, ranges = bytearray(path.read_bytes()), ranges_of(path)
    flipped[position] ^= 4
    path.write_bytes(flipped)

    records, findings = found_in(path)

    assert [(one.offset, one.offset + one.length) for one in records] == ranges[1:]
    assert [(one.offset, one.end) for one in findings] == [ranges[0]]


def test_promise_3_every_flipped_bit_is_found_and_the_other_records_are_read(
    tmp_path: Path,
) -> None:
    path = written(tmp_path)
    whole, ranges = path.read_bytes(), ranges_of(path)
    dice = Random(3)
    for position in dice.sample(range(len(whole)), 300):
        start, end = next(one for one in ranges if one[0] <= position < one[1])
        if 3 <= position - start < 10:
            continue  # gzip's flags, time and system: nothing of the record stands there
        flipped = bytearray(whole)
        flipped[position] ^= 1 << dice.randrange(8)
        if is_same_member(bytes(flipped[start:end]), whole[start:end]):
            continue  # deflate's last byte is filled up with bits that say nothing
        path.write_bytes(flipped)

        records, findings = found_in(path)

        others = [one for one in ranges if one != (start, end)]
        assert [(one.offset, one.offset + one.length) for one in records] == others, position
        assert [(one.offset, one.end) for one in findings] == [(start, end)], position


@pytest.mark.parametrize("size", [1, 4096, 200_000])
def test_promise_3_a_tail_of_zeros_is_named(tmp_path: Path, size: int) -> None:
    path = written(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole + bytes(size))

    records, [finding] = found_in(path)

    assert len(records) == 7
    assert (finding.offset, finding.end) == (len(whole), len(whole) + size)
    assert "zero bytes" in finding.problem


@pytest.mark.parametrize("torn", [1, 50, 300])
def test_promise_3_what_was_appended_behind_a_torn_record_is_found(
    tmp_path: Path, torn: int
) -> None:
    path = written(tmp_path)
    whole, ranges = path.read_bytes(), ranges_of(path)
    path.write_bytes(whole[:-torn] + whole)

    records, [finding] = found_in(path)

    assert len(records) == 13
    assert (finding.offset, finding.end) == (ranges[-1][0], len(whole) - torn)
    assert not is_gzip_content(path)


def test_promise_3_a_file_in_one_gzip_member_is_named_and_read(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())))

    records, [finding] = found_in(path)

    assert [record.length for record in records] == [0] * 7
    assert finding.problem.startswith("7 records in one gzip member")
    assert is_gzip_content(path), "which is why gzip alone is no judge"


@pytest.mark.parametrize("cut", [100, 700, 1500])
def test_the_records_before_damage_in_one_gzip_member_are_read(tmp_path: Path, cut: int) -> None:
    path = written(tmp_path)
    inside = gzip.decompress(path.read_bytes())
    packer = zlib.compressobj(0, wbits=31)  # stored: a cut leaves what is before it
    path.write_bytes((packer.compress(inside) + packer.flush())[:cut])

    records, [finding] = found_in(path)

    ends = [0]
    for record in records:
        ends.append(ends[-1] + record.size)
    assert ends[-1] < cut
    assert finding.is_lost


def test_files_that_are_not_compressed_are_read_and_gone_on_with(tmp_path: Path) -> None:
    gzipped = written(tmp_path)
    plain = tmp_path / "plain.warc"
    inside = gzip.decompress(gzipped.read_bytes())
    plain.write_bytes(inside)
    sizes = [record.size for record in found_in(gzipped)[0]]

    records, findings = found_in(plain)
    assert findings == []
    assert [record.length for record in records] == sizes

    start, end = sum(sizes[:2]), sum(sizes[:3])
    plain.write_bytes(inside[: end - 50] + inside[end - 20 :])  # a third record lacks 30 bytes
    records, findings = found_in(plain)

    assert len(records) == 6
    assert [(one.offset, one.end) for one in findings] == [(start, end - 30)]


def frame(*headers: str, block: bytes = b"hello", type_: str = "resource") -> bytes:
    """Return a record, as somebody might write it."""
    lines = ["WARC/1.1", f"WARC-Type: {type_}", *headers, f"Content-Length: {len(block)}"]
    return "\r\n".join([*lines, "", ""]).encode() + block + b"\r\n\r\n"


ID, DATE = "WARC-Record-ID: <urn:uuid:1>", "WARC-Date: 2026-03-01T00:00:00Z"
TARGET = "WARC-Target-URI: https://news.example/"
SHA1 = "sha1:VL2MMHO4YXUKFWV63YHTWSBM3GXKSQ2N"  # of "hello"


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (frame(ID, DATE, TARGET), None),
        (frame(ID, DATE, TARGET, f"WARC-Block-Digest: {SHA1}"), None),
        (frame(ID, DATE, TARGET, f"WARC-Payload-Digest: {SHA1}"), None),
        (frame(DATE, TARGET), "no WARC-Record-ID"),
        (frame(ID, TARGET), "no WARC-Date"),
        (frame(ID, "WARC-Date: 2026-13-01T00:00:00Z", TARGET), "the WARC-Date is none"),
        (frame(ID, "WARC-Date: 01.03.2026", TARGET), "the WARC-Date is none"),
        (frame(ID, DATE, TARGET, "WARC-Type: request"), "2 headers WARC-Type"),
        (frame(ID, DATE), "a resource without WARC-Target-URI"),
        (frame(ID, DATE, TARGET, f"WARC-Block-Digest: {SHA1[:-1]}A"), "the block digest"),
        (frame(ID, DATE, TARGET, f"WARC-Payload-Digest: {SHA1[:-1]}A"), "the payload digest"),
        (frame(ID, DATE, TARGET).replace(b"h: 5", b"h: 6"), "does not end where"),
        (frame(ID, DATE, TARGET).replace(b"h: 5", b"h: x"), "no Content-Length"),
        (frame(ID, DATE, TARGET).replace(b"/1.1", b"/9.9"), "the head of a WARC record"),
        (frame(ID, DATE, TARGET, "no colon"), "has no colon"),
        (b"filedesc://old.arc 0.0.0.0 2002 text/plain 5\n", "an ARC file"),
        (b"\x28\xb5\x2f\xfd0000", "zstd"),
        (b"", "the file is empty"),
        (b"<html>no archive</html>", "the head of a WARC record"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_what_is_wrong_with_a_record_is_said(
    tmp_path: Path, record: bytes, said: str | None, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(pack(record) if record else b"")
    if record.startswith(b"\x28") and pack is gzip.compress:
        pytest.skip("nobody gzips zstd")

    _, findings = found_in(path)

    assert [one.problem for one in findings if said is None or said not in one.problem] == []
    assert bool(findings) == (said is not None)


def digests_of(wire: bytes) -> tuple[str | None, str]:
    """Return what the scanner makes of a response's entity, and what http1 does."""
    payload = Payload(lambda: hashlib.sha1(usedforsecurity=False))
    dice = Random(len(wire))
    position = 0
    while position < len(wire):
        size = dice.randrange(1, 900)
        payload.feed(wire[position : position + size])
        position += size
    entity = payload.digests()[1]
    expected = read_response(wire).entity
    return None if entity is None else entity.hex(), hashlib.sha1(expected).hexdigest()


@given(st.lists(st.binary(min_size=1, max_size=3_000), max_size=20), st.booleans(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_promise_17_entities_of_any_chunking_have_the_digest_that_http1_says(
    chunks: list[bytes], interim: bool, cut: bool
) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = b"".join(b"%x;a=b\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    wire = (b"HTTP/1.1 103 Early Hints\r\n\r\n" if interim else b"") + head + body
    wire += b"" if cut else b"0\r\nTrailer: x\r\n\r\n"
    limit = verify_payload.HEAD_BYTES
    for keep in (limit, len(head) + 100):  # all of it at once, then piece by piece
        verify_payload.HEAD_BYTES = keep
        try:
            found, expected = digests_of(wire)
        finally:
            verify_payload.HEAD_BYTES = limit

        assert found == (expected if any(chunks) else None)


def test_a_digest_of_the_raw_body_or_of_the_entity_is_right(tmp_path: Path) -> None:
    for data in (CHUNKED.partition(b"\r\n\r\n")[2], b"hello world"):
        digest = sha1_digest(data)
        record = frame(
            ID, DATE, TARGET, "Content-Type: application/http; msgtype=response",
            f"WARC-Payload-Digest: {digest}", block=CHUNKED, type_="response",
        )  # fmt: skip
        path = tmp_path / "a.warc"
        path.write_bytes(record)
        assert found_in(path)[1] == []
        path.write_bytes(record.replace(b"world", b"would"))
        assert [one.problem for one in found_in(path)[1]] == ["the payload digest does not match"]


def test_our_digest_of_a_chunked_entity_is_held_against_its_response(tmp_path: Path) -> None:
    path = written(tmp_path)
    inside = gzip.decompress(path.read_bytes())
    digest = sha1_digest(b"hello world").encode()
    assert digest in inside
    wrong = inside.replace(digest, sha1_digest(b"hello").encode())
    wrong = re.sub(rb"WARC-Block-Digest: [^\r]*\r\n", b"", wrong)
    path.write_bytes(wrong)

    assert any("has another digest" in one.problem for one in found_in(path)[1])


@pytest.mark.slow
def test_memory_does_not_grow_with_a_record(tmp_path: Path) -> None:
    small, large = (peak(large_record(tmp_path, megabytes)) for megabytes in (10, 100))

    assert large < small + 2_000, f"{small} kB, then {large} kB"


def large_record(folder: Path, megabytes: int) -> Path:
    """Return a file with one record of some size that compresses a thousandfold."""
    path = folder / f"{megabytes}.warc.gz"
    names = [TARGET, ID, DATE, f"Content-Length: {megabytes * 1_000_000}", "", ""]
    packer = zlib.compressobj(1, wbits=31)
    with path.open("wb") as file:
        head = "\r\n".join(["WARC/1.1", "WARC-Type: resource", *names])
        file.write(packer.compress(head.encode()))
        for _ in range(megabytes):
            file.write(packer.compress(bytes(1_000_000)))
        file.write(packer.compress(b"\r\n\r\n") + packer.flush())
    return path


def peak(path: Path) -> int:
    """Return the most memory, in kB, that a process took to go through a file."""
    command = [sys.executable, "-c", MEASURED, str(path)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


MEASURED = """
import sys
from pathlib import Path
from scraper.archive.verify import scan
assert len(list(scan(Path(sys.argv[1])))) == 1
[line] = [one for one in open("/proc/self/status") if one.startswith("VmHWM")]
print(line.split()[1])
"""
