"""`scraper export`, as a user meets it: what it says, what it leaves, how it ends."""

import json
from pathlib import Path

import pytest
from export_archives import archive_with_past
from passes import command


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    archive_with_past(folder / "archive")
    return folder


def test_texts_go_into_a_folder_that_is_not_replaced_unasked(folder: Path) -> None:
    first = command("export", "text", "texts", cwd=folder)
    again = command("export", "text", "texts", cwd=folder)
    forced = command("export", "text", "texts", "--all-versions", "--force", cwd=folder)

    assert (first.returncode, first.stdout) == (0, "2 texts written to texts\n")
    assert (again.returncode, again.stdout) == (1, "")
    assert "texts: exists already" in again.stderr
    assert forced.stdout == "3 texts written to texts\n"
    assert len(list((folder / "texts").iterdir())) == 3


def test_a_day_counts_to_its_end(folder: Path) -> None:
    chosen = ("--since", "2026-01-01", "--until", "2999-12-31")

    done = command("export", "jsonl", "days.jsonl", *chosen, cwd=folder)

    assert done.stdout == "2 texts written to days.jsonl\n"
    rows = [json.loads(line) for line in (folder / "days.jsonl").read_text().splitlines()]
    assert {row["outlet"] for row in rows} == {"127-0-0-1"}


def test_nothing_that_fits_is_said_and_no_error(folder: Path) -> None:
    done = command("export", "jsonl", "none.jsonl", "--until", "2000-01-01", cwd=folder)

    assert (done.returncode, (folder / "none.jsonl").read_bytes()) == (0, b"")
    assert "nothing in the archive fits" in done.stderr


def test_an_index_of_all_and_of_one_article(folder: Path) -> None:
    row = json.loads(command("list", "--json", cwd=folder).stdout.splitlines()[-1])

    every = command("export", "cdxj", "all.cdxj", cwd=folder)
    one = command("export", "cdxj", "one.cdxj", "--url", row["url"], cwd=folder)

    assert every.stdout == "6 lines written to all.cdxj\n"
    assert one.stdout == "2 lines written to one.cdxj\n"
    lines = (folder / "all.cdxj").read_text().splitlines()
    assert set((folder / "one.cdxj").read_text().splitlines()) < set(lines)
    assert lines == sorted(lines)


def test_without_an_archive_nothing_is_made(tmp_path: Path) -> None:
    done = command("export", "text", "texts", cwd=tmp_path)

    assert done.returncode == 4
    assert "there is no catalog here yet" in done.stderr
    assert list(tmp_path.iterdir()) == []
