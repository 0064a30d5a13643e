"""Promises 18 and 25 through the whole line: heads without end, redirects, and secrets, by what
the servers saw and by what the archive holds."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from ledger import LedgerServer, answer, header
from line_runs import STORY, blocks_of, capture, settings_for, story_page, warcs_in
from passes import ALL_ALLOWED, LOCAL, feed_at, outlet_of, pass_over, rss, settings_of, with_robots

from scraper.archive.reader import records_in
from scraper.crawl import Filed
from scraper.model import Outcome

OK = b"HTTP/1.1 200 OK\r\n"
PAGE = story_page()
END = b"Content-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(PAGE)


def moved(location: str) -> bytes:
    return answer(b"moved", f"Location: {location}", status="302 Found")


def cells_of(catalog: Path) -> Iterator[str]:
    """Yield every value of every table as text."""
    with closing(sqlite3.connect(catalog)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in names:
            for row in connection.execute(f'SELECT * FROM "{name}"'):
                yield from map(str, row)


def all_bytes_of(archive: Path) -> bytes:
    """Return all that the archive holds: records unpacked, texts, and the catalog's values."""
    blocks = [record.block for file in warcs_in(archive) for record in records_in(file)]
    texts = [file.read_bytes() for file in archive.rglob("*.txt")]
    cells = [cell.encode() for cell in cells_of(archive / "catalog.db")]
    return b"\n".join([*blocks, *texts, *cells])


def urls_of(archive: Path, kind: str) -> list[str | None]:
    records = [record for file in warcs_in(archive) for record in records_in(file)]
    return [record.url for record in records if record.type == kind]


# --- promise 18: heads without end ---------------------------------------------------------------

HEADS = {
    "one header of 300 kB": b"X-Long: " + b"y" * 300_000 + b"\r\n",
    "50,000 headers": b"X: y\r\n" * 50_000,
    "5,000 cookies of 60 bytes": (b"Set-Cookie: " + b"c" * 46 + b"\r\n") * 5_000,
    "7,000 headers": b"X: y\r\n" * 7_000,
    "5,000 cookies": b"Set-Cookie: a=1\r\n" * 5_000,
}


@pytest.mark.parametrize("kind", list(HEADS)[:3])
def test_promise_18_a_head_that_is_too_large_is_a_protocol_error_and_what_came_is_kept(
    tmp_path: Path, kind: str
) -> None:
    bomb = OK + HEADS[kind] + END + PAGE
    with LedgerServer(lambda _, target: answer(PAGE) if target == "/next" else bomb) as server:
        filed, after = capture(settings_for(tmp_path), [server.url("/bomb"), server.url("/next")])

    assert filed.capture.outcome is Outcome.BAD_PROTOCOL
    assert "well-formed" in filed.capture.detail
    assert filed.text is None
    responses = blocks_of(warcs_in(tmp_path), "response")
    [kept] = [block for block in responses if block.startswith(bomb[:30])]
    assert 100_000 < len(kept) < 256 * 1024
    assert bomb.startswith(kept)
    assert max(map(len, cells_of(tmp_path / "catalog.db"))) < 1_000
    assert after.capture.outcome is Outcome.OK


@pytest.mark.parametrize("kind", list(HEADS)[3:])
def test_promise_18_a_head_of_many_lines_is_read_and_leaves_a_bounded_row(
    tmp_path: Path, kind: str
) -> None:
    whole = OK + HEADS[kind] + END + PAGE
    with LedgerServer(lambda *_: whole) as server:
        [filed] = capture(settings_for(tmp_path), [server.url()])

    assert filed.capture.outcome is Outcome.OK
    assert filed.text is not None
    assert blocks_of(warcs_in(tmp_path), "response") == [whole]
    assert max(map(len, cells_of(tmp_path / "catalog.db"))) < len(STORY)


# --- promise 25: redirects -----------------------------------------------------------------------


def chain(length: int) -> LedgerServer:
    """Return a server of so many redirects in a row, and an article at their end."""

    def respond(_request: bytes, target: str) -> bytes:
        left = int(target[1:])
        return moved(f"/{left - 1}") if left else answer(PAGE, "Content-Type: text/html")

    return LedgerServer(respond)


def test_promise_25_of_21_hops_ten_are_followed_and_each_is_a_pair_of_records(
    tmp_path: Path,
) -> None:
    with chain(21) as server:
        [filed] = capture(settings_for(tmp_path), [server.url("/21")])

    hops = [server.url(f"/{left}") for left in range(21, 10, -1)]
    assert filed.capture.outcome is Outcome.REDIRECT_LIMIT
    assert len(server.requests) == 11
    assert urls_of(tmp_path, "request") == urls_of(tmp_path, "response") == hops
    assert blocks_of(warcs_in(tmp_path), "response") == server.responses
    assert filed.text is None


def test_promise_25_a_chain_is_one_article_with_a_pair_of_records_for_each_hop(
    tmp_path: Path,
) -> None:
    with chain(3) as server:
        [filed] = capture(settings_for(tmp_path), [server.url("/3")])

    assert filed.text is not None
    assert urls_of(tmp_path, "response") == [server.url(f"/{left}") for left in (3, 2, 1, 0)]
    assert blocks_of(warcs_in(tmp_path), "request") == server.requests


def test_promise_25_two_pages_that_lead_to_each_other_end(tmp_path: Path) -> None:
    other = {"/a": "/b", "/b": "/a"}
    with LedgerServer(lambda _request, target: moved(other[target])) as server:
        [filed] = capture(settings_for(tmp_path), [server.url("/a")])

    assert filed.capture.outcome is Outcome.REDIRECT_LIMIT
    assert len(server.requests) == 11


def test_promise_25_a_redirect_to_a_private_address_is_kept_and_not_followed(
    tmp_path: Path,
) -> None:
    with (
        LedgerServer(lambda *_: answer(b"secret"), address="127.0.0.3") as inside,
        LedgerServer(lambda *_: moved(inside.url())) as outside,
    ):
        settings = settings_for(tmp_path, allow_private=("127.0.0.1/32",))
        [filed] = capture(settings, [outside.url()])

    assert filed.capture.outcome is Outcome.FORBIDDEN
    assert inside.log == []
    assert urls_of(tmp_path, "response") == [outside.url()]


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "javascript:alert(1)", "ftp://x.example/"]
)
def test_promise_25_a_redirect_to_what_is_no_web_address_is_kept_and_not_followed(
    tmp_path: Path, target: str
) -> None:
    with LedgerServer(lambda *_: moved(target)) as server:
        [filed] = capture(settings_for(tmp_path), [server.url()])

    assert filed.capture.outcome is Outcome.BAD_REDIRECT
    assert blocks_of(warcs_in(tmp_path), "response") == [moved(target)]


def test_promise_25_the_page_of_a_redirect_that_is_not_followed_is_no_article(
    tmp_path: Path,
) -> None:
    where = b"Location: file:///etc/passwd\r\nContent-Type: text/html\r\n\r\n"
    head = b"HTTP/1.1 302 Found\r\nContent-Length: %d\r\n" % len(PAGE)
    with LedgerServer(lambda *_: head + where + PAGE) as server:
        [filed] = capture(settings_for(tmp_path), [server.url()])

    assert filed.capture.outcome is Outcome.BAD_REDIRECT
    assert filed.text is None
    assert filed.extraction.detail == "the server answered with status 302"


CANARY = "canary-9b1d"


def test_promise_25_what_an_outlet_keeps_secret_stays_with_its_origin_and_out_of_the_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="scraper")
    monkeypatch.setenv("PAPER_COOKIE", f"session={CANARY}")
    secrets = (("Authorization", f"Bearer {CANARY}"), ("X-Api-Key", CANARY))
    policy = replace(LOCAL, headers=secrets, cookie_env="PAPER_COOKIE")
    story = answer(PAGE, "Content-Type: text/html")
    with (
        LedgerServer(lambda *_: story, address="127.0.0.2") as other,
        LedgerServer(
            with_robots(
                ALL_ALLOWED,
                lambda _request, target: (
                    rss(own.url("/story")) if target == "/rss" else moved(other.url("/copy"))
                ),
            )
        ) as own,
    ):
        settings = settings_of(tmp_path, outlet_of(feed_at(own.url("/rss")), fetch=policy))
        _, [filed] = pass_over(settings)

    assert filed.text is not None
    asked = [request for request in own.requests if request.startswith(b"GET /story ")]
    assert [header(request, "x-api-key") for request in asked] == [CANARY.encode()]
    assert [request.split()[1] for request in other.requests] == [b"/robots.txt", b"/copy"]
    assert CANARY.encode() not in b"".join(other.requests)
    assert CANARY.encode() not in all_bytes_of(tmp_path)
    assert CANARY not in caplog.text


def test_promise_25_a_link_to_another_host_takes_no_secret_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAPER_COOKIE", f"session={CANARY}")
    policy = replace(LOCAL, headers=(("X-Api-Key", CANARY),), cookie_env="PAPER_COOKIE")
    story = answer(PAGE, "Content-Type: text/html")
    with (
        LedgerServer(with_robots(ALL_ALLOWED, lambda *_: story), address="127.0.0.2") as other,
        LedgerServer(with_robots(ALL_ALLOWED, lambda *_: story)) as port,
        LedgerServer(
            with_robots(ALL_ALLOWED, lambda *_: rss(other.url("/story"), port.url("/story")))
        ) as own,
    ):
        settings = settings_of(tmp_path, outlet_of(feed_at(own.url("/rss")), fetch=policy))
        _, filed = pass_over(settings)

    assert [each.text is None for each in filed] == [False, False]
    assert CANARY.encode() in b"".join(own.requests)
    assert CANARY.encode() not in b"".join(other.requests + port.requests)


def test_promise_25_credentials_in_a_url_are_neither_sent_nor_kept(tmp_path: Path) -> None:
    def named(url: str) -> str:
        return url.replace("//", f"//me:{CANARY}@")

    with LedgerServer(
        lambda _request, target: (
            moved(named(server.url("/b")))
            if target == "/a"
            else answer(PAGE, "Content-Type: text/html")
        )
    ) as server:
        [filed] = capture(settings_for(tmp_path), [named(server.url("/a"))])

    assert_read(filed)
    assert CANARY.encode() not in server.log[0].received
    assert urls_of(tmp_path, "request") == [server.url("/a"), server.url("/b")]
    found = all_bytes_of(tmp_path)
    location = f"Location: {named(server.url('/b'))}".encode()
    assert found.count(CANARY.encode()) == found.count(location)  # the server's own words


def assert_read(filed: Filed) -> None:
    assert (filed.capture.outcome, filed.text is None) == (Outcome.OK, False)
