"""An archive held against its catalog: each way in which the two can disagree, and its repair."""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from archive_oracles import assert_valid
from archive_samples import NOW, exchange
from ledger import answer as response
from ledger import serve
from line_runs import capture, settings_for, story_page
from passes import command

from scraper.archive.recovery import MARK
from scraper.archive.verify import Finding, scan
from scraper.archive.writer import WarcWriter
from scraper.store.catalog import Catalog
from scraper.verify.run import Tally, verify_archive

HTML = "Content-Type: text/html"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an archive of three pages, one of which has moved; nobody may touch it."""
    pages = {f"/{name}": response(story_page(f"Story {name}"), HTML) for name in ("one", "two")}
    pages["/moved"] = response(b"", "Location: /led", status="301 Moved Permanently")
    pages["/led"] = response(story_page("Story led"), HTML)
    root = tmp_path_factory.mktemp("made") / "archive"
    with serve(pages) as server:
        urls = [server.url(target) for target in ("/one", "/two", "/moved")]
        capture(settings_for(root, workers=1), urls)
    return root


@pytest.fixture
def archive(made: Path, tmp_path: Path) -> Path:
    """Return an archive to be harmed."""
    return Path(shutil.copytree(made, tmp_path / "archive"))


@pytest.fixture(scope="module")
def index(made: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return an index of the archive."""
    path = tmp_path_factory.mktemp("index") / "index.cdxj"
    done = command("export", "cdxj", path, "--archive", made, cwd=path.parent)
    assert done.returncode == 0, done.stderr
    return path.read_bytes()


def found_in(root: Path) -> list[Finding]:
    with Catalog.open(root / "catalog.db", create=False) as catalog:
        return list(verify_archive(root, catalog, Tally(), lambda _: None))


def told(root: Path, *words: str) -> CompletedProcess[str]:
    return command("verify", "--archive", root, *words, cwd=root.parent)


def sql(root: Path, statement: str) -> None:
    with sqlite3.connect(root / "catalog.db") as database:
        database.execute(statement)
    database.close()


def warc_of(root: Path) -> Path:
    [path] = root.glob("warc/*/*.warc.gz")
    return path


def flip(root: Path) -> None:
    """Flip a bit in the last response of the file."""
    path = warc_of(root)
    record = [one for one in scan(path) if getattr(one, "type", "") == "response"][-1]
    data = bytearray(path.read_bytes())
    assert record.offset is not None
    data[record.offset + 400] ^= 4
    path.write_bytes(data)


def test_an_archive_as_it_was_written_has_no_finding(archive: Path) -> None:
    assert found_in(archive) == []

    done = told(archive)

    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "all is as it was written"


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "flip": (flip, "a record is lost (a gzip member is damaged"),
    "warc gone": (lambda root: warc_of(root).unlink(), "the file is gone; capture c"),
    "warc cut": (
        lambda root: warc_of(root).write_bytes(warc_of(root).read_bytes()[:3_000]),
        "the file ends inside a gzip member",
    ),
    "text gone": (
        lambda root: min(root.glob("text/*/*/*")).unlink(),
        "the file of a text is gone",
    ),
    "text changed": (
        lambda root: min(root.glob("text/*/*/*")).write_text("Another text"),
        "its name stands for other bytes",
    ),
    "offset": (
        lambda root: sql(root, "UPDATE exchanges SET response_offset = 0 WHERE id = 2"),
        "another record lies here",
    ),
    "past the end": (
        lambda root: sql(root, "UPDATE exchanges SET request_offset = 99999999 WHERE id = 2"),
        "the file ends before a record that the catalog knows",
    ),
    "length": (
        lambda root: sql(root, "UPDATE exchanges SET response_length = 7 WHERE id = 2"),
        "bytes long, 7 in the catalog",
    ),
    "digest": (
        lambda root: sql(root, "UPDATE exchanges SET block_digest = 'sha1:A' WHERE id = 2"),
        "sha1:A in the catalog",
    ),
    "url": (
        lambda root: sql(root, "UPDATE exchanges SET url = 'http://else/' WHERE id = 2"),
        "its URL is http://else/ in the catalog",
    ),
    "type": (
        lambda root: sql(root, "UPDATE exchanges SET response_type = 'revisit' WHERE id = 2"),
        "a response, a revisit in the catalog",
    ),
    "text row": (
        lambda root: sql(root, "UPDATE texts SET sha256 = 'abc' WHERE id = 1"),
        "the catalog knows another text under this name",
    ),
    "loose row": (
        lambda root: sql(root, "UPDATE captures SET text_id = 77 WHERE id = 1"),
        "refers to no row of texts",
    ),
}


@pytest.mark.parametrize(("harm", "said"), DAMAGE.values(), ids=DAMAGE)
def test_what_disagrees_is_named(archive: Path, harm: Callable[[Path], object], said: str) -> None:
    harm(archive)

    found = [str(finding) for finding in found_in(archive) if not finding.is_note]

    assert any(said in problem for problem in found), found


@pytest.mark.slow
def test_promise_27_each_missing_record_is_listed_with_its_url(archive: Path) -> None:
    warc_of(archive).unlink()

    done = told(archive, "--json")

    assert done.returncode == 5
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    lost = [line for line in lines if "the file is gone" in line.get("problem", "")]
    assert len(lost) == 8, "request and response of four exchanges"
    assert {line["url"].rsplit("/", 1)[1] for line in lost} == {"one", "two", "moved", "led"}
    assert all(line["offset"] < line["end"] for line in lost)
    assert lines[-1]["summary"]["damage"] == 8
    shown = command("show", "--archive", archive, "1", cwd=archive.parent)
    assert "The ferry to Oldhaven" in shown.stdout, "the texts stay readable"


def test_a_capture_without_a_row_is_a_note_while_the_next_start_will_make_it(
    archive: Path,
) -> None:
    for table in ("exchanges", "captures"):
        sql(archive, f"DELETE FROM {table}")

    (archive / MARK).unlink(missing_ok=True)
    [note] = [one for one in found_in(archive) if "without a row" in one.problem]
    assert note.is_note
    assert note.problem.startswith("3 captures")

    (archive / MARK).touch()
    [damage] = [one for one in found_in(archive) if "without a row" in one.problem]
    assert not damage.is_note


@pytest.mark.slow
def test_repair_writes_a_new_file_and_the_catalog_leads_there(archive: Path) -> None:
    original = warc_of(archive)
    flip(archive)
    before = original.read_bytes()
    min(archive.glob("text/*/*/*")).unlink()

    done = told(archive, "--repair")

    assert done.returncode == 5
    assert "written again from its record" in done.stdout
    assert original.read_bytes() == before, "the original is not touched"
    [repaired] = archive.glob("warc/*/*.repaired.warc.gz")
    assert_valid(repaired)
    again = told(archive)
    assert again.returncode == 0, again.stdout
    assert again.stdout.count("known since it was repaired") == 2
    with Catalog.open(archive / "catalog.db") as catalog:
        files = catalog.places.record_counts()
    assert files == {f"warc/{original.parent.name}/{repaired.name}": 7,
                     f"warc/{original.parent.name}/{original.name}": 1}  # fmt: skip
    shown = command("show", "--archive", archive, "1", "--response", cwd=archive.parent)
    assert shown.stdout.startswith("HTTP/1.1 200")
    third = told(archive, "--repair")
    assert third.returncode == 0, "nothing is left to do"


@pytest.mark.slow
def test_repair_of_anybodys_file_gives_each_record_its_own_member(
    archive: Path, tmp_path: Path
) -> None:
    path = tmp_path / "theirs.warc.gz"
    whole = subprocess.run(["zcat", warc_of(archive)], capture_output=True, check=True).stdout
    path.write_bytes(subprocess.run(["gzip"], input=whole, capture_output=True, check=True).stdout)

    done = command("verify", path, "--repair", cwd=tmp_path)

    assert done.returncode == 5
    assert "records in one gzip member" in done.stdout
    repaired = tmp_path / "theirs.repaired.warc.gz"
    assert_valid(repaired)
    assert len(list(scan(repaired))) == len(list(scan(warc_of(archive)))) + 1
    assert command("verify", repaired, cwd=tmp_path).returncode == 0
    twice = command("verify", path, "--repair", cwd=tmp_path)
    assert "was repaired before" in twice.stderr


INDEX: dict[str, tuple[Callable[[str], str], str]] = {
    "offset": (lambda line: line.replace('"offset": "', '"offset": "1'), "it leads "),
    "length": (lambda line: line.replace('"length": "', '"length": "1'), "bytes long, 1"),
    "url": (lambda line: line.replace('"url": "http', '"url": "https'), "to a record of http:"),
    "digest": (lambda line: line.replace("sha1:", "sha1:A"), "has the payload digest"),
    "file": (lambda line: line.replace(".warc.gz", "-x.warc.gz"), "which is not here"),
    "moment": (lambda line: line.replace(" 20", " 19", 1), "its record is of 20"),
    "no line": (lambda line: "no line\n" + line, "not a line of an index"),
    "order": (lambda line: line + line.replace(")/", ")/!", 1), "out of order"),
}


@pytest.mark.parametrize(("harm", "said"), INDEX.values(), ids=INDEX)
def test_each_line_of_an_index_is_held_against_its_record(
    archive: Path, index: bytes, harm: Callable[[str], str], said: str
) -> None:
    path = archive / "index.cdxj"
    path.write_bytes(index)
    assert found_in(archive) == []
    lines = path.read_text().splitlines(keepends=True)
    path.write_text(harm(lines[-1]))

    found = [finding.problem for finding in found_in(archive)]

    assert any(said in problem for problem in found), found


@pytest.mark.slow
def test_paths_that_hold_nothing_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    for path in ("nowhere.warc.gz", "empty"):
        done = command("verify", path, cwd=tmp_path)
        assert done.returncode == 1
        assert path in done.stderr
    assert command("verify", cwd=tmp_path).returncode == 1


@pytest.mark.slow
def test_what_files_say_cannot_move_a_cursor(tmp_path: Path) -> None:
    path = tmp_path / "odd.warc"
    path.write_bytes(
        b"WARC/1.1\r\nWARC-Target-URI: http://a/\x1b[2J\r\nContent-Length: 0\r\n\r\n\r\n\r\n"
    )

    done = command("verify", path, cwd=tmp_path)

    assert done.returncode == 5
    assert "\x1b" not in done.stdout


@pytest.mark.slow
def test_memory_does_not_grow_with_the_archive(tmp_path: Path) -> None:
    small, large = (peak(tmp_path / str(count), count) for count in (1_000, 10_000))

    assert large < small + 8_000, f"{small} kB, then {large} kB"


PEAK = """
import sys
from pathlib import Path
from scraper.verify.run import Tally, verify_files
tally = Tally()
assert list(verify_files([Path(sys.argv[1])], tally, lambda _: None)) == []
[line] = [one for one in open("/proc/self/status") if one.startswith("VmHWM")]
print(line.split()[1], tally.records)
"""


def peak(folder: Path, exchanges: int) -> int:
    """Return the most memory, in kB, that a process took to verify a file of some exchanges."""
    with WarcWriter(folder, "wall", now=NOW, software="s") as writer:
        writer.write_exchanges([exchange() for _ in range(100)])
    [path] = folder.glob("warc/*/*")
    path.write_bytes(path.read_bytes() * (exchanges // 100))  # files may be joined
    done = subprocess.run(
        [sys.executable, "-c", PEAK, path], capture_output=True, text=True, check=True
    )
    memory, records = done.stdout.split()
    assert int(records) == exchanges // 100 * 301
    return int(memory)
