"""What the newsstand answers over real loopback connections, and what it notes of it."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from scraper.demo.newsstand import (
    Newsstand,
    is_open_after,
    recorded_answers,
    target_of,
)
from scraper.errors import ArchiveError

HOST = "www.tide.example"
MARKED = b"HTTP/1.1 200 OK\r\nX-Odd:   three  spaces\r\nContent-Length: 4\r\n\r\ntide"
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
    b"3;note=1\r\nebb\r\n0\r\nX-Sum: 9\r\n\r\n"
)
UNTIL_CLOSE = b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nflood and slack water"
ANSWERS = {
    (HOST, "/marked"): MARKED,
    (HOST, "/chunked?page=2"): CHUNKED,
    (HOST, "/close"): UNTIL_CLOSE,
    ("www.ebb.example", "/marked"): b"HTTP/1.1 204 No Content\r\n\r\n",
}


@pytest.fixture
def newsstand() -> Iterator[Newsstand]:
    with Newsstand(ANSWERS) as running:
        yield running


@pytest.fixture
def connection(newsstand: Newsstand) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", newsstand.port), timeout=5) as opened:
        yield opened


def asked(target: str, *, host: str = HOST, method: str = "GET", more: str = "") -> bytes:
    return f"{method} {target} HTTP/1.1\r\nhost:  {host}\r\n{more}\r\n".encode()


def received(connection: socket.socket, count: int) -> bytes:
    """Return `count` bytes, or what came before the other side ended the connection."""
    wire = b""
    while len(wire) < count and (piece := connection.recv(count - len(wire))):
        wire += piece
    return wire


def rest_of(connection: socket.socket) -> bytes:
    return received(connection, 1_000_000)


def test_responses_go_out_byte_for_byte_on_one_connection(connection: socket.socket) -> None:
    wires = []
    for target, response in (
        ("/marked", MARKED),
        ("/chunked?page=2", CHUNKED),
        ("/marked", MARKED),
    ):
        connection.sendall(asked(target))
        wires.append(received(connection, len(response)))

    assert wires == [MARKED, CHUNKED, MARKED]


def test_a_response_without_a_marked_end_ends_the_connection(connection: socket.socket) -> None:
    connection.sendall(asked("/close"))

    assert rest_of(connection) == UNTIL_CLOSE


def test_a_client_that_closes_is_taken_at_its_word(connection: socket.socket) -> None:
    connection.sendall(asked("/marked", more="Connection: close\r\n"))

    assert rest_of(connection) == MARKED


def test_a_request_may_arrive_in_pieces(connection: socket.socket) -> None:
    for piece in (b"GET /mar", b"ked HTTP/1.1\r\nHo", b"st: www.TIDE.example:80\r\n", b"\r\n"):
        connection.sendall(piece)

    assert received(connection, len(MARKED)) == MARKED


def test_the_host_header_chooses_the_outlet(connection: socket.socket) -> None:
    connection.sendall(asked("/marked", host="www.ebb.example"))

    assert received(connection, 27) == b"HTTP/1.1 204 No Content\r\n\r\n"


@pytest.mark.parametrize(
    ("target", "host"), [("/nothing", HOST), ("/marked", "www.neap.example"), ("/chunked", HOST)]
)
def test_what_was_not_recorded_is_not_found(
    connection: socket.socket, target: str, host: str
) -> None:
    connection.sendall(asked(target, host=host, more="Connection: close\r\n"))

    assert rest_of(connection).startswith(b"HTTP/1.1 404 Not Found\r\n")


def test_a_head_request_gets_the_head_alone(connection: socket.socket) -> None:
    connection.sendall(asked("/marked", method="HEAD", more="Connection: close\r\n"))

    assert rest_of(connection) == MARKED.removesuffix(b"tide")


def test_the_ledger_holds_both_sides_in_order(
    newsstand: Newsstand, connection: socket.socket
) -> None:
    requests = [asked("/marked"), asked("/nothing", more="X-Two:  a\r\nX-Two: b\r\n")]
    for request in requests:
        connection.sendall(request)
        received(connection, len(newsstand.answer(HOST, request.split()[1].decode())))

    assert [entry.request for entry in newsstand.ledger] == requests
    assert [(entry.host, entry.target) for entry in newsstand.ledger] == [
        (HOST, "/marked"),
        (HOST, "/nothing"),
    ]
    assert newsstand.ledger[0].response == MARKED


def test_an_endless_head_is_cut_off(connection: socket.socket) -> None:
    with pytest.raises(ConnectionError):
        connection.sendall(b"GET / HTTP/1.1\r\n" + b"X-More: and more\r\n" * 1_000_000)


def test_closing_ends_idle_connections_and_frees_the_port() -> None:
    with Newsstand(ANSWERS) as newsstand:
        idle = socket.create_connection(("127.0.0.1", newsstand.port), timeout=5)
        idle.sendall(asked("/marked"))
        received(idle, len(MARKED))

    with idle:
        assert idle.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", newsstand.port), timeout=5)


def test_only_the_outlets_served_are_dialled_at_all(newsstand: Newsstand) -> None:
    def addresses(host: str, port: int = 80) -> object:
        return asyncio.run(newsstand.addresses_of(host, port))

    assert newsstand.hosts == {HOST, "www.ebb.example"}
    assert addresses("WWW.tide.example") == [("127.0.0.1", newsstand.port)]
    assert addresses("www.neap.example") == addresses(HOST, 443) == []


@pytest.mark.parametrize(
    ("head", "may_stay_open"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0", True),
        (b"HTTP/1.1 200 OK\r\ntransfer-ENCODING: chunked", True),
        (b"HTTP/1.1 304 Not Modified\r\nETag: x", True),
        (b"HTTP/1.1 200 OK\r\nX-Content-Length: 5", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 5", False),
    ],
)
def test_a_connection_stays_open_only_where_the_end_is_marked(
    head: bytes, may_stay_open: bool
) -> None:
    assert is_open_after(head + b"\r\n\r\nContent-Length: 5") is may_stay_open


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://a.example", "/"),
        ("http://a.example/b?c=d&e", "/b?c=d&e"),
        ("http://a.example/b%20c#d", "/b%20c"),
    ],
)
def test_targets_are_in_origin_form(url: str, target: str) -> None:
    assert target_of(url) == target


def test_a_folder_without_cassettes_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="holds no cassettes"):
        recorded_answers(tmp_path)
