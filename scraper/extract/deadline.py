"""How long a worker may take: by its own clock, since a busy machine may not let it run.

It ends nobody: who waits is told by a `TimeoutError`.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

PATIENCE = 3  # times the deadline that may pass on the clock: a worker might wait for ever
_SOON = 0.05  # seconds; the kernel counts CPU time in hundredths


@asynccontextmanager
async def deadline(pid: int, seconds: float) -> AsyncIterator[None]:
    """Let what is awaited inside go on until a process has computed for some seconds.

    A process that is not let run gets `PATIENCE` times as many of the clock. Where the system does
    not tell what a process has used (other than Linux), the clock's seconds count.

    Raises:
        TimeoutError: the time is over.
    """
    loop, begun = asyncio.get_running_loop(), _cpu_s_of(pid)
    last = loop.time() + PATIENCE * seconds
    waking: asyncio.TimerHandle

    def look() -> None:
        nonlocal waking
        left = min(seconds - (_cpu_s_of(pid) - begun), last - loop.time())
        if left > _SOON:
            waking = loop.call_later(left, look)
        else:
            limit.reschedule(loop.time())

    async with asyncio.timeout(None) as limit:
        waking = loop.call_later(seconds, look)
        try:
            yield
        finally:
            waking.cancel()


def _cpu_s_of(pid: int) -> float:
    """Return the seconds that a process has computed; the clock's where nobody tells."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:  # not Linux, or it has ended
        return asyncio.get_running_loop().time()
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
