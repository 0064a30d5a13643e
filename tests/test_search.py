"""Texts found by the words in them, in every script, whatever is asked."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from archive_samples import DAILY_WALL, NOW, article, saved
from hypothesis import given, settings
from hypothesis import strategies as st
from passes import command
from schedules import open_catalog

from scraper.search import INDEX, Hit, search, snippet_of
from scraper.store.catalog import Catalog
from scraper.store.folding import query_of
from scraper.store.text_files import write_text
from scraper.store.word_index import WordIndex

STORIES = (
    "Harbour strike ends\n\nThe pilots of Straße café went back to work; Politicians are glad.",
    "Climate policy of the harbour town\n\nNobody mentions ships. The policy on climate is new.",
    "気候変動と東京都\n\n新しい対策が発表された。",
    "ร้านกาแฟ\n\nข่าววันนี้",
    "Всё о политике\n\nКлимат.",  # noqa: RUF001  Russian
    "مُحَمَّد\n\nخبر.",
)


def keep(root: Path, catalog: Catalog, texts: tuple[str, ...], first: int = 0) -> None:
    """Keep texts with captures a day apart; their URLs end with their numbers."""
    for number, text in enumerate(texts, start=first):
        title, _, body = text.partition("\n\n")
        url, started = f"https://news.example/{number}", NOW + timedelta(days=number)
        page = article(title=title, body=body)
        one = saved(number=number, url=url, page=page, started=started)
        file = write_text(root, DAILY_WALL.id, started.date(), text)
        catalog.save_capture(replace(one, text=file))


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[tuple[Path, Catalog]]:
    with open_catalog(tmp_path / "catalog.db") as catalog:
        keep(tmp_path, catalog, STORIES)
        yield tmp_path, catalog


def found(hits: list[Hit]) -> list[int]:
    return [int(hit.text.url.rpartition("/")[2]) for hit in hits]


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("STRIKE", [0]),
        ("strasse CAFE", [0]),
        ("politic*", [0]),
        ("politic", []),
        ('"climate policy"', [1]),
        ('"policy climate"', []),
        ("harbour climate", [1]),
        ("気候", [2]),
        ("候変動", [2]),
        ("都", [2]),
        ("変気", []),
        ("กาแฟ", [3]),
        ("все", [4]),
        ("ПОЛИТИК*", [4]),
        ("محمد", [5]),
        ("harbour OR climate", []),
    ],
)
def test_words_are_found_whatever_their_script_and_spelling(
    archive: tuple[Path, Catalog], words: str, numbers: list[int]
) -> None:
    assert found(search(*archive, words)) == numbers


def test_a_headline_weighs_more_than_the_body(archive: tuple[Path, Catalog]) -> None:
    keep(*archive, ("A quiet day\n\nThe ferry was late.", "Ferry late\n\nQuiet."), first=10)

    assert found(search(*archive, "ferry")) == [11, 10]


def test_outlet_and_days_narrow_it_down(archive: tuple[Path, Catalog]) -> None:
    day = timedelta(days=1)

    assert set(found(search(*archive, "harbour"))) == {0, 1}
    assert found(search(*archive, "harbour", since=NOW + day)) == [1]
    assert found(search(*archive, "harbour", until=NOW + day)) == [0]
    assert search(*archive, "harbour", outlet="other") == []
    assert len(search(*archive, "harbour", outlet=DAILY_WALL.id, most=1)) == 1


def test_what_came_since_the_last_search_is_found_by_the_next(
    archive: tuple[Path, Catalog],
) -> None:
    taken: list[tuple[int, int]] = []
    assert search(*archive, "zeppelin", on_indexed=lambda *done: taken.append(done)) == []

    keep(*archive, ("A zeppelin\n\nIt flies.",), first=20)

    assert found(search(*archive, "zeppelin", on_indexed=lambda *done: taken.append(done))) == [20]
    assert taken == [(6, 6), (1, 1)]


def test_a_catalog_that_was_made_anew_is_indexed_anew(tmp_path: Path) -> None:
    with open_catalog(tmp_path / "catalog.db") as catalog:
        keep(tmp_path, catalog, STORIES[:2])
        assert found(search(tmp_path, catalog, "strike")) == [0]
    with open_catalog(tmp_path / "other.db") as catalog:
        keep(tmp_path, catalog, (STORIES[1], STORIES[0]), first=30)
        assert found(search(tmp_path, catalog, "strike")) == [31]


def test_an_article_is_found_once_however_many_versions_it_has(
    archive: tuple[Path, Catalog],
) -> None:
    root, catalog = archive
    for number in (50, 51):
        text = f"Dredger sinks\n\nVersion {number} of the dredger story."
        one = saved(number=number, page=article(title="Dredger sinks"), started=NOW)
        file = write_text(root, DAILY_WALL.id, NOW.date(), text)
        catalog.save_capture(replace(one, text=file))

    assert len(search(root, catalog, "dredger")) == 1


def test_a_text_that_is_gone_hides_no_other(archive: tuple[Path, Catalog]) -> None:
    root, _ = archive
    next(root.glob("text/*/*/*.txt")).unlink()

    assert len(search(*archive, "harbour")) == 1


@settings(max_examples=60, deadline=None)
@given(words=st.text(max_size=40) | st.text('"*()^:-+ANDORNEARab\u6c17\ud800\x00', max_size=20))
def test_nothing_that_is_asked_for_is_an_error_of_syntax(words: str) -> None:
    query = query_of(words)

    if query:
        assert INDEXES[0].find(query, most=1) == []


INDEXES: list[WordIndex] = []


@pytest.fixture(autouse=True, scope="module")
def empty_index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with WordIndex(tmp_path_factory.mktemp("index") / INDEX) as index:
        INDEXES.append(index)
        yield


def test_a_snippet_is_about_what_was_asked_for() -> None:
    text = "Title of ferry\n\n" + "Long ago. " * 40 + "\n\n" + "word " * 60 + "the FERRY came " * 30

    snippet = snippet_of(text, ("ferry",))

    assert snippet.startswith("… ")
    assert "FERRY" in snippet
    assert len(snippet) < 180


def test_the_command_prints_lines_that_cannot_move_a_cursor(
    archive: tuple[Path, Catalog],
) -> None:
    root, catalog = archive
    keep(root, catalog, ("Evil \x1b[2J ferry\n\nIt \x1b]0;owned\x07 sails.",), first=40)

    done = command("search", "ferry", "--archive", str(root), cwd=root)
    as_json = command("search", "ferry", "--json", "--archive", str(root), cwd=root)

    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert "Evil" in done.stdout
    assert json.loads(as_json.stdout)["url"] == "https://news.example/40"


def test_the_command_says_what_is_wrong(archive: tuple[Path, Catalog]) -> None:
    root, _ = archive

    nothing = command("search", "zeppelin", "--archive", str(root), cwd=root)
    no_word = command("search", "!!!", "--archive", str(root), cwd=root)
    phrase = command("search", "climate policy", "--archive", str(root), cwd=root)
    days = command(
        "search", "harbour", "--since", f"{NOW + timedelta(days=1):%Y-%m-%d}",
        "--until", f"{datetime(2100, 1, 1, tzinfo=UTC):%Y-%m-%d}", "--archive", str(root), cwd=root,
    )  # fmt: skip

    assert (nothing.returncode, nothing.stdout) == (1, "")
    assert "nothing found" in nothing.stderr
    assert no_word.returncode == 2
    assert "no word to search for" in no_word.stderr
    assert len(phrase.stdout.splitlines()) == 2
    assert len(days.stdout.splitlines()) == 2
