"""Retry-After (RFC 9110, section 10.2.3): how long a host asks us to leave it alone.

It neither waits nor remembers: the pause is a value, to be kept where a restart finds it.
"""

import re
from datetime import datetime, timedelta

from scraper.fetch.http_dates import http_date

MAX_PAUSE = timedelta(hours=24)
UNREADABLE = timedelta(seconds=60)  # the host wants a pause, and its length can't be read

_PAUSING = frozenset({429, 503})
_SECONDS = re.compile(r"([0-9]+)(?:\.[0-9]*)?")  # fractions are no HTTP, and are sent all the same
_MOST_DIGITS = 12  # of a number that is still worth reading

Headers = tuple[tuple[str, str], ...]


def pause_from(
    status: int, headers: Headers, *, now: datetime, cap: timedelta = MAX_PAUSE
) -> timedelta | None:
    """Return how long a response asks its host to be left alone, or None if it doesn't.

    Only 429 and 503 are heard: on redirects the field is about the one request. A date in the past
    means now, a pause beyond the cap is the cap, and a value that means nothing is a minute. Names
    of headers are in lower case; the longest of several values counts.
    """
    if status not in _PAUSING:
        return None
    values = [value.strip() for name, value in headers if name == "retry-after"]
    return max((min(_pause(value, now), cap) for value in values), default=None)


def _pause(value: str, now: datetime) -> timedelta:
    seconds = _SECONDS.fullmatch(value)
    if seconds is not None:
        digits = seconds[1].lstrip("0") or "0"
        return timedelta.max if len(digits) > _MOST_DIGITS else timedelta(seconds=int(digits))
    date = http_date(value)
    return UNREADABLE if date is None else max(date - now, timedelta(0))
