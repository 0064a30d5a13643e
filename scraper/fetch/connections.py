"""Connections that wait to be used again, and new ones where none is ready.

It speaks no HTTP, dials through the backend that it is given, and limits no fetches: others do.
"""

import ssl
import time

import httpcore

from scraper.fetch.wire import QUIET_S

KEEP_ALIVE_S = 15.0
PER_HOST = 4  # of one client: browsers hold six


class Connections:
    """Keeps connections between requests, `per_host` to one host and `at_most` in all.

    One is ready when nothing has come over it for a moment. A request that comes sooner gets
    another connection, and only where the host has its number already one that has yet to wait.
    """

    def __init__(
        self,
        backend: httpcore.AsyncNetworkBackend,
        tls: ssl.SSLContext,
        *,
        at_most: int,
        per_host: int = PER_HOST,
    ) -> None:
        self._backend, self._tls = backend, tls
        self._at_most, self._per_host = at_most, per_host
        # Since when each waits, the one that has waited longest first.
        self._kept: dict[httpcore.AsyncHTTPConnection, float] = {}

    async def take(self, origin: httpcore.Origin) -> httpcore.AsyncHTTPConnection:
        """Return a connection to an origin, kept or new, for one request at a time."""
        await self._drop_old()
        while (connection := self._ready_for(origin)) is not None:
            del self._kept[connection]
            if not connection.has_expired():
                return connection
            await connection.aclose()
        return httpcore.AsyncHTTPConnection(
            origin,
            ssl_context=self._tls,
            keepalive_expiry=KEEP_ALIVE_S,
            network_backend=self._backend,
        )

    def _ready_for(self, origin: httpcore.Origin) -> httpcore.AsyncHTTPConnection | None:
        kept = [one for one in self._kept if one.can_handle_request(origin)]
        if not kept:
            return None
        is_quiet = time.monotonic() - self._kept[kept[0]] >= QUIET_S
        return kept[0] if is_quiet or len(kept) >= self._per_host else None

    async def give_back(self, connection: httpcore.AsyncHTTPConnection) -> None:
        """Keep a connection whose response was read to its end; any other is closed already."""
        if not connection.is_available():
            return
        self._kept[connection] = time.monotonic()
        while len(self._kept) > self._at_most:
            await self._drop(next(iter(self._kept)))

    async def aclose(self) -> None:
        """Close all that wait."""
        while self._kept:
            await self._drop(next(iter(self._kept)))

    async def _drop_old(self) -> None:
        while self._kept:
            connection, since = next(iter(self._kept.items()))
            if time.monotonic() - since < KEEP_ALIVE_S:
                return
            await self._drop(connection)

    async def _drop(self, connection: httpcore.AsyncHTTPConnection) -> None:
        del self._kept[connection]
        await connection.aclose()
