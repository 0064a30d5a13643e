"""Extraction in worker processes that can be killed: a parser that hangs takes one page with it.

It parses nothing in this process and writes nothing to disk.
"""

import asyncio
import logging
import os
import signal
import sys
import time
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from scraper.discover.announced import Announced
from scraper.discover.pointers import Pointers
from scraper.extract.address_frames import (
    NEEDS,
    NEEDS_OF_STYLE,
    POINTERS,
    address_frames,
    announced_of,
    found_in,
    pointers_of,
)
from scraper.extract.child import OUT_OF_MEMORY
from scraper.extract.deadline import PATIENCE, deadline
from scraper.extract.extraction import refusal_of
from scraper.extract.frames import (
    LENGTH_BYTES,
    Known,
    Pieces,
    extraction_in,
    lesson_frames,
    task_frames,
)
from scraper.model import Extraction, ExtractStatus, Outlet, Page, Source

log = logging.getLogger(__name__)

_ROOT = Path(__file__).parents[2]
_ADDRESSES = 3  # times the deadline of an article: the largest sitemap, 50 MB, takes 7 s of CPU
_PIECE = 1_000_000  # bytes that are written to a worker at once: what waits in a pipe is a copy
_MOST_ANSWER = 256_000_000  # bytes: one that was taken over may claim any length
_START_S = 60.0  # importing takes 0.5 s; a machine may be busy
# Workers need no secrets: cookies and tokens stand in the environment of the parent.
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")


class Extractor:
    """A few warm workers. `extract` may be called from any number of tasks at once.

    A page gets `deadline_s` seconds of one worker's CPU, whose address space is `memory_bytes` at
    most (Linux). A worker that ends or is killed is replaced when the next page needs it.
    """

    def __init__(
        self, workers: int, deadline_s: float = 10.0, memory_bytes: int = 1_500_000_000
    ) -> None:
        self._deadline_s, self._memory_bytes = deadline_s, memory_bytes
        self._slots = asyncio.Semaphore(workers)
        self._idle: list[Process] = []
        self.hears: Callable[[float], None] | None = None  # of the seconds that each page took

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End all workers."""
        while self._idle:
            await _end(self._idle.pop())

    async def extract(
        self,
        page: Page,
        outlet: Outlet | None = None,
        captured: date | None = None,
        *,
        with_blocks: bool = False,
        known: Known | None = None,
    ) -> Extraction:
        """Return what comes of a page; a worker's end is an outcome, not an exception.

        An article comes without its blocks unless they are asked for: only who explains a text to
        a person reads them. `known` is what the outlet's other pages taught.
        """
        began = time.perf_counter()
        try:
            if (refusal := refusal_of(page)) is not None:
                return refusal
            task = task_frames(page, outlet, captured, with_blocks=with_blocks, known=known)
            answer = await self._asked(task, self._deadline_s)
            return answer if isinstance(answer, Extraction) else extraction_in(answer)
        finally:
            if self.hears is not None:
                self.hears(time.perf_counter() - began)

    async def learn(self, pages: Sequence[tuple[bytes, str]]) -> str | None:
        """Return the template of an outlet's pages (HTML and URL) as it is written down.

        None where the worker did not come to an end: the pages are hostile input like any other.
        """
        answer = await self._asked(lesson_frames(pages), self._deadline_s)
        if isinstance(answer, Extraction):
            log.warning("learnt nothing of %d pages: %s", len(pages), answer.detail)
            return None
        text = answer.decode()
        return text if text.startswith('{"layouts"') else None  # else it tells of a crash

    async def links(self, page: Page, source: Source) -> Announced:
        """Return what a source's page announces; a worker's end is one of its problems."""
        found, problem = await self._found(source.type, page, source.links)
        if found is None:
            return Announced(problems=(problem,))
        return announced_of(found, page.url)

    async def pointers(self, page: Page) -> Pointers:
        """Return where a page says that its outlet announces articles, if a worker comes to it."""
        found, problem = await self._found(POINTERS, page)
        if found is None:
            log.warning("not looked for feeds on %s: %s", page.url, problem)
            return Pointers()
        return pointers_of(found)

    async def needs(self, page: Page, *, is_style: bool = False) -> tuple[str, ...]:
        """Return what a page, or a style, needs to look like itself; nothing at a worker's end."""
        found, problem = await self._found(NEEDS_OF_STYLE if is_style else NEEDS, page)
        if found is None:
            log.warning("not looked for what %s needs: %s", page.url, problem)
        return tuple(found or ())

    async def _found(self, what: str, page: Page, selector: str | None = None) -> tuple[Any, str]:
        """Return what was found in a document, or None and a sentence why nothing was."""
        task = address_frames(what, page, selector=selector)
        answer = await self._asked(task, _ADDRESSES * self._deadline_s)
        return (None, answer.detail) if isinstance(answer, Extraction) else found_in(answer)

    async def _asked(self, task: Pieces, deadline_s: float) -> bytes | Extraction:
        """Return a worker's answer to a task, or what became of the worker instead.

        The end of one that had not the whole task yet says nothing of it: another is asked, once.
        """
        async with self._slots:
            answer, had_it = await self._answered(self._worker, task, deadline_s)
            if not had_it:
                log.info("a worker ended before it had its task: asking another")
                answer, _ = await self._answered(self._started, task, deadline_s)
            return answer

    async def _answered(
        self, hires: Callable[[], Awaitable[Process]], task: Pieces, deadline_s: float
    ) -> tuple[bytes | Extraction, bool]:
        """Return an answer as `_asked`, and whether the worker had the task, or all its time."""
        try:
            worker = await hires()
        except TimeoutError:
            return _lost(f"no worker could be started: not ready after {_START_S:g} s"), True
        except OSError as exc:
            return _lost(f"no worker could be started: {exc}"), False
        has_it = False
        try:
            async with deadline(worker.pid, deadline_s):
                await _hand(worker, task)
                has_it = True
                payload = await _read(worker)
        except TimeoutError:
            await _end(worker)
            detail = f"the worker was killed after {deadline_s:g} s"
            return Extraction(status=ExtractStatus.TIMEOUT, detail=detail), True
        except (asyncio.IncompleteReadError, ConnectionError):
            return _lost(self._end_of(await _ended(worker))), has_it
        except BaseException:
            await _end(worker)  # a task was cancelled: the worker's answer would be stale
            raise
        self._idle.append(worker)
        return payload, True

    async def _worker(self) -> Process:
        while self._idle:
            worker = self._idle.pop()
            if worker.returncode is None:
                return worker
        return await self._started()

    async def _started(self) -> Process:
        worker = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            "scraper.extract.child",
            str(self._memory_bytes),
            str(PATIENCE * _ADDRESSES * self._deadline_s),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # a terminal's Ctrl-C is not for it
            env=_environment(os.environ),
        )
        try:
            async with asyncio.timeout(_START_S):
                await _read(worker)
        except (asyncio.IncompleteReadError, ConnectionError) as exc:
            status = await _ended(worker)
            hint = "`python -m scraper.extract.child 1500000000 10` says why"
            raise OSError(f"it ended with status {status} before it was ready; {hint}") from exc
        except BaseException:
            await _end(worker)
            raise
        return worker

    def _end_of(self, status: int) -> str:
        if status == OUT_OF_MEMORY:
            return f"the worker met its memory limit of {self._memory_bytes:,} bytes"
        if status < 0:
            return f"the worker was ended by {signal.Signals(-status).name}"
        return f"the worker ended with status {status}"


async def _hand(worker: Process, task: Pieces) -> None:
    """Write a task and wait until the worker says that it has all of it."""
    assert worker.stdin is not None
    for part in task:
        for at in range(0, len(part), _PIECE):
            worker.stdin.write(memoryview(part)[at : at + _PIECE])
            await worker.stdin.drain()
    await _read(worker)


async def _read(worker: Process) -> bytes:
    assert worker.stdout is not None
    length = int.from_bytes(await worker.stdout.readexactly(LENGTH_BYTES), "big")
    if length > _MOST_ANSWER:
        raise ConnectionError(f"an answer of {length:,} bytes")
    return await worker.stdout.readexactly(length)


async def _end(worker: Process) -> None:
    with suppress(ProcessLookupError):
        worker.kill()
    await _ended(worker)


async def _ended(worker: Process) -> int:
    """Close the pipe and return the exit status, waited for; what lingers is killed."""
    assert worker.stdin is not None
    worker.stdin.close()
    with suppress(ConnectionError):
        await worker.stdin.wait_closed()
    try:
        async with asyncio.timeout(2):
            return await worker.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            worker.kill()
        return await worker.wait()


def _lost(detail: str) -> Extraction:
    return Extraction(status=ExtractStatus.CRASH, detail=detail)


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    kept = {name: ours[name] for name in _ENVIRONMENT if name in ours}
    return kept | {"PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
