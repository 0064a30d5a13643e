"""Tasks side by side: what several generators yield, in the order in which it comes; an end to all.

It does not know what they do.
"""

import asyncio
from collections.abc import AsyncGenerator, Collection, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


async def merged(sources: Sequence[AsyncGenerator[T, None]]) -> AsyncGenerator[T, None]:
    """Yield what several generators yield, each going on by itself; an error of one ends all."""
    results: asyncio.Queue[T | None] = asyncio.Queue()

    async def drain(source: AsyncGenerator[T, None]) -> None:
        async for result in source:
            await results.put(result)

    tasks = [asyncio.create_task(drain(source)) for source in sources]
    ending = asyncio.gather(*tasks)
    ending.add_done_callback(lambda _: results.put_nowait(None))
    try:
        while (result := await results.get()) is not None:
            yield result
        await ending
    finally:
        await ended(tasks)
        await asyncio.gather(ending, return_exceptions=True)  # asyncio tells what nobody asks for


async def ended(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel what still runs and wait until nothing does."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
