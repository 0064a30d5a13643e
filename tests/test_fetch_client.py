"""Chains of exchanges: redirects, secrets and their origin, statuses, and what is said of them.

Reliability promise 25 (redirects) and security rules 4 and 5 (caps, secrets).
"""

import logging
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from fetching import LOCAL, fetch, fetch_each, server_tls
from ledger import LedgerServer, answer, header, serve

from scraper.errors import ConfigError
from scraper.model import Outcome

BOTH_LOOPBACKS = replace(LOCAL, allow_private=("127.0.0.0/8", "::1/128"))


def moved(location: str, status: str = "301 Moved Permanently") -> bytes:
    return answer(b"moved", f"Location: {location}", status=status)


# --- redirects -----------------------------------------------------------------------------------


def test_promise_25_every_hop_is_an_exchange_of_its_own() -> None:
    pages = {
        "/a": moved("/b"),
        "/b": moved("c?d=e", "302 Found"),
        "/c?d=e": moved("//127.0.0.1:{port}/f", "303 See Other"),
        "/f": moved("/f2#top", "308 Permanent Redirect"),
        "/f2": answer(b"arrived"),
    }
    with LedgerServer(
        lambda _request, target: pages[target].replace(b"{port}", b"%d" % server.port)
    ) as server:
        capture = fetch(server.url("/a"))

    targets = ["/a", "/b", "/c?d=e", "/f", "/f2"]
    assert [exchange.url for exchange in capture.exchanges] == [
        f"http://127.0.0.1:{server.port}{target}" for target in targets
    ]
    assert [exchange.response for exchange in capture.exchanges] == server.log[0].responses
    assert capture.outcome is Outcome.OK
    assert capture.page is not None
    assert (capture.page.url, capture.page.body) == (capture.exchanges[-1].url, b"arrived")
    assert capture.url == f"http://127.0.0.1:{server.port}/a"


def test_promise_25_ten_redirects_are_followed_and_the_eleventh_is_not() -> None:
    def respond(_request: bytes, target: str) -> bytes:
        left = int(target[1:])
        return moved(f"/{left - 1}") if left else answer(b"arrived")

    with LedgerServer(respond) as server:
        ten, eleven = fetch_each([server.url("/10"), server.url("/11")])

    assert (ten.outcome, len(ten.exchanges)) == (Outcome.OK, 11)
    assert (eleven.outcome, len(eleven.exchanges)) == (Outcome.REDIRECT_LIMIT, 11)
    assert eleven.detail.endswith("/1: more than 10 redirects")


def test_promise_25_a_loop_ends_at_the_limit() -> None:
    with serve({"/": moved("/")}) as server:
        capture = fetch(server.url())

    assert capture.outcome is Outcome.REDIRECT_LIMIT
    assert len(server.requests) == 11


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "ftp://paper.example/",
        "javascript:alert(1)",
        "//[x]/",
        "http://paper.example:x/",
    ],
)
def test_promise_25_a_redirect_to_what_is_not_http_is_recorded_and_not_followed(
    location: str,
) -> None:
    with serve({"/": moved(location)}) as server:
        capture = fetch(server.url())

    assert capture.outcome is Outcome.BAD_REDIRECT
    assert location in capture.detail
    assert [exchange.status for exchange in capture.exchanges] == [301]
    assert capture.page is not None


def test_a_redirect_without_a_location_is_said() -> None:
    with serve({"/": answer(b"", status="302 Found")}) as server:
        capture = fetch(server.url())

    assert capture.outcome is Outcome.BAD_REDIRECT
    assert capture.detail == "a 302 redirect without a Location"


@pytest.mark.parametrize(
    ("location", "target"),
    [
        (b"/sch\xc3\xb6n", "/sch%C3%B6n"),  # raw UTF-8, as many servers send it
        (b"/sch\xf6n", "/sch%F6n"),  # raw latin-1: the byte itself
        (b"/two words", "/two%20words"),
        (b"/sch%c3%b6n", "/sch%c3%b6n"),
        (b"?page=2", "/?page=2"),
        (b"./x/../y", "/y"),
    ],
)
def test_odd_locations_are_resolved_as_browsers_do(location: bytes, target: str) -> None:
    page = b"HTTP/1.1 301 Moved\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n"

    with LedgerServer(lambda _request, at: page if at == "/" else answer(b"ok")) as server:
        capture = fetch(server.url())

    assert capture.exchanges[-1].url == server.url(target)
    assert server.requests[-1].startswith(f"GET {target} HTTP/1.1\r\n".encode())


def test_a_name_of_the_older_international_kind_can_be_fetched() -> None:
    async def to_server(_host: str, _port: int) -> list[tuple[str, int]]:
        return [("127.0.0.1", server.port)]

    with serve({"/": answer(b"ok")}) as server:
        capture = fetch("http://i❤.ws/", resolver=to_server)

    assert capture.outcome is Outcome.OK
    assert header(server.requests[0], "host") == b"xn--i-7iq.ws"


def test_promise_25_user_information_in_urls_is_never_sent() -> None:
    with LedgerServer(
        lambda _request, target: (
            moved(f"http://me:pw@127.0.0.1:{server.port}/b") if target == "/a" else answer(b"ok")
        )
    ) as server:
        capture = fetch(server.url("/a").replace("//", "//me:pw@"))

    assert capture.outcome is Outcome.OK
    assert [exchange.url for exchange in capture.exchanges] == [server.url("/a"), server.url("/b")]
    assert b"pw" not in server.log[0].received
    assert header(server.requests[0], "authorization") is None


# --- secrets -------------------------------------------------------------------------------------

CANARY = "canary-7f3a"
SECRETIVE = replace(
    LOCAL,
    headers=(("Authorization", f"Bearer {CANARY}"), ("X-Api-Key", CANARY)),
    cookie_env="TEST_COOKIE",
)


@pytest.fixture
def _cookie(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_COOKIE", f"session={CANARY}\n")


@pytest.mark.usefixtures("_cookie")
def test_promise_25_secrets_go_to_the_first_origin_alone(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="scraper")
    pages = {"/c": answer(b"ok")}
    with serve(pages) as other:
        own_pages = {"/a": moved("/b"), "/b": moved(other.url("/c"))}
        with serve(own_pages) as own:
            capture = fetch(own.url("/a"), SECRETIVE)

    assert capture.outcome is Outcome.OK
    for request in own.requests:
        assert header(request, "authorization") == f"Bearer {CANARY}".encode()
        assert header(request, "x-api-key") == CANARY.encode()
        assert header(request, "cookie") == f"session={CANARY}".encode()
    assert len(other.requests) == 1
    assert CANARY.encode() not in other.log[0].received
    assert CANARY not in repr(capture) + caplog.text


@pytest.mark.usefixtures("_cookie")
def test_promise_25_a_change_of_scheme_is_a_change_of_origin() -> None:
    with (
        serve({"/": answer(b"ok")}) as plain,
        serve({"/": moved(plain.url())}, server_tls()) as tls,
    ):
        capture = fetch(tls.url(), SECRETIVE)

    assert capture.outcome is Outcome.OK
    assert CANARY.encode() in tls.log[0].received
    assert CANARY.encode() not in plain.log[0].received


@pytest.mark.usefixtures("_cookie")
def test_promise_25_a_detour_over_another_origin_shows_it_nothing() -> None:
    with serve({}) as other, serve({"/b": answer(b"ok")}) as own:
        other.responder = lambda *_: moved(own.url("/b"))
        own.responder = lambda _request, target: (
            answer(b"ok") if target == "/b" else moved(other.url())
        )
        fetch(own.url("/a"), SECRETIVE)

    assert CANARY.encode() in own.requests[-1]
    assert CANARY.encode() not in other.log[0].received


@pytest.mark.usefixtures("_cookie")
def test_security_rule_5_a_recorded_request_differs_from_the_sent_one_in_redacted_values() -> None:
    with serve({"/": answer(b"ok")}) as server:
        capture = fetch(server.url(), SECRETIVE)

    [exchange] = capture.exchanges
    assert exchange.redacted == ("Authorization", "X-Api-Key", "Cookie")
    restored = exchange.request
    for value in (f"Bearer {CANARY}", CANARY, f"session={CANARY}"):
        restored = restored.replace(b"[redacted]", value.encode(), 1)
    assert restored == server.requests[0]


@pytest.mark.parametrize("name", ["X-Key\r\nX-Injected", "X Key", ""])
def test_a_header_that_cannot_be_sent_is_the_maintainers_error_and_keeps_its_value(
    name: str,
) -> None:
    with pytest.raises(ConfigError) as error:
        fetch("http://127.0.0.1/", replace(LOCAL, headers=((name, CANARY),)))
    assert CANARY not in str(error.value)

    with pytest.raises(ConfigError) as error:
        fetch("http://127.0.0.1/", replace(LOCAL, headers=(("X-Key", f"{CANARY}\r\nX-A: b"),)))
    assert CANARY not in str(error.value)


def test_an_empty_cookie_variable_is_warned_about(caplog: pytest.LogCaptureFixture) -> None:
    with serve({"/": answer(b"ok")}) as server:
        fetch(server.url(), replace(LOCAL, cookie_env="SCRAPER_TEST_UNSET"))

    assert header(server.requests[0], "cookie") is None
    assert "SCRAPER_TEST_UNSET" in caplog.text


def test_policy_headers_replace_ours_and_the_suffix_is_appended() -> None:
    policy = replace(LOCAL, headers=(("accept", "text/html"),), user_agent_suffix="(reader 7)")

    with serve({"/": answer(b"ok")}) as server:
        fetch(server.url(), policy)

    [request] = server.requests
    assert request.lower().count(b"\r\naccept:") == 1
    assert header(request, "accept") == b"text/html"
    assert header(request, "user-agent") == b"scraper-tests/1 (reader 7)"


# --- outcomes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "outcome", "detail"),
    [
        ("200 OK", Outcome.OK, ""),
        ("206 Partial Content", Outcome.OK, ""),
        ("300 Multiple Choices", Outcome.OK, ""),
        ("304 Not Modified", Outcome.NOT_MODIFIED, "304 Not Modified"),
        ("404 Gone fishing", Outcome.HTTP_ERROR, "404 Not Found"),
        ("451 X", Outcome.HTTP_ERROR, "451 Unavailable For Legal Reasons"),
        ("503 X", Outcome.HTTP_ERROR, "503 Service Unavailable"),
        ("599 X", Outcome.HTTP_ERROR, "599, a status that no standard knows"),
    ],
)
def test_the_final_status_decides(status: str, outcome: Outcome, detail: str) -> None:
    with serve({"/": answer(b"", status=status)}) as server:
        capture = fetch(server.url())

    assert (capture.outcome, capture.detail) == (outcome, detail)
    assert capture.page is not None
    assert capture.page.status == int(status[:3])


@pytest.mark.parametrize(
    "url",
    [
        "",
        "paper",
        "ftp://paper.example/",
        "http://",
        "http://[::1",
        "http://a b/",
        "http://a:99999/",
    ],
)
def test_what_is_no_url_is_not_fetched(url: str) -> None:
    capture = fetch(url)

    assert (capture.url, capture.outcome, capture.exchanges) == (url, Outcome.BAD_URL, ())
    assert capture.detail.startswith("not a URL to fetch: ")


def test_a_server_that_does_not_speak_tls_is_a_tls_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def speak_plainly() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")

        with ThreadPoolExecutor(1) as threads:
            threads.submit(speak_plainly)
            capture = fetch(f"https://127.0.0.1:{port}/")

    assert (capture.outcome, capture.exchanges) == (Outcome.TLS_FAILED, ())
    assert capture.detail.startswith("no TLS connection to 127.0.0.1: ")


def test_security_rule_3_an_outlet_may_do_without_certificates_and_the_exchange_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with serve({"/": answer(b"ok")}, server_tls()) as server:
        url = server.url().replace("127.0.0.1", "localhost")
        refused = fetch(url, BOTH_LOOPBACKS)
        taken = fetch(url, replace(BOTH_LOOPBACKS, verify_tls=False))

    assert refused.outcome is Outcome.TLS_FAILED
    assert taken.outcome is Outcome.OK
    assert taken.exchanges[0].notes == ("the TLS certificate was not verified",)
    assert "not verified" in caplog.text
