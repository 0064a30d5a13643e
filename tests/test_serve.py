"""The server on loopback: who is answered, what is said, and that nothing archived acts there."""

import os
import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest
from export_archives import catalog_of, copy_with_revisits
from hypothesis import given
from hypothesis import strategies as st
from ledger import eventually

from scraper.errors import ConfigError, DamageError
from scraper.replay import assets
from scraper.replay.packages import Packages
from scraper.replay.pywb import program
from scraper.replay.reading import NoLinks, Reading
from scraper.replay.replayweb import ReplayWeb, ReplayWebLinks
from scraper.replay.server import Answer, range_of, serving


class Echo:
    """A site with one file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def answer(self, path: str, query: Mapping[str, str]) -> Answer:
        return Answer(body=self.file) if path == "/file" else Answer(body=f"{query}".encode())


def asked(
    number: int, target: str, method: str = "GET", headers: Mapping[str, str] | None = None
) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection("127.0.0.1", number, timeout=10)
    try:
        connection.request(method, target, headers=dict(headers or {}))
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("archive")
    copy_with_revisits(root)
    return root


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "file").write_bytes(b"0123456789")
    with serving(Echo(tmp_path / "file"), 0) as port:
        yield port


@pytest.mark.parametrize("name", ["evil.example", "evil.example:{port}", "127.0.0.1", ""])
def test_under_a_foreign_name_nothing_is_served(port: int, name: str) -> None:
    response, body = asked(port, "/?secret=1", headers={"Host": name.format(port=port)})

    assert response.status == 421
    assert b"secret" not in body


def test_our_own_names_are_answered_and_other_methods_are_not(port: int) -> None:
    assert asked(port, "/?a=1", headers={"Host": f"localhost:{port}"})[1] == b"{'a': '1'}"
    assert asked(port, "/", "POST")[0].status == 501
    assert asked(port, "/", "HEAD")[1] == b""


def said(port: int, request: bytes) -> bytes:
    """Return all that is answered to some bytes until the server ends the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request.replace(b"{port}", str(port).encode()))
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


HOST = b"Host: 127.0.0.1:{port}\r\n"
HIDDEN = b"GET /?hidden=1 HTTP/1.1\r\n" + HOST + b"\r\n"


@pytest.mark.parametrize(
    "framing",
    [b"Content-Length: %d\r\n" % len(HIDDEN), b"Transfer-Encoding: chunked\r\n"],
    ids=["length", "chunks"],
)
def test_what_stands_in_the_body_of_a_request_is_no_request(port: int, framing: bytes) -> None:
    answers = said(port, b"GET / HTTP/1.1\r\n" + HOST + framing + b"\r\n" + HIDDEN)

    assert answers.count(b"HTTP/1.1 ") == 1
    assert b"hidden" not in answers
    assert b"Connection: close" in answers


@pytest.mark.parametrize("target", [b"http://[", b"http://[::1%]/"])
def test_an_address_that_is_none_is_a_bad_request(
    port: int, target: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    assert said(port, b"GET " + target + b" HTTP/1.1\r\n" + HOST + b"\r\n").startswith(
        b"HTTP/1.1 400 "
    )
    assert "".join(capfd.readouterr()) == ""


def test_a_reader_who_goes_away_leaves_no_traceback(
    port: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_bytes(bytes(30_000_000))
    reset = struct.pack("ii", 1, 0)
    for request in (b"GET / HTT", b"GET /file HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % port):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
            connection.sendall(request)
    assert eventually(lambda: not [one for one in enumerate_threads() if "process_request" in one])

    assert "".join(capfd.readouterr()) == ""


def enumerate_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate()]


@pytest.mark.parametrize(
    ("site", "dest", "status"),
    [
        ("cross-site", "image", 403),
        ("cross-site", "empty", 403),
        ("cross-site", "iframe", 403),
        ("cross-site", "document", 200),  # somebody follows a link
        ("same-site", "document", 200),  # from the articles to the replay, another port
        ("same-origin", "empty", 200),
        ("none", "document", 200),
    ],
)
def test_a_page_of_the_web_cannot_ask_behind_its_readers_back(
    port: int, site: str, dest: str, status: int
) -> None:
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Dest": dest}

    assert asked(port, "/file", headers=headers)[0].status == status


@pytest.mark.parametrize(
    ("asked_for", "status", "body", "place"),
    [
        ("", 200, b"0123456789", None),
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=8-", 206, b"89", "bytes 8-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=-99", 206, b"0123456789", "bytes 0-9/10"),  # ReplayWeb.page wants a 206 here
        ("bytes=0-99", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        ("bytes=1-2,4-5", 200, b"0123456789", None),
        ("lines=1-2", 200, b"0123456789", None),
    ],
)
def test_ranges_of_a_file(
    port: int, asked_for: str, status: int, body: bytes, place: str | None
) -> None:
    response, got = asked(port, "/file", headers={"Range": asked_for})

    assert (response.status, got) == (status, body)
    assert response.getheader("Content-Range") == place


@given(st.text(), st.integers(0, 100))
def test_no_range_header_reaches_beyond_the_file(header: str, size: int) -> None:
    for asked_for in (header, f"bytes={header}", "bytes=5-3"):
        part = range_of(asked_for, size)
        assert part is None or len(part) == 0 or (part.start >= 0 and part.stop <= size)


def test_a_port_that_is_taken_is_named(port: int, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"port {port}"), serving(Echo(tmp_path), port):
        pass


def test_articles_are_shown_as_text_under_a_policy_that_lets_nothing_run(root: Path) -> None:
    with catalog_of(root) as catalog, serving(Reading(root, catalog, NoLinks(), "hint"), 0) as port:
        listed, front = asked(port, "/")
        shown, page = asked(port, "/article/1")
        missing, _ = asked(port, "/article/999")
        outside, _ = asked(port, "/article/../../etc/passwd")

    assert (listed.status, shown.status, missing.status, outside.status) == (200, 200, 404, 404)
    assert b'<a href="/article/1">' in front
    assert b"three weeks" in page
    assert b"hint" in page
    assert "default-src 'none'" in str(shown.getheader("Content-Security-Policy"))
    assert shown.getheader("X-Content-Type-Options") == "nosniff"


def test_what_a_site_wrote_is_escaped(root: Path, tmp_path: Path) -> None:
    with catalog_of(root) as catalog:
        article = catalog.article_by(1)
        assert article is not None
        query = {"article": "1", "url": 'http://x/"><script>alert(1)</script>', "ts": '"><b>'}
        site = ReplayWeb(Packages(root, catalog, tmp_path, software="test"))
        answer = site.answer("/", query)

    assert isinstance(answer.body, bytes)
    assert b"<script>alert" not in answer.body
    assert b'"><b>' not in answer.body


def test_the_replay_has_an_origin_of_its_own(root: Path, tmp_path: Path) -> None:
    with catalog_of(root) as catalog:
        [number] = (one.id for one in catalog.articles() if one.title.startswith("Second"))
        replay = ReplayWeb(Packages(root, catalog, tmp_path, software="test"))
        with serving(replay, 0) as there:
            reading = Reading(root, catalog, ReplayWebLinks(there), "")
            with serving(reading, 0) as here:
                _, page = asked(here, f"/article/{number}")
                stray, _ = asked(here, f"/wacz/{number}.wacz")
            part, start = asked(there, f"/wacz/{number}.wacz", headers={"Range": "bytes=0-3"})

    assert (
        page.count(f"http://127.0.0.1:{there}/?article={number}".encode()) == 2
    )  # and not the 304
    assert stray.status == 404
    assert (part.status, start) == (206, b"PK\x03\x04")


def test_a_package_is_made_once(root: Path, tmp_path: Path) -> None:
    with catalog_of(root) as catalog:
        packages = Packages(root, catalog, tmp_path, software="test")
        first = packages.file_of(1)
        assert first is not None
        made = first.stat().st_mtime_ns
        again = packages.file_of(1)

    assert again == first
    assert first.stat().st_mtime_ns == made
    assert packages.file_of(2**40) is None


def test_a_package_that_is_not_the_known_release_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    other = tmp_path / "other.tgz"
    other.write_bytes(b"not that release")

    with pytest.raises(DamageError, match="nothing was installed"):
        assets.install(other)

    assert not assets.are_installed()
    assert os.listdir(tmp_path) == ["other.tgz"]  # noqa: PTH208 - names are enough


def test_a_place_without_pywb_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=str(tmp_path)):
        program(tmp_path)
