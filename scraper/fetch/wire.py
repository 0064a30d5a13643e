"""The wire recorder: the exact bytes of each exchange, kept below httpx and httpcore.

It neither resolves nor dials, and it leaves the bytes as they are: redaction comes later.
"""

import asyncio
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

import httpcore

from scraper import clock
from scraper.fetch.stopped import StaleError, Stopped
from scraper.http1 import Message, read_response
from scraper.in_hand import Hold
from scraper.model import Outcome

MAX_HEADS_BYTES = 256 * 1024  # of all heads together: an endless row of 1xx responses ends here
QUIET_S = 0.1  # before a connection is used again

_TAPE: ContextVar["Tape"] = ContextVar("tape")
_TLS_PROTOCOLS = {"TLSv1": "tls/1.0", "TLSv1.1": "tls/1.1", "TLSv1.2": "tls/1.2"}
_TLS_PROTOCOLS |= {"TLSv1.3": "tls/1.3"}


class Tape:
    """What one attempt at an exchange put on the wire, as it happens.

    An HTTP/1.1 connection carries one exchange at a time, so all that is written and read between
    two attempts belongs to the one that runs in the reading task's context.
    """

    def __init__(self, method: str, *, max_bytes: int, wide: Hold | None = None) -> None:
        self.method, self.max_bytes = method, max_bytes
        self._wide = wide
        self.rewind()

    def rewind(self) -> None:
        """Forget all, for a new attempt."""
        self.request, self.response = bytearray(), bytearray()
        self.peer: str | None = None
        self.tls: str | None = None
        self.is_reused = False  # the connection had carried an exchange before
        self.is_ended = False  # the peer, or the network, ended the connection
        self.is_in_body = False
        self.is_waiting = False  # for room
        self.started = clock.now()
        self._first = self._last = time.monotonic()
        self._message: Message | None = None

    @property
    def seconds(self) -> float:
        """Return the time from the first byte out to the last byte in."""
        return self._last - self._first

    def age(self) -> float:
        """Return the seconds since the last byte."""
        return time.monotonic() - self._last

    @property
    def is_stale(self) -> bool:
        """Say whether a kept connection turned out to be over: RFC 9112, section 9.3.1, asks for
        another attempt then, since the server may well have closed it before the request came."""
        return self.is_reused and not self.response

    @staticmethod
    def current() -> "Tape":
        """Return the tape that records what the current task puts on the wire."""
        return _TAPE.get()

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Give this tape all that the current task puts on the wire."""
        token = _TAPE.set(self)
        try:
            yield
        finally:
            _TAPE.reset(token)

    def sent(self, data: bytes) -> None:
        """Keep what was written."""
        if not self.request:
            self.started, self._first = clock.now(), time.monotonic()
            self._last = self._first
        self.request += data

    def room(self) -> int:
        """Return how many bytes may be read: one more than allowed, to see that there is more."""
        return self._cap() - len(self.response) + 1

    def received(self, data: bytes) -> None:
        """Keep what was read.

        Raises:
            Stopped: it is more than the cap; the bytes up to the cap are kept.
        """
        self._last, self._message = time.monotonic(), None
        self.response += data
        if len(self.response) <= self._cap():
            return
        del self.response[self._cap() :]
        what = "the response" if self.is_in_body else "the head of the response"
        raise Stopped(Outcome.TOO_LARGE, f"{what} is longer than {self._cap():,} bytes")

    async def widen(self, count: int) -> float:
        """Wait for room for a long response, unless its chain has it; return the seconds."""
        if self._wide is None or self._wide.bytes:
            return 0.0
        began = time.monotonic()
        self.is_waiting = True
        await self._wide.take(count)
        self.is_waiting = False
        return time.monotonic() - began

    def ended(self) -> None:
        """Keep that the connection is over."""
        self.is_ended, self._message = True, None

    def _cap(self) -> int:
        return self.max_bytes if self.is_in_body else min(self.max_bytes, MAX_HEADS_BYTES)

    def message(self) -> Message:
        """Return the response as far as it has arrived, without its body."""
        if self._message is None:
            message = read_response(bytes(self.response), method=self.method, closed=self.is_ended)
            self._message = replace(message, entity=b"")  # the response has it already
        return self._message

    def handed_over(self) -> bytes:
        """Return the bytes of the response, and keep what they are, but not them: a connection
        that is kept holds its last tape."""
        message = self.message()
        with memoryview(self.response) as wire:
            response = bytes(wire[: message.length])
        self.response = bytearray()
        self._message = message
        return response


class WireStream(httpcore.AsyncNetworkStream):
    """Lays the bytes of a connection on the tape of the exchange that is going on."""

    def __init__(self, inner: httpcore.AsyncNetworkStream, *, quiet_s: float = QUIET_S) -> None:
        self._inner, self._quiet_s = inner, quiet_s
        self._tape: Tape | None = None

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        tape = _TAPE.get()
        try:
            data = await self._inner.read(min(max_bytes, tape.room()))
        except httpcore.ReadError:
            tape.ended()
            raise
        if data:
            tape.received(data)
        else:
            tape.ended()
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        tape = _TAPE.get()
        if tape is not self._tape:
            await self._take_up(tape)
        await self._inner.write(buffer)
        tape.sent(buffer)
        tape.peer = (self._inner.get_extra_info("server_addr") or (None,))[0]
        # What is replayed was fetched when it was recorded: an archive must not claim otherwise.
        tape.started = self._inner.get_extra_info("recorded_at") or tape.started
        tape.tls = _TLS_PROTOCOLS.get(self._inner.get_extra_info("tls_version"))

    async def _take_up(self, tape: Tape) -> None:
        """Begin an exchange; a kept connection must first have been quiet for a moment.

        Bytes that come late, though still before the next request, would else answer it.
        """
        if self._tape is not None:
            tape.is_reused = True
            if (pause := self._quiet_s - self._tape.age()) > 0:
                await asyncio.sleep(pause)
            if self._is_spoilt():
                raise StaleError
        self._tape = tape

    def _is_spoilt(self) -> bool:
        """Say whether bytes have come after the end of the last response, read with it or waiting.

        httpcore would take them for the response to the next request.
        """
        has_leftover = self._tape is not None and bool(self._tape.message().leftover)
        return has_leftover or bool(self._inner.get_extra_info("is_readable"))

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        try:
            inner = await self._inner.start_tls(ssl_context, server_hostname)
        except ssl.SSLCertVerificationError as exc:
            detail = f"the certificate of {server_hostname} was refused: {exc.verify_message}"
            raise Stopped(Outcome.TLS_FAILED, detail) from exc
        except OSError as exc:  # ssl.SSLError is one
            reason = getattr(exc, "reason", None) or exc.strerror or exc
            detail = f"no TLS connection to {server_hostname}: {reason}"
            raise Stopped(Outcome.TLS_FAILED, detail) from exc
        return WireStream(inner, quiet_s=self._quiet_s)

    def get_extra_info(self, info: str) -> Any:  # Any: the signature is httpcore's
        if info == "is_readable" and self._is_spoilt():
            return True  # httpcore then drops the idle connection
        return self._inner.get_extra_info(info)
