"""Durations and cron expressions, as a maintainer writes them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.config import next_time
from scraper.config.schedule import cron_of, duration_of, duration_text, every_of


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("2s", timedelta(seconds=2)),
        ("15m", timedelta(minutes=15)),
        ("6h", timedelta(hours=6)),
        ("7d", timedelta(days=7)),
        ("1h30m", timedelta(hours=1, minutes=30)),
        ("1m500ms", timedelta(minutes=1, milliseconds=500)),
        ("0s", timedelta()),
        ("90m", timedelta(minutes=90)),
    ],
)
def test_a_duration_is_numbers_with_units(text: str, duration: timedelta) -> None:
    assert duration_of(text) == duration


@pytest.mark.parametrize(
    "text", ["", "2", "s", "2 s", "-2s", "2s1m", "1h1h", "1.5h", "2S", "٣s", "9999999s", "2s\n"]
)
def test_what_is_no_duration_is_told_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match='write it like "2s"'):
        duration_of(text)


@given(st.timedeltas(min_value=timedelta(), max_value=timedelta(days=999_999)))
def test_a_duration_written_and_read_is_the_same_to_the_millisecond(duration: timedelta) -> None:
    assert duration_of(duration_text(duration)) == duration // timedelta(milliseconds=1) * (
        timedelta(milliseconds=1)
    )


def test_every_is_a_pause_or_a_cron_expression_with_single_spaces() -> None:
    assert every_of("15m") == timedelta(minutes=15)
    assert every_of("  0  6\t* * mon ") == "0 6 * * mon"


@pytest.mark.parametrize("text", ["0s", "* * *", "hourly", "60 * * * *"])
def test_every_is_nothing_else(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        every_of(text)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("60 * * * *", "'60' is no minute"),
        ("* 24 * * *", "'24' is no hour"),
        ("* * 0 * *", "'0' is no day"),
        ("* * * 13 *", "'13' is no month"),
        ("* * * foo *", "'foo' is no month"),
        ("* * * * 8", "'8' is no weekday"),
        ("*/0 * * * *", "'\\*/0' is no minute"),
        ("5-1 * * * *", "'5-1' is no minute"),
        ("1,,2 * * * *", "'' is no minute"),
        ("1-2-3 * * * *", "'1-2-3' is no minute"),
        ("²  * * * *", "'²' is no minute"),
        ("* * * *", "has 4 fields"),
        ("0 0 31 2 *", "a day that no calendar has"),
        ("0 0 31 4,6 *", "a day that no calendar has"),
    ],
)
def test_a_wrong_cron_expression_names_its_field(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        cron_of(text)


AFTER = datetime(2024, 2, 27, 22, 58, 30, tzinfo=UTC)  # a Tuesday


@pytest.mark.parametrize(
    ("cron", "moment"),
    [
        ("* * * * *", datetime(2024, 2, 27, 22, 59, tzinfo=UTC)),
        ("*/20 * * * *", datetime(2024, 2, 27, 23, 0, tzinfo=UTC)),
        ("5/20 * * * *", datetime(2024, 2, 27, 23, 5, tzinfo=UTC)),
        ("30 6-8 * * *", datetime(2024, 2, 28, 6, 30, tzinfo=UTC)),
        ("0 0 29 2 *", datetime(2024, 2, 29, tzinfo=UTC)),
        ("0 12 * * sun", datetime(2024, 3, 3, 12, tzinfo=UTC)),
        ("0 12 * * 7", datetime(2024, 3, 3, 12, tzinfo=UTC)),
        ("0 12 * * MON-FRI", datetime(2024, 2, 28, 12, tzinfo=UTC)),
        ("0 0 1 * fri", datetime(2024, 3, 1, tzinfo=UTC)),
        ("0 0 15 * fri", datetime(2024, 3, 1, tzinfo=UTC)),
        ("0 0 */2 * fri", datetime(2024, 3, 1, tzinfo=UTC)),
        ("0 0 1 jan *", datetime(2025, 1, 1, tzinfo=UTC)),
    ],
)
def test_the_next_time_of_a_cron_expression(cron: str, moment: datetime) -> None:
    assert next_time(cron, AFTER) == moment


def test_a_leap_day_is_found_across_a_century_without_one() -> None:
    assert next_time("0 0 29 2 *", datetime(2096, 3, 1, tzinfo=UTC)).date() == date(2104, 2, 29)


def test_the_next_time_of_a_pause_is_that_much_later() -> None:
    assert next_time(timedelta(minutes=15), AFTER) == AFTER + timedelta(minutes=15)


moments = st.datetimes(
    datetime(1990, 1, 1),  # noqa: DTZ001  hypothesis wants the bounds without a zone
    datetime(2090, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
fields = st.tuples(
    st.sampled_from(["*", "*/7", "0", "5,35", "10-20", "3/9"]),
    st.sampled_from(["*", "*/5", "0", "6-22", "23"]),
    st.sampled_from(["*", "1", "28-31", "*/10"]),
    st.sampled_from(["*", "feb", "1-3", "12"]),
    st.sampled_from(["*", "0", "mon-fri", "sat"]),
)


@given(fields, moments)
def test_the_next_time_is_later_and_allowed_and_on_a_whole_minute(
    cron_fields: tuple[str, ...], after: datetime
) -> None:
    cron = cron_of(" ".join(cron_fields))

    moment = next_time(" ".join(cron_fields), after)

    assert moment > after
    assert (moment.second, moment.microsecond) == (0, 0)
    assert moment.minute in cron.minutes
    assert moment.hour in cron.hours
    assert cron.is_day(moment.date())
