"""The hosts of the soak: one server for all of loopback, some of whose hosts misbehave.

It judges nothing: what it served, and when, it tells to who asks.
"""

import asyncio
import contextlib
import gzip
import random
import threading
import time
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
GZIPPED = "Content-Encoding: gzip\r\n"
HEAD = "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n"
IN_FEED = 30  # articles; what a feed drops before it is asked again is lost by nobody's fault
BAD = (
    "silence", "drip", "endless", "bomb", "cut", "forged", "head", "deep", "garbage", "loop",
    "laughs", "items", "private", "interim", "chunks", "noise", "reset", "robots", "attributes",
    "charset",
)  # fmt: skip


def article(host: str, number: int) -> bytes:
    """Return the whole response for an article of a well-behaved host."""
    story = "".join(
        f"<p>In the year {n + number} {host} met, and put off vote {n} once more.</p>"
        for n in range(12)
    )
    page = f"<html><head><title>Vote {number}</title></head><article><h1>Vote {number}</h1>{story}"
    return response(page.encode(), "text/html")


def response(body: bytes, kind: str = "text/html", more: str = "") -> bytes:
    head = HEAD.format(kind, len(body))
    return (head[:-2] + more + "\r\n").encode() + body


@dataclass
class Hosts:
    """Answers for every address of loopback; `bad` names how a host misbehaves."""

    bad: dict[str, str]
    new_every_s: float  # an article of each host
    served: dict[str, list[float]] = field(default_factory=dict)  # moments, by URL, good ones
    began: float = field(default_factory=time.monotonic)
    port: int = 0

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Serve in a thread of its own while the block runs."""
        ready, stop = threading.Event(), threading.Event()
        thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready, stop)))
        thread.start()
        ready.wait()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    async def _serve(self, ready: threading.Event, stop: threading.Event) -> None:
        server = await asyncio.start_server(self._talk, "0.0.0.0", 0, backlog=512)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await asyncio.to_thread(stop.wait)
        server.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Cancelled at the end of the run: there is nobody left to tell.
        gone = (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError)
        with contextlib.suppress(*gone, asyncio.CancelledError):
            while True:
                request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                target = request.split(" ", 2)[1]
                host = request.lower().split("\r\nhost: ", 1)[1].split(":", 1)[0].strip()
                async for piece in self._answer(host, target):
                    writer.write(piece)
                    await writer.drain()
                if host in self.bad:
                    break
        writer.close()

    async def _answer(self, host: str, target: str) -> AsyncIterator[bytes]:
        kind = self.bad.get(host, "")
        if target == "/robots.txt" and kind != "robots":
            yield response(b"User-agent: *\nDisallow:\n", "text/plain")
        elif target == "/feed" and kind not in {"laughs", "items"}:
            yield response(self._feed(host), "text/xml")
        elif kind:
            async for piece in misbehaving(kind):
                yield piece
        else:
            yield article(host, int(target[2:]))
            url = f"http://{host}:{self.port}{target}"
            self.served.setdefault(url, []).append(time.monotonic())

    def published(self, host: str, number: int) -> float:
        """Return the moment of an article; hosts do not publish at the same one."""
        share = zlib.crc32(host.encode()) / 2**32
        return self.began + (number - 1 + share) * self.new_every_s

    def _feed(self, host: str) -> bytes:
        newest = int((time.monotonic() - self.published(host, 0)) / self.new_every_s) + 1
        items = "".join(
            f"<item><title>Vote {n}</title><link>http://{host}:{self.port}/a{n}</link></item>"
            for n in range(max(newest - IN_FEED, 0), newest)
        )
        return f"<rss><channel><title>{host}</title>{items}</channel></rss>".encode()


async def misbehaving(kind: str) -> AsyncIterator[bytes]:
    """Yield what a bad host sends instead of a page, feed or robots.txt."""
    if kind not in {"silence", "drip", "endless"}:
        yield at_once(kind)
        return
    yield b"" if kind == "silence" else OK + b"\r\n"
    for _ in range(2_000):
        yield {"endless": b"y" * 100_000, "drip": b"."}.get(kind, b"")
        await asyncio.sleep(0.001 if kind == "endless" else 0.1)


@cache  # compressing a bomb anew would stop the whole server for a moment, its good hosts too
def at_once(kind: str) -> bytes:
    """Return the response of a bad host that sends all it has."""
    made: dict[str, Callable[[], bytes]] = {
        "bomb": lambda: response(gzip.compress(bytes(60_000_000)), more=GZIPPED),
        "cut": lambda: article("bad", 1)[:-300],
        "forged": lambda: article("bad", 1) * 2,
        "head": lambda: OK + b"X: y\r\n" * 30_000 + b"\r\n",
        "deep": lambda: response(b"<div>" * 200_000),
        "garbage": lambda: b"\x1b[2J\r\n\r\n",
        "loop": lambda: redirect("/a1"),
        "private": lambda: redirect("http://10.0.0.1/"),
        "laughs": lambda: response(b"<!DOCTYPE rss [<!ENTITY a 'ha'>]><rss>&a;" * 9, "text/xml"),
        "items": lambda: response(b"<rss><channel>" + b"<item/>" * 150_000, "text/xml"),
        "interim": lambda: b"HTTP/1.1 103 X\r\n\r\n" * 20_000,
        "chunks": lambda: OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 120_000,
        "noise": lambda: response(random.Random(1).randbytes(400_000)),
        "reset": lambda: b"",
        "robots": lambda: b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n",
        "attributes": lambda: response(b"<p " + b"a=1 " * 200_000 + b">x"),
        "charset": lambda: response(
            "сказал".encode("utf-16-le") * 9_000, "text/html; charset=utf-7"
        ),
    }
    return made[kind]()


def redirect(target: str) -> bytes:
    return f"HTTP/1.1 302 X\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode()
