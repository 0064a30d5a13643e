"""What ends an exchange before its time: deadline, caps, cuts, and how much of it is kept.

Reliability promises 13 (slow or endless), 14 (cut short), 15 (bombs) and 18 (huge heads).
"""

import asyncio
import gzip
import subprocess
import sys
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from itertools import repeat
from pathlib import Path

import pytest
from fetching import LOCAL, fetch, fetch_each, new_client
from ledger import CLOSE, RESET, LedgerServer, Step, answer, eventually, serve

from scraper.model import Capture, DecodeStatus, Outcome, Truncation

HALF_SECOND = replace(LOCAL, timeout=timedelta(seconds=0.5))
SMALL = replace(LOCAL, max_bytes=200_000)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


def endlessly(*steps: Step) -> Iterator[Step]:
    while True:
        yield from steps


def test_promise_13_a_slow_drip_ends_at_the_deadline_and_what_came_is_kept() -> None:
    def drip(*_: object) -> Iterable[Step]:
        yield HEAD + b"\r\n"
        yield from endlessly(b".", 0.02)

    began = time.monotonic()
    with LedgerServer(drip) as server:
        capture = fetch(server.url(), HALF_SECOND)
        took = time.monotonic() - began

    [exchange] = capture.exchanges
    assert took < 10  # a drip has no end; a busy machine may take its time
    assert (capture.outcome, exchange.truncated) == (Outcome.TIMEOUT, Truncation.TIME)
    assert exchange.response.startswith(HEAD + b"\r\n.")
    assert server.log[0].sent.startswith(exchange.response)
    assert capture.detail == "not done within 0.5 s"
    assert capture.page is not None
    assert not capture.page.complete


@pytest.mark.parametrize("steps", [[20.0], [b"HTTP/1.1 2", 20.0]], ids=["silence", "half a line"])
def test_promise_13_a_server_without_a_whole_head_leaves_an_exchange_but_no_page(
    steps: list[Step],
) -> None:
    with LedgerServer(lambda *_: steps) as server:
        capture = fetch(server.url(), HALF_SECOND)

    [exchange] = capture.exchanges
    assert capture.outcome is Outcome.TIMEOUT
    assert exchange.response == b"".join(step for step in steps if isinstance(step, bytes))
    assert (exchange.status, capture.page) == (None, None)


def test_promise_13_a_slow_resolver_ends_at_the_deadline() -> None:
    async def slow(_host: str, _port: int) -> list[tuple[str, int]]:
        await asyncio.sleep(20)
        return []

    capture = fetch("http://paper.example/", HALF_SECOND, resolver=slow)

    assert (capture.outcome, capture.exchanges) == (Outcome.TIMEOUT, ())


def test_promise_13_a_handshake_that_never_comes_ends_at_the_deadline() -> None:
    with LedgerServer(lambda *_: [20.0]) as server:
        capture = fetch(server.url().replace("http:", "https:"), HALF_SECOND)

    assert (capture.outcome, capture.exchanges) == (Outcome.TIMEOUT, ())


def test_promise_13_interim_responses_without_end_are_stopped() -> None:
    interim = b"HTTP/1.1 102 Processing\r\n\r\n" * 100

    with LedgerServer(lambda *_: endlessly(interim)) as server:
        capture = fetch(server.url())

    [exchange] = capture.exchanges
    assert (capture.outcome, exchange.truncated) == (Outcome.TOO_LARGE, Truncation.LENGTH)
    assert len(exchange.response) == 256 * 1024
    assert capture.page is None


@pytest.mark.parametrize(
    "framing",
    [b"\r\n", b"Content-Length: 999999999\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"],
    ids=["until close", "by length", "chunked"],
)
def test_promise_13_a_body_without_end_stops_at_the_cap(framing: bytes) -> None:
    def respond(*_: object) -> Iterable[Step]:
        yield HEAD + framing
        yield from endlessly(b"1000\r\n" + b"x" * 0x1000 + b"\r\n")

    with LedgerServer(respond) as server:
        capture = fetch(server.url(), SMALL)

    [exchange] = capture.exchanges
    assert (capture.outcome, exchange.truncated) == (Outcome.TOO_LARGE, Truncation.LENGTH)
    assert len(exchange.response) == 200_000
    assert server.log[0].sent.startswith(exchange.response)
    assert capture.detail == "the response is longer than 200,000 bytes"
    assert capture.page is not None
    assert not capture.page.complete
    assert len(capture.page.body) > 190_000


def test_promise_13_a_flood_of_tiny_chunks_is_stopped_before_it_costs_a_minute() -> None:
    def respond(*_: object) -> Iterable[Step]:
        yield HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
        yield from endlessly(b"1\r\nx\r\n" * 1000)

    with LedgerServer(respond) as server:
        began = time.process_time()
        capture = fetch(server.url(), replace(LOCAL, timeout=timedelta(minutes=10)))
        took = time.process_time() - began  # of both sides; what else the machine does is no cost

    [exchange] = capture.exchanges
    assert took < 60
    assert (capture.outcome, exchange.truncated) == (Outcome.TOO_LARGE, Truncation.LENGTH)
    assert capture.detail == "the response comes in more than 100,000 pieces"
    assert 600_000 < len(exchange.response) < 1_500_000


def test_promise_13_a_chain_of_redirects_has_the_cap_of_one_response() -> None:
    def respond(_request: bytes, target: str) -> bytes:
        return answer(b"x" * 60_000, f"Location: {target}a", status="302 Found")

    with LedgerServer(respond) as server:
        capture = fetch(server.url("/"), SMALL)

    assert capture.outcome is Outcome.TOO_LARGE
    assert [one.truncated for one in capture.exchanges] == [None] * 3 + [Truncation.LENGTH]
    assert sum(len(one.response) for one in capture.exchanges) == SMALL.max_bytes


def fetch_beside_another(head: bytes, *, first_s: float, then_s: float) -> list[Capture]:
    """Fetch a response of 2 MB that keeps back its end, while another such has come, and then one
    that ends; return what came of these two."""

    def respond(_request: bytes, target: str) -> Iterable[Step]:
        yield head + b"\r\n" + b"x" * 2_000_000
        yield from [CLOSE] if target == "/short" else endlessly(b"x", 0.05)

    async def main(urls: list[str]) -> list[Capture]:
        first, then = (
            replace(LOCAL, max_bytes=40_000_000, timeout=timedelta(seconds=seconds))
            for seconds in (first_s, then_s)
        )
        async with new_client() as client:
            before = asyncio.create_task(client.fetch(urls[0], first))
            assert await asyncio.to_thread(
                eventually, lambda: bool(one.log) and len(one.log[0].sent) > 2_000_000
            )
            after = await client.fetch(urls[1], then)
            before.cancel()
            return [after, await client.fetch(f"{urls[1]}short", LOCAL)]

    with LedgerServer(respond) as one, LedgerServer(respond, address="127.0.0.2") as other:
        return asyncio.run(main([one.url(), other.url()]))


@pytest.mark.slow
def test_promise_13_of_long_responses_no_more_arrive_at_once_than_there_is_room_for() -> None:
    # Twice 40 MB may come, and there is room for 64.
    waited, last = fetch_beside_another(HEAD, first_s=300, then_s=20)

    assert waited.outcome is Outcome.TIMEOUT
    assert waited.detail == "not done within 20 s: no room for it beside other long responses"
    assert 1_000_000 < len(waited.exchanges[0].response) < 1_100_000
    assert last.outcome is Outcome.OK  # there is room again


@pytest.mark.slow
def test_waiting_for_room_is_not_the_servers_time() -> None:
    waited, _ = fetch_beside_another(HEAD, first_s=15, then_s=20)

    assert waited.detail == "not done within 20 s"
    assert len(waited.exchanges[0].response) > 2_000_000
    assert waited.exchanges[0].seconds > 21


@pytest.mark.slow
def test_a_response_that_says_how_long_it_is_takes_no_more_room() -> None:
    framing = HEAD + b"Content-Length: 20000000\r\n"
    beside, _ = fetch_beside_another(framing, first_s=300, then_s=20)

    assert beside.detail == "not done within 20 s"
    assert len(beside.exchanges[0].response) > 2_000_000


PIECE = b"x" * 100_000
WAITING = """
import asyncio, dataclasses, datetime, sys
from scraper.fetch.client import Client
from scraper.in_hand import InHand
from scraper.model import FetchPolicy

seconds = datetime.timedelta(seconds=20)
local = dataclasses.replace(FetchPolicy(), allow_private=("127.0.0.0/8",), timeout=seconds)

async def main():
    in_hand = InHand(48_000_000)
    async with Client(user_agent="example/1.0") as client:
        async def fetched(url):
            with in_hand.hold() as hold:
                return (await client.fetch(url, local, hold=hold)).outcome
        print({str(one) for one in await asyncio.gather(*map(fetched, sys.argv[1:]))})
    # Not ru_maxrss, which counts what the parent had as well.
    [line] = [one for one in open("/proc/self/status") if one.startswith("VmHWM")]
    print(int(line.split()[1]) / 1024)

asyncio.run(main())
"""


@pytest.mark.slow
def test_promise_13_hosts_that_keep_back_the_end_of_long_responses_fill_no_memory() -> None:
    def respond(*_: object) -> Iterable[Step]:
        yield HEAD + b"Content-Length: 16000000\r\n\r\n"
        yield from repeat(PIECE, 158)
        yield 60.0

    with ExitStack() as stack:
        servers = [
            stack.enter_context(LedgerServer(respond, address=f"127.0.0.{number}"))
            for number in range(1, 33)
        ]
        child = subprocess.run(
            [sys.executable, "-c", WAITING, *(server.url() for server in servers)],
            cwd=Path(__file__).parent.parent,
            capture_output=True,
            text=True,
            check=True,
        )

    outcomes, peak_mb = child.stdout.splitlines()
    assert outcomes == "{'timeout'}"
    assert float(peak_mb) < 300  # before there was a room for them: 760


def test_a_response_as_long_as_the_cap_is_whole() -> None:
    message = answer(b"x" * 50_000)

    with serve({"/": message}) as server:
        [whole] = fetch_each([server.url()], replace(LOCAL, max_bytes=len(message)))
        [cut] = fetch_each([server.url()], replace(LOCAL, max_bytes=len(message) - 1))

    assert whole.outcome is Outcome.OK
    assert cut.outcome is Outcome.TOO_LARGE
    assert cut.exchanges[0].response == message[:-1]


@pytest.mark.parametrize(
    "head",
    [
        HEAD + b"X-Long: " + b"y" * 300_000 + b"\r\n\r\n",
        HEAD + b"X: y\r\n" * 50_000 + b"\r\n",
        HEAD + b"Set-Cookie: a=" + b"y" * 200_000,
    ],
    ids=["one long header", "50,000 headers", "no end"],
)
def test_promise_18_a_huge_head_is_refused_and_what_came_of_it_is_kept(head: bytes) -> None:
    with serve({"/": head}) as server:
        capture = fetch(server.url(), HALF_SECOND)

    [exchange] = capture.exchanges
    assert capture.outcome is Outcome.BAD_PROTOCOL
    assert 100_000 < len(exchange.response) < 256 * 1024
    assert head.startswith(exchange.response)
    assert exchange.truncated is Truncation.UNSPECIFIED
    assert len(capture.detail) < 400


def test_promise_18_seven_thousand_small_headers_are_read() -> None:
    message = answer(b"ok", *(f"X: {number}" for number in range(7000)))

    with serve({"/": message}) as server:
        capture = fetch(server.url())

    assert capture.outcome is Outcome.OK
    assert capture.page is not None
    assert len(capture.page.headers) == 7001


@pytest.mark.parametrize(
    ("sent", "detail"),
    [
        (b"SSH-2.0-OpenSSH_9.9\r\n", "what came is not HTTP/1.x"),
        (b"<html>\r\n\r\n", "what came is not HTTP/1.x"),
        (b"HTTP/1.1 OK\r\n\r\n", "the response is not well-formed HTTP/1.x: illegal status line"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n", "illegal chunk header"),
        (HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n", "conflicting Content-Length"),
        (HEAD + b"Transfer-Encoding: br\r\n\r\n", "Only Transfer-Encoding: chunked is supported"),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "not well-formed"),
    ],
)
def test_what_is_not_http_is_said_and_kept(sent: bytes, detail: str) -> None:
    with LedgerServer(lambda *_: [sent, CLOSE]) as server:
        capture = fetch(server.url())

    assert capture.outcome is Outcome.BAD_PROTOCOL
    assert detail in capture.detail
    assert capture.exchanges[0].response == sent


@pytest.mark.parametrize("end", [CLOSE, RESET], ids=["closed", "reset"])
@pytest.mark.parametrize("is_chunked", [False, True], ids=["by length", "chunked"])
def test_promise_14_a_connection_cut_at_any_byte_leaves_the_bytes_up_to_there(
    is_chunked: bool, end: Step
) -> None:
    body = b"<p>The ferry was late.</p>" * 3
    message = HEAD + b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    if is_chunked:
        chunks = b"".join(b"1a\r\n%s\r\n" % body[i : i + 26] for i in (0, 26, 52))
        message = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    offsets = [len(message) * part // 50 for part in range(50)]

    def respond(_request: bytes, target: str) -> Iterable[Step]:
        yield message[: int(target[1:])]
        yield 0.002  # so that a reset does not overtake the bytes
        yield end

    with LedgerServer(respond) as server:
        captures = fetch_each([server.url(f"/{offset}") for offset in offsets])

    for offset, capture in zip(offsets, captures, strict=True):
        [exchange] = capture.exchanges
        assert exchange.response == message[:offset]
        assert (capture.outcome, exchange.truncated) == (
            Outcome.DISCONNECTED,
            Truncation.DISCONNECT,
        )
        has_head = b"\r\n\r\n" in message[:offset]
        assert (exchange.status == 200, capture.page is not None) == (has_head, has_head)
        assert capture.page is None or not capture.page.complete


def test_promise_14_truncated_gzip_is_damaged_though_the_message_is_whole() -> None:
    coded = gzip.compress(b"low tide at noon " * 100)[:-12]

    with serve({"/": answer(coded, "Content-Encoding: gzip")}) as server:
        capture = fetch(server.url())

    assert capture.outcome is Outcome.OK
    assert capture.exchanges[0].truncated is None
    assert capture.page is not None
    assert capture.page.decode_status is DecodeStatus.DAMAGED
    assert capture.page.body.startswith(b"low tide")


def test_cancelling_a_fetch_within_the_body_closes_its_connection() -> None:
    def respond(_request: bytes, target: str) -> Iterable[Step]:
        yield HEAD + b"\r\n"
        if target == "/slow":
            yield from endlessly(b".", 0.01)
        yield from (b"ok", CLOSE)

    async def run() -> Capture:
        async with new_client() as client:
            task = asyncio.create_task(client.fetch(server.url("/slow"), LOCAL))
            await asyncio.to_thread(eventually, lambda: bool(server.log and server.log[0].sent))
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.to_thread(server.log[0].closed.wait, 5)
            return await client.fetch(server.url("/next"), LOCAL)

    with LedgerServer(respond) as server:
        capture = asyncio.run(run())

    assert capture.outcome is Outcome.OK


CHILD = """
import asyncio, resource, sys
from datetime import timedelta
from scraper.fetch.client import Client
from scraper.model import FetchPolicy

async def main():
    async with Client(user_agent="child/1") as client:
        policy = FetchPolicy(allow_private=("127.0.0.0/8",), timeout=timedelta(seconds=30))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        page = (await client.fetch(sys.argv[1], policy)).page
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(page.decode_status, len(page.body), (after - before) // 1024)

resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("codings", "megabytes", "expected"),
    [("gzip", 1000, "bomb"), ("gzip, gzip", 1000, "bomb"), ("gzip, gzip, gzip", 1, "unsupported")],
)
def test_promise_15_a_bomb_is_stopped_in_a_child_with_little_memory(
    codings: str, megabytes: int, expected: str
) -> None:
    coded = _zeros(megabytes)
    for _ in codings.split(",")[1:]:
        coded = gzip.compress(coded)
    with serve({"/": answer(coded, f"Content-Encoding: {codings}")}) as server:
        child = subprocess.run(
            [sys.executable, "-c", CHILD, server.url()],
            cwd=Path(__file__).parent.parent,
            capture_output=True,
            text=True,
            check=True,
        )

    status, length, grown_mb = child.stdout.split()
    assert status == expected
    assert int(length) <= 32_000_000
    assert int(grown_mb) < 100


def _zeros(megabytes: int) -> bytes:
    """Return the gzip of that many million zeros: one block again and again, and no end."""
    deflater = zlib.compressobj(9, wbits=31)
    blocks = [
        deflater.compress(bytes(1_000_000)) + deflater.flush(zlib.Z_FULL_FLUSH) for _ in range(2)
    ]
    return blocks[0] + blocks[1] * (megabytes - 1)
