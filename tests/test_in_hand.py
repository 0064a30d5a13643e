"""Bytes in hand: so many at once, in turn, and the largest alone."""

import asyncio

from scraper.in_hand import Hold, InHand


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def taken(hold: Hold, count: int) -> "asyncio.Task[None]":
    return asyncio.create_task(hold.take(count))


def test_who_would_bring_too_much_waits_until_others_are_done() -> None:
    async def main() -> None:
        line = InHand(100)
        with line.hold() as first:
            await first.take(70)
            second = line.hold()
            waiting = taken(second, 40)
            await settled()
            assert not waiting.done()
            assert line.bytes == 70
        await waiting

        assert line.bytes == 40

    asyncio.run(main())


def test_what_is_larger_than_all_waits_for_an_empty_line_and_is_not_passed_by() -> None:
    async def main() -> None:
        line = InHand(100)
        small, large, later = line.hold(), line.hold(), line.hold()
        await small.take(10)
        for_large, for_later = taken(large, 500), taken(later, 10)
        await settled()
        assert not for_large.done()
        assert not for_later.done()

        small.shrink(0)
        await for_large
        assert not for_later.done()
        large.shrink(90)
        await for_later

        assert line.bytes == 100

    asyncio.run(main())


def test_who_is_cancelled_while_waiting_takes_nothing_and_blocks_nobody() -> None:
    async def main() -> None:
        line = InHand(100)
        first, second, third = line.hold(), line.hold(), line.hold()
        await first.take(90)
        given_up, patient = taken(second, 50), taken(third, 50)
        await settled()
        given_up.cancel()
        await settled()
        first.shrink(0)
        await patient

        assert line.bytes == 50

    asyncio.run(main())
