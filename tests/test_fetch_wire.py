"""The recorder: requests and responses are the bytes that the server's own ledger has.

Reliability promises 16 (extra bytes never reach the next exchange) and 17 (wire exactness).
"""

import asyncio
import gzip
import ssl
from collections.abc import Iterable
from itertools import pairwise

import pytest
from fetching import LOCAL, fetch, fetch_each, new_client, server_tls
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger import CLOSE, RESET, LedgerServer, Step, answer, header, serve

from scraper.fetch import connections
from scraper.http1 import CL_AND_TE, LF_HEAD, OBS_FOLD
from scraper.model import Capture, Outcome

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
MESSAGES: dict[str, bytes] = {
    "plain": answer(b"<p>Low tide at noon.</p>", "Content-Type: text/html"),
    "chunked with extensions and trailers": CHUNKED
    + b'Trailer: X-Sum\r\n\r\n5;name="a b"\r\nlow t\r\n03;x \r\nide\r\n0;end\r\nX-Sum: 1\r\n\r\n',
    "gzip": answer(gzip.compress(b"low tide " * 99), "Content-Encoding: gzip"),
    "early hints": b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
    b"HTTP/1.1 100 Continue\r\n\r\n" + answer(b"hinted"),
    "folded header": answer(b"folded", "X-Note: one\r\n\ttwo\r\n   three"),
    "odd spacing": b"HTTP/1.1 200 \r\ncOnTeNt-LeNgTh:\t  5  \r\n"
    b"X-Empty:\r\nX-A:b\r\nX-A: c\t\r\n\r\nspace",
    "not modified": b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 512\r\n\r\n',
    "no content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "empty body": answer(b""),
    "latin-1 header": "HTTP/1.1 200 Schön\r\nX-Ort: Küste\r\nContent-Length: 2\r\n\r\nok".encode(
        "latin-1"
    ),
}
TLS = pytest.mark.parametrize("tls", [None, server_tls()], ids=["plain", "tls"])


@TLS
@pytest.mark.parametrize("name", MESSAGES)
def test_promise_17_both_sides_are_wire_exact(name: str, tls: ssl.SSLContext | None) -> None:
    with serve({"/page": MESSAGES[name]}, tls) as server:
        capture = fetch(server.url("/page"))

    [exchange] = capture.exchanges
    assert exchange.response == server.log[0].responses[0] == MESSAGES[name]
    assert exchange.request == server.log[0].received
    assert (exchange.leftover, exchange.truncated, exchange.redacted) == (b"", None, ())
    assert exchange.peer == "127.0.0.1"
    assert exchange.protocols == (("http/1.1", "tls/1.3") if tls else ("http/1.1",))


@TLS
def test_promise_17_one_connection_carries_many_exchanges_and_each_has_its_own_bytes(
    tls: ssl.SSLContext | None,
) -> None:
    pages = {f"/{number}": message for number, message in enumerate(MESSAGES.values())}

    with serve(pages, tls) as server:
        captures = fetch_each(map(server.url, pages))

    assert len(server.log) == 1
    assert [capture.exchanges[0].request for capture in captures] == server.log[0].requests
    assert [capture.exchanges[0].response for capture in captures] == list(MESSAGES.values())


@TLS
def test_promise_17_concurrent_fetches_do_not_mix(tls: ssl.SSLContext | None) -> None:
    def drip(_request: bytes, target: str) -> Iterable[Step]:
        message = answer(target.encode() * 400)
        for part in (message[i : i + 500] for i in range(0, len(message), 500)):
            yield part
            yield 0.002

    async def run() -> list[Capture]:
        async with new_client() as client:
            urls = [server.url(f"/{number:02}") for number in range(12)]
            return await asyncio.gather(*(client.fetch(url, LOCAL) for url in urls))

    with LedgerServer(drip, tls) as server:
        captures = asyncio.run(run())

    assert len(server.log) == 12
    served = {entry.requests[0]: entry.responses[0] for entry in server.log}
    assert {one.exchanges[0].request: one.exchanges[0].response for one in captures} == served
    assert all(one.page and one.page.body == one.url[-3:].encode() * 400 for one in captures)


def test_promise_17_a_head_request_has_no_body_whatever_its_length_says() -> None:
    async def run() -> list[Capture]:
        async with new_client() as client:
            return [await client.fetch(server.url(), LOCAL, method="HEAD") for _ in range(2)]

    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    with serve({"/": head}) as server:
        captures = asyncio.run(run())

    assert [one.exchanges[0].response for one in captures] == [head, head]
    assert captures[0].outcome is Outcome.OK
    assert len(server.log) == 1


def test_promise_17_http_1_0_ends_with_the_connection() -> None:
    message = b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<p>An old server.</p>"

    with LedgerServer(lambda *_: [message[:50], 0.01, message[50:], CLOSE]) as server:
        capture = fetch(server.url())

    [exchange] = capture.exchanges
    assert (exchange.response, exchange.protocols) == (message, ("http/1.0",))
    assert capture.outcome is Outcome.OK
    assert capture.page is not None
    assert capture.page.complete


def test_the_request_is_honest_and_asks_for_gzip_alone() -> None:
    with serve({"/a?b=c": answer()}) as server:
        fetch(server.url("/a?b=c#top"))

    [request] = server.requests
    assert request.startswith(b"GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:")
    assert header(request, "user-agent") == b"scraper-tests/1"
    assert header(request, "accept-encoding") == b"gzip"
    assert header(request, "cookie") is None


def test_security_rule_5_a_cookie_that_a_page_sets_is_not_sent_back() -> None:
    with serve({"/": answer(b"", "Set-Cookie: seen=1; Path=/")}) as server:
        fetch_each([server.url(), server.url()])

    assert [header(request, "cookie") for request in server.requests] == [None, None]


@pytest.mark.parametrize(
    ("message", "note"),
    [
        (b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", LF_HEAD),
        (CHUNKED + b"Content-Length: 9\r\n\r\n2\r\nok\r\n0\r\n\r\n", CL_AND_TE),
        (answer(b"ok", "X-A: one\r\n two"), OBS_FOLD),
    ],
)
def test_promise_16_odd_messages_are_kept_as_they_are_and_noted(message: bytes, note: str) -> None:
    with serve({"/": message}) as server:
        capture = fetch(server.url())

    [exchange] = capture.exchanges
    assert (exchange.response, exchange.notes) == (message, (note,))
    assert capture.page is not None
    assert capture.page.body == b"ok"


# --- bytes that nobody asked for -----------------------------------------------------------------

FORGED = answer(b"FORGED")


@TLS
def test_promise_16_a_second_response_at_once_is_kept_apart_and_never_answers_the_next_request(
    tls: ssl.SSLContext | None,
) -> None:
    with serve({"/a": answer(b"first") + FORGED, "/b": answer(b"honest")}, tls) as server:
        first, second = fetch_each([server.url("/a"), server.url("/b")])

    assert first.exchanges[0].response == answer(b"first")
    assert first.exchanges[0].leftover == FORGED
    assert second.exchanges[0].response == answer(b"honest")
    assert len(server.log) == 2


@TLS
@pytest.mark.parametrize("asked_after", [0.0, 0.04, 0.2])
@pytest.mark.parametrize("delay", [0.0, 0.001, 0.05])
def test_promise_16_a_second_response_that_comes_late_never_answers_the_next_request(
    tls: ssl.SSLContext | None, delay: float, asked_after: float
) -> None:
    def respond(_request: bytes, target: str) -> Iterable[Step]:
        yield answer(target.encode())
        if target == "/a":
            yield delay
            yield FORGED

    async def run() -> Capture:
        async with new_client() as client:
            await client.fetch(server.url("/a"), LOCAL)
            await asyncio.sleep(asked_after)
            return await client.fetch(server.url("/b"), LOCAL)

    with LedgerServer(respond, tls) as server:
        capture = asyncio.run(run())

    assert capture.exchanges[0].response == answer(b"/b")
    assert len(server.log) == 2


@TLS
@pytest.mark.parametrize("delay", [0.0, 0.001, 0.05])
def test_promise_16_a_late_second_response_never_answers_a_request_on_any_kept_connection(
    tls: ssl.SSLContext | None, delay: float
) -> None:
    def respond(_request: bytes, target: str) -> Iterable[Step]:
        yield answer(target.encode())
        yield delay
        yield FORGED

    with LedgerServer(respond, tls) as server:
        captures = fetch_each([server.url(f"/{number}") for number in range(8)], per_host=4)

    bodies = [capture.page and capture.page.body for capture in captures]
    assert bodies == [f"/{number}".encode() for number in range(8)]


def test_a_request_that_comes_too_soon_takes_another_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connections, "QUIET_S", 60.0)  # however slow this machine is

    with LedgerServer(lambda _request, target: answer(target.encode())) as server:
        fetch_each([server.url(f"/{number}") for number in range(3)], per_host=4)

    assert [len(entry.requests) for entry in server.log] == [1, 1, 1]


def test_a_host_has_a_few_connections_and_the_longest_quiet_is_used_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connections, "QUIET_S", 60.0)

    with LedgerServer(lambda _request, target: answer(target.encode())) as server:
        fetch_each([server.url(f"/{number}") for number in range(7)], per_host=2)

    assert [len(entry.requests) for entry in server.log] == [4, 3]


def test_promise_16_a_forged_response_does_not_reach_a_fetch_that_is_waiting_for_a_connection() -> (
    None
):
    def respond(_request: bytes, target: str) -> bytes:
        return answer(target.encode()) + FORGED

    async def run() -> list[Capture]:
        async with new_client() as client:
            urls = [server.url(f"/{number}") for number in range(40)]
            return await asyncio.gather(*(client.fetch(url, LOCAL) for url in urls))

    with LedgerServer(respond) as server:
        captures = asyncio.run(run())

    bodies = [capture.page and capture.page.body for capture in captures]
    assert bodies == [f"/{number}".encode() for number in range(40)]


@TLS
@pytest.mark.parametrize("end", [CLOSE, RESET], ids=["closed", "reset"])
def test_a_connection_closed_while_idle_is_replaced_without_a_false_exchange(
    end: Step, tls: ssl.SSLContext | None
) -> None:
    def respond(_request: bytes, target: str) -> Iterable[Step]:
        yield answer(target.encode())
        yield end

    with LedgerServer(respond, tls) as server:
        captures = fetch_each([server.url(f"/{number}") for number in range(5)])

    assert [capture.outcome for capture in captures] == [Outcome.OK] * 5
    assert [len(capture.exchanges) for capture in captures] == [1] * 5
    assert [one.exchanges[0].response for one in captures] == [
        entry.responses[0] for entry in server.log
    ]


def test_a_connection_closed_on_the_second_request_is_retried_once_on_a_new_one() -> None:
    def respond(_request: bytes, target: str) -> Iterable[Step]:
        is_second = len(server.log) == 1 and len(server.log[0].requests) == 2
        yield CLOSE if is_second else answer(target.encode())

    with LedgerServer(respond) as server:
        captures = fetch_each([server.url("/a"), server.url("/b")])

    [exchange] = captures[1].exchanges
    assert (captures[1].outcome, exchange.response) == (Outcome.OK, answer(b"/b"))
    assert [len(entry.requests) for entry in server.log] == [2, 1]


def test_a_server_that_never_answers_is_asked_once_on_a_fresh_connection() -> None:
    with LedgerServer(lambda *_: [CLOSE]) as server:
        capture = fetch(server.url())

    assert capture.outcome is Outcome.DISCONNECTED
    assert capture.exchanges[0].request == server.requests[0]
    assert capture.exchanges[0].response == b""
    assert capture.page is None
    assert len(server.log) == 1


# --- any chunking --------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    chunks=st.lists(st.binary(min_size=1, max_size=300), max_size=8),
    extension=st.sampled_from([b"", b";a", b';a="b c"', b" "]),
    trailer=st.sampled_from([b"", b"X-A: 1\r\n", b"X-A: 1\r\nX-B: 2\r\n"]),
    cuts=st.lists(st.integers(0, 3000), max_size=6),
)
def test_promise_17_any_chunking_cut_anywhere_is_recorded_exactly(
    chunks: list[bytes], extension: bytes, trailer: bytes, cuts: list[int]
) -> None:
    framed = [b"%x%s\r\n%s\r\n" % (len(chunk), extension, chunk) for chunk in chunks]
    message = CHUNKED + b"\r\n" + b"".join(framed) + b"0" + extension + b"\r\n" + trailer + b"\r\n"
    marks = sorted({0, len(message), *(cut for cut in cuts if cut < len(message))})
    pieces = [message[start:end] for start, end in pairwise(marks)]

    with LedgerServer(lambda *_: [step for piece in pieces for step in (piece, 0.001)]) as server:
        capture = fetch(server.url())

    assert capture.exchanges[0].response == server.log[0].sent == message
    assert capture.page is not None
    assert capture.page.body == b"".join(chunks)


def test_security_rule_3_a_certificate_of_an_unknown_authority_is_refused() -> None:
    with serve({"/": answer()}, server_tls()) as server:
        capture = fetch(server.url(), tls=ssl.create_default_context())

    assert capture.outcome is Outcome.TLS_FAILED
    assert "127.0.0.1" in capture.detail
    assert server.requests == []


def test_security_rule_3_a_certificate_must_be_for_the_name_that_was_asked_for() -> None:
    async def to_server(_host: str, _port: int) -> list[tuple[str, int]]:
        return [("127.0.0.1", server.port)]

    with serve({"/": answer(b"ok")}, server_tls()) as server:
        right = fetch("https://paper.example/", resolver=to_server)
        wrong = fetch("https://other.example/", resolver=to_server)

    assert right.outcome is Outcome.OK
    assert wrong.outcome is Outcome.TLS_FAILED
    assert "other.example" in wrong.detail
    assert len(server.requests) == 1
