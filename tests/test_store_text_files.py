"""Text files in real folders, written by one process or by four at once."""

import hashlib
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.errors import ArchiveError
from scraper.store.text_files import is_self_proving, sha256_of, write_text

DAY = date(2026, 3, 1)
PACKAGE = Path(__file__).parent.parent


def test_a_text_file_is_named_by_its_number_and_its_own_bytes(tmp_path: Path) -> None:
    text = "Мост открыт\n\nIt is long."

    written = write_text(tmp_path, "daily-wall", DAY, text)

    digest = hashlib.sha256(text.encode()).hexdigest()
    assert written.file == f"text/daily-wall/2026-03-01/000_{digest[:16]}.txt"
    assert (written.sha256, written.number) == (digest, 0)
    assert (tmp_path / written.file).read_bytes() == text.encode()
    assert written.bytes == len(text.encode())
    assert is_self_proving(tmp_path / written.file)


def test_numbers_run_on_within_a_folder_and_begin_anew_in_the_next(tmp_path: Path) -> None:
    numbers = [write_text(tmp_path, "daily-wall", DAY, f"Text {n}").number for n in range(3)]
    other_day = write_text(tmp_path, "daily-wall", date(2026, 3, 2), "Text 0")

    assert numbers == [0, 1, 2]
    assert other_day.number == 0


def test_a_thousandth_text_has_four_digits(tmp_path: Path) -> None:
    folder = tmp_path / "text" / "daily-wall" / "2026-03-01"
    folder.mkdir(parents=True)
    (folder / "999_0123456789abcdef.txt").touch()

    assert Path(write_text(tmp_path, "daily-wall", DAY, "One more").file).name.startswith("1000_")


def test_the_same_text_in_the_same_folder_is_not_written_twice(tmp_path: Path) -> None:
    first = write_text(tmp_path, "daily-wall", DAY, "A bridge")
    write_text(tmp_path, "daily-wall", DAY, "A tunnel")

    assert write_text(tmp_path, "daily-wall", DAY, "A bridge") == first


def test_a_damaged_file_does_not_pass_for_the_text(tmp_path: Path) -> None:
    first = write_text(tmp_path, "daily-wall", DAY, "A bridge")
    (tmp_path / first.file).write_text("A brigde")

    again = write_text(tmp_path, "daily-wall", DAY, "A bridge")

    assert again.number == 1
    assert not is_self_proving(tmp_path / first.file)
    assert is_self_proving(tmp_path / again.file)


@pytest.mark.parametrize("name", ["000.txt", "00_0123456789abcdef.txt", "notes.txt"])
def test_a_name_of_another_form_proves_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("A bridge")

    assert not is_self_proving(tmp_path / name)


@given(st.text())
def test_every_string_has_a_digest(text: str) -> None:
    assert len(sha256_of(text)) == 64


def test_half_a_surrogate_pair_is_written_as_a_question_mark(tmp_path: Path) -> None:
    written = write_text(tmp_path, "daily-wall", DAY, "A\ud800")

    assert (tmp_path / written.file).read_bytes() == b"A?"


def test_security_rule_9_texts_are_for_their_owner_alone(tmp_path: Path) -> None:
    written = write_text(tmp_path, "daily-wall", DAY, "A bridge")

    path = tmp_path / written.file
    assert path.stat().st_mode & 0o777 == 0o600
    assert {folder.stat().st_mode & 0o777 for folder in list(path.parents)[:3]} == {0o700}


@pytest.mark.parametrize("outlet", ["", "..", "a/b", "A", "-a", "a\n"])
def test_security_rule_9_an_outlet_that_is_no_folder_name_is_refused(
    tmp_path: Path, outlet: str
) -> None:
    with pytest.raises(ArchiveError, match="cannot be an outlet's folder"):
        write_text(tmp_path, outlet, DAY, "A bridge")

    assert list(tmp_path.iterdir()) == []


def test_a_draft_that_a_killed_process_left_is_cleared_away(tmp_path: Path) -> None:
    folder = tmp_path / "text" / "daily-wall" / "2026-03-01"
    folder.mkdir(parents=True)
    (folder / ".draft").write_text("half a te")

    write_text(tmp_path, "daily-wall", DAY, "A bridge")

    assert [path.name[:4] for path in folder.iterdir()] == ["000_"]


WRITER = """
import sys
from datetime import date
from pathlib import Path
from scraper.store.text_files import write_text

for n in range(25):
    write_text(Path(sys.argv[1]), "daily-wall", date(2026, 3, 1), f"{sys.argv[2]} {n}")
    write_text(Path(sys.argv[1]), "daily-wall", date(2026, 3, 1), f"shared {n}")
"""


def test_four_processes_number_without_gaps_or_doubles(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    writers = [subprocess.Popen([*command, f"mine {n}"], cwd=PACKAGE) for n in range(4)]
    codes = [writer.wait(timeout=60) for writer in writers]

    files = sorted((tmp_path / "text" / "daily-wall" / "2026-03-01").iterdir())

    assert codes == [0] * 4
    assert [int(path.name[:3]) for path in files] == list(range(4 * 25 + 25))
    assert all(is_self_proving(path) for path in files)


FULL = """
import resource, sys
from datetime import date
from pathlib import Path
from scraper.errors import DiskFullError
from scraper.store.text_files import write_text

resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_text(Path(sys.argv[1]), "daily-wall", date(2026, 3, 1), "A bridge" * 1000)
except DiskFullError as error:
    sys.exit(str(error))
"""


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path)],
        cwd=PACKAGE, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert "no room left" in done.stderr
    assert list((tmp_path / "text" / "daily-wall" / "2026-03-01").iterdir()) == []
