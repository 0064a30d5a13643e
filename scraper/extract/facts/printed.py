"""Dates as they are printed for readers, and as addresses hold them.

A printed date has no zone: it is taken as UTC. A day that two orders of the numbers would give
differently is not read at all.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files

_YEAR = r"(?P<y>(?:19|20)\d\d)"
_NUMBERS = (
    re.compile(rf"(?<!\d){_YEAR}\s?[-/.]\s?(?P<m>\d\d?)\s?[-/.]\s?(?P<d>\d\d?)(?!\d)"),
    re.compile(rf"(?<!\d){_YEAR}\s?[\u5e74\ub144]\s?(?P<m>\d\d?)\s?[\u6708\uc6d4]\s?(?P<d>\d\d?)"),
    re.compile(rf"(?<!\d)(?P<d>\d\d?)\s?[.-]\s?(?P<m>\d\d?)\s?[.-]\s?{_YEAR}(?!\d)"),
)
_SLASHES = re.compile(rf"(?<!\d)(?P<a>\d\d?)\s?/\s?(?P<b>\d\d?)\s?/\s?{_YEAR}(?!\d)")
_LETTERS = r"[^\W\d_]{2,}"
_DAY_FIRST = re.compile(
    rf"(?<!\d)(?P<d>\d\d?)(?:st|nd|rd|th|er|\.|º|-)?\s*(?:de\s+|d['\u2019]\s?)?"
    rf"(?P<month>{_LETTERS}(?:\s{_LETTERS})??)\.?,?\s*(?:de\s+|del\s+)?{_YEAR}(?!\d)"
)
_MONTH_FIRST = re.compile(
    rf"(?P<month>{_LETTERS})\.?\s+(?P<d>\d\d?)(?:st|nd|rd|th)?,?\s+{_YEAR}(?!\d)"
)
_YEAR_FIRST = re.compile(rf"(?<!\d){_YEAR}\.?\s+(?P<month>{_LETTERS})\s+(?P<d>\d\d?)(?!\d)")
_CLOCK = re.compile(
    r"(?<![\d.:/-])(?P<h>[01]?\d|2[0-3])(?P<sep>[:.h])(?P<min>[0-5]\d)(?::[0-5]\d)?"
    r"\s?(?P<half>[ap]\.?m\.?)?(?![\d.:/]\d)",
    re.IGNORECASE,
)
_MOST_APART = 30  # characters between a date and its time of day
_IN_ADDRESS = (
    re.compile(rf"[/_-]{_YEAR}[/_-](?P<m>0?[1-9]|1[0-2])[/_-](?P<d>0?[1-9]|[12]\d|3[01])(?!\d)"),
    re.compile(rf"[/_-]{_YEAR}(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?!\d)"),
)
_LEAST_PREFIX = 3


def day_in_address(url: str) -> datetime | None:
    """Return the day that a URL's path names, at midnight UTC, or None."""
    path = url.split("?")[0]
    for pattern in _IN_ADDRESS:
        for found in pattern.finditer(path):
            if (day := _day(found["y"], found["m"], found["d"])) is not None:
                return day
    return None


def moment_in(text: str) -> datetime | None:
    """Return the first date in a line of text, with its time of day where one stands beside it."""
    for found, day in _days_in(text):
        hour, minute = _clock(text, found)
        return day.replace(hour=hour, minute=minute)
    return None


def _days_in(text: str) -> Iterator[tuple[re.Match[str], datetime]]:
    for pattern in _NUMBERS:
        for found in pattern.finditer(text):
            if (day := _day(found["y"], found["m"], found["d"])) is not None:
                yield found, day
    low = text.lower()
    for pattern in (_DAY_FIRST, _MONTH_FIRST, _YEAR_FIRST):
        for found in pattern.finditer(low):
            month = _month(found["month"])
            day = None if month is None else _day(found["y"], month, found["d"])
            if day is not None:
                yield found, day
    for found in _SLASHES.finditer(text):
        if (day := _unordered(found)) is not None:
            yield found, day


def _unordered(found: re.Match[str]) -> datetime | None:
    """3/12/2024 is two days; 31/12/2024 and 12/12/2024 are one."""
    days = {_day(found["y"], found["a"], found["b"]), _day(found["y"], found["b"], found["a"])}
    days.discard(None)
    return days.pop() if len(days) == 1 else None


def _clock(text: str, date: re.Match[str]) -> tuple[int, int]:
    found = _CLOCK.search(text, date.end()) or _CLOCK.search(text[: date.start()])
    if found is None or (found.start() > date.end() and found.start() - date.end() > _MOST_APART):
        return 0, 0
    hour, half = int(found["h"]), (found["half"] or "").lower()
    if found["sep"] == "." and not half and len(found["h"]) < 2:
        return 0, 0  # 3.15 may be any number
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    return hour, int(found["min"])


def _day(year: str, month: str | int, day: str) -> datetime | None:
    try:
        return datetime(int(year), int(month), int(day), tzinfo=UTC)
    except ValueError:
        return None


@cache
def _months() -> Mapping[str, int | None]:
    """Return months by name and by each beginning; None where languages disagree about it."""
    text = files(__package__).joinpath("months.toml").read_text("utf-8")
    months: dict[str, int | None] = {}
    whole: dict[str, int] = {}
    for names in tomllib.loads(text).values():
        for number, name in enumerate(names, 1):
            whole[name] = number
            for end in range(_LEAST_PREFIX, len(name)):
                known = months.setdefault(name[:end], number)
                months[name[:end]] = number if known == number else None
    return months | whole


def _month(name: str) -> int | None:
    return _months().get(name.strip(" ."))
