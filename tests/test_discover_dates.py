from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.discover.dates import moment


@pytest.mark.parametrize(
    "text",
    [
        "Fri, 14 Mar 2025 06:40:00 GMT",
        "Fri, 14 Mar 2025 06:40:00 +0000",
        "Fri, 14 Mar 2025 07:40:00 CET",
        "Fri, 14 Mar 2025 09:40:00 MSK",
        "Fri, 14 Mar 2025 02:40:00 EDT",
        "Fri, 14 Mar 2025 02:40 -0400",
        "14 Mar 2025 06:40:00 Z",
        "Пт, 14 Mar 2025 09:40:00 +0300",
        "Fri, 14 Mar 2025 09:40:00 GMT+0300",
        "2025-03-14T06:40:00Z",
        "2025-03-14T06:40Z",
        "2025-03-14T09:40:00+03:00",
        "2025-03-14T09:40:00.000+0300",
        "2025-03-14 09:40:00 +0300",
        "2025-03-14 06:40:00",
        "  2025-03-14T06:40:00Z\n",
    ],
)
def test_one_instant_in_all_its_spellings(text: str) -> None:
    assert moment(text) == datetime(2025, 3, 14, 6, 40, tzinfo=UTC)


def test_a_day_without_a_time_begins_at_midnight() -> None:
    assert moment("2025-03-14") == datetime(2025, 3, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "yesterday",
        "2025-03",
        "0001-01-01T00:00:00",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Fri, 14 Mar 2025 06:40:00 IST",  # India, Israel or Ireland
        "Fri, 99 Mar 2025 06:40:00 GMT",
        "0001-01-02T00:00:00+23:59",
        "0001-01-01T00:00:00+10:00",
        "9999-12-31T23:59:59-10:00",
        "9" * 5000,
    ],
)
def test_what_names_no_instant_is_none(text: str | None) -> None:
    assert moment(text) is None


@given(st.text(max_size=70) | st.from_regex(r"[A-Z][a-z]{2}, \d+ Mar \d+ \d+:\d+:\d+ [A-Z+-]\w*"))
def test_no_text_breaks_it(text: str) -> None:
    found = moment(text)

    assert found is None or found.tzinfo is UTC


@given(
    st.datetimes(timezones=st.just(UTC)).filter(lambda when: 1971 <= when.year <= 9998),
    st.integers(-14 * 60, 14 * 60),
)
def test_what_isoformat_writes_is_read_back(when: datetime, minutes_east: int) -> None:
    there = when.astimezone(timezone(timedelta(minutes=minutes_east)))

    assert moment(there.isoformat()) == when
