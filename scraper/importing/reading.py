"""Others' files read in a process that can be killed: what hangs or crashes it costs a record.

It unpacks nothing in this process, and imports nothing.
"""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from pathlib import Path

from scraper.importing.frames import LENGTH_BYTES, Frame, Passed, value_in
from scraper.importing.records import Broken, Place

DEADLINE_S = 60.0  # without a word of the reader
MEMORY_BYTES = 1_000_000_000  # of the reader, beside the file that it maps

_ROOT = Path(__file__).parents[2]
_PIPE = 4_000_000  # bytes that may wait here
_MOST_LOST = 20  # times that a reader may be lost over one file
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")


async def frames_of(
    path: Path, *, deadline_s: float = DEADLINE_S, memory_bytes: int = MEMORY_BYTES
) -> AsyncGenerator[Frame, None]:
    """Yield what a file holds, in its order; the last frame is a `Passed` with `is_end`.

    A reader that ends early or says nothing for `deadline_s` is killed; another goes on behind the
    record at which that was, and forgets the redirects that were waiting.
    """
    start, lost = 0, 0
    while True:
        at, is_end = start, False
        reader = await _started(path, start, memory_bytes)
        try:
            async for frame in _told(reader, deadline_s):
                at = max(at, frame.offset if isinstance(frame, Passed) else frame.place.offset)
                is_end = isinstance(frame, Passed) and frame.is_end
                yield frame
        finally:
            status = await _ended(reader)
        if is_end:
            return
        lost += 1
        yield Broken(place=Place(at), problem=f"the reader {_end_of(status)} at or behind it")
        if lost == _MOST_LOST:
            yield Passed(offset=at, records=0, skipped={}, is_end=True)
            return
        start = at + 1


def _end_of(status: int) -> str:
    return "was killed, or killed itself," if status < 0 else f"ended with status {status}"


async def _told(
    reader: asyncio.subprocess.Process, deadline_s: float
) -> AsyncGenerator[Frame, None]:
    assert reader.stdout is not None
    with suppress(TimeoutError, asyncio.IncompleteReadError, ConnectionError):
        while True:
            async with asyncio.timeout(deadline_s):
                length = await reader.stdout.readexactly(LENGTH_BYTES)
                payload = await reader.stdout.readexactly(int.from_bytes(length, "big"))
            yield value_in(payload)


async def _started(path: Path, start: int, memory_bytes: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "scraper.importing.child",
        str(path),
        str(start),
        str(memory_bytes),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=_PIPE,
        start_new_session=True,  # a terminal's Ctrl-C is not for it
        env=_environment(os.environ),
    )


async def _ended(reader: asyncio.subprocess.Process) -> int:
    """Return the exit status of a reader, which is killed where it lingers."""
    try:
        async with asyncio.timeout(0.5):
            return await reader.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            reader.kill()
        return await reader.wait()


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    kept = {name: ours[name] for name in _ENVIRONMENT if name in ours}
    return kept | {"PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
