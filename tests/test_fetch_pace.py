"""Politeness: whose turn it is, by a clock that the test moves."""

import asyncio
from datetime import timedelta

import pytest

from scraper.fetch.pace import Pace

TWO_SECONDS = timedelta(seconds=2)


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.sleeps: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


def paced() -> tuple[Pace, Clock]:
    clock = Clock()
    return Pace(clock=clock, sleep=clock.sleep), clock


def test_the_first_turn_is_at_once_and_the_next_after_the_delay() -> None:
    pace, clock = paced()

    async def run() -> None:
        for seconds in (0.5, 0.0):
            async with pace.turn("paper.example", TWO_SECONDS):
                clock.now += seconds

    asyncio.run(run())

    assert clock.sleeps == [2.0]


def test_the_delay_counts_from_the_end_of_the_last_turn() -> None:
    pace, clock = paced()

    async def run() -> None:
        async with pace.turn("paper.example", TWO_SECONDS):
            clock.now += 60
        clock.now += 1.5
        async with pace.turn("paper.example", TWO_SECONDS):
            pass
        clock.now += 2
        async with pace.turn("paper.example", TWO_SECONDS):
            pass

    asyncio.run(run())

    assert clock.sleeps == [0.5]


def test_one_host_has_one_turn_at_a_time_in_the_order_of_asking() -> None:
    pace, clock = paced()
    order: list[str] = []

    async def one(name: str) -> None:
        async with pace.turn("paper.example", TWO_SECONDS):
            order.append(f"{name} in")
            await asyncio.sleep(0)
            order.append(f"{name} out")

    async def run() -> None:
        await asyncio.gather(*(one(name) for name in "abc"))

    asyncio.run(run())

    assert order == ["a in", "a out", "b in", "b out", "c in", "c out"]
    assert clock.sleeps == [2.0, 2.0]


def test_hosts_do_not_wait_for_each_other() -> None:
    pace, clock = paced()

    async def run() -> None:
        async with pace.turn("paper.example", TWO_SECONDS), pace.turn("other.example", TWO_SECONDS):
            pass

    asyncio.run(run())

    assert clock.sleeps == []


def test_a_failed_or_cancelled_turn_counts_and_frees_the_host() -> None:
    pace, clock = paced()

    async def run() -> None:
        with pytest.raises(asyncio.CancelledError):
            async with pace.turn("paper.example", TWO_SECONDS):
                raise asyncio.CancelledError
        async with pace.turn("paper.example", TWO_SECONDS):
            pass

    asyncio.run(run())

    assert clock.sleeps == [2.0]


def test_who_is_cancelled_while_waiting_takes_no_turn() -> None:
    pace = Pace()

    async def run() -> None:
        async with pace.turn("paper.example", timedelta(0)):
            waiting = asyncio.create_task(_take(pace))
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        await asyncio.wait_for(_take(pace), 1)

    asyncio.run(run())


async def _take(pace: Pace) -> None:
    async with pace.turn("paper.example", timedelta(0)):
        pass
