"""How many bytes of fetched pages are in hand at once: whoever brings more waits for the others.

It counts what it is told, and drops nothing: a number of pages alone bounds no memory where each
may have 32 MB.
"""

import asyncio
from types import TracebackType
from typing import Self


class InHand:
    """A line for at most so many bytes; what is larger than all of them waits until it is empty.

    First come, first served: a large page is not passed by small ones for ever.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most, self._bytes = most_bytes, 0
        self._turn, self._less = asyncio.Lock(), asyncio.Event()

    @property
    def bytes(self) -> int:
        """How many there are."""
        return self._bytes

    def hold(self) -> "Hold":
        """Return an empty share; leaving it as a context manager gives back what it took."""
        return Hold(self)

    async def take(self, count: int) -> None:
        """Wait until there is room for so many more."""
        async with self._turn:
            while self._bytes and self._bytes + count > self._most:
                self._less.clear()
                await self._less.wait()
            self._bytes += count

    def give(self, count: int) -> None:
        """Make room again."""
        self._bytes -= count
        self._less.set()


class Hold:
    """What one page takes of the line. Taken once: whoever held some and waited for more could
    wait for another who does the same."""

    def __init__(self, in_hand: InHand) -> None:
        self._in_hand, self._bytes = in_hand, 0

    @property
    def bytes(self) -> int:
        """How many it has."""
        return self._bytes

    async def take(self, count: int) -> None:
        """Take so many bytes, in turn."""
        assert not self._bytes
        await self._in_hand.take(count)
        self._bytes = count

    def shrink(self, count: int) -> None:
        """Give back all but so many: what comes was not known before it was unpacked."""
        self._in_hand.give(self._bytes - count)
        self._bytes = count

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.shrink(0)
