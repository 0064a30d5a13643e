"""Politeness: one request at a time per host, and a pause between them.

It remembers nothing beyond the process, and does not know robots.txt or Retry-After.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta


class Pace:
    """Whose turn it is, per host; `clock` (seconds, monotonic) and `sleep` are there for tests."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._ends: dict[str, float] = {}

    @asynccontextmanager
    async def turn(
        self, host: str, delay: timedelta, *, yielding: bool = False
    ) -> AsyncIterator[None]:
        """Wait until a host may be asked again, and hold the turn while the block runs.

        At least `delay` lies between the end of one turn and the start of the next. Turns are
        given in the order in which they were asked for, but that `yielding` ones let pass once who
        has come meanwhile.
        """
        if yielding:
            async with self._locks[host]:
                pass
        async with self._locks[host]:
            if host in self._ends:
                pause = self._ends[host] + delay.total_seconds() - self._clock()
                if pause > 0:
                    await self._sleep(pause)
            try:
                yield
            finally:
                self._ends[host] = self._clock()
