"""A newsstand on 127.0.0.1 that answers for the outlets of the cassettes, over real HTTP.

It sends recorded bytes and no others, but for its own 404; of feeds and pages it knows nothing.
"""

import re
import socket
import socketserver
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from scraper.archive.reader import exchanges_in
from scraper.errors import ArchiveError
from scraper.model import Exchange
from scraper.urls import host_of

Answers = Mapping[tuple[str, str], bytes]  # (host, request target) -> response, head and all

_HTTP = 80  # the port that the outlets' URLs mean: the newsstand speaks no TLS
_MAX_HEAD_BYTES = 65_536
_HOST = re.compile(rb"\r\nhost:[ \t]*([^\r\n:]*)", re.IGNORECASE)
_LENGTH = re.compile(rb"\r\n(?:content-length|transfer-encoding):", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection:[ \t]*close", re.IGNORECASE)
_NO_BODY = re.compile(rb"HTTP/1\.[01] (?:1\d\d|204|304)")
_UNKNOWN = (
    b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 26\r\n\r\n"
    b"Not kept on this newsstand"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One request that reached the newsstand and what it sent, byte for byte."""

    host: str  # of the Host header, in lower case, without port
    target: str
    request: bytes
    response: bytes


class Newsstand:
    """A loopback HTTP server for recorded answers; `with` starts and stops it.

    URLs keep their outlet's name (``http://www.outlet.example/...``); `addresses_of` tells a client
    where to dial instead, as curl's --connect-to does. Host and target alone tell requests apart.
    """

    def __init__(self, answers: Answers | None = None) -> None:
        """Serve `answers`, or all that `cassette_folder()` holds."""
        self.answers = recorded_answers(cassette_folder()) if answers is None else dict(answers)
        self.hosts = frozenset(host for host, _ in self.answers)
        self.ledger: list[Served] = []  # in the order in which the answers were sent
        self._server = _Server(("127.0.0.1", 0), _Conversation)
        self._server.newsstand = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def port(self) -> int:
        """The port that it listens on, chosen by the system."""
        return int(self._server.server_address[1])

    async def addresses_of(self, host: str, port: int) -> Sequence[tuple[str, int]]:
        """Return where to dial for a host and port; nowhere for hosts that it does not answer for.

        Fits the fetch client's `resolver`, so that what goes through it cannot leave this machine.
        """
        return [("127.0.0.1", self.port)] if host.lower() in self.hosts and port == _HTTP else []

    def answer(self, host: str, target: str) -> bytes:
        """Return the recorded response for a request, or a 404 of our own."""
        return self.answers.get((host, target), _UNKNOWN)

    def close(self) -> None:
        """Stop listening and end the open connections."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.hang_up()
        self._server.server_close()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Server(socketserver.ThreadingTCPServer):
    """One thread per connection; remembers the connections, so that closing can end idle ones."""

    newsstand: Newsstand
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], handler: type["_Conversation"]) -> None:
        super().__init__(address, handler)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._is_closing = False

    def greet(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)
            if self._is_closing:
                end(connection)

    def part(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.discard(connection)

    def hang_up(self) -> None:
        """End every open connection, which wakes the threads that wait for a next request."""
        with self._lock:
            self._is_closing = True
            for connection in self._open:
                end(connection)


def end(connection: socket.socket) -> None:
    """End both directions of a connection that the other side may have ended already."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class _Conversation(socketserver.StreamRequestHandler):
    """One connection: requests one after the other until a response or the client ends it."""

    server: _Server
    timeout = 30  # seconds of silence after which a connection is given up
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.server.greet(self.connection)

    def handle(self) -> None:
        try:
            while (request := self._next_request()) and self._answered(request):
                pass
        except OSError:
            return  # the client went away, which is its right

    def finish(self) -> None:
        self.server.part(self.connection)
        super().finish()

    def _next_request(self) -> bytes:
        """Return a whole request head, or nothing where the connection ended or said too much."""
        head = b""
        while line := self.rfile.readline(_MAX_HEAD_BYTES):
            head += line
            if head.endswith(b"\r\n\r\n"):
                return head
            if len(head) > _MAX_HEAD_BYTES:
                break
        return b""

    def _answered(self, request: bytes) -> bool:
        """Send the answer to a request; say whether the connection may carry another one."""
        target = request.split(b" ", 2)[1].decode("latin-1") if request.count(b" ") > 1 else ""
        named = _HOST.search(request)
        host = named[1].decode("latin-1").strip().lower() if named else ""
        newsstand = self.server.newsstand
        response = newsstand.answer(host, target)
        if request.startswith(b"HEAD "):
            response = response.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        newsstand.ledger.append(
            Served(host=host, target=target, request=request, response=response)
        )
        self.wfile.write(response)
        return is_open_after(response) and not _CLOSE.search(request)


def is_open_after(response: bytes) -> bool:
    """Say whether a connection may outlive a response (RFC 9112, sections 6.3 and 9.3)."""
    head = response.partition(b"\r\n\r\n")[0]
    if _CLOSE.search(head) or head.startswith(b"HTTP/1.0"):
        return False
    return bool(_LENGTH.search(head) or _NO_BODY.match(head))


def recorded_answers(folder: Path) -> dict[tuple[str, str], bytes]:
    """Return what the WARC files of a folder answer; of several answers to one request, the last.

    Raises:
        ArchiveError: there is no WARC file, or one cannot be read.
    """
    files = sorted(folder.glob("*.warc.gz"))
    if not files:
        raise ArchiveError("holds no cassettes (*.warc.gz)", path=folder)
    return answers_of(exchange for file in files for exchange in exchanges_in(file))


def answers_of(exchanges: Iterable[Exchange]) -> dict[tuple[str, str], bytes]:
    """Return the responses of exchanges by host and request target, where one came."""
    return {
        (host_of(exchange.url), target_of(exchange.url)): exchange.response
        for exchange in exchanges
        if exchange.response
    }


def target_of(url: str) -> str:
    """Return the request target of a URL in origin form (RFC 9112, section 3.2.1)."""
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def cassette_folder() -> Path:
    """Return where the cassettes are: beside this module once installed, else the repository's."""
    installed = Path(__file__).parent / "cassettes"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "cassettes"
