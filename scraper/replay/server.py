"""A small HTTP server on loopback: GET and HEAD, files with ranges, and nobody's name but our own.

What there is to see is said by a site; this module knows only how it travels.
"""

import logging
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Protocol
from urllib.parse import parse_qsl, urlsplit

from scraper.errors import ConfigError, ScraperError

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
_ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_PIECE = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a site says to a request; of a file, ranges can be had."""

    body: bytes | Path
    kind: str = "text/html; charset=utf-8"
    policy: str = "default-src 'none'"  # Content-Security-Policy
    headers: tuple[tuple[str, str], ...] = ()
    status: HTTPStatus = HTTPStatus.OK


_BAD_REQUEST = Answer(
    body=b"no address of a page here\n", kind="text/plain", status=HTTPStatus.BAD_REQUEST
)
_MISDIRECTED = Answer(
    body=b"this server answers to 127.0.0.1 and localhost alone\n",
    kind="text/plain",
    status=HTTPStatus.MISDIRECTED_REQUEST,
)
_FORBIDDEN = Answer(
    body=b"another site asks for this\n", kind="text/plain", status=HTTPStatus.FORBIDDEN
)
NOT_FOUND = Answer(body=b"not here\n", kind="text/plain", status=HTTPStatus.NOT_FOUND)


class Site(Protocol):
    """Says what there is to see under a path."""

    def answer(self, path: str, query: Mapping[str, str]) -> Answer:
        """Return what to send for a path."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    site: Site

    @property
    def hosts(self) -> frozenset[str]:
        """Our own names: under another, a page of the web would read us (DNS rebinding)."""
        return frozenset(f"{name}:{self.server_port}" for name in (LOOPBACK, "localhost"))

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a reader who went away; a bug is loud."""
        problem = sys.exception()
        if isinstance(problem, OSError):
            log.debug("a reader went away: %s", problem)
            return
        log.error("a request could not be answered", exc_info=problem)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "scraper", ""
    timeout = 60
    server: _Server

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        # A body is not read: what stands in it must not be taken for the next request, which
        # may be somebody else's where a proxy stands before us.
        has_body = self.headers.get("Content-Length", "0") != "0"
        self.close_connection |= has_body or "Transfer-Encoding" in self.headers
        answer = self._answer_of_site()
        if isinstance(answer.body, Path):
            self._send_file(answer, answer.body, with_body=with_body)
            return
        self._send_head(answer, answer.status, len(answer.body))
        if with_body:
            self.wfile.write(answer.body)

    def _answer_of_site(self) -> Answer:
        if self.headers.get("Host", "") not in self.server.hosts:
            return _MISDIRECTED
        if self._is_foreign():
            return _FORBIDDEN
        try:
            parts = urlsplit(self.path)
        except ValueError:
            return _BAD_REQUEST
        try:
            return self.server.site.answer(parts.path, dict(parse_qsl(parts.query)))
        except ScraperError as exc:
            log.warning("cannot answer %s: %s", self.path, exc)
            problem = f"{exc}\n".encode("utf-8", "replace")
            kind = "text/plain; charset=utf-8"
            return Answer(body=problem, kind=kind, status=HTTPStatus.INTERNAL_SERVER_ERROR)

    def _is_foreign(self) -> bool:
        """Say whether a page of the web asks behind its reader's back: it could not read what we
        say, but have packages made for as long as it is open (Fetch Metadata, W3C)."""
        is_cross = self.headers.get("Sec-Fetch-Site") == "cross-site"
        return is_cross and self.headers.get("Sec-Fetch-Dest") != "document"

    def _send_file(self, answer: Answer, path: Path, *, with_body: bool) -> None:
        with path.open("rb") as file:
            size = path.stat().st_size
            part = range_of(self.headers.get("Range", ""), size)
            if part is None:
                part = range(size)
                self._send_head(answer, answer.status, size)
            elif part:
                place = f"{part.start}-{part.stop - 1}/{size}"
                self._send_head(answer, HTTPStatus.PARTIAL_CONTENT, len(part), place)
            else:
                status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
                self._send_head(answer, status, 0, f"*/{size}")
            if with_body:
                file.seek(part.start)
                left = len(part)
                while left and (data := file.read(min(left, _PIECE))):
                    self.wfile.write(data)
                    left -= len(data)

    def _send_head(self, answer: Answer, status: HTTPStatus, length: int, place: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(length))
        self.send_header("Content-Security-Policy", answer.policy)
        if self.close_connection:
            self.send_header("Connection", "close")
        if isinstance(answer.body, Path):
            self.send_header("Accept-Ranges", "bytes")
        if place:
            self.send_header("Content-Range", f"bytes {place}")
        for name, value in (*_ALWAYS, *answer.headers):
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base names it so
        log.debug("served %s", format % args)


def range_of(asked: str, size: int) -> range | None:
    """Return the part of a file that a Range header asks for; an empty one cannot be had.

    None where the whole is to be sent: anything but one plain range (RFC 9110, section 14.2).
    """
    found = _RANGE.fullmatch(asked)
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:  # the last bytes
        return range(max(size - int(found[2]), 0), size)
    stop = int(found[2]) + 1 if found[2] else size
    return range(int(found[1]), min(stop, size))


@contextmanager
def serving(site: Site, port: int) -> Iterator[int]:
    """Serve a site on loopback while the block runs; give the port (of the system's choice for 0).

    Raises:
        ConfigError: the port is taken.
    """
    try:
        server = _Server((LOOPBACK, port), _Handler)
    except OSError as exc:
        problem = f"port {port} cannot be had ({exc.strerror}); choose another with --port"
        raise ConfigError(problem) from exc
    server.site = site
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
