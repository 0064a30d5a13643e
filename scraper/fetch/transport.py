"""httpx's door to the network: requests go out over recording connections of our own keeping.

It follows no redirect and keeps no cookie; what is recorded is the business of `wire`.
"""

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import httpcore
import httpx

from scraper.fetch.connections import PER_HOST, Connections
from scraper.fetch.wire import Tape

_HTTPX_ERRORS: dict[type[BaseException], type[httpx.TransportError]] = {
    httpcore.ConnectError: httpx.ConnectError,
    httpcore.ReadError: httpx.ReadError,
    httpcore.WriteError: httpx.WriteError,
    httpcore.NetworkError: httpx.NetworkError,
    httpcore.LocalProtocolError: httpx.LocalProtocolError,
    httpcore.RemoteProtocolError: httpx.RemoteProtocolError,
    httpcore.ProtocolError: httpx.ProtocolError,
    httpcore.TimeoutException: httpx.TimeoutException,
    httpcore.UnsupportedProtocol: httpx.UnsupportedProtocol,
}


class RecordingTransport(httpx.AsyncBaseTransport):
    """Takes one request at a time over a connection; how many there are, the client limits.

    Not httpcore's pool: at each request that looks at every connection it holds, of all hosts.
    """

    def __init__(
        self,
        backend: httpcore.AsyncNetworkBackend,
        tls: ssl.SSLContext,
        *,
        at_most: int,
        per_host: int = PER_HOST,
    ) -> None:
        self._connections = Connections(backend, tls, at_most=at_most, per_host=per_host)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        plain = _plain(request)
        with _httpx_errors():
            connection = await self._connections.take(plain.url.origin)
            response = await connection.handle_async_request(plain)
        Tape.current().is_in_body = True
        body = _Body(response, connection, self._connections)
        return httpx.Response(response.status, headers=response.headers, stream=body)

    async def aclose(self) -> None:
        await self._connections.aclose()


def _plain(request: httpx.Request) -> httpcore.Request:
    url = request.url
    return httpcore.Request(
        method=request.method,
        url=httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        ),
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )


class _Body(httpx.AsyncByteStream):
    def __init__(
        self,
        response: httpcore.Response,
        connection: httpcore.AsyncHTTPConnection,
        connections: Connections,
    ) -> None:
        self._response, self._connection, self._connections = response, connection, connections

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _httpx_errors():
            async for data in self._response.aiter_stream():
                yield data

    async def aclose(self) -> None:
        await self._response.aclose()
        await self._connections.give_back(self._connection)


@contextmanager
def _httpx_errors() -> Iterator[None]:
    """Turn httpcore's exceptions into httpx's, as httpx's own transport does."""
    try:
        yield
    except Exception as exc:
        for kind in type(exc).__mro__:
            if kind in _HTTPX_ERRORS:
                raise _HTTPX_ERRORS[kind](str(exc)) from exc
        raise
