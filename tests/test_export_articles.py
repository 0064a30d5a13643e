"""Articles taken out of the archive: JSON Lines, Parquet, texts; what a selection selects."""

import hashlib
import json
import re
import shutil
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from export_archives import EDITED, archive_with_past, catalog_of
from pyarrow import parquet

from scraper.archive.reader import record_at
from scraper.crawl import Filed
from scraper.errors import ArchiveError
from scraper.export.articles import Version, columns, versions
from scraper.export.tables import write_jsonl, write_parquet
from scraper.export.texts import write_texts
from scraper.store.selections import Selection

DOCS = Path(__file__).parent.parent / "docs/export.md"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("archive")


@pytest.fixture(scope="module", autouse=True)
def filed(root: Path) -> list[Filed]:
    return archive_with_past(root)


def found(root: Path, *, every: bool = False, **chosen: object) -> list[Version]:
    def raised(problem: ArchiveError) -> None:
        raise problem

    with catalog_of(root) as catalog:
        selection = Selection(**chosen)  # type: ignore[arg-type]  # a test names what it selects
        return list(versions(root, catalog, selection, every=every, on_problem=raised))


def test_each_article_comes_once_with_its_newest_text(root: Path) -> None:
    texts = [version.text for version in found(root)]

    assert len(texts) == 2
    assert all("three weeks" in text for text in texts)


def test_all_versions_are_all_texts_in_the_order_of_their_captures(root: Path) -> None:
    texts = [version.text for version in found(root, every=True)]

    assert "ten days" in texts[0]
    assert len(texts) == 3


def test_until_brings_back_the_text_of_that_time(root: Path, filed: list[Filed]) -> None:
    edited = filed[1].capture.exchanges[0].started

    [old] = found(root, until=edited)
    [new, _] = found(root, since=edited)

    assert "ten days" in old.text
    assert "three weeks" in new.text


def test_a_url_is_any_that_the_article_is_known_under(root: Path, filed: list[Filed]) -> None:
    [moved] = found(root, url=filed[3].capture.url)

    assert moved.text.startswith("Second “ship” for Oldhaven")


def test_an_outlet_that_is_none_has_nothing(root: Path) -> None:
    assert found(root, outlet="elsewhere") == []


def test_json_lines_say_where_the_bytes_lie(root: Path) -> None:
    out = BytesIO()

    count = write_jsonl(found(root, every=True), out)

    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    assert len(rows) == count == 3
    for row in rows:
        assert list(row) == list(columns())
        assert hashlib.sha256(row["text"].encode()).hexdigest() == row["sha256"]
        record = record_at(root, row["warc_file"], row["warc_offset"])
        assert (record.id, record.length) == (row["warc_record_id"], row["warc_length"])
        assert b"<h1>" + row["title"].encode() in record.block
        assert datetime.fromisoformat(row["captured"]).tzinfo == UTC


def test_line_ends_that_json_does_not_know_are_escaped(root: Path) -> None:
    [version, _] = found(root)
    odd = Version(detail=version.detail, text="a\u2028b\x85c")
    out = BytesIO()

    write_jsonl([odd], out)

    [line] = out.getvalue().decode().splitlines()
    assert json.loads(line)["text"] == odd.text


def test_parquet_has_the_rows_of_json_lines_with_types(root: Path) -> None:
    out = BytesIO()

    count = write_parquet(found(root, every=True), out)

    table = parquet.read_table(BytesIO(out.getvalue()))
    assert table.num_rows == count == 3
    assert table.column_names == list(columns())
    assert table.to_pylist() == [
        {name: list(value) if isinstance(value, tuple) else value for name, value in row.items()}
        for row in (version.row() for version in found(root, every=True))
    ]


def test_texts_are_one_folder_numbered_from_000_and_named_by_what_they_hold(
    root: Path, tmp_path: Path
) -> None:
    write_texts(found(root), tmp_path)

    files = sorted(tmp_path.iterdir())
    assert [file.name[:4] for file in files] == ["000_", "001_"]
    for file in files:
        assert hashlib.sha256(file.read_bytes()).hexdigest()[:16] == file.stem[4:]
    assert [file.read_text() for file in files] == [version.text for version in found(root)]


def test_a_damaged_text_is_told_and_left_out(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "damaged"
    shutil.copytree(root, other)
    [*_, newest] = sorted((other / "text").rglob("*.txt"))
    newest.write_text("edited by hand")
    problems: list[ArchiveError] = []

    with catalog_of(other) as catalog:
        left = versions(other, catalog, Selection(), every=True, on_problem=problems.append)
        texts = [version.text for version in left]

    assert (len(texts), [problem.exit_code for problem in problems]) == (2, [5])
    assert EDITED not in texts


def test_the_columns_are_those_that_the_docs_promise() -> None:
    table = DOCS.read_text().split("## Rows")[1]

    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(columns())
