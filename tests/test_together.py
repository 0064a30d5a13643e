"""Many commits become one; what fails, fails alone; nobody is told before it is done."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from scraper.together import AT_MOST, Together


def test_what_waits_is_done_in_one_go() -> None:
    goes: list[list[int]] = []

    def work(things: Sequence[int]) -> list[int]:
        goes.append(list(things))
        return [thing * 10 for thing in things]

    async def main() -> list[int]:
        together = Together(work)
        return await asyncio.gather(*(together.done(number) for number in range(5)))

    assert asyncio.run(main()) == [0, 10, 20, 30, 40]
    assert goes == [[0, 1, 2, 3, 4]]


def test_what_comes_during_the_work_waits_for_the_next_go() -> None:
    goes: list[list[str]] = []
    begun, go_on = threading.Event(), threading.Event()

    def work(things: Sequence[str]) -> list[str]:
        goes.append(list(things))
        begun.set()
        assert go_on.wait(10)
        return list(things)

    async def main() -> None:
        together = Together(work)
        first = asyncio.create_task(together.done("first"))
        await asyncio.to_thread(begun.wait, 10)
        others = [asyncio.create_task(together.done(name)) for name in ("second", "third")]
        await asyncio.sleep(0)
        assert not first.done()
        go_on.set()
        await asyncio.gather(first, *others)

    asyncio.run(main())
    assert goes == [["first"], ["second", "third"]]


def test_one_that_fails_fails_alone() -> None:
    def work(things: Sequence[int]) -> list[int]:
        if 0 in things:
            raise ValueError("not this one")
        return list(things)

    async def main() -> list[int | BaseException]:
        together = Together(work)
        each = (together.done(number) for number in (1, 0, 2))
        return await asyncio.gather(*each, return_exceptions=True)

    first, second, third = asyncio.run(main())

    assert (first, third) == (1, 2)
    assert isinstance(second, ValueError)


def test_a_crowd_is_done_in_several_goes() -> None:
    goes: list[int] = []

    def work(things: Sequence[int]) -> list[int]:
        goes.append(len(things))
        return list(things)

    async def main() -> None:
        together = Together(work)
        await asyncio.gather(*(together.done(number) for number in range(AT_MOST + 1)))

    asyncio.run(main())
    assert goes == [AT_MOST, 1]


def test_who_goes_away_does_not_keep_the_others_waiting() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work(things: Sequence[int]) -> list[int]:
        begun.set()
        assert go_on.wait(10)
        return list(things)

    async def main() -> int:
        together = Together(work)
        gone = asyncio.create_task(together.done(1))
        await asyncio.to_thread(begun.wait, 10)
        stays = asyncio.create_task(together.done(2))
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        go_on.set()
        return await stays

    assert asyncio.run(main()) == 2
