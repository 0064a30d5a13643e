"""Files that a killed process left are closed at their last whole record, and nothing is lost."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from archive_oracles import assert_valid, blocks_in, types_in
from archive_samples import NOW, exchange

from scraper.archive.recovery import _recovered, recover
from scraper.archive.writer import WarcWriter

WRITE = """
import sys; from pathlib import Path; sys.path.insert(0, sys.argv[2])
from archive_samples import NOW, exchange
from scraper.archive.writer import WarcWriter
writer = WarcWriter(Path(sys.argv[1]), "daily-wall", now=NOW, software="test")
writer.write_exchanges([exchange(), exchange()])
print("written", flush=True); sys.stdin.read()
"""


def left_behind(root: Path) -> Path:
    """Return the file of a writer that was killed with SIGKILL after two exchanges."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITE, str(root), str(Path(__file__).parent)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": str(Path(__file__).parent.parent)},
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        os.kill(process.pid, signal.SIGKILL)
    [path] = root.glob("warc/*/*.open")
    return path


def test_whole_file_is_closed_as_it_is(tmp_path: Path) -> None:
    path = left_behind(tmp_path)
    before = path.read_bytes()

    [found] = recover(tmp_path)

    final = tmp_path / found.file
    assert final.read_bytes() == before
    assert (found.records, found.torn) == (len(types_in(final)), 0)
    assert_valid(final)
    assert recover(tmp_path) == ()


@pytest.mark.parametrize("tail", [b"\x1f\x8b\x08", b"\0" * 4096, b"WARC/1.1\r\n"])
def test_promise_1_torn_tail_is_cut_off_and_kept(tmp_path: Path, tail: bytes) -> None:
    path = left_behind(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole + tail)

    [found] = recover(tmp_path)

    assert (tmp_path / found.file).read_bytes() == whole
    kept = tmp_path / f"{found.file}.torn-{len(whole)}"
    assert kept.read_bytes() == tail
    assert found.torn == len(tail)


def test_promise_3_every_cut_of_the_last_record_leaves_the_records_before_it(
    tmp_path: Path,
) -> None:
    path = left_behind(tmp_path)
    whole = path.read_bytes()
    count = len(types_in(path))
    last = whole.rindex(b"\x1f\x8b\x08")
    for cut in range(last + 1, len(whole), 7):
        path.write_bytes(whole[:cut])

        [found] = recover(tmp_path)

        final = tmp_path / found.file
        assert found.records == count - 1
        assert final.read_bytes() == whole[:last]
        final.rename(path)


def test_a_file_without_a_whole_record_leaves_only_its_bytes(tmp_path: Path) -> None:
    path = left_behind(tmp_path)
    path.write_bytes(path.read_bytes()[:40])

    [found] = recover(tmp_path)

    assert not (tmp_path / found.file).exists()
    assert (tmp_path / f"{found.file}.torn-0").stat().st_size == 40


def test_a_file_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    with WarcWriter(tmp_path, "daily-wall", now=NOW, software="test") as writer:
        writer.write_exchanges([exchange()])

        assert recover(tmp_path) == ()
        writer.write_exchanges([exchange()])
    [file] = tmp_path.glob("warc/*/*.warc.gz")
    assert len(blocks_in(file)) >= 5


def test_file_that_its_writer_closes_meanwhile_is_left_alone(tmp_path: Path) -> None:
    assert _recovered(tmp_path, tmp_path / "closed-a-moment-ago.warc.gz.open") is None
