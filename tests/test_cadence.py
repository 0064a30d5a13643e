"""When to ask again, as laws and as tables."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.cadence import (
    GOOD,
    MOST_TRIES,
    RETRIES,
    LinkState,
    Standing,
    Verdict,
    failure_pause,
    fraction,
    next_interval,
    next_standing,
    recheck_after,
    retry_pause,
    silence,
    verdict_of,
)
from scraper.model import ExtractStatus, Outcome

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # a Monday
SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=n) for n in (1, 60, 3600, 86400))
AGES = (HOUR, 6 * HOUR, DAY, 7 * DAY)
FAILURES = tuple(verdict for verdict in Verdict if verdict not in GOOD)

pauses = st.timedeltas(min_value=SECOND, max_value=30 * DAY)


def interval(current: timedelta, *, news: bool, hint: timedelta | None = None) -> timedelta:
    return next_interval(
        current,
        every=15 * MINUTE,
        every_min=10 * MINUTE,
        every_max=DAY,
        brought_news=news,
        hint=hint,
    )


@given(pauses, pauses, pauses, pauses, st.booleans(), st.none() | pauses)
def test_an_interval_is_always_within_the_bounds(
    current: timedelta,
    every: timedelta,
    one: timedelta,
    other: timedelta,
    news: bool,
    hint: timedelta | None,
) -> None:
    least, most = min(one, other), max(one, other)

    found = next_interval(
        current, every=every, every_min=least, every_max=most, brought_news=news, hint=hint
    )

    assert min(least, every) <= found <= max(most, every)


@given(st.timedeltas(min_value=10 * MINUTE, max_value=DAY), st.none() | pauses)
def test_news_never_lengthen_an_interval_and_silence_never_shortens_it(
    current: timedelta, hint: timedelta | None
) -> None:
    floor = min(hint or current, DAY)

    assert interval(current, news=True, hint=hint) <= max(current, floor)
    assert interval(current, news=False, hint=hint) >= current


@pytest.mark.parametrize(
    ("current", "news", "hint", "expected"),
    [
        (15 * MINUTE, True, None, 10 * MINUTE),  # half of it is below the bound
        (40 * MINUTE, True, None, 15 * MINUTE),  # a source that wakes up is asked as written
        (15 * MINUTE, False, None, 18.75 * MINUTE),
        (DAY, False, None, DAY),
        (15 * MINUTE, True, HOUR, HOUR),  # the source asks for an hour
        (15 * MINUTE, False, 7 * DAY, DAY),  # what it asks for is bounded
        (15 * MINUTE, True, MINUTE, 10 * MINUTE),
    ],
)
def test_an_interval_follows_the_news(
    current: timedelta, news: bool, hint: timedelta | None, expected: timedelta
) -> None:
    assert interval(current, news=news, hint=hint) == expected


def test_a_source_that_brings_an_article_every_three_hours_is_asked_about_twice_an_hour() -> None:
    now, current, polls, late = NOW, 15 * MINUTE, 0, []
    articles = [NOW + 3 * HOUR * n for n in range(1, 57)]  # a week of them
    while now < NOW + 7 * DAY:
        now, polls = now + current, polls + 1
        found = [moment for moment in articles if moment <= now]
        late += [now - moment for moment in found]
        articles = articles[len(found) :]
        current = interval(current, news=bool(found))

    assert 7 * 24 < polls < 3 * 7 * 24
    assert sum(late, timedelta()) / len(late) < 45 * MINUTE


@given(pauses, st.integers(1, 1000), pauses, st.text())
def test_a_failing_source_is_left_alone_ever_longer_up_to_the_bound(
    base: timedelta, failures: int, most: timedelta, seed: str
) -> None:
    pause = failure_pause(base, failures, most=most, seed=seed)

    assert timedelta(0) < pause <= most
    assert pause <= failure_pause(base, failures + 1, most=most, seed=seed)


@given(st.text())
def test_a_fraction_is_always_the_same_and_below_one(seed: str) -> None:
    assert 0 <= fraction(seed) < 1
    assert fraction(seed) == fraction(seed)


@pytest.mark.parametrize(
    ("outcome", "status", "extracted", "expected"),
    [
        (Outcome.OK, 200, ExtractStatus.OK, Verdict.CAPTURED),
        (Outcome.NOT_MODIFIED, 304, ExtractStatus.SKIPPED, Verdict.UNCHANGED),
        (Outcome.OK, 200, ExtractStatus.NO_ARTICLE, Verdict.UNREADABLE),
        (Outcome.OK, 200, ExtractStatus.TIMEOUT, Verdict.UNREADABLE),
        (Outcome.HTTP_ERROR, 404, ExtractStatus.SKIPPED, Verdict.MISSING),
        (Outcome.HTTP_ERROR, 410, ExtractStatus.SKIPPED, Verdict.MISSING),
        (Outcome.HTTP_ERROR, 401, ExtractStatus.SKIPPED, Verdict.REFUSED),
        (Outcome.HTTP_ERROR, 403, ExtractStatus.SKIPPED, Verdict.REFUSED),
        (Outcome.HTTP_ERROR, 451, ExtractStatus.SKIPPED, Verdict.REFUSED),
        (Outcome.HTTP_ERROR, 429, ExtractStatus.SKIPPED, Verdict.TEMPORARY),
        (Outcome.HTTP_ERROR, 500, ExtractStatus.SKIPPED, Verdict.TEMPORARY),
        (Outcome.HTTP_ERROR, 503, ExtractStatus.SKIPPED, Verdict.TEMPORARY),
        (Outcome.UNRESOLVED, None, ExtractStatus.SKIPPED, Verdict.TEMPORARY),
        (Outcome.REFUSED, None, ExtractStatus.SKIPPED, Verdict.TEMPORARY),
        (Outcome.TIMEOUT, 200, ExtractStatus.PARTIAL, Verdict.TEMPORARY),
        (Outcome.DISCONNECTED, 200, ExtractStatus.PARTIAL, Verdict.TEMPORARY),
        (Outcome.TOO_LARGE, 200, ExtractStatus.PARTIAL, Verdict.UNREADABLE),
        (Outcome.BAD_URL, None, ExtractStatus.SKIPPED, Verdict.UNUSABLE),
        (Outcome.FORBIDDEN, None, ExtractStatus.SKIPPED, Verdict.UNUSABLE),
    ],
)
def test_a_try_has_one_verdict(
    outcome: Outcome, status: int | None, extracted: ExtractStatus, expected: Verdict
) -> None:
    assert verdict_of(outcome, status, extracted) is expected


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("status", [None, 200, 302, 400, 404, 500, 599])
def test_every_outcome_has_a_verdict(outcome: Outcome, status: int | None) -> None:
    assert verdict_of(outcome, status, ExtractStatus.SKIPPED) in Verdict


@given(st.sampled_from(FAILURES), st.text())
def test_pauses_between_retries_never_shrink_and_end(verdict: Verdict, seed: str) -> None:
    pauses = [retry_pause(verdict, tries, seed=seed) for tries in range(1, 25)]

    waits = [pause for pause in pauses if pause is not None]
    assert waits == sorted(waits)
    assert pauses == waits + [None] * (24 - len(waits))
    assert len(waits) == RETRIES[verdict].tries - 1
    assert all(pause <= 1.1 * RETRIES[verdict].most for pause in waits)


def test_a_bad_day_is_outlived_by_the_retries_of_a_temporary_failure() -> None:
    waits = [retry_pause(Verdict.TEMPORARY, tries, seed="") for tries in range(1, 9)]

    assert sum((pause for pause in waits if pause), timedelta()) > 3 * DAY


def tried(verdicts: list[Verdict], link: Standing | None = None) -> list[Standing]:
    """Return where a link stands after each try, each made at the moment it was due."""
    link, now, found = link or Standing(next_try=NOW), NOW, []
    for verdict in verdicts:
        now = link.next_try or link.next_recheck or now
        link = next_standing(link, verdict, now, ages=AGES, seed="any")
        found.append(link)
    return found


@pytest.mark.parametrize(
    ("verdicts", "states"),
    [
        ([Verdict.CAPTURED], "captured"),
        ([Verdict.DUPLICATE], "captured"),
        ([Verdict.TEMPORARY, Verdict.CAPTURED], "failed captured"),
        ([Verdict.TEMPORARY] * 9, "failed " * 8 + "quarantined"),
        ([Verdict.MISSING] * 2, "failed gone"),
        ([Verdict.MISSING, Verdict.TEMPORARY, Verdict.MISSING], "failed failed failed"),
        ([Verdict.TEMPORARY] * 5 + [Verdict.MISSING], "failed " * 6),
        ([Verdict.REFUSED] * 3, "failed failed quarantined"),
        ([Verdict.UNREADABLE] * 2, "failed quarantined"),
        ([Verdict.TEMPORARY] * 3 + [Verdict.UNREADABLE] * 2, "failed " * 4 + "quarantined"),
        ([Verdict.UNUSABLE], "quarantined"),
        ([Verdict.DISALLOWED] * 2 + [Verdict.CAPTURED], "disallowed disallowed captured"),
        ([Verdict.EXCLUDED], "excluded"),
        ([Verdict.CAPTURED, Verdict.UNCHANGED, Verdict.CHANGED], "captured captured captured"),
        ([Verdict.CAPTURED, Verdict.MISSING], "captured captured"),
        ([Verdict.CAPTURED, Verdict.MISSING, Verdict.MISSING], "captured captured gone"),
        ([Verdict.CAPTURED] + [Verdict.TEMPORARY] * 30, "captured " * 31),
        ([Verdict.CAPTURED] + [Verdict.UNREADABLE] * 5, "captured " * 6),
        ([Verdict.CAPTURED, Verdict.DISALLOWED], "captured captured"),
    ],
)
def test_a_link_goes_from_state_to_state(verdicts: list[Verdict], states: str) -> None:
    assert [str(link.state) for link in tried(verdicts)] == states.split()


def test_a_page_is_gone_after_two_tries_a_day_apart() -> None:
    (first,) = tried([Verdict.MISSING])

    assert first.next_try is not None
    assert DAY <= first.next_try - NOW <= 1.1 * DAY


def test_a_page_without_an_article_is_tried_once_more_after_an_hour() -> None:
    first, second = tried([Verdict.UNREADABLE] * 2)

    assert first.next_try is not None
    assert HOUR <= first.next_try - NOW <= 1.1 * HOUR
    assert (second.state, second.next_try) == (LinkState.QUARANTINED, None)


def test_failures_that_take_turns_end_as_well() -> None:
    ends = tried([Verdict.TEMPORARY, Verdict.UNREADABLE] * MOST_TRIES)

    assert ends[MOST_TRIES - 2].state is LinkState.FAILED
    assert ends[MOST_TRIES - 1].state is LinkState.QUARANTINED


def test_rechecks_come_at_the_ages_counted_from_the_first_capture() -> None:
    ends = tried([Verdict.CAPTURED] + [Verdict.UNCHANGED] * 4)

    moments = [link.next_recheck for link in ends]
    assert moments == [NOW + age for age in AGES] + [None]
    assert [link.recheck_step for link in ends] == [0, 1, 2, 3, 4]
    assert {link.captured_at for link in ends} == {NOW}


def test_a_duplicate_is_not_rechecked() -> None:
    (link,) = tried([Verdict.DUPLICATE])

    assert link.next_recheck is None


def test_one_recheck_makes_up_for_all_the_ages_that_passed_while_nothing_ran() -> None:
    assert recheck_after(NOW, AGES, NOW + 2 * DAY) == (3, NOW + 7 * DAY)
    assert recheck_after(NOW, AGES, NOW + 8 * DAY) == (4, None)
    assert recheck_after(NOW, (), NOW) == (0, None)


def test_a_recheck_that_fails_is_tried_again_then_left_to_the_next_age() -> None:
    first, *rest = tried([Verdict.CAPTURED, Verdict.UNREADABLE, Verdict.UNREADABLE])

    assert rest[0].next_recheck is not None
    assert HOUR <= rest[0].next_recheck - (NOW + HOUR) <= 1.1 * HOUR
    assert rest[1].next_recheck == NOW + 6 * HOUR
    assert (rest[1].attempts, rest[1].captured_at) == (0, first.captured_at)


@given(st.lists(st.sampled_from(list(Verdict)), max_size=40), st.text(max_size=5))
def test_a_link_waits_for_exactly_what_its_state_says(verdicts: list[Verdict], seed: str) -> None:
    link, now = Standing(next_try=NOW), NOW
    for verdict in verdicts:
        now += MINUTE
        link = next_standing(link, verdict, now, ages=AGES, seed=seed)

        waiting = {LinkState.FAILED} | (
            {LinkState.DISALLOWED} if link.next_try is not None else set()
        )
        assert (link.next_try is not None) == (link.state in waiting)
        assert link.next_recheck is None or link.state is LinkState.CAPTURED
        assert all(moment > now for moment in (link.next_try, link.next_recheck) if moment)
        assert (link.captured_at is not None) >= (link.state is LinkState.CAPTURED)


WEEKDAYS_ONLY = {
    date(2026, 2, 2) + timedelta(days=n): 6 for n in range(26) if n % 7 < 5
}  # Monday 2 to Friday 27 February
FRIDAY = datetime(2026, 2, 27, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "is_quiet"),
    [
        (FRIDAY + 12 * HOUR, False),  # a night
        (FRIDAY + 2 * DAY + 20 * HOUR, False),  # Monday at one o'clock: it never works on weekends
        (datetime(2026, 3, 2, 23, 0, tzinfo=UTC), False),  # Monday isn't over
        (datetime(2026, 3, 3, 0, 0, tzinfo=UTC), True),  # a Monday without an article
    ],
)
def test_silence_is_measured_against_the_outlets_own_weekdays(
    now: datetime, is_quiet: bool
) -> None:
    quiet = silence(WEEKDAYS_ONLY, now, last=FRIDAY)

    assert (quiet is not None) is is_quiet
    if quiet is not None:
        assert quiet.since == FRIDAY
        assert quiet.expected == 6
        assert quiet.reason == "its weekdays would have brought about 6 articles"


def test_an_outlet_of_one_article_a_week_may_be_silent_for_weeks() -> None:
    weekly = {date(2026, 2, 2) + timedelta(days=7 * n): 1 for n in range(4)}

    assert silence(weekly, NOW + 30 * DAY, last=datetime(2026, 2, 23, 12, tzinfo=UTC)) is None


def test_a_long_silence_does_not_become_the_rhythm() -> None:
    quiet = silence(WEEKDAYS_ONLY, FRIDAY + 60 * DAY, last=FRIDAY)

    assert quiet is not None
    assert quiet.expected == 6 * sum((FRIDAY + n * DAY).weekday() < 5 for n in range(1, 60))


@pytest.mark.parametrize(
    ("gap", "is_quiet"), [(3 * DAY - SECOND, False), (3 * DAY, True), (9 * DAY, True)]
)
def test_quiet_after_alone_decides_where_the_maintainer_wrote_it(
    gap: timedelta, is_quiet: bool
) -> None:
    quiet = silence(WEEKDAYS_ONLY, FRIDAY + gap, last=FRIDAY, quiet_after=3 * DAY)

    assert (quiet is not None) is is_quiet


def test_an_outlet_that_never_brought_anything_is_quiet_since_we_began_to_look() -> None:
    assert silence({}, NOW, last=None) is None
    assert silence({}, NOW, last=None, since=NOW - DAY) is None
    quiet = silence({}, NOW, last=None, since=NOW - DAY, quiet_after=DAY)
    assert quiet is not None
    assert quiet.since == NOW - DAY
