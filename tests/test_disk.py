"""The lock that keeps a second daemon away; the rest is tested where it is used."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scraper.disk import held, make_folder
from scraper.errors import LockedError

HOLD = (
    "import sys, time; from pathlib import Path; from scraper.disk import held\n"
    "with held(Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(60)\n"
)


def holder(path: Path) -> subprocess.Popen[str]:
    """Start a process that holds a lock file, and wait until it does."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(Path(__file__).parent.parent)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_second_process_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "archive" / "lock"
    with holder(path) as process:
        with pytest.raises(LockedError, match=f"process {process.pid};"), held(path):
            pass
        process.kill()


def test_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with holder(path) as process:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    with held(path):
        assert path.read_text().strip() == str(os.getpid())


@pytest.mark.parametrize("below", [".", "below"])
def test_folder_in_the_place_of_a_file_is_refused(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(NotADirectoryError):
        make_folder(tmp_path / "file" / below)
