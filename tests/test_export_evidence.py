"""The evidence of an article, checked as its README says; and the differences in it."""

import hashlib
import json
import subprocess
import zipfile
from pathlib import Path

import pytest
from archive_oracles import assert_valid
from export_archives import copy_with_revisits
from hypothesis import given
from hypothesis import strategies as st
from interop_tools import say
from passes import command

from scraper.export.differences import marked, unified


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evidence")
    copy_with_revisits(folder / "archive")
    rows = command("list", "--json", cwd=folder).stdout.splitlines()
    [url] = (row["url"] for row in map(json.loads, rows) if row["title"].startswith("Ferry"))
    done = command("export", "evidence", url, "ferry.wacz", cwd=folder)
    assert (done.returncode, done.stdout) == (0, "3 captures written to ferry.wacz\n"), done.stderr
    (folder / "url.txt").write_text(url)
    return folder


@pytest.fixture
def bundle(folder: Path, tmp_path: Path) -> Path:
    zipfile.ZipFile(folder / "ferry.wacz").extractall(tmp_path / "bundle")
    return tmp_path / "bundle"


def test_all_sums_are_right_by_sha256sum(bundle: Path) -> None:
    sums = ["sha256sum", "--check", "--quiet", "evidence/SHA256SUMS"]
    listed = json.loads((bundle / "datapackage.json").read_bytes())["resources"]

    assert subprocess.run(sums, cwd=bundle, check=False).returncode == 0
    files = {path.relative_to(bundle).as_posix() for path in bundle.rglob("*") if path.is_file()}
    assert {one["path"] for one in listed} == files - {
        "datapackage.json",
        "datapackage-digest.json",
    }
    for one in listed:
        digest = hashlib.sha256((bundle / one["path"]).read_bytes()).hexdigest()
        assert one["hash"] == f"sha256:{digest}"


def test_it_has_both_texts_and_what_changed(bundle: Path) -> None:
    old, new = sorted((bundle / "evidence").glob("*_*.txt"))
    [change] = (bundle / "evidence").glob("*.diff")

    assert (old.name[:4], new.name[:4], change.name) == ("000_", "001_", "000-001.diff")
    assert "ten days" in old.read_text()
    assert "\n-The company expects" in change.read_text()
    assert "\n+The company expects" in change.read_text()


def test_it_has_every_capture_with_its_record(bundle: Path) -> None:
    [warc] = (bundle / "archive").iterdir()
    head, *rows = (
        line.split("\t") for line in (bundle / "evidence/captures.tsv").read_text().splitlines()
    )

    assert_valid(warc)
    assert head[0] == "fetched"
    assert [row[0][:10] for row in rows] == ["2026-03-01", "2026-03-02", "2026-03-03"]
    kept = subprocess.run(["zcat", warc], capture_output=True, check=True).stdout
    for row in rows:
        assert row[4].encode() in kept


def test_it_says_how_to_check_it(bundle: Path, folder: Path) -> None:
    readme = (bundle / "evidence/README.txt").read_text()

    assert (folder / "url.txt").read_text() in readme
    assert all(len(line) <= 100 for line in readme.splitlines())


def test_of_what_is_not_there_there_is_no_evidence(folder: Path) -> None:
    done = command("export", "evidence", "http://elsewhere.example/", "none.wacz", cwd=folder)

    assert (done.returncode, (folder / "none.wacz").exists()) == (1, False)
    assert "not in the archive" in done.stderr


def test_history_and_diff_show_versions_and_what_changed(folder: Path) -> None:
    url = (folder / "url.txt").read_text()

    history = command("history", url, cwd=folder)
    diff = command("diff", url, cwd=folder)
    lines = command("diff", url, "1", "2", "--unified", cwd=folder)
    missing = command("diff", url, "1", "3", cwd=folder)

    assert history.stdout.count(" words ") == 2
    assert "within [-ten days-]{+three weeks+}, if" in diff.stdout
    assert "\n-The company expects" in lines.stdout
    assert (missing.returncode, "there are 2 versions" in missing.stderr) == (1, True)


def test_paragraphs_that_came_and_went_are_marked_whole() -> None:
    old = "Headline\n\nIt rained on Monday in the north.\n\nEnd."
    new = "Headline\n\nIt rained on Tuesday in the north.\n\nA correction was added.\n\nEnd."

    assert list(marked(old, new)) == [
        "It rained on [-Monday -]{+Tuesday +}in the north.",
        "{+A correction was added.+}",
    ]


@given(st.text(), st.text())
def test_the_same_has_no_difference_and_anything_else_has_one(one: str, other: str) -> None:
    assert list(marked(one, one)) == []
    assert unified(one, one, old_name="a", new_name="b") == ""
    assert bool(list(marked(one, other))) == (one != other)


@pytest.mark.slow
def test_wacz_validate_accepts_evidence(folder: Path) -> None:
    done = say("wacz", "validate", "-f", "ferry.wacz", cwd=folder)

    assert done.returncode == 0, done.stdout + done.stderr
