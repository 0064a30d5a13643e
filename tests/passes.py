"""Whole passes over outlets at loopback servers, at moments that a test chooses.

It holds no claims of its own.
"""

import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing, chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO, TextIOWrapper
from pathlib import Path
from subprocess import CompletedProcess
from typing import TypeVar

from ledger import LedgerServer, Responder, answer
from line_runs import LOOPBACK, settings_for, with_warm_workers
from schedules import open_catalog
from warm_workers import run_warm

from scraper import clock
from scraper.asking import Asked
from scraper.cli.main import main
from scraper.config import empty_sources
from scraper.crawl import Filed, run_pass
from scraper.line import Line, Settings
from scraper.model import FetchPolicy, Outlet, Source

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LOCAL = FetchPolicy(allow_private=LOOPBACK, timeout=timedelta(seconds=10))
ALL_ALLOWED = "User-agent: *\nDisallow:\n"

T = TypeVar("T")


def set_clock(moment: datetime, *, speed: float = 1.0) -> None:
    """Let the program's clock show a moment and go on from there."""
    os.environ["SCRAPER_CLOCK"] = f"{moment.isoformat()}@{time.time()!r}x{speed}"
    clock._rehearsed.cache_clear()  # noqa: SLF001  the environment is read once


@contextmanager
def at(moment: datetime, *, speed: float = 1.0) -> Iterator[None]:
    """Run a block at a moment; the real clock holds again after it."""
    set_clock(moment, speed=speed)
    try:
        yield
    finally:
        del os.environ["SCRAPER_CLOCK"]
        clock._rehearsed.cache_clear()  # noqa: SLF001  as above


def outlet_of(*sources: Source, name: str = "paper", **changes: object) -> Outlet:
    """Return an outlet at loopback whose home is where its first source is."""
    usual = Outlet(id=name, name=name, home=sources[0].url, sources=sources, fetch=LOCAL)
    return replace(usual, **changes)  # type: ignore[arg-type] # fields of Outlet, by name


def feed_at(url: str) -> Source:
    return Source(type="feed", url=url)


def rss(*urls: str) -> bytes:
    """Return a response with a feed of articles."""
    items = "".join(f"<item><title>News</title><link>{url}</link></item>" for url in urls)
    return answer(f"<rss><channel>{items}</channel></rss>".encode(), "Content-Type: text/xml")


def settings_of(archive: Path, *outlets: Outlet, **values: object) -> Settings:
    """Return settings for outlets, and an archive whose catalog is there already."""
    open_catalog(archive / "catalog.db").close()
    sources = replace(empty_sources(), outlets=outlets)
    return settings_for(archive, sources=sources, workers=1, **values)


def in_line(settings: Settings, work: Callable[[Line], Awaitable[T]]) -> T:
    """Return what some work with a line comes to; the line is opened for it and closed after."""

    async def run() -> T:
        async with Line(with_warm_workers(settings)) as line:
            line.catalog.schedule.sync(line.outlets(), clock.now())
            return await work(line)

    return run_warm(run())


def pass_over(settings: Settings, *, most: int | None = None) -> tuple[list[Asked], list[Filed]]:
    """Make one pass over all outlets; return what came of the sources, and of the links."""

    async def work(line: Line) -> list[Asked | Filed]:
        async with aclosing(run_pass(line, line.outlets(), most=most)) as results:
            return [result async for result in results]

    results = in_line(settings, work)
    asked = [result for result in results if isinstance(result, Asked)]
    return asked, [result for result in results if isinstance(result, Filed)]


def command(
    *arguments: str | Path, cwd: Path, stdin: str = "", env: Mapping[str, str] | None = None
) -> CompletedProcess[str]:
    """Run the command in this process, where its imports are paid for, in a folder.

    What a process of its own is needed for, `line_runs.scraper` shows: its log, its locale, streams
    that are closed or full.
    """
    out, err = _stream(), _stream()
    before, stdin_before = signal.getsignal(signal.SIGTERM), sys.stdin
    sys.stdin = _stream(stdin)
    try:
        with chdir(cwd), _environment(env or {}), redirect_stdout(out), redirect_stderr(err):
            main([str(argument) for argument in arguments])
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
        return CompletedProcess(arguments, code, _written(out), _written(err))
    finally:
        sys.stdin = stdin_before
        signal.signal(signal.SIGTERM, before)
    raise AssertionError("the command has to end the process")


def _stream(text: str = "") -> TextIOWrapper:
    return TextIOWrapper(BytesIO(text.encode()), encoding="utf-8", newline="")


def _written(stream: TextIOWrapper) -> str:
    stream.flush()
    assert isinstance(stream.buffer, BytesIO)
    return stream.buffer.getvalue().decode()


@contextmanager
def _environment(changes: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    for name in ("SCRAPER_ARCHIVE", "SCRAPER_SOURCES"):  # those of whoever runs the tests
        os.environ.pop(name, None)
    os.environ.update(changes)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def targets(server: LedgerServer) -> list[str]:
    """Return what a server was asked for."""
    return [request.split(b" ", 2)[1].decode("latin-1") for request in server.requests]


def with_robots(robots: str | bytes, responder: Responder) -> Responder:
    """Return a responder that answers for robots.txt itself: with a file, or a raw response."""
    raw = robots if isinstance(robots, bytes) else answer(robots.encode())
    return lambda request, target: raw if target == "/robots.txt" else responder(request, target)
