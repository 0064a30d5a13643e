"""Bodies that come again: kept once in an outlet, at one URL or nowhere, and read all the same."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest
from archive_oracles import assert_valid
from ledger import LedgerServer, answer
from line_runs import settings_for, story_page, warcs_in
from passes import (
    HOUR,
    START,
    at,
    command,
    feed_at,
    in_line,
    outlet_of,
    pass_over,
    rss,
    settings_of,
    with_robots,
)
from test_rebuild import assert_same

from scraper.archive.digest import sha1_digest
from scraper.archive.reader import record_at, records_in
from scraper.config import empty_sources
from scraper.crawl import Filed, capture_all, jobs_for
from scraper.line import Line, Settings
from scraper.model import ExtractStatus, Outlet
from scraper.read import page_of
from scraper.rebuild import rebuild
from scraper.reindex import reindex
from scraper.repeats import is_unchanged
from scraper.store.catalog import Catalog
from scraper.store.rows import CaptureDetail

HTML = "Content-Type: text/html"
STORY = answer(story_page(), HTML)
OTHER = answer(story_page("The harbour master resigns"), HTML)
WALL = answer(b"<html><body><p>Please accept our cookies to read on.</p></body></html>", HTML)


def chunked(response: bytes) -> bytes:
    head, body = response.split(b"\r\n\r\n", 1)
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"Content-Length")]
    head = b"\r\n".join([*lines, b"Transfer-Encoding: chunked"])
    return b"%b\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (head, len(body), body)


def stand(pages: Mapping[str, bytes]) -> LedgerServer:
    """Return an outlet whose feed announces every page that it has; pages may be exchanged."""

    def respond(_: bytes, target: str) -> bytes:
        if target == "/feed":
            return rss(*(server.url(path) for path in pages))
        return pages[target]

    server = LedgerServer(with_robots("User-agent: *\nDisallow:\n", respond))
    return server


def filed_by(settings: Settings) -> dict[str, Filed]:
    """Make a pass and return what became of each page, by its path."""
    _, filed = pass_over(settings)
    return {one.capture.url.rpartition("/")[2]: one for one in filed}


def outlet_at(server: LedgerServer, dedup: str = "outlet", name: str = "paper") -> Outlet:
    source = feed_at(server.url("/feed"))
    fetch = replace(outlet_of(source).fetch, recheck=(HOUR, 3 * HOUR, 6 * HOUR))
    return outlet_of(source, name=name, dedup=dedup, fetch=fetch)


def kinds(*filed: Filed) -> list[str]:
    return [one.recorded[-1].response.type for one in filed if one.recorded[-1].response]


def detail_of(archive: Path, number: int | None) -> CaptureDetail:
    assert number is not None
    with Catalog.open(archive / "catalog.db") as catalog:
        detail = catalog.capture(number)
    assert detail is not None
    return detail


def body_from(archive: Path, filed: Filed) -> bytes:
    """Return the body of a capture, read back from the archive."""
    detail = detail_of(archive, filed.id)
    with Catalog.open(archive / "catalog.db") as catalog:
        return page_of(archive, catalog, detail).body


def assert_proven(archive: Path) -> None:
    done = command("verify", "--archive", str(archive), cwd=archive.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    for path in warcs_in(archive):
        assert_valid(path)


def named(archive: Path, urls: Sequence[str], *outlets: Outlet) -> list[Filed]:
    """Capture URLs one after another, as a person would who names them."""
    sources = replace(empty_sources(), outlets=outlets)

    async def work(line: Line) -> list[Filed]:
        filed: list[Filed] = []
        for url in urls:
            async with aclosing(capture_all(line, jobs_for(line, [url]))) as results:
                filed += [one async for one in results]
        return filed

    return in_line(settings_for(archive, sources=sources, workers=1), work)


def test_promise_23_the_same_bytes_under_another_url_are_kept_once_and_read_twice(
    tmp_path: Path,
) -> None:
    archive = tmp_path / "archive"
    with stand({"/a": STORY, "/b": STORY}) as server:
        one, two = named(archive, [server.url("/a"), server.url("/b")], outlet_at(server))

    assert kinds(one, two) == ["response", "revisit"]
    assert two.extraction.status is ExtractStatus.OK
    assert two.text == one.text, "the same text is one file"
    assert body_from(archive, two) == body_from(archive, one) == story_page()
    last, first = two.recorded[-1].response, one.recorded[-1].response
    assert last is not None
    assert first is not None
    record = record_at(archive, last.file, last.offset)
    assert record.url == server.url("/b")
    assert record.header("WARC-Refers-To") == first.id
    assert record.header("WARC-Refers-To-Target-URI") == server.url("/a")
    assert record.header("WARC-Payload-Digest") == sha1_digest(story_page())
    assert_proven(archive)


@pytest.mark.slow
def test_each_repeat_leads_to_the_response_and_none_to_another_repeat(tmp_path: Path) -> None:
    archive, paths = tmp_path / "archive", ("/a", "/b", "/c")
    with stand(dict.fromkeys(paths, STORY)) as server:
        filed = named(archive, [server.url(path) for path in paths], outlet_at(server))

    responses = [one.recorded[-1].response for one in filed]
    revisits = [record_at(archive, one.file, one.offset) for one in responses[1:] if one]
    assert kinds(*filed) == ["response", "revisit", "revisit"]
    assert {one.header("WARC-Refers-To") for one in revisits} == {responses[0] and responses[0].id}


@pytest.mark.parametrize(
    ("dedup", "expected"),
    [
        ("outlet", ["response", "revisit", "revisit"]),
        ("url", ["response", "response", "revisit"]),
        ("off", ["response", "response", "response"]),
    ],
)
def test_an_outlet_says_where_a_body_is_kept_once(
    tmp_path: Path, dedup: str, expected: list[str]
) -> None:
    with stand({"/a": STORY, "/b": STORY}) as server:
        urls = [server.url("/a"), server.url("/b"), server.url("/a")]
        filed = named(tmp_path / "archive", urls, outlet_at(server, dedup))

    assert kinds(*filed) == expected
    assert [one.extraction.status for one in filed] == [ExtractStatus.OK] * 3
    assert_proven(tmp_path / "archive")


@pytest.mark.slow
def test_a_304_is_a_revisit_whatever_is_kept_once(tmp_path: Path) -> None:
    tag = 'ETag: "1"'

    def respond(request: bytes, target: str) -> bytes:
        if target == "/feed":
            return rss(server.url("/a"))
        if b"If-None-Match" in request:
            return answer(b"", tag, status="304 Not Modified")
        return answer(story_page(), HTML, tag)

    with LedgerServer(with_robots("User-agent: *\nDisallow:\n", respond)) as server:
        settings = settings_of(tmp_path, outlet_at(server, "off"))
        with at(START):
            first = filed_by(settings)["a"]
        with at(START + 2 * HOUR):
            second = filed_by(settings)["a"]

    assert kinds(first, second) == ["response", "revisit"]


@pytest.mark.slow
def test_two_outlets_share_no_bodies(tmp_path: Path) -> None:
    with stand({"/a": STORY}) as one, stand({"/a": STORY}) as two:
        outlets = outlet_at(one, name="one"), outlet_at(two, name="two")
        filed = named(tmp_path / "archive", [one.url("/a"), two.url("/a")], *outlets)

    assert [filed.outlet.id for filed in filed] == ["one", "two"]
    assert kinds(*filed) == ["response", "response"]


@pytest.mark.slow
@pytest.mark.parametrize("which", [0, 1])
def test_a_chunked_body_is_kept_again_under_another_url_where_pywb_would_not_find_it(
    tmp_path: Path, which: int
) -> None:
    pages = {"/a": STORY, "/b": STORY}
    path = ("/a", "/b")[which]
    pages[path] = chunked(STORY)
    with stand(pages) as server:
        urls = [server.url("/a"), server.url("/b"), server.url("/b")]
        filed = named(tmp_path / "archive", urls, outlet_at(server))

    assert kinds(*filed) == ["response", "response", "revisit"]
    assert_proven(tmp_path / "archive")


@pytest.mark.slow
def test_a_wall_that_stands_at_many_urls_is_kept_once_and_is_nobodys_article(
    tmp_path: Path,
) -> None:
    gone = answer(b"<html><body><h1>Not found</h1></body></html>", HTML, status="404 Not Found")
    paths = ("/a", "/b", "/c")
    pages = {"/story": STORY} | dict.fromkeys(paths, WALL) | {"/x": gone, "/y": gone}
    with stand(pages) as server:
        urls = [server.url(path) for path in pages]
        filed = named(tmp_path / "archive", urls, outlet_at(server))

    assert kinds(*filed) == ["response", "response", "revisit", "revisit", "response", "revisit"]
    walls, missing = filed[1:4], filed[4:]
    assert {one.extraction.status for one in walls} == {walls[0].extraction.status}
    assert {one.extraction.status for one in missing} == {ExtractStatus.SKIPPED}
    details = [detail_of(tmp_path / "archive", one.id) for one in filed]
    assert [one.article is not None for one in details] == [True] + [False] * 5
    assert [one.capture.status for one in details] == [200, 200, 200, 200, 404, 404]
    assert_proven(tmp_path / "archive")


def test_bytes_whose_original_is_gone_are_kept_again(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with stand({"/a": STORY, "/b": STORY}) as server:
        named(archive, [server.url("/a")], outlet_at(server))
        [lost] = warcs_in(archive)
        lost.unlink()

        (again,) = named(archive, [server.url("/b")], outlet_at(server))

    assert kinds(again) == ["response"]
    assert body_from(archive, again) == story_page()


@pytest.mark.slow
def test_bytes_whose_original_is_damaged_are_kept_again(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with stand({"/a": STORY, "/b": STORY}) as server:
        (first,) = named(archive, [server.url("/a")], outlet_at(server))
        response = first.recorded[-1].response
        assert response is not None
        [hurt] = warcs_in(archive)
        data = bytearray(hurt.read_bytes())
        data[response.offset + response.length // 2] ^= 1
        hurt.write_bytes(data)

        (again,) = named(archive, [server.url("/b")], outlet_at(server))

    assert kinds(again) == ["response"]


def test_a_repeat_whose_original_was_removed_later_is_told_and_the_rest_goes_on(
    tmp_path: Path,
) -> None:
    archive = tmp_path / "archive"
    with stand({"/a": STORY, "/b": STORY}) as server:
        named(archive, [server.url("/a")], outlet_at(server))
        [lost] = warcs_in(archive)
        (two,) = named(archive, [server.url("/b")], outlet_at(server))
        lost.unlink()

    here = "--archive", str(archive)
    done = command("verify", *here, cwd=tmp_path)
    shown = command("show", str(two.id), *here, cwd=tmp_path)
    packed = command("export", "wacz", "b.wacz", "--url", two.capture.url, *here, cwd=tmp_path)

    assert done.returncode == 5
    assert "its original is not to be found" in done.stdout
    assert shown.returncode == 0
    assert "The ferry to Oldhaven was cancelled" in shown.stdout
    assert packed.returncode == 1
    assert lost.name in packed.stderr


@pytest.mark.slow
def test_what_a_page_showed_before_last_is_read_again_and_not_kept_again(tmp_path: Path) -> None:
    pages = {"/a": STORY}
    with stand(pages) as server:
        settings = settings_of(tmp_path, outlet_at(server))
        filed = []
        for hours, body in ((0, STORY), (2, OTHER), (4, STORY), (8, STORY)):
            pages["/a"] = body
            with at(START + hours * HOUR):
                filed.append(filed_by(settings)["a"])

    assert kinds(*filed) == ["response", "response", "revisit", "revisit"]
    ok, skipped = ExtractStatus.OK, ExtractStatus.SKIPPED
    assert [one.extraction.status for one in filed] == [ok, ok, ok, skipped]
    assert filed[2].text == filed[0].text
    with Catalog.open(tmp_path / "catalog.db") as catalog:
        [article] = catalog.articles()
    assert article.title == "Ferry to Oldhaven is cancelled"
    assert_proven(tmp_path)


@pytest.mark.slow
def test_a_link_whose_bytes_lie_elsewhere_is_asked_for_whole_and_is_unchanged(
    tmp_path: Path,
) -> None:
    tagged = answer(story_page(), HTML, 'ETag: "1"')
    pages = {"/a": tagged}
    with stand(pages) as server:
        settings = settings_of(tmp_path, outlet_at(server))
        with at(START):
            pass_over(settings)
        pages["/b"] = tagged
        with at(START + HOUR / 2):
            first = filed_by(settings)["b"]
        with at(START + 2 * HOUR):
            later = filed_by(settings)
        asked = [one.split(b" ")[1] for one in server.requests if b"If-None-Match" in one]

    assert asked == [b"/a"], "a 304 to the other could not say whose body it stands for"
    assert kinds(first, later["a"], later["b"]) == ["revisit", "revisit", "revisit"]
    assert [first.recorded[-1].repeats_another, is_unchanged(later["b"].recorded)] == [True, True]
    assert_proven(tmp_path)


def test_promise_27_repeats_come_back_from_the_files_alone(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with stand({"/a": STORY, "/b": STORY, "/wall": WALL, "/wall2": WALL}) as server:
        urls = [server.url(path) for path in ("/a", "/b", "/wall", "/wall2")]
        outlet = outlet_at(server)
        named(archive, urls, outlet)
    sources = replace(empty_sources(), outlets=(outlet,))
    settings = settings_for(archive, catalog=archive / "again.db", sources=sources, workers=1)

    came = asyncio.run(rebuild(settings))

    assert (came.captures, came.read_now, came.problems) == (4, 0, [])
    assert_same(archive / "again.db", archive / "catalog.db", but=("bytes",))


@pytest.mark.slow
@pytest.mark.parametrize("also_lost", [False, True])
def test_promise_2_a_repeat_that_was_archived_and_not_catalogued_is_read_from_its_original(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, also_lost: bool
) -> None:
    archive = tmp_path / "archive"
    with stand({"/a": STORY, "/b": STORY}) as server:
        outlet = outlet_at(server)
        named(archive, [server.url("/a")], outlet)
        [first] = warcs_in(archive)
        with monkeypatch.context() as patch:
            patch.setattr("scraper.crawl.extract", died)
            with pytest.raises(DeathError):
                named(archive, [server.url("/b")], outlet)
    if also_lost:
        first.unlink()
    sources = replace(empty_sources(), outlets=(outlet,))

    count = reindexed(settings_for(archive, sources=sources, workers=1))

    assert count == 1
    with Catalog.open(archive / "catalog.db") as catalog:
        newest, _ = catalog.captures()
    assert newest.url.endswith("/b")
    assert newest.extract_status == ("skipped" if also_lost else "ok")
    types = [record.type for path in warcs_in(archive) for record in records_in(path)]
    assert types.count("revisit") == 1


class DeathError(Exception):
    """The process ended here."""


async def died(*_: object) -> None:
    raise DeathError


def reindexed(settings: Settings) -> int:
    return in_line(settings, reindex)


@pytest.mark.slow
def test_a_reading_with_new_rules_reaches_repeats_too(
    tmp_path: Path,
) -> None:
    archive = tmp_path / "archive"
    with stand({"/a": STORY, "/b": STORY}) as server:
        named(archive, [server.url("/a"), server.url("/b")], outlet_at(server))
        (tmp_path / "sources.toml").write_text(
            f'[[outlet]]\nid = "paper"\nname = "Paper"\nhome = "{server.url()}"\n'
            '[[outlet.rules]]\nbody = ["article"]\nstrip_text = ["^Islanders"]\n'
        )

    done = command("reextract", "--archive", str(archive), cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    with Catalog.open(archive / "catalog.db") as catalog:
        details = [catalog.capture(row.id) for row in catalog.captures()]
    texts = [archive / one.text.file for one in details if one and one.text]
    assert len(texts) == 2
    assert not any("Islanders" in text.read_text() for text in texts)
