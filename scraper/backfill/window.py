"""A span of days that is to be archived, and which links and sitemaps may have to do with it.

What it cannot date is in. It reads no clock and asks for nothing.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from scraper.discover.announced import Child
from scraper.model import Link

_BEGINNING, _END = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_DAY = timedelta(days=1)

# /2026/03/01/, 2026-03-01, 20260301; a number that only begins like a date is none.
_DATE = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<sep>[-/_.]?)(?P<month>0[1-9]|1[0-2])(?P=sep)"
    r"(?P<day>0[1-9]|[12]\d|3[01])(?!\d)"
)
# sitemap-2026-03.xml, sitemap.xml?yyyy=2026&mm=03, posts-202603.xml; with a day behind it, too
_MONTH = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)\D{0,6}(?P<month>0[1-9]|1[0-2])(?!\d(?!\d(?!\d)))"
)
_NUMBER = re.compile(r"\d+")
_YEARS = range(1990, 2100)

Span = tuple[datetime, datetime]  # from, and up to but without
ALWAYS: Span = (_BEGINNING, _END)


@dataclass(frozen=True, slots=True)
class Window:
    """The days that are wanted: from a moment on, and up to but without another one."""

    since: datetime
    until: datetime | None = None

    def __str__(self) -> str:
        if self.until is None:
            return f"from {self.since:%Y-%m-%d} on"
        return f"from {self.since:%Y-%m-%d} to before {self.until:%Y-%m-%d}"

    def meets(self, span: Span) -> bool:
        """Say whether something of a span lies within."""
        return span[1] > self.since and (self.until is None or span[0] < self.until)


def span_of(link: Link) -> Span:
    """Return when an article may have been published.

    Its source's word outweighs a date in its URL; of a sitemap's lastmod it only follows that it
    was not published later.
    """
    if link.published is not None:
        return (link.published, link.published + timedelta(microseconds=1))
    day = _day_in(link.url)
    if day is not None:
        return (day, day + _DAY)
    return _before(link.updated)


def spans_of(children: Sequence[Child]) -> dict[str, Span]:
    """Return when the articles of an index's sitemaps, by URL, may have been published.

    A month or a year in a URL is believed, with a day's grace for time zones, where it sets its
    sitemap apart and all sitemaps of the series have one: a series may as well be numbered.
    """
    named = _named_spans([child.url for child in children])
    spans = {}
    for child in children:
        start, end = named.get(child.url, ALWAYS)
        spans[child.url] = (start, min(end, _before(child.updated)[1]))
    return spans


def _before(updated: datetime | None) -> Span:
    """Return what lastmod leaves open; one without a time of day means any hour of its day."""
    if updated is None:
        return ALWAYS
    return (_BEGINNING, settled(updated))


def settled(updated: datetime) -> datetime:
    """Return the moment after which something with this lastmod was not changed any more."""
    is_bare_date = updated == updated.replace(hour=0, minute=0, second=0, microsecond=0)
    return updated + (_DAY if is_bare_date else timedelta(seconds=1))


def _day_in(url: str) -> datetime | None:
    for found in _DATE.finditer(_path(url)):
        try:
            return datetime(int(found["year"]), int(found["month"]), int(found["day"]), tzinfo=UTC)
        except ValueError:
            continue  # the 31st of February is the number of something else
    return None


def _named_spans(urls: Iterable[str]) -> dict[str, Span]:
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for url in urls:
        alike[_NUMBER.sub("#", url)].append(url)
    spans: dict[str, Span] = {}
    for series in alike.values():
        spans |= _months_in(series) or _years_in(series)
    return spans


def _months_in(series: Sequence[str]) -> dict[str, Span]:
    """Return the months that the URLs of a series name, if they all do, and not all the same."""
    spans: dict[str, Span] = {}
    for url in series:
        found = _MONTH.search(_path(url))
        if found is None or int(found["year"]) not in _YEARS:
            return {}
        first = datetime(int(found["year"]), int(found["month"]), 1, tzinfo=UTC)
        spans[url] = (first - _DAY, (first + 31 * _DAY).replace(day=1) + _DAY)
    return spans if len(set(spans.values())) > 1 else {}


def _years_in(series: Sequence[str]) -> dict[str, Span]:
    """Return the years that the URLs of a series name, if they all do, and not all the same."""
    numbers = [[int(number) for number in _NUMBER.findall(_path(url))] for url in series]
    for place in zip(*numbers, strict=False):
        if all(number in _YEARS for number in place) and len(set(place)) > 1:
            return dict(zip(series, map(_year, place), strict=True))
    return {}


def _year(number: int) -> Span:
    first = datetime(number, 1, 1, tzinfo=UTC)
    return (first - _DAY, datetime(number + 1, 1, 1, tzinfo=UTC) + _DAY)


def _path(url: str) -> str:
    """Return what stands behind a URL's host, whose numbers are no dates."""
    return url.partition("://")[2].partition("/")[2]
