"""What a killed process archived and did not catalogue gets its row, and is not fetched again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from ledger import CLOSE, LedgerServer, Step, answer
from line_runs import settings_for, story_page, with_warm_workers
from passes import command
from warm_workers import run_warm

from scraper.archive.reader import record_at, records_in
from scraper.archive.record import StoredRecord
from scraper.archive.recovery import recover
from scraper.config import load_sources
from scraper.crawl import capture_all, jobs_for, run_pass
from scraper.disk import held
from scraper.line import Line, Settings
from scraper.reindex import LOCK, MARK, reindex
from scraper.store.catalog import Catalog
from scraper.store.rows import CaptureDetail
from scraper.store.schedule_rows import LinkRow

pytestmark = pytest.mark.slow

HTML = "Content-Type: text/html"

# A run that is killed where a function is called, at the n-th call of it.
DYING = """
import os, signal, sys
from pathlib import Path
from test_reindex import settings_in, work
from importlib import import_module
from scraper import crawl
folder, module, name, calls, ahead, *urls = sys.argv[1:]
crawl.AHEAD = int(ahead)
place, left = import_module(module), int(calls)
kept = getattr(place, name)
def dies(*words, **named):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return kept(*words, **named)
setattr(place, name, dies)
work(settings_in(Path(folder)), urls)
"""


def newsstand(request: bytes, target: str) -> bytes | tuple[Step, ...]:
    """Answer as an outlet with a feed of four links: a story, one that moved, two that fail."""
    host = request.split(b"Host: ", 1)[1].split(b"\r\n", 1)[0].decode()
    if target == "/feed":
        paths = ("story", "moved", "gone", "cut")
        items = "".join(f"<item><link>http://{host}/{path}</link></item>" for path in paths)
        return answer(f"<rss><channel>{items}</channel></rss>".encode(), "Content-Type: text/xml")
    if target == "/moved":
        return answer(b"", "Location: /elsewhere", status="301 Moved Permanently")
    if target in {"/story", "/elsewhere", "/named"}:
        tag = f'ETag: "{target}"'
        if b"If-None-Match" in request:
            return answer(b"", tag, status="304 Not Modified")
        return answer(story_page(f"Story {target}"), HTML, tag)
    if target == "/cut":
        return answer(story_page(), HTML)[:-40], CLOSE
    return answer(b"nothing here", status="404 Not Found")


def targets(server: LedgerServer) -> list[str]:
    return [request.split(b" ", 2)[1].decode() for request in server.requests]


@contextmanager
def outlet_in(folder: Path) -> Iterator[LedgerServer]:
    """Serve an outlet that a sources.toml in the folder leads to."""
    with LedgerServer(newsstand) as server:
        (folder / "sources.toml").write_text(
            f'[[outlet]]\nid = "wall"\nname = "Wall"\nhome = "{server.url()}"\ndelay = "0s"\n'
            f'[[outlet.source]]\ntype = "feed"\nurl = "{server.url("/feed")}"\n'
            '[outlet.fetch]\nallow_private = ["127.0.0.0/8"]\nrecheck = ["1h"]\n'
        )
        yield server


def settings_in(folder: Path, archive: str = "archive") -> Settings:
    return settings_for(folder / archive, sources=load_sources(folder / "sources.toml"))


def work(settings: Settings, urls: Sequence[str] = ()) -> int:
    """Catalogue what was left, then capture URLs, or all that is due; return how many were left."""

    async def run() -> int:
        async with Line(with_warm_workers(settings)) as line:
            found = await reindex(line)
            line.catalog.schedule.release()  # as the daemon does: what a killed run had taken
            results: AsyncGenerator[object, None] = run_pass(line, line.outlets())
            if urls:
                results = capture_all(line, jobs_for(line, urls))
            async with aclosing(results):
                async for _ in results:
                    pass
            return found

    return run_warm(run())


def killed(
    folder: Path, at: str, *urls: str, call: int = 1, ahead: int = 1, hour: int | None = None
) -> None:
    """Run a pass, `ahead` links at once, that is killed at the n-th call of a function."""
    done = child(folder, at, *urls, call=call, ahead=ahead, hour=hour)
    assert done.returncode == -signal.SIGKILL, done.stderr


def child(
    folder: Path, at: str, *urls: str, call: int, ahead: int = 1, hour: int | None
) -> subprocess.CompletedProcess[str]:
    """Run a pass in a process of its own; `hour` is that of a rehearsed day at which it begins."""
    module, name = at.rsplit(".", 1)
    here = Path(__file__).parent
    environment = {"PYTHONPATH": f"{here}:{here.parent}", "PATH": "/usr/bin:/bin"}
    if hour is not None:
        environment["SCRAPER_CLOCK"] = f"2026-03-01T{hour:02}:00:00Z@{time.time()}x1"
    return subprocess.run(
        [
            sys.executable,
            "-c",
            DYING,
            folder,
            f"scraper.{module}",
            name,
            str(call),
            str(ahead),
            *urls,
        ],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def told(archive: Path) -> dict[str, dict[str, object]]:
    """Return all that a catalog says of each URL's only capture, but numbers, times and places."""
    with Catalog.open(archive / "catalog.db", create=False) as catalog:
        rows = catalog.captures()
        assert len({row.url for row in rows}) == len(rows)
        details = {row.url: catalog.capture(row.id) for row in rows}
        links = {row.url: row for row in catalog.schedule.links(outlet="wall")}
    said: dict[str, dict[str, object]] = {}
    for url, detail in details.items():
        assert detail is not None
        assert_places_hold(archive, detail)
        capture = asdict(detail.capture) | {"has_article": detail.article is not None}
        link = asdict(links[url]) if url in links else {}
        said[url] = {
            "capture": {key: capture[key] for key in capture.keys() - NUMBERS},
            "exchanges": [
                (each.url, each.status, each.block_digest, each.payload_digest, each.response_type)
                for each in detail.exchanges
            ],
            "text": detail.text and (detail.text.sha256, detail.text.words),
            "link": {key: link[key] for key in link.keys() & LINK_FACTS},
        }
    return said


NUMBERS = {"id", "started", "text_id", "article_id"}
LINK_FACTS = {"state", "verdict", "reason", "attempts", "etag", "recheck_step", "claimed_by"}


def assert_places_hold(archive: Path, detail: CaptureDetail) -> None:
    """Each row of an exchange leads to the very records, as long as it says."""
    for row in detail.exchanges:
        assert row.response_file is not None
        assert row.response_offset is not None
        request = record_at(archive, row.request_file, row.request_offset)
        response = record_at(archive, row.response_file, row.response_offset)
        assert (request.id, request.length) == (row.request_id, row.request_length)
        assert (response.id, response.length) == (row.response_id, row.response_length)
        assert request.url == response.url == row.url


def records_of(archive: Path, kind: str) -> list[StoredRecord]:
    files = sorted(archive.glob("warc/*/*.warc.gz"))
    return [record for file in files for record in records_in(file) if record.type == kind]


PAGES = ["/cut", "/elsewhere", "/gone", "/moved", "/story"]


@pytest.mark.parametrize("at", ["crawl.extract", "crawl.write_down", "crawl.store"])
@pytest.mark.parametrize("call", [1, 2, 3, 4])
def test_promise_2_a_kill_between_archive_and_catalog_changes_nothing_in_either(
    tmp_path: Path, at: str, call: int
) -> None:
    with outlet_in(tmp_path) as server:
        work(settings_in(tmp_path, "undisturbed"))
        before = len(server.requests)

        killed(tmp_path, at, call=call)
        found = work(settings_in(tmp_path))

        assert found == 1
        asked = targets(server)[before:]
        assert sorted(path for path in asked if path in PAGES) == PAGES
    assert told(tmp_path / "archive") == told(tmp_path / "undisturbed")
    for kind in ("response", "request", "conversion"):
        urls = [record.url for record in records_of(tmp_path / "archive", kind)]
        pages = [url for url in urls if not url.endswith(("/feed", "/robots.txt"))]
        assert len(set(pages)) == len(pages)
    assert len(list(tmp_path.glob("archive/text/*/*/*"))) == 2
    assert list(tmp_path.glob("archive/warc/*/*.open")) == []


@pytest.mark.parametrize("at", ["crawl.extract", "crawl.write_down", "crawl.store"])
def test_promise_2_a_kill_with_several_pages_at_hand_changes_nothing_either(
    tmp_path: Path, at: str
) -> None:
    with outlet_in(tmp_path):
        work(settings_in(tmp_path, "undisturbed"))

        killed(tmp_path, at, call=3, ahead=4)
        assert work(settings_in(tmp_path)) >= 1

    assert told(tmp_path / "archive") == told(tmp_path / "undisturbed")
    conversions = [record.url for record in records_of(tmp_path / "archive", "conversion")]
    assert len(set(conversions)) == len(conversions) == 2
    assert len(list(tmp_path.glob("archive/text/*/*/*"))) == 2
    assert list(tmp_path.glob("archive/warc/*/*.open")) == []


def test_promise_2_killed_twice_more_while_it_catalogues(tmp_path: Path) -> None:
    with outlet_in(tmp_path) as server:
        work(settings_in(tmp_path, "undisturbed"))
        before = len(server.requests)

        killed(tmp_path, "crawl.extract", call=4)
        killed(tmp_path, "reindex._written")  # nothing was written of what was read
        killed(tmp_path, "reindex._result")  # the text and its records were
        found = work(settings_in(tmp_path))

        assert found == 1
        asked = targets(server)[before:]
        assert sorted(path for path in asked if path in PAGES) == PAGES
    assert told(tmp_path / "archive") == told(tmp_path / "undisturbed")
    assert len(records_of(tmp_path / "archive", "conversion")) == 2
    assert len(list(tmp_path.glob("archive/text/*/*/*"))) == 2


def test_a_torn_tail_behind_it_changes_nothing(tmp_path: Path) -> None:
    with outlet_in(tmp_path) as server:
        killed(tmp_path, "crawl.store", server.url("/named"))
        [left] = tmp_path.glob("archive/warc/*/*.open")
        with left.open("ab") as file:
            file.write(left.read_bytes()[:100])

        assert work(settings_in(tmp_path)) == 1

        assert targets(server).count("/named") == 1
    assert told(tmp_path / "archive")[server.url("/named")]["text"]


def test_a_chain_that_was_being_written_is_fetched_again(tmp_path: Path) -> None:
    with outlet_in(tmp_path) as server:
        url = server.url("/moved")
        killed(tmp_path, "crawl.extract", url)
        [left] = tmp_path.glob("archive/warc/*/*.open")
        second = [record for record in records_in(left) if record.url.endswith("/elsewhere")]
        os.truncate(left, second[0].offset)

        assert work(settings_in(tmp_path), [url]) == 0

        assert targets(server).count("/moved") == 2
    assert list(told(tmp_path / "archive")) == [url]


def test_a_named_page_settles_no_link(tmp_path: Path) -> None:
    with outlet_in(tmp_path) as server:
        work(settings_in(tmp_path))
        [link] = [row for row in links_in(tmp_path) if row.url.endswith("/gone")]

        killed(tmp_path, "crawl.store", server.url("/gone"))
        assert work(settings_in(tmp_path)) == 1

    [after] = [row for row in links_in(tmp_path) if row.url.endswith("/gone")]
    assert (after.attempts, after.next_try) == (link.attempts, link.next_try)
    with Catalog.open(tmp_path / "archive/catalog.db") as catalog:
        assert [row.outcome for row in catalog.captures(url=link.url)] == ["http-error"] * 2


def links_in(folder: Path) -> tuple[LinkRow, ...]:
    with Catalog.open(folder / "archive/catalog.db") as catalog:
        return catalog.schedule.links(outlet="wall")


@pytest.mark.parametrize("call", [1, 2])
def test_a_revisit_is_catalogued_as_unchanged(tmp_path: Path, call: int) -> None:
    with outlet_in(tmp_path) as server:
        whole = child(tmp_path, "crawl.store", call=0, hour=0)
        assert whole.returncode == 0, whole.stderr
        killed(tmp_path, "crawl.store", call=call, hour=2)
        assert child(tmp_path, "crawl.store", call=0, hour=3).returncode == 0

        asked = [path for path in targets(server) if path in {"/story", "/elsewhere"}]
        assert len(asked) == 4
    for row in links_in(tmp_path):
        if row.url.endswith(("/story", "/moved")):
            assert (row.verdict, row.recheck_step, row.next_recheck) == ("unchanged", 1, None)
    with Catalog.open(tmp_path / "archive/catalog.db") as catalog:
        later = catalog.captures(since=datetime(2026, 3, 1, 1, tzinfo=UTC))
        again = [row for row in later if row.url.endswith(("/story", "/moved"))]
        assert {row.outcome: row.verdict for row in again} == {
            "not-modified": "unchanged",  # of the story; where /moved leads nobody knows an ETag
            "ok": "unchanged",
        }
        assert {row.decode_status for row in again} == {"ok"}
    assert len(again) == len(records_of(tmp_path / "archive", "revisit")) == 2


def test_a_file_is_looked_at_once_after_it_was_closed(tmp_path: Path) -> None:
    with outlet_in(tmp_path):
        settings = settings_in(tmp_path)
        work(settings)
        work(settings)
        lost = replace(settings, catalog=tmp_path / "empty.db")

        assert work(lost) == 0
        (tmp_path / "archive" / MARK).unlink()
        assert work(lost) == 4


def test_what_comes_before_damage_is_catalogued(tmp_path: Path) -> None:
    with outlet_in(tmp_path) as server:
        killed(tmp_path, "crawl.store", server.url("/named"))
        [found] = recover(tmp_path / "archive")
        with (tmp_path / "archive" / found.file).open("ab") as file:
            file.write(b"no record")

        assert work(settings_in(tmp_path)) == 1


def test_two_at_once_do_not_do_the_same(tmp_path: Path) -> None:
    with outlet_in(tmp_path) as server:
        url = server.url("/named")
        killed(tmp_path, "crawl.store", url)

        with held(tmp_path / "archive" / LOCK):
            assert work(settings_in(tmp_path)) == 0
        assert work(settings_in(tmp_path)) == 1


def test_the_page_of_an_outlet_that_was_removed_is_filed_in_its_folder(tmp_path: Path) -> None:
    with outlet_in(tmp_path) as server:
        url = server.url("/named")
        killed(tmp_path, "crawl.store", url)
        (tmp_path / "sources.toml").write_text("[defaults]\n")

        assert work(settings_in(tmp_path)) == 1

    with Catalog.open(tmp_path / "archive/catalog.db") as catalog:
        [row] = catalog.captures()
    assert (row.outlet, row.extract_status) == ("wall", "ok")


def test_a_command_catalogues_before_it_fetches(tmp_path: Path) -> None:
    with outlet_in(tmp_path) as server:
        killed(tmp_path, "crawl.store", server.url("/named"))

        done = command("fetch", server.url("/story"), cwd=tmp_path)

        assert done.returncode == 0, done.stderr
        urls = [server.url("/named"), server.url("/story")]
    assert sorted(told(tmp_path / "archive")) == urls


def test_promise_7_a_record_that_a_power_cut_took_is_fetched_again(tmp_path: Path) -> None:
    with outlet_in(tmp_path) as server:
        settings = settings_in(tmp_path)
        work(settings)
        [path] = (tmp_path / "archive").glob("warc/wall/*.warc.gz")
        [*_, last] = [record for record in records_in(path) if record.type == "response"]
        lost = last.url.rsplit("/", 1)[1]
        os.truncate(path, last.offset + 100)
        path.rename(f"{path}.open")

        work(settings)

        assert targets(server).count(f"/{lost}") == 2
        assert len(list((tmp_path / "archive").glob("warc/wall/*.torn-*"))) == 1
    told = command("verify", cwd=tmp_path)
    assert told.returncode == 5
    assert f"/{lost})" in told.stdout, "it was promised, and it is gone"


def test_damage_between_whole_records_cuts_nothing_off(tmp_path: Path) -> None:
    with outlet_in(tmp_path) as server:
        killed(tmp_path, "crawl.store", server.url("/named"))
        [left] = tmp_path.glob("archive/warc/*/*.open")
        data = bytearray(left.read_bytes())
        data[20] ^= 1  # in the warcinfo
        left.write_bytes(data)

        [found] = recover(tmp_path / "archive")

    assert (found.records, found.torn, found.damaged) == (5, 0, 1)
    assert (tmp_path / "archive" / found.file).read_bytes() == data
