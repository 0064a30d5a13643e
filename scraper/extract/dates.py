"""Dates as pages write them become aware datetimes in UTC.

It reads no clock and guesses no missing year.
"""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_OFFSET = re.compile(r"\s*([+-]\d\d)(\d\d)$")
_ZONE_NAME = re.compile(r"\s*(?:UTC|GMT)$")


def moment(text: str | None) -> datetime | None:
    """Return the instant that an ISO 8601 or RFC 5322 date names; without an offset it is UTC."""
    if not text or len(text) > 60:
        return None
    found = _iso(_OFFSET.sub(r"\1:\2", _ZONE_NAME.sub("Z", text.strip()))) or _rfc(text)
    if found is None:
        return None
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:  # year 1 or 9999, across the border of what datetime holds
        return None


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _rfc(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
