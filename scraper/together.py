"""Work on things that come one by one, done in a thread on all that wait at once.

It does not know what the work is: of a database it makes one commit for many rows.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

AT_MOST = 64  # things in one go, so that the first of them need not wait for a crowd


class Together(Generic[T, R]):
    """Collects things while the work on those before them goes on.

    `work` returns one result for each thing, or raises with nothing done: then each of them is
    tried by itself, so that one bad thing fails alone.
    """

    def __init__(self, work: Callable[[Sequence[T]], Sequence[R]]) -> None:
        self._work = work
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._worker: asyncio.Task[None] | None = None

    async def done(self, thing: T) -> R:
        """Return what the work made of a thing, when it is done.

        Raises what the work raises.
        """
        result: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((thing, result))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._go_on())
        return await result

    async def _go_on(self) -> None:
        while self._waiting:
            some, self._waiting = self._waiting[:AT_MOST], self._waiting[AT_MOST:]
            results = await asyncio.to_thread(self._tried, [thing for thing, _ in some])
            for (_, future), result in zip(some, results, strict=True):
                if future.cancelled():
                    continue
                if isinstance(result, Exception):
                    future.set_exception(result)
                else:
                    future.set_result(result)

    def _tried(self, things: Sequence[T]) -> Sequence[R | Exception]:
        try:
            return self._work(things)
        except Exception as exc:  # noqa: BLE001  it is raised where the thing came from
            if len(things) == 1:
                return [exc]
        return [result for thing in things for result in self._tried([thing])]
