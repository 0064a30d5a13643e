"""What a server logged of itself equals, byte for byte, what the whole line put into the WARC."""

import asyncio
import gzip
import ssl
from collections.abc import Iterable
from pathlib import Path

import pytest
import trustme
from archive_oracles import assert_valid
from ledger import CLOSE, LedgerServer, Step, answer, serve
from line_runs import LOOPBACK, blocks_of, capture, settings_for, story_page, warcs_in

from scraper.archive.writer import WarcWriter
from scraper.clock import now
from scraper.fetch.client import Client
from scraper.fetch.connections import PER_HOST
from scraper.model import Capture, FetchPolicy, Outcome
from scraper.urls import host_of

PAGE = story_page()
HTML = "Content-Type: text/html; charset=utf-8"


def chunked_page() -> bytes:
    half = len(PAGE) // 2
    chunks = b"%x;name=value\r\n%s\r\n%x\r\n%s\r\n0\r\n" % (
        half,
        PAGE[:half],
        len(PAGE) - half,
        PAGE[half:],
    )
    head = f"HTTP/1.1 200 OK\r\n{HTML}\r\nTransfer-Encoding:  chunked\r\nTrailer: X-Sum\r\n\r\n"
    return head.encode() + chunks + b"X-Sum: 1\r\n\r\n"


def until_close(_request: bytes, _target: str) -> Iterable[Step]:
    yield f"HTTP/1.0 200 OK\r\n{HTML}\r\n\r\n".encode() + PAGE
    yield CLOSE


RESPONSES = {
    "plain": answer(PAGE, HTML),
    "odd spacing": b"HTTP/1.1 200  Fine\r\ncontent-TYPE:text/html;charset=utf-8 \r\n"
    b"X-Twice: a\r\nX-Twice:\tb\r\nContent-Length: %d\r\n\r\n%s" % (len(PAGE), PAGE),
    "chunked with trailers": chunked_page(),
    "gzip": answer(gzip.compress(PAGE, mtime=0), HTML, "Content-Encoding: gzip"),
    "early hints": b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + answer(PAGE, HTML),
    "not modified": b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n',
    "no content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "error": answer(b"gone for good", "Content-Type: text/plain", status="410 Gone"),
}


def assert_same_bytes(archive: Path, server: LedgerServer) -> None:
    """Compare the archive's WARC files with a server's ledger."""
    files = warcs_in(archive)
    for file in files:
        assert_valid(file)
    sent = [response for connection in server.log for response in connection.responses]
    assert sorted(blocks_of(files, "request")) == sorted(server.requests)
    assert sorted(blocks_of(files, "response")) == sorted(sent)


@pytest.mark.parametrize("kind", RESPONSES)
def test_promise_17_warc_holds_what_the_server_sent_and_received(kind: str, tmp_path: Path) -> None:
    with serve({"/a": RESPONSES[kind]}) as server:
        capture(settings_for(tmp_path), [server.url("/a")])

        assert_same_bytes(tmp_path, server)


def test_promise_17_http_1_0_until_the_connection_ends(tmp_path: Path) -> None:
    with LedgerServer(until_close) as server:
        [filed] = capture(settings_for(tmp_path), [server.url("/a")])

        assert_same_bytes(tmp_path, server)
    assert filed.text is not None


def test_promise_17_keep_alive_reuses_connections_and_mixes_nothing(tmp_path: Path) -> None:
    pages = {f"/{number}": answer(story_page(f"Story {number}"), HTML) for number in range(9)}
    with serve(pages) as server:
        capture(settings_for(tmp_path, concurrency=1), [server.url(path) for path in pages])

        assert len(server.log) <= PER_HOST
        assert_same_bytes(tmp_path, server)


def test_promise_17_twelve_fetches_at_once_stay_apart(tmp_path: Path) -> None:
    def slowly(_request: bytes, target: str) -> Iterable[Step]:
        whole = answer(story_page(f"Story {target}"), HTML)
        for start in range(0, len(whole), 200):
            yield whole[start : start + 200]
            yield 0.005

    with LedgerServer(slowly) as server:
        # One host gets one request at a time: twelve names of one server are twelve hosts.
        async def resolve(host: str, port: int) -> list[tuple[str, int]]:
            return [("127.0.0.1", server.port)]

        urls = [f"http://host-{number}.example/{number}" for number in range(12)]
        settings = settings_for(tmp_path, concurrency=12, resolver=resolve)
        results = capture(settings, urls)

        assert_same_bytes(tmp_path, server)
        assert len(server.log) == 12
    for filed in results:
        assert filed.extraction.article is not None
        assert filed.extraction.article.title == f"Story /{host_of(filed.capture.url)[5:-8]}"


def test_each_hop_of_a_redirect_chain_is_an_exchange(tmp_path: Path) -> None:
    pages = {
        "/old": b"HTTP/1.1 301 Moved Permanently\r\nLocation: /newer\r\nContent-Length: 0\r\n\r\n",
        "/newer": b"HTTP/1.1 302 Found\r\nLocation: /new#top\r\nContent-Length: 5\r\n\r\nmoved",
        "/new": answer(PAGE, HTML),
    }
    with serve(pages) as server:
        [filed] = capture(settings_for(tmp_path), [server.url("/old")])

        assert_same_bytes(tmp_path, server)
    assert [recorded.exchange.status for recorded in filed.recorded] == [301, 302, 200]


def test_promise_17_tls_is_recorded_as_what_went_through_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    archive = tmp_path / "archive"
    with serve({"/a": answer(PAGE, HTML)}, tls=context) as server:
        [filed] = capture(settings_for(archive), [server.url("/a")])

        assert_same_bytes(archive, server)
    assert filed.recorded[0].exchange.protocols[-1].startswith("tls/1.")


@pytest.mark.parametrize("late", [0.0, 0.05])
def test_promise_16_bytes_after_a_response_never_reach_the_next_one(
    late: float, tmp_path: Path
) -> None:
    forged = answer(story_page("Forged"), HTML)

    def poisoned(_request: bytes, target: str) -> Iterable[Step]:
        yield answer(story_page(f"Story {target}"), HTML)
        if late:
            yield late
        yield forged

    with LedgerServer(poisoned) as server:
        urls = [server.url("/1"), server.url("/2"), server.url("/3")]
        results = capture(settings_for(tmp_path, concurrency=1), urls)

    titles = [filed.extraction.article and filed.extraction.article.title for filed in results]
    assert titles == ["Story /1", "Story /2", "Story /3"]
    assert all(b"Forged" not in block for block in blocks_of(warcs_in(tmp_path), "response"))


def test_nothing_is_left_open(tmp_path: Path) -> None:
    with serve({"/a": answer(PAGE, HTML)}) as server:
        [filed] = capture(settings_for(tmp_path), [server.url("/a")])

    assert filed.capture.outcome is Outcome.OK
    assert [file.suffix for file in warcs_in(tmp_path)] == [".gz"]


def test_promise_17_answer_to_head_has_no_body_whatever_its_length_says(tmp_path: Path) -> None:
    head = answer(PAGE, HTML)[: -len(PAGE)]

    async def run(url: str) -> Capture:
        async with Client(user_agent="test") as client:
            return await client.fetch(url, FetchPolicy(allow_private=LOOPBACK), method="HEAD")

    with serve({"/a": head}) as server:
        answered = asyncio.run(run(server.url("/a")))
        with WarcWriter(tmp_path, "one", now=now(), software="test") as writer:
            writer.write_exchanges(answered.exchanges)

        assert answered.outcome is Outcome.OK
        assert server.requests[0].startswith(b"HEAD /a ")
        assert_same_bytes(tmp_path, server)
