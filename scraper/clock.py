"""What time it is, and how to wait: by the real clock, or in a rehearsal by one that runs faster.

A rehearsal is a run with $SCRAPER_CLOCK set, as tests of whole days do: the moment at which the
rehearsed time begins, the Unix time at which it does, and how many times faster it runs:
``SCRAPER_CLOCK=2026-03-01T00:00:00Z@1767225600x7200``. Deadlines of sockets stay real.
"""

import asyncio
import os
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from scraper.errors import ConfigError

_FORM = re.compile(r"(?P<start>[^@]+)@(?P<second>[0-9.]+)x(?P<speed>[0-9.]+)")


@dataclass(frozen=True, slots=True)
class Clock:
    """Rehearsed time: `start` at the Unix time `second`, then `speed` times as fast."""

    start: datetime
    second: float
    speed: float

    def now(self) -> datetime:
        """Return the rehearsed time."""
        return self.start + timedelta(seconds=(time.time() - self.second) * self.speed)


def clock_of(text: str) -> Clock:
    """Return the clock that a value of $SCRAPER_CLOCK asks for.

    Raises:
        ConfigError: it has another form.
    """
    parts = _FORM.fullmatch(text)
    try:
        if parts is None:
            raise ValueError(text)
        start = datetime.fromisoformat(parts["start"]).astimezone(UTC)
        return Clock(start, float(parts["second"]), float(parts["speed"]))
    except ValueError as exc:
        problem = f"$SCRAPER_CLOCK is {text!r}; it has the form START@SECONDxSPEED, or is not set"
        raise ConfigError(problem) from exc


@cache
def _rehearsed() -> Clock | None:
    text = os.environ.get("SCRAPER_CLOCK")
    return clock_of(text) if text else None


def is_rehearsed() -> bool:
    """Say whether time runs faster than it does."""
    return _rehearsed() is not None


def now() -> datetime:
    """Return the time in UTC."""
    rehearsed = _rehearsed()
    return datetime.now(UTC) if rehearsed is None else rehearsed.now()


def seconds() -> float:
    """Return a count of seconds that only grows, for measuring pauses."""
    rehearsed = _rehearsed()
    return time.monotonic() * (1.0 if rehearsed is None else rehearsed.speed)


async def sleep(pause: float) -> None:
    """Wait for a number of seconds of the clock."""
    rehearsed = _rehearsed()
    await asyncio.sleep(pause if rehearsed is None else pause / rehearsed.speed)
