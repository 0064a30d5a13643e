"""When to ask again: pauses that follow the news, failures that back off, ages of rechecks.

It reads no clock and no catalog: the same arguments always give the same answer.
"""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from scraper.model import ExtractStatus, Outcome

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

# A poll without news lengthens the pause gently, one with news halves it: of the polls of a source
# that has settled about one in four brings something.
_GROWTH, _SHRINKAGE = 1.25, 0.5
_JITTER = 0.1  # of a pause, added: what failed together does not come back together
_MOST_DOUBLINGS = 20
MOST_TRIES = 20  # of one link without a good one among them, however the failures differ


class Verdict(StrEnum):
    """What one try at a link came to."""

    CAPTURED = "captured"  # for the first time
    CHANGED = "changed"  # other bytes than last time
    UNCHANGED = "unchanged"  # the same bytes, or a real 304
    DUPLICATE = "duplicate"  # the article of another link
    TEMPORARY = "temporary"  # the network or the server had a bad moment
    MISSING = "missing"  # 404 or 410
    REFUSED = "refused"  # 401, 403, 451 and whatever else a server means to say again
    UNREADABLE = "unreadable"  # a page came, but no article was read from it
    UNUSABLE = "unusable"  # no URL to ask for, or an address that must not be dialled
    DISALLOWED = "disallowed"  # by robots.txt
    NO_ROBOTS = "no-robots"  # robots.txt could not be had, so that nobody may be asked
    EXCLUDED = "excluded"  # by a pattern of sources.toml


class LinkState(StrEnum):
    """Where a link stands."""

    NEW = "new"
    CAPTURED = "captured"
    FAILED = "failed"  # it will be tried again
    QUARANTINED = "quarantined"  # it won't, until a person says so
    GONE = "gone"
    DISALLOWED = "disallowed"
    EXCLUDED = "excluded"


GOOD = frozenset({Verdict.CAPTURED, Verdict.CHANGED, Verdict.UNCHANGED, Verdict.DUPLICATE})

_BY_OUTCOME = {
    Outcome.NOT_MODIFIED: Verdict.UNCHANGED,
    Outcome.DISALLOWED: Verdict.DISALLOWED,  # where a redirect led
    Outcome.PAUSED: Verdict.TEMPORARY,  # likewise
    Outcome.UNRESOLVED: Verdict.TEMPORARY,
    Outcome.REFUSED: Verdict.TEMPORARY,
    Outcome.TIMEOUT: Verdict.TEMPORARY,
    Outcome.DISCONNECTED: Verdict.TEMPORARY,
    Outcome.TLS_FAILED: Verdict.REFUSED,
    Outcome.BAD_PROTOCOL: Verdict.REFUSED,
    Outcome.REDIRECT_LIMIT: Verdict.REFUSED,
    Outcome.BAD_REDIRECT: Verdict.REFUSED,
    Outcome.TOO_LARGE: Verdict.UNREADABLE,
    Outcome.BAD_URL: Verdict.UNUSABLE,
    Outcome.FORBIDDEN: Verdict.UNUSABLE,
}
_BY_STATUS = {
    404: Verdict.MISSING,
    410: Verdict.MISSING,
    408: Verdict.TEMPORARY,  # request timeout
    425: Verdict.TEMPORARY,  # too early
    429: Verdict.TEMPORARY,  # too many requests
}


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a class of failure is tried, and how the pauses between the tries grow."""

    tries: int
    pause: timedelta = _HOUR  # after the first
    factor: float = 1.0
    most: timedelta = _DAY


RETRIES = {
    # 5 min, 15 min, 45 min ... 1 d, 1 d: over three days, so that a bad day is outlived.
    Verdict.TEMPORARY: Retry(tries=9, pause=5 * _MINUTE, factor=3.0),
    Verdict.MISSING: Retry(tries=2, pause=_DAY),
    Verdict.REFUSED: Retry(tries=3, pause=6 * _HOUR, factor=4.0),
    Verdict.UNREADABLE: Retry(tries=2, pause=_HOUR),
    Verdict.UNUSABLE: Retry(tries=1),
    Verdict.DISALLOWED: Retry(tries=7, pause=_DAY),  # a copy of robots.txt is good for a day
    # 1 h, 2 h, 4 h ... 1 d: the file is asked for once an hour, and a bad week is outlived.
    Verdict.NO_ROBOTS: Retry(tries=12, pause=_HOUR, factor=2.0),
    Verdict.EXCLUDED: Retry(tries=1),
}
_WAITING = {Verdict.DISALLOWED: LinkState.DISALLOWED}
_GIVEN_UP = {
    Verdict.MISSING: LinkState.GONE,
    Verdict.DISALLOWED: LinkState.DISALLOWED,
    Verdict.EXCLUDED: LinkState.EXCLUDED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a link stands between two tries; a moment that is None never comes."""

    state: LinkState = LinkState.NEW
    verdict: Verdict | None = None  # of the last try
    attempts: int = 0  # since the last good one
    streak: int = 0  # of them, how many at the end had the same verdict
    next_try: datetime | None = None  # of a link that was not captured yet
    captured_at: datetime | None = None  # for the first time
    recheck_step: int = 0  # how many recheck ages are behind it
    next_recheck: datetime | None = None  # of a link that was


def verdict_of(outcome: Outcome, status: int | None, extracted: ExtractStatus) -> Verdict:
    """Return what a fetch and the reading of its page came to; a first capture is CAPTURED."""
    if outcome is Outcome.HTTP_ERROR:
        late = Verdict.TEMPORARY if (status or 0) >= 500 else Verdict.REFUSED
        return _BY_STATUS.get(status or 0, late)
    if outcome in _BY_OUTCOME:
        return _BY_OUTCOME[outcome]
    return Verdict.CAPTURED if extracted is ExtractStatus.OK else Verdict.UNREADABLE


def next_standing(
    link: Standing, verdict: Verdict, now: datetime, *, ages: Sequence[timedelta], seed: str
) -> Standing:
    """Return where a link stands after a try; `ages` are those at which a capture is rechecked."""
    if verdict in GOOD:
        return _captured(link, verdict, now, ages)
    failed = replace(
        link,
        verdict=verdict,
        attempts=link.attempts + 1,
        streak=link.streak + 1 if verdict is link.verdict else 1,
    )
    pause = retry_pause(verdict, failed.streak, seed=seed)
    again = None if pause is None or failed.attempts >= MOST_TRIES else now + pause
    if link.captured_at is not None:
        return _not_rechecked(failed, link.captured_at, again, now, ages)
    if again is not None:
        return replace(failed, state=_WAITING.get(verdict, LinkState.FAILED), next_try=again)
    return replace(failed, state=_GIVEN_UP.get(verdict, LinkState.QUARANTINED), next_try=None)


def _captured(
    link: Standing, verdict: Verdict, now: datetime, ages: Sequence[timedelta]
) -> Standing:
    first = link.captured_at or now
    step, moment = recheck_after(first, ages, now)
    return Standing(
        state=LinkState.CAPTURED,
        verdict=verdict,
        captured_at=first,
        recheck_step=step,
        next_recheck=None if verdict is Verdict.DUPLICATE else moment,
    )


def _not_rechecked(
    failed: Standing,
    captured_at: datetime,
    again: datetime | None,
    now: datetime,
    ages: Sequence[timedelta],
) -> Standing:
    """Return where a captured link stands whose recheck failed: what we have, we keep."""
    kept = replace(failed, state=LinkState.CAPTURED, next_try=None)
    if failed.verdict is Verdict.MISSING and again is None:
        return replace(kept, state=LinkState.GONE, next_recheck=None)
    if again is not None and failed.verdict is not Verdict.DISALLOWED:
        return replace(kept, next_recheck=again)
    step, moment = recheck_after(captured_at, ages, now)
    return replace(kept, attempts=0, streak=0, recheck_step=step, next_recheck=moment)


def recheck_after(
    captured_at: datetime, ages: Sequence[timedelta], now: datetime
) -> tuple[int, datetime | None]:
    """Return how many recheck ages have passed, and when the next one is reached, if ever.

    Ages that passed while nothing ran are behind it: one recheck makes up for all of them.
    """
    moments = sorted(captured_at + age for age in ages)
    ahead = [moment for moment in moments if moment > now]
    return len(moments) - len(ahead), ahead[0] if ahead else None


def retry_pause(verdict: Verdict, tries: int, *, seed: str) -> timedelta | None:
    """Return the pause after a number of failed tries in a row, or None after the last one.

    The pause never shrinks from try to try: the same seed has the same share of jitter.
    """
    retry = RETRIES[verdict]
    if tries >= retry.tries:
        return None
    pause = min(retry.pause * retry.factor ** (tries - 1), retry.most)
    return pause * (1 + _JITTER * fraction(seed))


def next_interval(
    current: timedelta,
    *,
    every: timedelta,
    every_min: timedelta,
    every_max: timedelta,
    brought_news: bool,
    hint: timedelta | None = None,
) -> timedelta:
    """Return how long to wait for the next poll of a source that answered.

    News halves the pause and ends a long one at once; no news lengthens it by a quarter. The hint
    (what the source says of itself) is the least it may be, within the bounds. An `every` beyond
    the bounds widens them: the maintainer wrote it.
    """
    least, most = min(every, every_min), max(every, every_max)
    wish = min(current * _SHRINKAGE, every) if brought_news else min(current, most) * _GROWTH
    return min(max(wish, hint or least, least), most)


def failure_pause(interval: timedelta, failures: int, *, most: timedelta, seed: str) -> timedelta:
    """Return how long to leave a source alone that failed a number of times in a row (from 1)."""
    doublings = min(max(failures, 1) - 1, _MOST_DOUBLINGS)
    pause = min(interval, most) * 2.0**doublings * (1 + _JITTER * fraction(seed))
    return min(pause, most)


def fraction(seed: str) -> float:
    """Return a number from 0 to 1 (excluded) that looks random, and is always the same."""
    return zlib.crc32(seed.encode("utf-8", "replace")) / 2**32


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """An outlet that has been silent for longer than it ever is."""

    since: datetime  # its last new article, or when we began to look
    reason: str
    expected: float | None = None  # articles that its weekdays would have brought meanwhile


WEEKS = 4  # that a rhythm is read from
_ENOUGH = 8  # new articles in four weeks: of fewer there is no rhythm
_MISSED = 4.0  # expected articles; by chance none of four come in 2 of 100 cases (Poisson)


def silence(
    days: Mapping[date, int],
    now: datetime,
    *,
    last: datetime | None,
    since: datetime | None = None,
    quiet_after: timedelta | None = None,
) -> Quiet | None:
    """Say whether an outlet is silent, by its `quiet_after` or else by its own weekdays.

    `days` are the counts of its new articles by day (UTC) in the last weeks, `last` is the moment
    of the newest, `since` when we began to look. Only whole days without an article count, each for
    what its weekday brought on average in the four weeks before the silence; so no night is a
    silence, nor is the weekend of an outlet that rests on weekends.
    """
    begun = last or since
    if begun is None:
        return None
    if quiet_after is not None:
        is_quiet = now - begun >= quiet_after
        return Quiet(since=begun, reason="longer than its quiet_after") if is_quiet else None
    expected = sum(_missed_days(days, begun, now, since))
    if expected < _MISSED:
        return None
    return Quiet(
        since=begun,
        expected=expected,
        reason=f"its weekdays would have brought about {expected:.0f} articles",
    )


def _missed_days(
    days: Mapping[date, int], begun: datetime, now: datetime, since: datetime | None
) -> Iterator[float]:
    """Yield what each whole day of a silence should have brought."""
    last_day = begun.date()
    earliest = min([*days, (since or begun).date()])
    first_day = max(earliest, last_day - timedelta(days=7 * WEEKS - 1))
    usual = [first_day + timedelta(days=n) for n in range((last_day - first_day).days + 1)]
    if sum(days.get(day, 0) for day in usual) < _ENOUGH:
        return
    for offset in range(1, (now.date() - last_day).days):
        missed = last_day + timedelta(days=offset)
        same = [day for day in usual if day.weekday() == missed.weekday()] or usual
        yield sum(days.get(day, 0) for day in same) / len(same)
