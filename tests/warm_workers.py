"""Workers that stay from one run of the line to the next: starting one costs half a second of CPU.

It holds no claims of its own; what is claimed of workers is tested on ones that a test starts.
"""

import asyncio
import atexit
import contextvars
from collections.abc import Coroutine
from typing import Any, TypeVar

from scraper.extract import Extractor

_runners: list[asyncio.Runner] = []
_extractors: dict[int, Extractor] = {}  # by how many workers they have at most

T = TypeVar("T")


def warm_workers(most: int) -> Extractor:
    """Return workers that others used before; only what `run_warm` runs may ask them."""
    return _extractors.setdefault(most, Extractor(most))


def run_warm(work: Coroutine[Any, Any, T]) -> T:
    """Return what some work comes to, in the loop of the warm workers; what it leaves is ended."""
    if not _runners:
        _runners.append(asyncio.Runner())
    context = contextvars.copy_context()
    try:
        return _runners[0].run(work, context=context)
    finally:
        _runners[0].run(_end_tasks(), context=context)


def warm_pids() -> set[int]:
    """Return the processes that wait for the next run, beside those that a test has started."""
    waiting = [one._idle for one in _extractors.values()]  # noqa: SLF001  nobody else asks
    return {worker.pid for idle in waiting for worker in idle}


def end_warm_workers() -> None:
    """End all warm workers: for tests that look at the processes which they start themselves."""
    while _extractors:
        _, extractor = _extractors.popitem()
        run_warm(extractor.close())
    while _runners:
        _runners.pop().close()


async def _end_tasks() -> None:
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


atexit.register(end_warm_workers)
