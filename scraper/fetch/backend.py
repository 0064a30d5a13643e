"""The one door to the network: every connection is made here, to an address that passed the gate.

It speaks no HTTP and no TLS.
"""

import asyncio
import os
from collections.abc import Iterable, Sequence
from typing import Any

import httpcore

from scraper.fetch.guard import Resolver, checked_addresses
from scraper.fetch.sockets import SocketStream, dial
from scraper.fetch.stopped import Stopped
from scraper.fetch.wire import WireStream
from scraper.model import Outcome

CONNECT_TIMEOUT_S = 10.0  # per address, so that one dead address does not use up the deadline


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Dials for one policy: connections of a laxer one never meet the fetches of a stricter."""

    def __init__(self, resolver: Resolver, allow_private: Sequence[str]) -> None:
        self._resolver, self._allow_private = resolver, allow_private

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await checked_addresses(self._resolver, host, port, self._allow_private)
        return WireStream(await _first_connection(host, addresses))


async def _first_connection(host: str, addresses: Sequence[tuple[str, int]]) -> SocketStream:
    """Try the addresses in order, as the resolver sorted them."""
    last = Stopped(Outcome.REFUSED, f"{host} has no address to connect to")
    for address, port in addresses:
        place = f"{host} ({address}, port {port})"
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S) as deadline:
                return await dial(address, port)
        except TimeoutError as exc:
            if not deadline.expired() and exc.errno is None:
                raise
            last = Stopped(Outcome.TIMEOUT, f"no connection to {place}: it does not answer")
        except OSError as exc:
            reason = os.strerror(exc.errno) if exc.errno else exc  # asyncio words its own
            last = Stopped(Outcome.REFUSED, f"no connection to {place}: {reason}")
    raise last
