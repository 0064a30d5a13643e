"""Writers that are killed, run out of disk or meet another process: real processes, real faults."""

import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from archive_oracles import assert_valid, types_in
from archive_samples import NOW, exchange

from scraper.archive.reader import record_at, records_in
from scraper.archive.writer import WarcWriter
from scraper.errors import DamageError

TESTS = Path(__file__).parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{TESTS.parent}{os.pathsep}{TESTS}"}

ENDLESS = """
import random, sys
from pathlib import Path
from archive_samples import NOW, exchange
from scraper.archive.writer import WarcWriter

source = random.Random(7)
writer = WarcWriter(Path(sys.argv[1]), "daily-wall", now=NOW, software="s", host="desk")
while True:
    wire = b"HTTP/1.1 200 OK\\r\\n\\r\\n" + source.randbytes(source.randrange(400_000))
    (recorded,) = writer.write_exchanges([exchange(wire)])
    print(recorded.response.file, recorded.response.offset, len(wire), flush=True)
"""

FULL = """
import resource, sys
from pathlib import Path
from archive_samples import NOW, exchange
from scraper.archive.writer import WarcWriter
from scraper.errors import DiskFullError

root, limit = Path(sys.argv[1]), int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
wire = b"HTTP/1.1 200 OK\\r\\n\\r\\n" + bytes(range(256)) * 8
with WarcWriter(root, "daily-wall", now=NOW, software="s", host="desk") as writer:
    for number in range(1000):
        try:
            writer.write_exchanges([exchange(wire), exchange(wire)])
        except DiskFullError as error:
            print(number, error)
            break
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    writer.write_exchanges([exchange(wire)])
"""

ONE = """
import sys
from pathlib import Path
from archive_samples import NOW, exchange
from scraper.archive.writer import WarcWriter

with WarcWriter(Path(sys.argv[1]), "daily-wall", now=NOW, software="s", host="desk") as writer:
    writer.write_exchanges([exchange()])
"""


def run(code: str, *arguments: object, before: tuple[str, ...] = ()) -> str:
    command = [*before, sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("acknowledged", [1, 3, 6, 10, 15])
def test_promise_1_what_a_killed_writer_had_acknowledged_is_whole(
    tmp_path: Path, acknowledged: int
) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", ENDLESS, str(tmp_path)],
        stdout=subprocess.PIPE, text=True, env=ENVIRONMENT,
    )  # fmt: skip
    assert writer.stdout is not None
    lines = [writer.stdout.readline() for _ in range(acknowledged)]

    writer.send_signal(signal.SIGKILL)
    lines += [line for line in writer.stdout.readlines() if line.endswith("\n")]
    writer.stdout.close()
    writer.wait()

    for line in lines:
        file, offset, size = line.split()
        assert len(record_at(tmp_path, file, int(offset)).block) == int(size)
    (left,) = (tmp_path / "warc" / "daily-wall").iterdir()
    assert left.name.endswith(".open")
    assert len(whole_responses(left)) in {len(lines), len(lines) + 1}


def whole_responses(path: Path) -> list[int]:
    offsets = []
    try:
        for record in records_in(path):
            if record.type == "response":
                offsets.append(record.offset)  # noqa: PERF401 - those before a torn end count
    except DamageError:
        pass
    return offsets


@pytest.mark.parametrize("limit", [100, 700, 1_000, 6_500, 9_999, 20_000])
def test_promise_4_a_full_disk_takes_back_what_it_did_not_take_whole(
    tmp_path: Path, limit: int
) -> None:
    out = run(FULL, tmp_path, limit)

    written, message = out.split(" ", 1)
    assert "no room left" in message
    paths = sorted((tmp_path / "warc" / "daily-wall").iterdir())
    exchanges_in_files = []
    for path in paths:
        assert path.suffix == ".gz", "both files have their final names"
        assert_valid(path)
        assert path.stat().st_size <= limit or path == paths[-1]
        exchanges_in_files.append(types_in(path).count("response"))
    assert exchanges_in_files == ([2 * int(written)] if written != "0" else []) + [1]


def test_a_file_being_written_is_locked(tmp_path: Path) -> None:
    with WarcWriter(tmp_path, "daily-wall", now=NOW, software="s") as writer:
        writer.write_exchanges([exchange()])
        (path,) = (tmp_path / "warc" / "daily-wall").iterdir()
        assert not can_lock(path)
        writer.close()
        (path,) = (tmp_path / "warc" / "daily-wall").iterdir()
        assert can_lock(path)


def test_the_lock_dies_with_its_process(tmp_path: Path) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", ENDLESS, str(tmp_path)],
        stdout=subprocess.PIPE, text=True, env=ENVIRONMENT,
    )  # fmt: skip
    assert writer.stdout is not None
    writer.stdout.readline()
    (path,) = (tmp_path / "warc" / "daily-wall").iterdir()
    assert not can_lock(path)

    writer.kill()
    writer.stdout.close()
    writer.wait()

    assert can_lock(path)


def can_lock(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def test_processes_of_one_second_write_files_of_their_own(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", ONE, str(tmp_path)], env=ENVIRONMENT)
        for _ in range(4)
    ]
    codes = [writer.wait(timeout=300) for writer in writers]

    paths = sorted((tmp_path / "warc" / "daily-wall").iterdir())
    assert codes == [0] * 4
    assert [path.name.split("-")[3] for path in paths] == ["00000", "00001", "00002", "00003"]
    for path in paths:
        assert_valid(path)


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_promise_7_records_are_synced_before_they_are_acknowledged_and_names_after_the_rename(
    tmp_path: Path,
) -> None:
    trace = tmp_path / "trace"
    calls = "trace=openat,write,fsync,fdatasync,rename,renameat,renameat2,close"

    run(ONE, tmp_path / "archive", before=("strace", "-f", "-y", "-o", str(trace), "-e", calls))

    steps = [step for line in trace.read_text().splitlines() if (step := step_in(line))]
    written = steps.index("write file")
    assert set(steps[:written]) <= {"sync folder"}, "the name is durable before its bytes"
    assert steps[written:] == [
        *["write file"] * 4,  # warcinfo, response, request, metadata: one call each
        "sync file",
        "sync file",  # at close
        "rename",
        "sync folder",
    ]


def step_in(line: str) -> str | None:
    """Return what a traced call did to our files; None if it is of no concern."""
    call = re.search(r"\b(write|fsync|fdatasync|rename\w*)\(", line)
    if call is None or "/archive" not in line:
        return None
    if call[1].startswith("rename"):
        return "rename"
    verb = "write" if call[1] == "write" else "sync"
    return f"{verb} {'file' if '.warc.gz' in line else 'folder'}"


SICK = """
import sys
from pathlib import Path
from archive_samples import NOW, exchange
from scraper.archive.writer import WarcWriter
from scraper.errors import ArchiveError

with WarcWriter(Path(sys.argv[1]), "daily-wall", now=NOW, software="s", host="desk") as writer:
    for _ in range(3):
        try:
            writer.write_exchanges([exchange()])
            print("written")
        except ArchiveError as error:
            print(type(error).__name__, error)
"""


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.parametrize(
    ("call", "when"),
    [("fdatasync", 2), ("write", 7), ("write", 8)],  # after four records and a line that says so
)
def test_promise_6_a_disk_that_fails_to_write_or_sync_is_not_asked_again(
    tmp_path: Path, call: str, when: int
) -> None:
    inject = f"inject={call}:error=EIO:when={when}"
    before = ("strace", "-f", "-o", "/dev/null", "-e", f"trace={call}", "-e", inject)

    first, second, third = run(SICK, tmp_path, before=before).splitlines()

    assert (first, third) == ("written", "written")
    assert second.startswith("ArchiveError")
    assert "Input/output error" in second
    new, suspect = sorted(
        (tmp_path / "warc" / "daily-wall").iterdir(), key=lambda path: path.suffix == ".open"
    )
    assert suspect.name.endswith("00000-desk.warc.gz.open")
    for path in (new, suspect):
        assert_valid(path)
        assert types_in(path).count("response") == 1
