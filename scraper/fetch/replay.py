"""Replay: recorded exchanges answer instead of the network; no socket is ever opened.

It stands where the network backend stands, so that all above it runs as on the day. It reads no
files, and leaves what it serves as it was recorded.
"""

import ssl
from collections.abc import Iterable
from typing import Any, NamedTuple

import httpcore
import httpx

from scraper.fetch.stopped import Stopped
from scraper.fetch.wire import WireStream
from scraper.model import Exchange, Outcome, Truncation

_PORTS = {"http": 80, "https": 443}
_TLS_VERSIONS = {
    "tls/1.0": "TLSv1",
    "tls/1.1": "TLSv1.1",
    "tls/1.2": "TLSv1.2",
    "tls/1.3": "TLSv1.3",
}
_CUT = {
    Truncation.TIME: (Outcome.TIMEOUT, "the recording was cut short by the deadline"),
    Truncation.LENGTH: (Outcome.TOO_LARGE, "the recording was cut short by the cap on its length"),
}


class Key(NamedTuple):
    """What tells requests apart."""

    scheme: str
    host: str
    port: int
    method: str
    target: str

    def __str__(self) -> str:
        port = "" if self.port == _PORTS.get(self.scheme) else f":{self.port}"
        return f"{self.method} {self.scheme}://{self.host}{port}{self.target}"


class Replay:
    """Recorded exchanges by request; several of one request are served in order, the last again."""

    def __init__(self, exchanges: Iterable[Exchange]) -> None:
        self._exchanges: dict[Key, list[Exchange]] = {}
        for exchange in exchanges:
            if (key := _key_of(exchange)) is not None:
                self._exchanges.setdefault(key, []).append(exchange)

    def next_for(self, key: Key) -> Exchange:
        """Return what answers a request now.

        Raises:
            Stopped: it was never recorded.
        """
        recorded = self._exchanges.get(key)
        if not recorded:
            raise Stopped(Outcome.UNRESOLVED, f"not in the cassette: {key}")
        return recorded.pop(0) if len(recorded) > 1 else recorded[0]


def _key_of(exchange: Exchange) -> Key | None:
    """Return what asks for an exchange; None where its URL is one that no request can be for."""
    try:
        url = httpx.URL(exchange.url)
    except httpx.InvalidURL:
        return None
    asked = (exchange.method, url.raw_path.decode("ascii"))
    # Others' WARCs may lack the request, or hold any bytes in its place.
    if exchange.request.split(b"\r\n", 1)[0].count(b" ") > 1:
        asked = _request_line(exchange.request)
    return Key(url.scheme, url.raw_host.decode("ascii"), url.port or _PORTS[url.scheme], *asked)


def _request_line(request: bytes) -> tuple[str, str]:
    method, target, _ = request.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
    return method, target


class ReplayBackend(httpcore.AsyncNetworkBackend):
    """A network in which there are the recorded exchanges and nothing else."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return WireStream(_ReplayStream(self._replay, host, port), quiet_s=0.0)


class _ReplayStream(httpcore.AsyncNetworkStream):
    def __init__(self, replay: Replay, host: str, port: int) -> None:
        self._replay, self._host, self._port, self._scheme = replay, host, port, "http"
        self._request = self._unread = b""
        self._exchange: Exchange | None = None

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        self._scheme = "https"
        return self

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        self._request += buffer
        if not self._request.endswith(b"\r\n\r\n"):
            return
        key = Key(self._scheme, self._host, self._port, *_request_line(self._request))
        self._exchange = self._replay.next_for(key)
        self._request, self._unread = b"", self._exchange.response

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        data, self._unread = self._unread[:max_bytes], self._unread[max_bytes:]
        if not data and self._exchange is not None and self._exchange.truncated in _CUT:
            raise Stopped(*_CUT[self._exchange.truncated])
        return data

    async def aclose(self) -> None:
        self._unread = b""

    def get_extra_info(self, info: str) -> Any:  # Any: the signature is httpcore's
        if self._exchange is None:
            return None
        if info == "server_addr":
            return (self._exchange.peer, self._port)
        if info == "recorded_at":
            return self._exchange.started
        if info == "tls_version":
            versions = (_TLS_VERSIONS.get(protocol) for protocol in self._exchange.protocols)
            return next((version for version in versions if version), None)
        return None
