"""The catalog over a real SQLite file; the processes that are killed here are real ones."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from archive_samples import DAILY_WALL, NOW, URL, article, exchange, recorded, saved
from sqlalchemy import Engine, event

from scraper.errors import CatalogError, DiskFullError
from scraper.model import Capture, DecodeStatus, Extraction, ExtractStatus, Outcome, Page
from scraper.store.catalog import Catalog
from scraper.store.database import Database
from scraper.store.saving import SavedCapture

TESTS = Path(__file__).parent


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(tmp_path / "catalog.db") as opened:
        yield opened


def test_a_saved_capture_comes_back_with_all_that_was_said_of_it(catalog: Catalog) -> None:
    number = catalog.save_capture(saved())

    detail = catalog.capture(number)

    assert detail is not None
    assert detail.capture.outlet == DAILY_WALL.id
    assert detail.capture.started == NOW
    assert detail.capture.outcome == "ok"
    assert detail.capture.extract_status == "ok"
    assert detail.capture.body_by == "rule main"
    assert detail.capture.bytes == len(exchange().response)
    assert detail.article is not None
    assert detail.article.authors == ("A. Writer", "B. Writer")
    assert detail.article.published == NOW - timedelta(hours=1)
    assert detail.text is not None
    assert (detail.text.chars, detail.text.words) == (len(article().text), 6)
    (sent,) = detail.exchanges
    assert (sent.request_file, sent.response_offset) == ("warc/daily-wall/a.warc.gz", 0)
    assert (sent.block_digest, sent.payload_digest) == ("sha1:AAAA", "sha1:BBBB")
    assert (sent.seconds, sent.peer, sent.status) == (0.125, "192.0.2.7", 200)


def test_the_same_article_captured_again_is_one_article_and_one_text(catalog: Catalog) -> None:
    later = NOW + timedelta(days=1)
    first = catalog.capture(catalog.save_capture(saved()))
    again = catalog.capture(catalog.save_capture(saved(number=1, started=later)))

    assert first is not None
    assert again is not None
    assert first.text == again.text
    (row,) = catalog.articles()
    assert (row.first_captured, row.last_captured) == (NOW, later)


def test_a_changed_text_is_a_new_version_of_the_same_article(catalog: Catalog) -> None:
    catalog.save_capture(saved())
    catalog.save_capture(
        saved(number=1, page=article(body="It is longer."), started=NOW + timedelta(hours=6))
    )

    (row,) = catalog.articles()
    texts = catalog.texts_of(row.id)
    assert [text.chars for text in texts] == [27, 29]
    assert catalog.text_by(texts[1].sha256) == texts[1]


def test_an_article_is_found_under_the_url_asked_for_the_final_and_the_canonical_one(
    catalog: Catalog,
) -> None:
    short, final = "https://news.example/s/17", "https://www.news.example/bridge?ref=feed"
    canonical = "https://news.example/bridge"
    catalog.save_capture(saved(url=short, final=final, page=article(canonical=canonical)))

    found = {catalog.article_by(url) for url in (short, final, canonical, f"{canonical}#top")}

    (row,) = found
    assert row is not None
    assert row.url == canonical
    assert catalog.article_by(row.id) == row


def test_two_urls_of_one_canonical_url_are_one_article(catalog: Catalog) -> None:
    page = article(canonical=URL)
    catalog.save_capture(saved(url=f"{URL}?from=feed", page=page))
    catalog.save_capture(saved(url=f"{URL}?from=front", page=page, number=1))

    assert [row.url for row in catalog.articles()] == [URL]
    assert len(catalog.captures(url=URL)) == 2


def test_a_canonical_url_that_appears_later_leaves_the_article_where_it_is(
    catalog: Catalog,
) -> None:
    catalog.save_capture(saved())
    catalog.save_capture(saved(number=1, page=article(canonical=f"{URL}.html")))

    (row,) = catalog.articles()
    assert catalog.article_by(f"{URL}.html") == row


@pytest.mark.parametrize(
    "canonical", ["https://other.example/bridge", "https://news.example/", "nonsense"]
)
def test_a_canonical_url_that_cannot_be_true_does_not_merge_articles(
    catalog: Catalog, canonical: str
) -> None:
    catalog.save_capture(saved(url=f"{URL}-1", page=article(canonical=canonical)))
    catalog.save_capture(saved(url=f"{URL}-2", page=article(canonical=canonical), number=1))

    assert {row.url for row in catalog.articles()} == {f"{URL}-1", f"{URL}-2"}


def test_a_redirector_that_leads_elsewhere_today_does_not_merge_articles(catalog: Catalog) -> None:
    latest = "https://news.example/latest"
    catalog.save_capture(saved(url=latest, final=f"{URL}-1"))
    catalog.save_capture(saved(url=latest, final=f"{URL}-2", number=1))

    assert len(catalog.articles()) == 2


def test_a_failed_extraction_leaves_the_article_as_it_was(catalog: Catalog) -> None:
    catalog.save_capture(saved())
    before = catalog.articles()
    number = catalog.save_capture(saved(number=1, status=ExtractStatus.NO_ARTICLE))

    detail = catalog.capture(number)

    assert catalog.articles() == before
    assert detail is not None
    assert detail.text is None
    assert detail.article == before[0]
    assert detail.capture.extract_detail == "too short"


def test_an_older_capture_saved_late_does_not_describe_the_article(catalog: Catalog) -> None:
    catalog.save_capture(saved(page=article(title="Corrected")))
    catalog.save_capture(saved(number=1, started=NOW - timedelta(days=3)))

    (row,) = catalog.articles()
    assert row.title == "Corrected"
    assert row.first_captured == NOW - timedelta(days=3)
    assert row.last_captured == NOW


def test_the_same_records_saved_twice_are_one_capture(catalog: Catalog) -> None:
    numbers = {catalog.save_capture(saved()) for _ in range(2)}

    assert len(numbers) == 1
    assert len(catalog.captures()) == 1


def test_a_capture_without_an_exchange_is_kept_with_its_reason(catalog: Catalog) -> None:
    nothing = SavedCapture(
        outlet=DAILY_WALL,
        capture=Capture(url="http://[oops", outcome=Outcome.BAD_URL, detail="it names no host"),
        recorded=(),
        extraction=Extraction(status=ExtractStatus.SKIPPED),
        started=NOW,
    )

    detail = catalog.capture(catalog.save_capture(nothing))

    assert detail is not None
    assert detail.capture.url == "http://[oops"
    assert detail.capture.detail == "it names no host"
    assert (detail.capture.status, detail.capture.final_url) == (None, None)
    assert (detail.article, detail.exchanges) == (None, ())


def test_a_request_without_an_answer_has_no_response_record(catalog: Catalog) -> None:
    sent = exchange(b"", status=None)
    capture = Capture(url=URL, outcome=Outcome.TIMEOUT, detail="60 s", exchanges=(sent,))
    silent = replace(
        saved(status=ExtractStatus.SKIPPED), capture=capture, recorded=(recorded(sent),)
    )

    detail = catalog.capture(catalog.save_capture(silent))

    assert detail is not None
    assert detail.exchanges[0].response_file is None
    assert detail.capture.final_url == URL


def test_what_no_database_can_hold_is_taken_out_of_strings(catalog: Catalog) -> None:
    page = replace(article(title="A\x00 bridge\ud800"), tags=("\x00tag",), authors=("\udfff",))
    number = catalog.save_capture(saved(page=page))

    detail = catalog.capture(number)

    assert detail is not None
    assert detail.article is not None
    assert detail.article.title == "A bridge\ufffd"
    assert (detail.article.tags, detail.article.authors) == (("tag",), ("\ufffd",))


def test_captures_are_chosen_by_outlet_url_time_and_outcome(catalog: Catalog) -> None:
    hour = timedelta(hours=1)
    numbers = [
        catalog.save_capture(saved(number=n, url=f"{URL}-{n}", started=NOW + n * hour))
        for n in range(4)
    ]
    newest_first = numbers[::-1]

    assert [row.id for row in catalog.captures()] == newest_first
    assert [row.id for row in catalog.captures(newest_first=False)] == numbers
    assert [row.id for row in catalog.captures(limit=2)] == newest_first[:2]
    assert [row.id for row in catalog.captures(since=NOW + 2 * hour)] == newest_first[:2]
    assert [row.id for row in catalog.captures(url=f"{URL}-1")] == [numbers[1]]
    assert [row.id for row in catalog.captures(outlet=DAILY_WALL.id)] == newest_first
    assert catalog.captures(outlet="another") == ()
    assert catalog.captures(outcome="timeout") == ()
    assert [row.url for row in catalog.articles(limit=1)] == [f"{URL}-3"]


def test_the_state_of_a_damaged_body_is_kept(catalog: Catalog) -> None:
    damaged = Page(url=URL, status=200, headers=(), body=b"", decode_status=DecodeStatus.DAMAGED)
    cut = saved(status=ExtractStatus.PARTIAL)
    number = catalog.save_capture(replace(cut, capture=replace(cut.capture, page=damaged)))

    detail = catalog.capture(number)

    assert detail is not None
    assert detail.capture.decode_status == "damaged"


def test_the_catalog_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "archive" / "catalog.db"

    with Catalog.open(path) as catalog:
        catalog.save_capture(saved())
        modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}

    assert modes == dict.fromkeys(("catalog.db", "catalog.db-wal", "catalog.db-shm"), 0o600)
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_commits_are_synced_and_references_are_checked(tmp_path: Path) -> None:
    database = Database(tmp_path / "catalog.db")
    with database.reading() as connection:
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        values = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in pragmas]
    database.close()

    assert values == ["wal", 2, 1, 30_000]


def test_a_full_disk_is_said_to_be_full_and_nothing_is_half_saved(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    with Catalog.open(path) as catalog:
        catalog.save_capture(saved())

    def no_more_pages(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA max_page_count = 1").close()

    event.listen(Engine, "connect", no_more_pages)
    try:
        with Catalog.open(path) as catalog, pytest.raises(DiskFullError, match=r"catalog\.db"):
            fill(catalog)
    finally:
        event.remove(Engine, "connect", no_more_pages)

    with Catalog.open(path) as catalog:
        rows = catalog.captures()
        assert len(rows) >= 1
        assert all(catalog.capture(row.id).exchanges for row in rows)  # type: ignore[union-attr] # just listed
    assert integrity_of(path) == "ok"


def test_a_catalog_that_is_not_there_is_not_made_by_a_reader(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="no catalog here yet"):
        Catalog.open(tmp_path / "catalog.db", create=False)

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    path.write_bytes(b"these are my notes, not a database" * 100)

    with pytest.raises(CatalogError, match=r"catalog\.db.*not a database"):
        Catalog.open(path)

    assert path.read_bytes().startswith(b"these are my notes")


@pytest.mark.parametrize("url", ["nosuch://host/db", "postgresql+nosuch://u:secret@host/db", "://"])
def test_an_address_of_no_database_is_a_catalog_error(url: str) -> None:
    with pytest.raises(CatalogError) as caught:
        Catalog.open(url)

    assert "secret" not in str(caught.value)


def test_threads_share_a_catalog(catalog: Catalog) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda n: catalog.save_capture(saved(number=n)), range(40)))

    assert len(set(numbers)) == 40
    assert len(catalog.articles()) == 1


def fill(catalog: Catalog) -> None:
    for number in range(1, 500):
        catalog.save_capture(saved(number=number, url=f"{URL}-{number}"))


def integrity_of(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])


SAVER = """
import sys
from pathlib import Path
from archive_samples import URL, saved
from scraper.store.catalog import Catalog
from scraper.store.database import Database

path, first, count, same = Path(sys.argv[1]), *map(int, sys.argv[2:])
with Catalog.open(path) as catalog:
    print("ready", flush=True)
    for n in range(count):
        url = f"{URL}-{n if same else first + n}"
        print(catalog.save_capture(saved(number=first + n, url=url)), flush=True)
"""


def saver(path: Path, first: int, count: int, *, same: bool) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SAVER, str(path), str(first), str(count), str(int(same))],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": f"{TESTS.parent}{os.pathsep}{TESTS}"},
    )


def test_processes_that_open_and_fill_a_new_catalog_at_once_make_one_article_per_url(
    tmp_path: Path,
) -> None:
    path = tmp_path / "catalog.db"

    savers = [saver(path, 100 * n, 10, same=True) for n in range(5)]
    for process in savers:
        process.communicate(timeout=300)

    assert [process.returncode for process in savers] == [0] * 5
    with Catalog.open(path) as catalog:
        assert len(catalog.captures()) == 50
        assert {row.url for row in catalog.articles()} == {f"{URL}-{n}" for n in range(10)}
        assert all(len(catalog.texts_of(row.id)) == 1 for row in catalog.articles())


@pytest.mark.parametrize("acknowledged", [1, 7, 23])
def test_what_a_killed_process_had_acknowledged_is_there(tmp_path: Path, acknowledged: int) -> None:
    path = tmp_path / "catalog.db"
    process = saver(path, 0, 10_000, same=False)
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(acknowledged + 1)]

    process.send_signal(signal.SIGKILL)
    lines += process.stdout.readlines()
    process.stdout.close()
    process.wait()

    acked = {int(line) for line in lines[1:] if line.endswith("\n")}
    with Catalog.open(path) as catalog:
        there = {row.id for row in catalog.captures()}
        assert acked <= there
        assert len(there - acked) <= 1
        assert all(catalog.capture(number).exchanges for number in there)  # type: ignore[union-attr] # listed
    assert integrity_of(path) == "ok"
