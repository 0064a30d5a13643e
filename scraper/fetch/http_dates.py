"""Dates as HTTP spells them (RFC 9110, section 5.6.7), in all three of its formats.

It reads no clock.
"""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# IMF-fixdate, RFC 850 and asctime; what follows the time is a zone, or asctime's year.
_FORM = re.compile(
    r"[A-Za-z]{3,9},? (?:\d{1,2}[ -][A-Za-z]{3}[ -]\d{2,4} |[A-Za-z]{3} [ \d]?\d )"
    r"\d{2}:\d{2}:\d{2} [A-Za-z0-9+-]{3,5}"
)


def http_date(value: str) -> datetime | None:
    """Return an HTTP date in UTC, or None where it is none."""
    text = value.strip()
    if not _FORM.fullmatch(text):
        return None
    try:
        moment = parsedate_to_datetime(text)  # knows no locale, unlike strptime
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
