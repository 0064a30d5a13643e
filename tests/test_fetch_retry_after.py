"""Retry-After: what a host asks for, however it spells it.

Reliability promise 22, as far as reading goes; that hosts are then left alone, across restarts, is
the schedule's.
"""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from fetching import fetch
from hypothesis import given
from hypothesis import strategies as st
from ledger import answer, serve

from scraper.fetch.http_dates import http_date
from scraper.fetch.retry_after import pause_from

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def pause(*values: str, status: int = 503) -> timedelta | None:
    return pause_from(status, tuple(("retry-after", value) for value in values), now=NOW)


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", timedelta(minutes=2)),
        ("Sun, 01 Mar 2026 08:30:00 GMT", timedelta(minutes=30)),
        ("315360000", DAY),  # ten years
        ("-5", MINUTE),
        ("soon", MINUTE),
    ],
)
def test_promise_22_what_servers_send_becomes_a_pause(
    status: str, value: str, expected: timedelta
) -> None:
    with serve({"/": answer(b"later", f"Retry-After: {value}", status=status)}) as server:
        page = fetch(server.url()).page

    assert page is not None
    assert pause_from(page.status, page.headers, now=NOW) == expected


@pytest.mark.parametrize(
    "value",
    [
        "Sun, 01 Mar 2026 09:00:00 GMT",
        "Sunday, 01-Mar-26 09:00:00 GMT",
        "Sun Mar  1 09:00:00 2026",
        "Sun, 01 Mar 2026 10:00:00 +0100",
        "  Sun, 01 Mar 2026 09:00:00 GMT\t",
    ],
)
def test_promise_22_all_spellings_of_a_date_are_read(value: str) -> None:
    assert pause(value) == timedelta(hours=1)


@pytest.mark.parametrize(
    "value", ["Sat, 28 Feb 2026 09:00:00 GMT", "Sun Nov  6 08:49:37 1994", "0"]
)
def test_promise_22_a_date_in_the_past_means_now(value: str) -> None:
    assert pause(value) == timedelta(0)


@pytest.mark.parametrize(
    "value", ["86401", "9" * 13, "9" * 5_000, "Fri, 31 Dec 9999 23:59:59 GMT"], ids=len
)
def test_promise_22_nobody_sends_us_away_for_longer_than_the_cap(value: str) -> None:
    assert pause(value) == DAY
    headers = (("retry-after", value),)
    assert pause_from(429, headers, now=NOW, cap=timedelta(hours=1)) == timedelta(hours=1)


@pytest.mark.parametrize(
    "value",
    ["", "-1", "1e9", "5, 10", "0x10", "\u0663", "NaN", "Sun, 31 Feb 2026 09:00:00 GMT", "5 min"],
)
def test_promise_22_a_value_that_means_nothing_is_a_minute(value: str) -> None:
    assert pause(value) == MINUTE


def test_fractions_and_leading_zeros_are_borne_with() -> None:
    assert pause("10.9") == timedelta(seconds=10)
    assert pause("0" * 40 + "7") == timedelta(seconds=7)


def test_the_longest_of_several_values_counts() -> None:
    assert pause("5", "soon", "30") == MINUTE
    assert pause("600", "soon") == timedelta(minutes=10)


def test_without_a_value_the_caller_decides() -> None:
    assert pause() is None
    assert pause_from(503, (("date", "5"),), now=NOW) is None


@pytest.mark.parametrize("status", [200, 301, 302, 307, 404, 500])
def test_other_statuses_ask_for_no_pause(status: int) -> None:
    assert pause("120", status=status) is None


@given(st.text(max_size=40))
def test_whatever_is_sent_the_pause_lies_between_nothing_and_the_cap(value: str) -> None:
    found = pause(value)

    assert found is not None
    assert timedelta(0) <= found <= DAY


LAST = int(datetime(2068, 12, 31, tzinfo=UTC).timestamp())  # two digits of a year are read so far


@given(st.integers(0, LAST))
def test_dates_come_back_from_each_of_the_three_formats(second: int) -> None:
    moment = datetime.fromtimestamp(second, UTC)
    time = moment.strftime("%H:%M:%S")

    assert http_date(moment.strftime("%a, %d %b %Y %H:%M:%S GMT")) == moment
    assert http_date(moment.strftime("%A, %d-%b-%y %H:%M:%S GMT")) == moment
    assert http_date(f"{moment:%a %b} {moment.day:>2} {time} {moment.year}") == moment


def test_a_date_comes_back_in_utc() -> None:
    found = http_date("Sun, 01 Mar 2026 10:00:00 +0100")

    assert found == datetime(2026, 3, 1, 10, tzinfo=timezone(timedelta(hours=1)))
    assert found is not None
    assert found.tzinfo is UTC
