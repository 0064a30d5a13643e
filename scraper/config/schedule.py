"""Durations ("1h30m") and cron expressions ("*/10 6-22 * * mon-fri") as a maintainer writes them.

It reads no clock: moments come in and go out, all in UTC.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import product

DURATION = r"^(?=\d)(?:\d{1,6}d)?(?:\d{1,6}h)?(?:\d{1,6}m)?(?:\d{1,6}s)?(?:\d{1,6}ms)?$"
CRON = r"^\S+(?:\s+\S+){4}$"

_UNITS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_STEP = re.compile(r"(\*|\w+(?:-\w+)?)(?:/(\d{1,4}))?")
# A 29 February lies at most eight years ahead (1896 -> 1904: 1900 was none).
_HORIZON_DAYS = 8 * 366 + 1


def duration_of(text: str) -> timedelta:
    """Return the duration that a text names: units d, h, m, s, ms, each once, largest first.

    Raises:
        ValueError: it names none; the message says how to write one.
    """
    if not re.fullmatch(DURATION, text, re.ASCII):
        raise ValueError(
            f'{text!r} is no duration; write it like "2s", "15m", "6h", "7d" or "1h30m"'
        )
    parts = re.findall(r"(\d+)(ms|[dhms])", text)
    return sum((int(number) * _UNITS[unit] for number, unit in parts), timedelta())


def duration_text(duration: timedelta) -> str:
    """Return the shortest text that `duration_of` reads as this duration, to the millisecond."""
    text = ""
    for unit, size in _UNITS.items():
        count, duration = divmod(duration, size)
        text += f"{count}{unit}" if count else ""
    return text or "0s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cron:
    """The moments that a cron expression allows; weekdays count from Sunday = 0."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool  # day of month or weekday is enough, since both are restricted (POSIX crontab)

    def is_day(self, day: date) -> bool:
        """Say whether anything is due on a day."""
        in_month = day.day in self.days
        in_week = day.isoweekday() % 7 in self.weekdays
        fits = in_month or in_week if self.either else in_month and in_week
        return fits and day.month in self.months


def cron_of(text: str) -> Cron:
    """Return what a cron expression of five fields allows: minute hour day month weekday.

    Numbers, names (jan, mon), lists, ranges and steps are understood; Sunday is 0 or 7.

    Raises:
        ValueError: it is none, or no day ever fits it; the message names the field.
    """
    fields = text.lower().split()
    if len(fields) != 5:
        raise ValueError(
            f"{text!r} has {len(fields)} fields; a cron expression has five: "
            "minute hour day month weekday"
        )
    minute, hour, day, month, weekday = fields
    cron = Cron(
        minutes=_numbers(minute, "minute", 0, 59),
        hours=_numbers(hour, "hour", 0, 23),
        days=_numbers(day, "day", 1, 31),
        months=_numbers(month, "month", 1, 12, _MONTHS),
        weekdays=frozenset(n % 7 for n in _numbers(weekday, "weekday", 0, 7, _WEEKDAYS)),
        either=not day.startswith("*") and not weekday.startswith("*"),
    )
    if not any(cron.is_day(date(2000, 1, 1) + timedelta(days=n)) for n in range(_HORIZON_DAYS)):
        raise ValueError(f"{text!r} names a day that no calendar has")
    return cron


def every_of(text: str) -> timedelta | str:
    """Return a pause, or a checked cron expression with single spaces, whichever the text is.

    Raises:
        ValueError: it is neither, or the pause is zero.
    """
    if len(text.split()) > 1:
        cron_of(text)
        return " ".join(text.split())
    pause = duration_of(text)
    if not pause:
        raise ValueError("it must be longer than nothing")
    return pause


def next_time(every: timedelta | str, after: datetime) -> datetime:
    """Return the first moment later than `after` (aware, UTC) that a pause or cron names.

    Raises:
        ValueError: the text is no cron expression.
    """
    if isinstance(every, timedelta):
        return after + every
    cron = cron_of(every)
    start = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
    times = [time(*at) for at in product(sorted(cron.hours), sorted(cron.minutes))]
    for offset in range(_HORIZON_DAYS):
        day = start.date() + timedelta(days=offset)
        if not cron.is_day(day):
            continue
        for at in times:
            moment = datetime.combine(day, at, tzinfo=after.tzinfo)
            if moment >= start:
                return moment
    raise ValueError(f"{every!r} names no moment in the next eight years")


def _numbers(
    field: str, name: str, low: int, high: int, names: tuple[str, ...] = ()
) -> frozenset[int]:
    """Return the numbers that one field of a cron expression lists."""
    numbers: set[int] = set()
    for item in field.split(","):
        match = _STEP.fullmatch(item)
        if match is None:
            raise ValueError(f"{item!r} is no {name} of a cron expression")
        span, step = match[1], int(match[2] or 1)
        first, last = _span(span, name, low, high, names)
        if match[2] and span.isalnum():
            last = high  # "5/15" starts at 5 and goes on to the end
        if not low <= first <= last <= high or step == 0:
            raise ValueError(f"{item!r} is no {name} of a cron expression ({low} to {high})")
        numbers.update(range(first, last + 1, step))
    return frozenset(numbers)


def _span(span: str, name: str, low: int, high: int, names: tuple[str, ...]) -> tuple[int, int]:
    if span == "*":
        return low, high
    first, _, last = span.partition("-")
    return _number(first, name, low, names), _number(last or first, name, low, names)


def _number(text: str, name: str, low: int, names: tuple[str, ...]) -> int:
    if text in names:
        return names.index(text) + low
    if not text.isascii() or not text.isdigit() or len(text) > 4:
        raise ValueError(f"{text!r} is no {name} of a cron expression")
    return int(text)
