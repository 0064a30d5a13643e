"""Runs a command's asynchronous work so that a signal ends it cleanly: files closed, nothing lost.

It starts no work of its own.
"""

import asyncio
import signal
from collections.abc import Coroutine
from typing import TypeVar

from scraper.errors import Stopped

T = TypeVar("T")


def run(work: Coroutine[None, None, T]) -> T:
    """Run a coroutine to its end; SIGINT and SIGTERM cancel it, and it may still finish its files.

    Raises:
        KeyboardInterrupt: SIGINT ended it.
        Stopped: SIGTERM ended it.
    """
    return asyncio.run(_stoppable(work))


async def _stoppable(work: Coroutine[None, None, T]) -> T:
    task = asyncio.ensure_future(work)
    was_told = False

    def stop() -> None:
        nonlocal was_told
        was_told = True
        task.cancel()

    loop = asyncio.get_running_loop()
    before = signal.getsignal(signal.SIGTERM)
    loop.add_signal_handler(signal.SIGTERM, stop)
    try:
        return await task
    except asyncio.CancelledError:
        if was_told:
            raise Stopped from None
        raise
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
        signal.signal(signal.SIGTERM, before)  # asyncio leaves the one that kills
