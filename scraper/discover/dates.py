"""Dates as feeds and sitemaps write them become aware datetimes in UTC, or None.

It reads no clock, guesses no missing part, and believes no time zone that it doesn't know.
"""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz

# Hours east of UTC. RFC 5322's own names are known to the standard library; these are what feeds of
# Europe and Asia write beside them. IST, CST and AST mean several places each and are left out.
_ZONES = {
    "Z": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "MET": 1, "CEST": 2, "MEST": 2, "EET": 2,
    "SAST": 2, "EEST": 3, "MSK": 3, "TRT": 3, "MSD": 4, "GST": 4, "PKT": 5, "WIB": 7, "ICT": 7,
    "SGT": 8, "HKT": 8, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip
_ZONE_NAME = re.compile(r"\s*\b([A-Z]{1,5})$")
_OFFSET = re.compile(r"\s*(?:GMT|UTC)?\s*([+-]\d\d):?(\d\d)$")
_RFC_ZONES = {"UT", "UTC", "GMT", "EST", "EDT", "MST", "MDT", "PST", "PDT"}
# What programs write who have no date: year 1 of .NET, the epoch, the first days of spreadsheets.
_UNSET = {(1, 1, 1), (1899, 12, 30), (1899, 12, 31), (1900, 1, 1), (1970, 1, 1)}
_LONGEST = 60


def moment(text: str | None) -> datetime | None:
    """Return the instant that an ISO 8601 or RFC 5322 date names; without a zone it is in UTC."""
    text = " ".join((text or "").split())
    if not text or len(text) > _LONGEST:
        return None
    clock, zone = _zone_of(text)
    if zone is None:
        return None
    try:
        found = (_iso(clock) or _rfc(clock)) - zone
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return None if (found.year, found.month, found.day) in _UNSET else found


def _zone_of(text: str) -> tuple[str, timedelta | None]:
    """Return a date without its zone, and the zone's distance from UTC; None where unknown."""
    if ":" in text and (offset := _OFFSET.search(text)):
        sign = -1 if offset[1].startswith("-") else 1
        hours, minutes = int(offset[1][1:]), int(offset[2])
        return text[: offset.start()], sign * timedelta(hours=hours, minutes=minutes)
    name = _ZONE_NAME.search(text)
    if name is None:
        return text, timedelta(0)
    clock, zone = text[: name.start()], name[1]
    if zone in _ZONES:
        return clock, timedelta(hours=_ZONES[zone])
    if zone not in _RFC_ZONES:
        return text, None
    parsed = parsedate_tz(f"1 Jan 2000 00:00:00 {zone}")
    return clock, timedelta(seconds=(parsed[9] or 0) if parsed else 0)


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None


def _rfc(text: str) -> datetime:
    """Read an RFC 5322 date; the name of its weekday may be in any language."""
    parsed = parsedate_tz(text.partition(",")[2] or text)
    if parsed is None:
        raise ValueError("not a date")
    return datetime(*parsed[:6], tzinfo=UTC)
