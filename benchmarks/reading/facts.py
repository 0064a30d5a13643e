"""Whether title, authors and date are the gold's.

It reads no page.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from reading.pages import Sample

_QUOTES = str.maketrans(
    dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033", '"')
    | dict.fromkeys("\u2018\u2019\u201a\u2039\u203a\u0060\u00b4", "'")
)
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What an extractor says of a page besides its text."""

    title: str = ""
    authors: tuple[str, ...] = ()
    published: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """Which facts are the gold's; None where the gold has no such fact."""

    title: bool | None
    authors: bool | None
    date: bool | None


def hits_of(sample: Sample, facts: Facts) -> Hits:
    """Return which facts are right: title but for case, quotes and space; authors as a set."""
    return Hits(
        title=folded(sample.title) == folded(facts.title) if sample.title else None,
        authors=(
            None
            if sample.authors is None
            else {folded(name) for name in sample.authors} == {folded(x) for x in facts.authors}
        ),
        date=None if sample.published is None else _is_day(sample.published, facts.published),
    )


def folded(text: str) -> str:
    """Return a text without differences of case, quotes and white space."""
    return _SPACE.sub(" ", text.translate(_QUOTES)).strip().casefold()


def _is_day(gold: datetime, found: datetime | None) -> bool:
    if found is None:
        return False
    return _utc(gold).date() == _utc(found).date()


def _utc(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
