"""The causes of alarms, and an alarm as it is found: what about, why, since when, what to do.

It finds none: `pages` and `sources` do.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

PAGES, SILENCE = "pages", "silence"


class Cause(StrEnum):
    """Why an outlet is under alarm, in the words in which a maintainer reads it."""

    BLOCKED = "blocked"
    CONSENT = "consent wall"
    PAYWALL = "paywall rose"
    RULE = "rule dead"
    TITLE = "title rule dead"
    LAYOUT = "layout changed"
    LANGUAGE = "language changed"
    FIELDS = "metadata lost"
    LENGTH = "texts shorter"
    FEED = "feed moved"
    FAILING = "source fails"
    QUIET = "gone quiet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What stands out about an outlet, and why."""

    subject: str  # pages | silence | source <URL>
    cause: Cause
    said: str  # a clause: "article .story matched nothing on 3 stories in a row"
    remedy: str
    since: datetime | None = None
    capture: int | None = None  # the first that showed it
    selector: str | None = None
    instead: str | None = None
    captures: tuple[int, ...] = ()  # that show it, newest first
