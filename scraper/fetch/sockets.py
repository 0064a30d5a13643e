"""TCP and TLS connections for httpcore, on asyncio, that see what comes while nobody reads.

It resolves nothing, checks no address, and records nothing.
"""

import asyncio
import select
import ssl
from typing import Any

import httpcore

_HIGH_WATER = 262_144  # bytes read ahead before the peer is made to wait


async def dial(address: str, port: int) -> "SocketStream":
    """Connect to an IP address; nothing is looked up.

    Raises:
        OSError: the connection cannot be made.
    """
    loop = asyncio.get_running_loop()
    transport, inbox = await loop.create_connection(_Inbox, address, port)
    return SocketStream(transport, inbox)


class _Inbox(asyncio.Protocol):
    """Keeps what arrives, also while no exchange is going on: that is how a forged or late second
    response is seen before the connection is used again."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.is_over = False
        self.error: Exception | None = None
        self._transport: asyncio.Transport | None = None
        self._is_paused = False
        self._arrived = asyncio.Event()
        self.closed = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def upgraded(self, transport: asyncio.Transport) -> None:
        """Go on with TLS: asyncio calls `connection_made` for the plain transport only."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self.data += data
        self._arrived.set()
        if len(self.data) > _HIGH_WATER and self._transport is not None and not self._is_paused:
            self._transport.pause_reading()
            self._is_paused = True

    def eof_received(self) -> None:
        self.is_over = True
        self._arrived.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_over, self.error = True, exc
        self._arrived.set()
        self.closed.set()

    async def take(self, max_bytes: int) -> bytes:
        """Return what has arrived, after waiting for something; empty at the end."""
        if len(self.data) >= max_bytes:  # whoever has much to read lets others, and timers, run
            await asyncio.sleep(0)
        while not self.data and not self.is_over:
            self._arrived.clear()
            await self._arrived.wait()
        taken = bytes(self.data[:max_bytes])
        del self.data[:max_bytes]
        if self._is_paused and self._transport is not None and not self.closed.is_set():
            self._transport.resume_reading()
            self._is_paused = False
        return taken


class SocketStream(httpcore.AsyncNetworkStream):
    """A connection as httpcore wants it.

    The timeouts per operation are ignored: the client puts one deadline over the whole exchange.
    """

    def __init__(self, transport: asyncio.Transport, inbox: _Inbox) -> None:
        self._transport, self._inbox = transport, inbox
        self._address = transport.get_extra_info("peername")

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        data = await self._inbox.take(max_bytes)
        if not data and self._inbox.error is not None:
            raise httpcore.ReadError(str(self._inbox.error)) from self._inbox.error
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        # Requests have no body here, so that the transport's own buffer is room enough.
        if self._transport.is_closing():
            raise httpcore.WriteError("the connection is closed")
        self._transport.write(buffer)

    async def aclose(self) -> None:
        # abort: after a whole response nobody waits for a goodbye, and a peer may never send its.
        self._transport.abort()
        await self._inbox.closed.wait()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        try:
            transport = await loop.start_tls(
                self._transport, self._inbox, ssl_context, server_hostname=server_hostname
            )
        except BaseException:
            self._transport.abort()
            raise
        if transport is None:  # it went away during the last step of the handshake
            raise ConnectionResetError("the connection was closed")
        self._inbox.upgraded(transport)
        self._transport = transport
        return self

    def get_extra_info(self, info: str) -> Any:  # Any: the signature is httpcore's
        if info == "is_readable":
            return bool(self._inbox.data) or self._inbox.is_over or self._has_unread_bytes()
        if info == "server_addr":
            return self._address
        if info == "tls_version":
            tls = self._transport.get_extra_info("ssl_object")
            return None if tls is None else tls.version()
        return self._transport.get_extra_info(info)

    def _has_unread_bytes(self) -> bool:
        """Say whether the kernel holds bytes that the event loop has not yet come round to."""
        poll = select.poll()
        poll.register(self._transport.get_extra_info("socket").fileno(), select.POLLIN)
        return bool(poll.poll(0))
