"""Thousands of outlets, all due within a quarter of an hour: what a tick costs, and who is asked.

    python benchmarks/many.py [--outlets 5000] [--sources 3] [--speed 1] [--seconds 900]

The daemon runs on an empty archive against one server on loopback, which answers for every host
name and keeps a log; one outlet in fifty shares its host with the one before. `--speed` lets the
program's time run faster than the clock, `--seconds` are those of the clock: with less than a
quarter of an hour of the program's time only a share of the sources gets due. Whether any host was
asked twice within its delay is read from the server's log alone. Nothing is asserted.
"""

import argparse
import asyncio
import contextlib
import multiprocessing
import os
import resource
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path

from scraper import clock, daemon
from scraper.config import empty_sources
from scraper.line import Line, Settings
from scraper.model import FetchPolicy, Outlet, Source

DELAY = timedelta(seconds=2)
QUARTER = 15 * 60
STORY = "".join(
    f"<p>The council of town {n} met on Monday, and after {n + 2} hours it put off the vote.</p>"
    for n in range(12)
)

# Host, target, when the request was there, when it was answered.
Log = list[tuple[str, str, float, float]]


def main() -> None:
    args = arguments()
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    port: int = ours.recv()
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    os.environ["SCRAPER_CLOCK"] = f"{moment.isoformat()}@{time.time()}x{args.speed}"
    daemon.REHEARSED_TICK_S = daemon.TICK_S / args.speed
    outlets = [outlet(number, args.sources) for number in range(args.outlets)]
    sources = args.outlets * args.sources
    share = min(1.0, args.seconds * args.speed / QUARTER)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}")
    print(
        f"{args.outlets} outlets, {sources} sources, {args.seconds} s at {args.speed} x: ", end=""
    )
    print(f"{share:.0%} of a quarter of an hour\n", flush=True)
    ticks = asyncio.run(watched(outlets, port, args.seconds))
    ours.send("done")
    log: Log = ours.recv()
    tell_ticks(ticks)
    tell_log(log, args.speed, share * sources)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--outlets", type=int, default=5000)
    parser.add_argument("--sources", type=int, default=3)
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--seconds", type=int, default=QUARTER)
    return parser.parse_args()


def outlet(number: int, sources: int) -> Outlet:
    host = number - 1 if number % 50 == 49 else number
    home = f"http://news{host}.example/"
    return Outlet(
        id=f"news{number}",
        name=f"News {number}",
        home=home,
        delay=DELAY,
        delay_is_own=True,
        sources=tuple(Source(type="feed", url=f"{home}{number}-{n}.xml") for n in range(sources)),
        fetch=FetchPolicy(allow_private=("127.0.0.0/8",)),
    )


# --- the server, in a process of its own ----------------------------------------------------------


def serve(pipe: Connection) -> None:
    """Answer for all hosts until told that it is done; then hand over the log."""
    log: Log = []

    class Answering(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            self.transport, self.heard = transport, b""

        def data_received(self, data: bytes) -> None:
            came = time.monotonic()
            self.heard += data
            while b"\r\n\r\n" in self.heard:
                head, _, self.heard = self.heard.partition(b"\r\n\r\n")
                host = head.partition(b"\r\nHost: ")[2].partition(b"\r\n")[0].decode()
                target = head.split(b" ", 2)[1].decode()
                self.transport.write(response(target, host))
                log.append((host, target, came, time.monotonic()))

    async def run() -> None:
        listening = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0)
        pipe.send(listening.sockets[0].getsockname()[1])
        await asyncio.to_thread(pipe.recv)

    asyncio.run(run())
    pipe.send(log)


def response(target: str, host: str) -> bytes:
    """Return robots.txt, a feed, or a story; one feed in 75 has news."""
    kind, body = "text/html; charset=utf-8", f"<h1>{host} {target}</h1><article>{STORY}</article>"
    if target == "/robots.txt":
        kind, body = "text/plain", "User-agent: *\nDisallow: /private/\n"
    elif target.endswith(".xml"):
        number = int(target[1:].partition("-")[0])
        story = f"<item><title>News</title><link>http://{host}/2026/story</link></item>"
        news = story if number % 25 == 0 and target.endswith("-0.xml") else ""
        kind = "text/xml"
        body = f"<rss version='2.0'><channel><title>{target}</title>{news}</channel></rss>"
    data = body.encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n\r\n"
    return head.encode() + data


# --- the daemon, and what a tick costs ------------------------------------------------------------


class Watched(daemon.Daemon):
    """A daemon whose looks at the catalog are measured, in seconds of CPU."""

    ticks: list[float]

    def look(self) -> None:
        began = time.thread_time()
        super().look()
        self.ticks.append(time.thread_time() - began)


async def watched(outlets: Sequence[Outlet], port: int, seconds: int) -> list[float]:
    """Run the daemon for some seconds; return what its ticks took."""

    async def resolve(_host: str, _port: int) -> list[tuple[str, int]]:
        return [("127.0.0.1", port)]

    with tempfile.TemporaryDirectory(prefix="many-") as folder:
        settings = Settings(
            archive=Path(folder),
            catalog=Path(folder) / "catalog.db",
            sources=replace(empty_sources(), outlets=tuple(outlets)),
            resolver=resolve,
        )
        async with Line(settings) as line:
            watching = Watched(line)
            watching.ticks = []
            running = asyncio.create_task(watching.run())
            await asyncio.wait({running}, timeout=seconds)
            running.cancel()
            began = time.monotonic()
            with contextlib.suppress(asyncio.CancelledError):
                await running
            left = line.catalog.schedule.backlog(clock.now()).due_sources
        print(f"stopped, all files closed, in {time.monotonic() - began:.1f} s", flush=True)
        print(f"{warcs_in(folder)} WARC files; {left} sources due and not yet asked\n", flush=True)
    return watching.ticks


def warcs_in(folder: str) -> int:
    return len(list(Path(folder).glob("warc/*/*.warc.gz")))


def tell_ticks(ticks: Sequence[float]) -> None:
    """Print what deciding what is due took; the first look builds the statements of all others."""
    first, *others = (1000 * tick for tick in ticks)
    taken = sorted(others)
    at = [taken[min(len(taken) - 1, int(len(taken) * share))] for share in (0.5, 0.95, 1.0)]
    print(
        f"{len(ticks)} ticks; CPU of one: median {at[0]:.1f} ms, 95 % {at[1]:.1f} ms, "
        f"most {at[2]:.1f} ms, mean {statistics.mean(taken):.1f} ms; of the first {first:.1f} ms"
    )


def tell_log(log: Log, speed: float, due: float) -> None:
    """Print what the server says of requests, and of the pauses between two to one host."""
    by_host: defaultdict[str, Log] = defaultdict(list)
    for entry in log:
        by_host[entry[0]].append(entry)
    pauses = []
    for entries in by_host.values():
        entries.sort(key=lambda entry: entry[2])
        pauses += [(later[2] - earlier[3]) * speed for earlier, later in pairwise(entries)]
    asked = sum(target.endswith(".xml") for _, target, _, _ in log)
    least = f"{min(pauses):.3f} s" if pauses else "none"
    broken = sum(pause < DELAY.total_seconds() for pause in pauses)
    print(f"{len(log)} requests to {len(by_host)} hosts; {asked} for feeds, {due:.0f} due")
    print(
        f"pauses between two requests to a host: {len(pauses)}, the shortest {least}; "
        f"{broken} shorter than {DELAY.total_seconds():g} s"
    )


if __name__ == "__main__":
    main()
