"""Replay: what was recorded comes back as it was, and the network is not touched."""

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fetching import LOCAL, fetch, fetch_each, server_tls
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger import CLOSE, LedgerServer, Step, answer, serve

from scraper.fetch.replay import Replay
from scraper.model import Capture, Exchange, FetchPolicy, Outcome, Truncation

POLICY = FetchPolicy()  # no private addresses: nothing is dialled
HEADS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nlow\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n",
    b"HTTP/1.1 103 Early Hints\r\n\r\n",
]


def recorded(url: str, response: bytes, **changes: object) -> Exchange:
    """Return an exchange as the client would have recorded it, with some fields changed."""
    target = "/" + url.split("/", 3)[3]
    fields: dict[str, object] = {
        "url": url,
        "method": "GET",
        "request": f"GET {target} HTTP/1.1\r\nHost: any\r\n\r\n".encode(),
        "response": response,
        "status": 200,
        "peer": "192.0.2.7",
        "started": datetime(2020, 2, 2, tzinfo=UTC),
        "seconds": 0.1,
    }
    return Exchange(**{**fields, **changes})  # type: ignore[arg-type]  # the tests' own fields


def without_times(capture: Capture) -> Capture:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    same = (replace(one, started=now, seconds=0.0) for one in capture.exchanges)
    return replace(capture, exchanges=tuple(same))


def test_a_replayed_chain_is_the_recorded_one() -> None:
    pages = {
        "/a": answer(b"", "Location: /b", status="302 Found"),
        "/b": b"HTTP/1.1 103 Early Hints\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nlow\r\n0\r\nT: 1\r\n\r\n",
    }
    with serve(pages, server_tls()) as server:
        live = fetch(server.url("/a"))

    again = fetch(server.url("/a"), POLICY, replay=Replay(live.exchanges))

    assert without_times(again) == without_times(live)
    assert again.exchanges[1].protocols == ("http/1.1", "tls/1.3")
    assert again.exchanges[1].peer == "127.0.0.1"


@pytest.mark.parametrize("truncated", [Truncation.TIME, Truncation.LENGTH, Truncation.DISCONNECT])
def test_a_recording_cut_short_is_cut_short_again(truncated: Truncation) -> None:
    def respond(*_: object) -> Iterable[Step]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + b"x" * 3000
        yield CLOSE if truncated is Truncation.DISCONNECT else 20.0

    max_bytes = 2000 if truncated is Truncation.LENGTH else 99_999
    policy = replace(LOCAL, timeout=timedelta(seconds=0.3), max_bytes=max_bytes)
    with LedgerServer(respond) as server:
        live = fetch(server.url(), policy)

    again = fetch(server.url(), POLICY, replay=Replay(live.exchanges))

    assert live.exchanges[0].truncated is truncated
    assert again.outcome is live.outcome
    assert without_times(again).exchanges == without_times(live).exchanges
    assert again.page == live.page


def test_several_recordings_come_in_order_and_the_last_again() -> None:
    url = "http://paper.example/live"
    replay = Replay(recorded(url, answer(body)) for body in (b"one", b"two"))

    captures = fetch_each([url] * 3, POLICY, replay=replay)

    assert [one.page and one.page.body for one in captures] == [b"one", b"two", b"two"]


@pytest.mark.parametrize(
    "url",
    [
        "http://paper.example/b",
        "http://paper.example/a?x=1",
        "https://paper.example/a",
        "http://paper.example:8080/a",
        "http://www.paper.example/a",
    ],
)
def test_what_was_not_recorded_is_not_in_the_cassette(url: str) -> None:
    replay = Replay([recorded("http://paper.example/a", answer(b"ok"))])

    capture = fetch(url, POLICY, replay=replay)

    assert (capture.outcome, capture.exchanges) == (Outcome.UNRESOLVED, ())
    assert capture.detail == f"not in the cassette: GET {url}"


def test_the_method_is_part_of_the_question() -> None:
    head = recorded(
        "http://paper.example/a",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
        method="HEAD",
        request=b"HEAD /a HTTP/1.1\r\nHost: paper.example\r\n\r\n",
    )

    capture = fetch("http://paper.example/a", POLICY, replay=Replay([head]))

    assert capture.detail == "not in the cassette: GET http://paper.example/a"


def test_an_international_name_is_found_in_both_spellings() -> None:
    replay = Replay([recorded("http://küste.example/a", answer(b"ok"))])

    captures = fetch_each(
        ["http://küste.example/a", "http://xn--kste-0ra.example/a"], POLICY, replay=replay
    )

    assert [capture.outcome for capture in captures] == [Outcome.OK, Outcome.OK]


@pytest.mark.parametrize(
    "url", ["http://paper.example/\x01", "http://[paper/", "http://a/" + "a" * 70_000]
)
def test_a_recording_of_what_nobody_can_ask_for_is_passed_over(url: str) -> None:
    replay = Replay(
        [recorded(url, answer(b"no")), recorded("http://paper.example/", answer(b"ok"))]
    )

    assert fetch("http://paper.example/", POLICY, replay=replay).outcome is Outcome.OK


@pytest.mark.parametrize("request_", [b"", b"\r\n", b"GET /\r\nA: b c d\r\n\r\n"])
def test_a_recording_without_its_request_is_found_by_its_url(request_: bytes) -> None:
    replay = Replay([recorded("http://paper.example/a?b#c", answer(b"ok"), request=request_)])

    assert fetch("http://paper.example/a?b", POLICY, replay=replay).outcome is Outcome.OK


def test_a_recording_to_the_end_of_the_connection_is_whole() -> None:
    url = "http://paper.example/old"
    old = recorded(url, b"HTTP/1.0 200 OK\r\n\r\nall there is")

    capture = fetch(url, POLICY, replay=Replay([old]))

    assert capture.outcome is Outcome.OK
    assert capture.exchanges[0].protocols == ("http/1.0",)
    assert capture.page is not None
    assert capture.page.complete


# --- whatever a site sends, a capture comes back -------------------------------------------------


def replayed(response: bytes) -> Capture:
    url = "http://paper.example/"
    return fetch(url, POLICY, replay=Replay([recorded(url, response)]))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"", *HEADS]))
def test_no_response_makes_the_client_raise_and_no_byte_gets_lost(
    noise: bytes, head: bytes
) -> None:
    capture = replayed(head + noise)

    [exchange] = capture.exchanges
    assert exchange.response + exchange.leftover == head + noise
    assert (capture.page is None) == (exchange.status is None)
    assert (capture.outcome is Outcome.OK) == (capture.detail == "")


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=60),
        st.text(max_size=60).map(str.encode),
        st.from_regex(rb"(https?:)?//[a-z.:@\[\]0-9%-]{0,20}/?.{0,20}", fullmatch=True),
    ).filter(lambda location: not set(location) & set(b"\r\n\0"))
)
def test_no_location_makes_the_client_raise(location: bytes) -> None:
    head = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: "

    capture = replayed(head + location + b"\r\n\r\n")

    assert capture.outcome in {
        Outcome.BAD_REDIRECT,
        Outcome.REDIRECT_LIMIT,  # back to the same page
        Outcome.UNRESOLVED,  # not in the cassette
        Outcome.BAD_PROTOCOL,  # h11 bears with no \v or \f in a value
    }
    assert capture.detail


CHILD = """
import asyncio, json, sys

seen = []
sys.addaudithook(lambda name, args: seen.append(name) if name.startswith("socket.") else None)

from datetime import UTC, datetime
from scraper.fetch.client import Client
from scraper.fetch.replay import Replay
from scraper.model import Exchange, FetchPolicy

def recorded(scheme):
    return Exchange(
        url=f"{scheme}://paper.example/", method="GET", status=200, peer=None, seconds=0.0,
        request=b"GET / HTTP/1.1\\r\\nHost: paper.example\\r\\n\\r\\n",
        response=b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok",
        started=datetime(2020, 1, 1, tzinfo=UTC),
    )

async def main():
    replay = Replay([recorded("http"), recorded("https")])
    async with Client(user_agent="child/1", replay=replay) as client:
        await asyncio.sleep(0)  # the event loop has made its own pair of sockets by now
        seen.clear()
        urls = ["http://paper.example/", "https://paper.example/", "http://other.example/"]
        outcomes = [(await client.fetch(url, FetchPolicy())).outcome for url in urls]
    print(json.dumps({"outcomes": outcomes, "seen": seen}))

asyncio.run(main())
"""


def test_no_socket_is_opened_and_no_name_is_looked_up() -> None:
    child = subprocess.run(
        [sys.executable, "-c", CHILD],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(child.stdout) == {"outcomes": ["ok", "ok", "unresolved"], "seen": []}
