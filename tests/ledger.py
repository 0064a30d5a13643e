"""A loopback HTTP server for tests that keeps a ledger: the very bytes it received and sent.

It knows nothing of HTTP but where a request's head ends, so that a test can send any nonsense.
"""

import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self


class Close:
    """Said by a responder: end the connection here. `reset` ends it with a TCP reset."""

    def __init__(self, *, reset: bool = False) -> None:
        self.reset = reset


CLOSE: Final = Close()
RESET: Final = Close(reset=True)

Step = bytes | float | Close  # bytes to send, seconds to pause, or the end of the connection
Responder = Callable[[bytes, str], bytes | Iterable[Step]]  # (request, target) -> response


@dataclass(slots=True)
class Connection:
    """What went over one connection, as the server saw it; `closed` once the server has ended it.

    `requests` and `responses` are the same bytes as `received` and `sent`, one entry per exchange.
    """

    received: bytes = b""
    sent: bytes = b""
    requests: list[bytes] = field(default_factory=list)
    responses: list[bytes] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)


class LedgerServer:
    """Answers every request on loopback with what `responder` says; `with` starts and stops it.

    The responder runs in a thread of its connection. It returns the raw response, or yields steps:
    bytes are sent at once, numbers are pauses in seconds (cut short when the server is stopped),
    `CLOSE` and `RESET` end the connection. Without one of them the connection stays open.
    """

    def __init__(
        self,
        responder: Responder,
        tls: ssl.SSLContext | None = None,
        *,
        address: str = "127.0.0.1",
    ) -> None:
        self.responder, self.tls, self.address = responder, tls, address
        self.log: list[Connection] = []  # in the order in which they were accepted
        self._arrived: list[tuple[Connection, int]] = []  # which request of it
        self._socket = socket.create_server((address, 0), backlog=128)
        self.port = int(self._socket.getsockname()[1])  # chosen by the system
        self._stopped = threading.Event()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._accept)]

    @property
    def requests(self) -> list[bytes]:
        """All requests, in the order in which they arrived."""
        return [connection.requests[number] for connection, number in self._arrived]

    @property
    def responses(self) -> list[bytes]:
        """What was sent for each request, in the order in which these arrived."""
        return [
            connection.responses[number]
            for connection, number in self._arrived
            if number < len(connection.responses)
        ]

    def url(self, target: str = "/") -> str:
        """Return the URL of a target on this server, by address."""
        return f"{'https' if self.tls else 'http'}://{self.address}:{self.port}{target}"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._threads[0].join()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads[1:]:
            thread.join()
        self._socket.close()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                accepted, _ = self._socket.accept()
            except OSError:
                return
            entry = Connection()
            self.log.append(entry)
            thread = threading.Thread(target=self._talk, args=(accepted, entry))
            self._threads.append(thread)
            thread.start()

    def _talk(self, plain: socket.socket, entry: Connection) -> None:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link = plain
        with self._lock:
            self._open.add(plain)
        try:
            if self.tls is not None:
                plain.settimeout(5)  # a client that never shakes hands must not hang the test
                link = self.tls.wrap_socket(plain, server_side=True)
                link.settimeout(None)
                with self._lock:
                    self._open.add(link)
            while (request := self._read_request(link, entry)) and self._answer(
                link, entry, request
            ):
                pass
        except OSError:
            pass  # the client went away, or the test is over
        finally:
            with self._lock:
                self._open -= {plain, link}
            link.close()
            entry.closed.set()

    def _read_request(self, link: socket.socket, entry: Connection) -> bytes:
        request = b""
        while not _is_whole(request):
            data = link.recv(65_536)
            if not data:
                return b""
            request += data
            entry.received += data
        entry.requests.append(request)
        self._arrived.append((entry, len(entry.requests) - 1))
        return request

    def _answer(self, link: socket.socket, entry: Connection, request: bytes) -> bool:
        """Send a response; say whether the connection stays open."""
        target = request.split(b" ", 2)[1].decode("latin-1")
        steps = self.responder(request, target)
        entry.responses.append(b"")
        for step in (steps,) if isinstance(steps, bytes) else steps:
            if isinstance(step, Close):
                _end(link, reset=step.reset)
                return False
            if isinstance(step, bytes):
                link.sendall(step)
                entry.sent += step
                entry.responses[-1] += step
            elif self._stopped.wait(step):
                return False
        return True


def _end(link: socket.socket, *, reset: bool) -> None:
    if reset:  # a linger time of zero turns close() into RST
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        return
    with suppress(OSError):
        link.shutdown(socket.SHUT_RDWR)


def serve(pages: Mapping[str, bytes], tls: ssl.SSLContext | None = None) -> LedgerServer:
    """Return a server for raw responses by request target; 404 for all others."""
    return LedgerServer(
        lambda _request, target: pages.get(target, answer(b"nothing here", status="404 Not Found")),
        tls,
    )


def answer(body: bytes = b"", *headers: str, status: str = "200 OK") -> bytes:
    """Return a plain response with a Content-Length and further header lines."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def eventually(is_true: Callable[[], bool], *, seconds: float = 90) -> bool:
    """Say whether something becomes true within some seconds: for what another thread does.

    The limit is generous, since a machine may be loaded and only a failure ever reaches it.
    """
    end = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


def header(message: bytes, name: str) -> bytes | None:
    """Return the value of the first header of a name in raw bytes, or None."""
    match = re.search(rb"\r\n" + name.encode() + rb":[ \t]*([^\r\n]*)", message, re.IGNORECASE)
    return match and match[1]


def _is_whole(request: bytes) -> bool:
    """Say whether a request is there with its body, which may come a moment later."""
    head, blank, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\nContent-Length: *(\d+)", head)
    return bool(blank) and len(body) >= int(length[1] if length else 0)
