"""Exports appear whole or not at all, and replace nothing unasked."""

from contextlib import suppress
from pathlib import Path

import pytest

from scraper.errors import ArchiveError
from scraper.export.target import new_file, new_folder


def test_a_file_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "a.jsonl"

    with new_file(target, force=False) as out:
        out.write(b"half")
        assert not target.exists()

    assert target.read_bytes() == b"half"
    assert list(tmp_path.iterdir()) == [target]


def test_what_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    with suppress(KeyError), new_file(tmp_path / "a", force=False):
        raise KeyError
    with suppress(KeyError), new_folder(tmp_path / "b", force=False) as folder:
        (folder / "000.txt").write_text("half")
        raise KeyError

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_exists_is_replaced_only_by_force(tmp_path: Path) -> None:
    target = tmp_path / "a.jsonl"
    target.write_text("old")

    with pytest.raises(ArchiveError, match="--force"), new_file(target, force=False):
        pass
    assert target.read_text() == "old"

    with new_file(target, force=True) as out:
        out.write(b"new")
    assert target.read_text() == "new"


def test_a_folder_of_texts_is_replaced_by_force_and_any_other_never(tmp_path: Path) -> None:
    texts, home = tmp_path / "texts", tmp_path / "home"
    for folder, name in ((texts, "000_0123456789abcdef.txt"), (home, "letter.txt")):
        folder.mkdir()
        (folder / name).write_text("old")

    with pytest.raises(ArchiveError, match="--force"), new_folder(texts, force=False):
        pass
    with new_folder(texts, force=True) as draft:
        (draft / "000_fedcba9876543210.txt").write_text("new")
    with pytest.raises(ArchiveError, match="left alone"), new_folder(home, force=True):
        pass

    assert [path.name for path in texts.iterdir()] == ["000_fedcba9876543210.txt"]
    assert (home / "letter.txt").read_text() == "old"


def test_a_file_is_not_put_where_a_folder_stands_or_none_is(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="is a folder"), new_file(tmp_path, force=True):
        pass
    missing = tmp_path / "no/such/a.jsonl"
    with pytest.raises(ArchiveError, match="does not exist"), new_file(missing, force=False):
        pass
