"""The HTTP client: one URL in, a capture out, every exchange on the way recorded byte for byte.

It keeps no cookies, obeys no robots.txt, waits for no host and writes nothing: others do. What a
site or the network does wrong is a value of `Outcome`, never an exception.
"""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from contextvars import ContextVar
from dataclasses import dataclass, replace
from http import HTTPStatus
from types import TracebackType
from typing import Self

import httpx

from scraper.coding import most_decoded
from scraper.fetch.backend import GuardedBackend
from scraper.fetch.connections import PER_HOST
from scraper.fetch.guard import Resolver, SystemResolver
from scraper.fetch.redirects import (
    REDIRECTS,
    fetchable_url,
    origin_of,
    redirect_target,
    redirected_method,
)
from scraper.fetch.replay import Replay, ReplayBackend
from scraper.fetch.requests import Headers, redacted, request_headers, secret_headers
from scraper.fetch.stopped import StaleError, Stopped
from scraper.fetch.transport import RecordingTransport
from scraper.fetch.wire import MAX_HEADS_BYTES, Tape
from scraper.http1 import page_from
from scraper.in_hand import Hold, InHand
from scraper.model import Capture, Exchange, FetchPolicy, Outcome, Truncation

log = logging.getLogger(__name__)

MAX_HOPS = 10
MAX_CONNECTIONS = 32
PIECES_AT_ONCE = 500
MAX_PIECES = 100_000  # each chunk costs 20 us: 16 MB of one-byte chunks took 58 s of CPU
# What a chain may have on the wire at any time, and what those that have more share: 32 responses
# of 16 MB that wait for their last byte would be 760 MB.
NARROW_BYTES, WIDE_BYTES = 1_000_000, 64_000_000

MayFollow = Callable[[str], Awaitable[tuple[Outcome, str] | None]]
"""Where a redirect leads -> how a fetch that must not go there ends, and why; None if it may."""

_TRUNCATIONS = {
    Outcome.TIMEOUT: Truncation.TIME,
    Outcome.TOO_LARGE: Truncation.LENGTH,
    Outcome.DISCONNECTED: Truncation.DISCONNECT,
}
_DEADLINE: ContextVar[asyncio.Timeout] = ContextVar("deadline")
_NOT_VERIFIED = "the TLS certificate was not verified"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hop:
    """One step of a chain as far as it got; `stopped` says why it got no further."""

    url: str
    tape: Tape
    stopped: Stopped | None


class Client:
    """Fetches over a shared pool of connections; use it as an async context manager.

    `resolver` says where a host and port are to be dialled (the system is asked by default), `tls`
    which authorities are trusted (by default those of SSL_CERT_FILE or SSL_CERT_DIR where one is
    set, else certifi's), `per_host` how many connections to one host are kept. With `replay` the
    network is not touched.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        resolver: Resolver | None = None,
        replay: Replay | None = None,
        max_connections: int = MAX_CONNECTIONS,
        per_host: int = PER_HOST,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._user_agent = user_agent
        self._system = SystemResolver()
        self._resolver = resolver or self._system
        self._replay, self._tls = replay, tls
        self._max_connections, self._per_host = max_connections, per_host
        self._free = asyncio.Semaphore(max_connections)
        self._wide = InHand(WIDE_BYTES)
        self._pools: dict[tuple[tuple[str, ...], bool], RecordingTransport] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        pools, self._pools = list(self._pools.values()), {}
        for pool in pools:
            await pool.aclose()
        self._system.close()

    async def fetch(
        self,
        url: str,
        policy: FetchPolicy,
        *,
        method: str = "GET",
        headers: Headers = (),
        body: bytes = b"",
        may_follow: MayFollow | None = None,
        hold: Hold | None = None,
    ) -> Capture:
        """Fetch a URL, redirects followed, and return all that happened.

        `headers`, the policy's headers and its cookie go to the first URL's own origin (scheme,
        host and port) only. `may_follow` is asked before each redirect is followed; `hold`
        takes what the capture weighs before it is unpacked. Never raises for what a site or the
        network does.
        """
        try:
            asked = fetchable_url(url)
        except ValueError as exc:
            return Capture(url=url, outcome=Outcome.BAD_URL, detail=f"not a URL to fetch: {exc}")
        own = (*secret_headers(policy), *headers)
        exchanges: list[Exchange] = []
        target = asked
        with self._wide.hold() as wide:  # until what was fetched has its share of `hold`
            while True:
                extra = own if origin_of(target) == origin_of(asked) else ()
                sent = body if target == asked else b""
                tape = Tape(method, max_bytes=policy.max_bytes - _weight(exchanges), wide=wide)
                hop = await self._hop(target, tape, policy, extra, sent)
                if hop.tape.request:
                    exchanges.append(_exchange(hop, policy))
                    log.debug("%s %s: status=%s", tape.method, hop.url, exchanges[-1].status)
                try:
                    followed = await _followed(hop, len(exchanges), may_follow)
                except Stopped as stopped:
                    hop, followed = replace(hop, stopped=stopped), None
                if followed is None:
                    return await _weighed(url, asked, hop, exchanges, hold)
                target, method = followed

    async def _hop(
        self, url: str, tape: Tape, policy: FetchPolicy, extra: Headers, body: bytes
    ) -> _Hop:
        """Exchange once, within the deadline; waiting for a free connection does not count."""
        seconds = policy.timeout.total_seconds()
        async with self._free:
            tape.rewind()
            try:
                async with asyncio.timeout(seconds) as deadline:
                    _DEADLINE.set(deadline)
                    stopped = await self._attempt(tape, url, policy, extra, body)
                    while tape.is_stale:
                        tape.rewind()
                        stopped = await self._attempt(tape, url, policy, extra, body)
            except TimeoutError:
                if not deadline.expired():
                    raise
                why = ": no room for it beside other long responses" if tape.is_waiting else ""
                stopped = Stopped(Outcome.TIMEOUT, f"not done within {seconds:g} s{why}")
        return _Hop(url=url, tape=tape, stopped=stopped)

    async def _attempt(
        self, tape: Tape, url: str, policy: FetchPolicy, extra: Headers, body: bytes
    ) -> Stopped | None:
        """Put one request on the wire and read its response; return what stopped it, if any."""
        target = httpx.URL(url)
        host = target.netloc.decode("ascii")
        headers = request_headers(host, self._user_agent, policy, extra)
        request = httpx.Request(tape.method, target, headers=headers, content=body or None)
        try:
            with tape.recording():
                await self._send(request, policy)
        except Stopped as exc:
            return exc
        except (StaleError, httpx.RemoteProtocolError, httpx.NetworkError) as exc:
            return _broken(tape, exc)
        if not tape.message().complete:
            return Stopped(Outcome.BAD_PROTOCOL, "the end of the response cannot be told")
        return None

    async def _send(self, request: httpx.Request, policy: FetchPolicy) -> None:
        # Not through httpx.AsyncClient: it parses Location before the body is read, and gives up on
        # the whole response where that is no URL; it also keeps cookies.
        response = await self._pool_for(policy).handle_async_request(request)
        tape, pieces = Tape.current(), 0
        async with aclosing(response):
            async for _ in response.aiter_raw():  # the tape has the bytes
                pieces += 1
                if pieces % PIECES_AT_ONCE == 0:  # chunks that came together are read in one go
                    await asyncio.sleep(0)
                if pieces > MAX_PIECES:
                    detail = f"the response comes in more than {MAX_PIECES:,} pieces"
                    raise Stopped(Outcome.TOO_LARGE, detail)
                if policy.max_bytes - tape.max_bytes + len(tape.response) > NARROW_BYTES:
                    await self._widen(tape, _length_of(response, policy.max_bytes), policy)

    async def _widen(self, tape: Tape, count: int, policy: FetchPolicy) -> None:
        """Wait for room for a long response, as long as it may take to arrive; that is no fault of
        its server's, who has all of the deadline besides."""
        deadline = _DEADLINE.get()
        end = deadline.when()
        assert end is not None
        deadline.reschedule(end + policy.timeout.total_seconds())
        deadline.reschedule(end + await tape.widen(count))

    def _pool_for(self, policy: FetchPolicy) -> RecordingTransport:
        """Return the pool of a policy: connections never serve fetches of another gate."""
        key = (policy.allow_private, policy.verify_tls)
        if key not in self._pools:
            if not policy.verify_tls:
                log.warning("certificates are not verified where the policy says so")
            self._pools[key] = self._new_pool(policy)
        return self._pools[key]

    def _new_pool(self, policy: FetchPolicy) -> RecordingTransport:
        if self._replay is not None:
            bare = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # never shakes hands
            replayed = ReplayBackend(self._replay)
            return RecordingTransport(replayed, bare, at_most=self._max_connections, per_host=1)
        return RecordingTransport(
            GuardedBackend(self._resolver, policy.allow_private),
            self._context(policy),
            at_most=self._max_connections,
            per_host=self._per_host,
        )

    def _context(self, policy: FetchPolicy) -> ssl.SSLContext:
        if not policy.verify_tls:
            return httpx.create_ssl_context(verify=False)
        return self._tls or httpx.create_ssl_context()


def _length_of(response: httpx.Response, max_bytes: int) -> int:
    """Return how much may come of a chain whose last response has begun, as far as that is sure."""
    stated = response.headers.get("content-length", "")
    if "transfer-encoding" in response.headers or response.status_code in REDIRECTS:
        return max_bytes
    return min(int(stated) + MAX_HEADS_BYTES, max_bytes) if stated.isdecimal() else max_bytes


def _broken(tape: Tape, exc: Exception) -> Stopped:
    """Say what it means that httpx could not read a response to its end."""
    reason = str(exc)[:200]  # h11 repeats the offending line, which may be long
    if not tape.response:
        return Stopped(Outcome.DISCONNECTED, "the connection ended before a response came")
    if not b"HTTP/".startswith(tape.response[:5]):
        return Stopped(Outcome.BAD_PROTOCOL, "what came is not HTTP/1.x")
    if tape.is_ended:
        return Stopped(Outcome.DISCONNECTED, f"the connection ended within the response: {reason}")
    return Stopped(Outcome.BAD_PROTOCOL, f"the response is not well-formed HTTP/1.x: {reason}")


async def _followed(hop: _Hop, count: int, may_follow: MayFollow | None) -> tuple[str, str] | None:
    """Return what a chain goes on with, as `_next_request`, unless somebody minds."""
    followed = _next_request(hop, count)
    if followed is None or may_follow is None:
        return followed
    if (refused := await may_follow(followed[0])) is not None:
        outcome, reason = refused
        raise Stopped(outcome, f"a redirect to {followed[0]}: {reason}")
    return followed


def _next_request(hop: _Hop, count: int) -> tuple[str, str] | None:
    """Return the URL and method that a chain of `count` exchanges goes on with, if it does.

    Raises:
        Stopped: it should go on and cannot.
    """
    message = hop.tape.message()
    if hop.stopped is not None or message.status not in REDIRECTS:
        return None
    target = redirect_target(hop.url, message)
    if count > MAX_HOPS:
        raise Stopped(Outcome.REDIRECT_LIMIT, f"more than {MAX_HOPS} redirects")
    return target, redirected_method(message.status, hop.tape.method)


def _exchange(hop: _Hop, policy: FetchPolicy) -> Exchange:
    tape, message = hop.tape, hop.tape.message()
    request, names = redacted(bytes(tape.request), policy)
    truncated = None
    if hop.stopped is not None:
        truncated = _TRUNCATIONS.get(hop.stopped.outcome, Truncation.UNSPECIFIED)
    unverified = () if policy.verify_tls or tape.tls is None else (_NOT_VERIFIED,)
    return Exchange(
        url=hop.url,
        method=tape.method,
        request=request,
        response=tape.handed_over(),
        status=message.status,
        peer=tape.peer,
        started=tape.started,
        seconds=tape.seconds,
        protocols=(f"http/{message.http_version}", *((tape.tls,) if tape.tls else ())),
        truncated=truncated,
        redacted=names,
        leftover=message.leftover,
        notes=(*message.notes, *unverified),
    )


async def _weighed(
    url: str, asked: str, hop: _Hop, exchanges: list[Exchange], hold: Hold | None
) -> Capture:
    """Return the capture of a chain as soon as there is room for all of its bytes."""
    wire = _weight(exchanges)
    if hold is not None:
        is_coded = bool(hop.tape.message().values("content-encoding"))
        await hold.take(wire + (most_decoded(wire) if is_coded else wire))
    capture = _capture(url, asked, hop, exchanges)
    if hold is not None:
        hold.shrink(wire + (0 if capture.page is None else len(capture.page.body)))
    return capture


def _weight(exchanges: Sequence[Exchange]) -> int:
    return sum(len(one.response) for one in exchanges)


def _capture(url: str, asked: str, hop: _Hop, exchanges: list[Exchange]) -> Capture:
    stopped = hop.stopped or _verdict(hop.tape.message().status)
    detail = "" if stopped is None else stopped.detail
    if detail and hop.url != asked:
        detail = f"redirected to {hop.url}: {detail}"
    page = None
    last = exchanges[-1] if hop.tape.request else None
    if last is not None and last.response:
        page = page_from(
            hop.url, last.response, method=last.method, truncated=last.truncated is not None
        )
    return Capture(
        url=url,
        outcome=Outcome.OK if stopped is None else stopped.outcome,
        detail=detail,
        exchanges=tuple(exchanges),
        page=page,
    )


def _verdict(status: int | None) -> Stopped | None:
    """Return what a whole response means by its status."""
    if status == HTTPStatus.NOT_MODIFIED:
        return Stopped(Outcome.NOT_MODIFIED, "304 Not Modified")
    if status is None or status < HTTPStatus.BAD_REQUEST:
        return None
    try:
        return Stopped(Outcome.HTTP_ERROR, f"{status} {HTTPStatus(status).phrase}")
    except ValueError:
        return Stopped(Outcome.HTTP_ERROR, f"{status}, a status that no standard knows")
