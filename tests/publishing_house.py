"""The publishing house: real HTTP servers on loopback, and the ledger of all that they sent.

What they answer is the plan's and the clock's; whoever asks may be killed and come back, for the
house notices nothing of it.
"""

import base64
import hashlib
import json
import socket
import socketserver
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from publishing import Plan, Press
from publishing_answers import Answer, Wire, answer_to, wire_of

_DRIP_S = 0.01  # real seconds between the pieces of a slow page
_ATTEMPTS = 20  # to find a port that is free at every address


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One request and what was sent in answer; moments are those of the house's clock.

    `sent` is taken before the last byte leaves: nobody can have the whole response earlier.
    """

    asked: datetime
    sent: datetime
    outlet: str
    target: str
    conditional: bool
    status: int
    kind: str  # robots | source | article | amp | redirect | other
    sha256: str  # of the response, byte for byte
    head_sha256: str  # of its head, which is all that a revisit record keeps
    payload: str | None  # sha1 of the entity as sent, as WARC spells it; None where it is empty
    bytes: int
    story: str | None
    version: int | None
    whole: bool  # False where the client went away before the last byte


class House:
    """Servers for all outlets of a plan, one loopback address each, on one port.

    `with` starts and stops them. The ledger is in memory, in the order in which answers were sent,
    and in a file of JSON lines if one is named.
    """

    def __init__(self, plan: Plan, now: Callable[[], datetime], ledger: Path | None = None) -> None:
        self.plan, self.now = plan, now
        self._ledger: list[Served] = []
        self._lock = threading.Lock()
        self._file = None if ledger is None else ledger.open("a", encoding="utf-8")
        self._servers = _servers(plan)
        for server in self._servers:
            server.house = self
        self.port = int(self._servers[0].server_address[1])
        self._threads = [
            threading.Thread(target=server.serve_forever, args=(0.05,)) for server in self._servers
        ]

    @property
    def ledger(self) -> tuple[Served, ...]:
        with self._lock:
            return tuple(self._ledger)

    @property
    def sources_toml(self) -> str:
        return self.plan.sources_toml(self.port)

    def url(self, press: str, target: str) -> str:
        """Return the URL of a target at an outlet, given by its id."""
        return f"http://{self.plan.press_at(press).address}:{self.port}{target}"

    def answer(
        self, press: Press, target: str, asked: dict[str, str], now: datetime
    ) -> tuple[Answer, Wire]:
        """Return the answer of a moment and its bytes."""
        answer = answer_to(self.plan, press, target, asked, now, self.port)
        return answer, wire_of(press, answer, now)

    def note(self, served: Served) -> None:
        """Add a line to the ledger."""
        with self._lock:
            self._ledger.append(served)
            if self._file is not None:
                self._file.write(json.dumps(asdict(served), default=str) + "\n")
                self._file.flush()

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for server, thread in zip(self._servers, self._threads, strict=True):
            server.shutdown()
            thread.join()
            server.hang_up()
            server.server_close()  # waits for the threads of the connections
        if self._file is not None:
            self._file.close()


def ledger_in(path: Path) -> tuple[Served, ...]:
    """Return the ledger that a house wrote into a file."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for line in lines:
        line |= {key: datetime.fromisoformat(line[key]) for key in ("asked", "sent")}
    return tuple(Served(**line) for line in lines)


class _Server(socketserver.ThreadingTCPServer):
    """One outlet's door; remembers the connections, so that closing can end idle ones."""

    house: House
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, press: Press, port: int) -> None:
        super().__init__((press.address, port), _Conversation)
        self.press = press
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._is_closing = False

    def greet(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)
            if self._is_closing:
                _end(connection)

    def part(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.discard(connection)

    def hang_up(self) -> None:
        with self._lock:
            self._is_closing = True
            for connection in self._open:
                _end(connection)


class _Conversation(socketserver.StreamRequestHandler):
    """One connection: requests one after the other until either side ends it."""

    server: _Server
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.server.greet(self.connection)

    def handle(self) -> None:
        with suppress(OSError):  # the client went away, or was killed
            while head := self._next_head():
                self._converse(head)
                if not self.server.press.keeps_alive:
                    return

    def finish(self) -> None:
        self.server.part(self.connection)
        with suppress(OSError):
            super().finish()

    def _next_head(self) -> bytes:
        head = b""
        while line := self.rfile.readline(65_536):
            head += line
            if line in (b"\r\n", b"\n"):
                return head
        return b""

    def _converse(self, head: bytes) -> None:
        house, press = self.server.house, self.server.press
        asked = house.now()
        target, headers = _read(head)
        answer, wire = house.answer(press, target, headers, asked)
        whole = False
        try:
            for piece in wire.pieces[:-1]:
                self.wfile.write(piece)
                threading.Event().wait(_DRIP_S)
            whole = True
        finally:
            house.note(_served(press, target, headers, answer, wire, asked, house.now(), whole))
        self.wfile.write(wire.pieces[-1])


def _read(head: bytes) -> tuple[str, dict[str, str]]:
    """Return the target and headers of a request."""
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    return first.split(" ")[1], {name.lower(): value.strip() for name, _, value in pairs}


def _served(
    press: Press,
    target: str,
    headers: dict[str, str],
    answer: Answer,
    wire: Wire,
    asked: datetime,
    sent: datetime,
    whole: bool,
) -> Served:
    digest = base64.b32encode(hashlib.sha1(wire.entity).digest()).decode("ascii")
    return Served(
        asked=asked, sent=sent, outlet=press.id, target=target,
        conditional=bool({"if-none-match", "if-modified-since"} & headers.keys()),
        status=answer.status, kind=answer.kind,
        sha256=hashlib.sha256(wire.whole).hexdigest(),
        head_sha256=hashlib.sha256(wire.head).hexdigest(),
        payload=f"sha1:{digest}" if wire.entity else None,
        bytes=len(wire.whole),
        story=answer.story.id if answer.story else None, version=answer.version, whole=whole,
    )  # fmt: skip


def _servers(plan: Plan) -> list[_Server]:
    """Return a server at each outlet's address, all on a port that is free at every one."""
    for _ in range(_ATTEMPTS):
        servers = [_Server(plan.presses[0], 0)]
        port = int(servers[0].server_address[1])
        try:
            for press in plan.presses[1:]:
                servers.append(_Server(press, port))  # noqa: PERF401 - those made must be closed
        except OSError:
            for server in servers:
                server.server_close()
            continue
        return servers
    raise OSError("no port is free at every address")


def _end(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
