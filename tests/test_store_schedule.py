"""Sources and hosts in the catalog, over a real SQLite file."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from archive_samples import NOW
from schedules import (
    DAY,
    FEED,
    HOME,
    HOUR,
    MINUTE,
    SITEMAP,
    WALL,
    announced,
    open_catalog,
    outlet,
)  # fmt: skip

from scraper.errors import CatalogError
from scraper.model import Source
from scraper.store.catalog import Catalog
from scraper.store.schedule import Schedule
from scraper.store.schedule_rows import SourceResult, SourceRow
from scraper.store.sources import Bounds

OK = SourceResult(outcome="ok")
TIMEOUT = SourceResult(outcome="timeout", detail="no answer within 60 s")


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with open_catalog(tmp_path / "catalog.db") as opened:
        yield opened


@pytest.fixture
def schedule(catalog: Catalog) -> Schedule:
    catalog.schedule.sync([WALL], NOW)
    return catalog.schedule


def feed(schedule: Schedule) -> SourceRow:
    row = schedule.source(WALL.id, FEED.url)
    assert row is not None
    return row


def test_new_sources_are_due_at_once(schedule: Schedule) -> None:
    assert [row.url for row in schedule.due_sources(NOW)] == [FEED.url, SITEMAP.url]
    assert feed(schedule).interval_s == 900


def test_many_new_sources_are_spread_over_a_quarter_of_an_hour(catalog: Catalog) -> None:
    catalog.schedule.sync([outlet(f"news{n}") for n in range(200)], NOW)

    due = [len(catalog.schedule.due_sources(NOW + n * MINUTE, limit=999)) for n in (0, 5, 10, 15)]
    assert due[0] < 20
    assert 40 < due[1] < 95
    assert 105 < due[2] < 160
    assert due[3] == 200


def test_a_second_sync_changes_nothing(schedule: Schedule) -> None:
    schedule.source_done(WALL, FEED.url, OK, NOW)
    before = feed(schedule)

    schedule.sync([WALL], NOW + HOUR)

    assert feed(schedule) == before


def test_a_removed_source_rests_with_its_history_and_comes_back(schedule: Schedule) -> None:
    schedule.source_done(WALL, FEED.url, replace(OK, new=3), NOW)

    schedule.sync([replace(WALL, sources=(SITEMAP,))], NOW)
    assert [row.url for row in schedule.due_sources(NOW + DAY)] == [SITEMAP.url]
    assert (feed(schedule).active, feed(schedule).new) == (False, 3)

    schedule.sync([WALL], NOW)
    assert {row.url for row in schedule.due_sources(NOW + DAY)} == {FEED.url, SITEMAP.url}


def test_links_of_a_removed_outlet_are_not_due_until_it_comes_back(catalog: Catalog) -> None:
    schedule = catalog.schedule
    schedule.sync([WALL], NOW)
    announced(catalog, f"{HOME}a")

    schedule.sync([], NOW)
    assert schedule.due_links(NOW) == ()
    assert schedule.next_due(NOW) is None

    schedule.sync([WALL], NOW)
    assert [row.url for row in schedule.due_links(NOW)] == [f"{HOME}a"]


def test_a_renamed_outlet_takes_over_the_links_that_it_announces_again(catalog: Catalog) -> None:
    schedule, renamed = catalog.schedule, replace(WALL, id="wall")
    schedule.sync([WALL], NOW)
    announced(catalog, f"{HOME}a")

    schedule.sync([renamed], NOW)
    (row,) = announced(catalog, f"{HOME}a", of=renamed)

    assert (row.outlet, row.active) == ("wall", True)


def test_a_shorter_every_holds_at_once(schedule: Schedule) -> None:
    schedule.source_done(WALL, FEED.url, OK, NOW)
    hurried = replace(FEED, every=2 * MINUTE)

    schedule.sync([replace(WALL, sources=(hurried,))], NOW)

    assert feed(schedule).interval_s == 120
    assert feed(schedule).next_due == NOW + 2 * MINUTE


def test_polls_follow_the_news(schedule: Schedule) -> None:
    quiet = schedule.source_done(WALL, FEED.url, OK, NOW)
    busy = schedule.source_done(WALL, FEED.url, replace(OK, new=2), NOW + HOUR)

    assert quiet.next_due == NOW + 18.75 * MINUTE
    assert busy.next_due == NOW + HOUR + 10 * MINUTE
    assert (quiet.last_new, busy.last_new) == (None, NOW + HOUR)
    assert (busy.asked, busy.new) == (2, 2)


def test_the_bounds_are_those_of_the_caller(schedule: Schedule) -> None:
    bounds = Bounds(every_min=12 * MINUTE, every_max=16 * MINUTE)

    quiet = schedule.source_done(WALL, FEED.url, OK, NOW, bounds=bounds)
    busy = schedule.source_done(WALL, FEED.url, replace(OK, new=1), NOW, bounds=bounds)

    assert (quiet.interval_s, busy.interval_s) == (16 * 60, 12 * 60)


def test_what_a_source_says_of_itself_is_the_least_pause(schedule: Schedule) -> None:
    row = schedule.source_done(WALL, FEED.url, replace(OK, new=1, hint=HOUR), NOW)
    unchanged = SourceResult(outcome="not-modified")
    later = schedule.source_done(WALL, FEED.url, unchanged, NOW + HOUR)
    silent = schedule.source_done(WALL, FEED.url, replace(OK, new=1), NOW + 3 * HOUR)

    assert row.next_due == NOW + HOUR
    assert later.hint_s == 3600  # a 304 has no body that could say it again
    assert (silent.hint_s, silent.interval_s) == (None, 900)


def test_a_cron_expression_names_the_moments_itself(catalog: Catalog) -> None:
    daily = replace(WALL, sources=(replace(FEED, every="30 6 * * *"),))
    catalog.schedule.sync([daily], NOW)

    row = catalog.schedule.source_done(daily, FEED.url, replace(OK, new=5, hint=HOUR), NOW)

    assert row.every == "30 6 * * *"
    assert row.next_due == datetime(2026, 3, 2, 6, 30, tzinfo=NOW.tzinfo)


def test_a_rare_source_that_failed_is_asked_again_before_its_next_moment(catalog: Catalog) -> None:
    daily = replace(WALL, sources=(replace(FEED, every="30 6 * * *"),))
    catalog.schedule.sync([daily], NOW)

    row = catalog.schedule.source_done(daily, FEED.url, TIMEOUT, NOW)

    assert NOW + 10 * MINUTE <= row.next_due <= NOW + 11 * MINUTE


def test_a_failing_source_is_asked_ever_more_rarely_and_forgiven_at_once(
    schedule: Schedule,
) -> None:
    rows = [schedule.source_done(WALL, FEED.url, TIMEOUT, NOW) for _ in range(12)]
    healed = schedule.source_done(WALL, FEED.url, OK, NOW)

    waits = [row.next_due - NOW for row in rows]
    assert waits == sorted(waits)
    assert 15 * MINUTE <= waits[0] <= 16.5 * MINUTE
    assert waits[-1] == DAY
    assert (rows[-1].failures, rows[-1].failed, rows[-1].last_outcome) == (12, 12, "timeout")
    assert rows[-1].last_detail == "no answer within 60 s"
    assert (healed.failures, healed.next_due) == (0, NOW + 18.75 * MINUTE)


def test_validators_last_until_a_new_body_comes(schedule: Schedule) -> None:
    first = replace(OK, etag='"1"', last_modified="Sun, 01 Mar 2026 08:00:00 GMT", digest="sha1:A")
    answers = (
        first,
        TIMEOUT,
        SourceResult(outcome="not-modified"),
        replace(OK, digest="sha1:A"),
        replace(OK, digest="sha1:B", etag='"2"'),
    )

    rows = [schedule.source_done(WALL, FEED.url, answer, NOW) for answer in answers]

    assert [row.etag for row in rows] == ['"1"'] * 4 + ['"2"']
    assert [row.last_modified is None for row in rows] == [False] * 4 + [True]
    assert [row.payload_digest for row in rows] == ["sha1:A"] * 4 + ["sha1:B"]
    assert [row.last_outcome for row in rows] == [
        "ok", "timeout", "not-modified", "unchanged", "ok"
    ]  # fmt: skip
    assert rows[-1].unchanged == 2


def test_a_source_that_nobody_synced_is_refused(schedule: Schedule) -> None:
    with pytest.raises(CatalogError, match=r"daily-wall has no source .*/other"):
        schedule.source_done(WALL, f"{HOME}other", OK, NOW)


def test_a_source_beyond_sources_toml_may_announce_but_is_never_due(catalog: Catalog) -> None:
    found = Source(type="sitemap", url=f"{HOME}sitemap-2019.xml")

    announced(catalog, f"{HOME}2019/a", by=found)

    assert catalog.schedule.due_sources(NOW + DAY) == ()
    assert len(catalog.schedule.due_links(NOW)) == 1


def test_a_moment_in_another_zone_is_the_same_moment(schedule: Schedule) -> None:
    there = NOW.astimezone(timezone(timedelta(hours=9)))

    assert schedule.source_done(WALL, FEED.url, OK, there).last_asked == NOW
    assert len(schedule.due_sources(there + HOUR)) == 2


def test_promise_22_a_pause_of_a_host_survives_a_restart_and_ends(tmp_path: Path) -> None:
    path, other = tmp_path / "catalog.db", outlet("other")
    with open_catalog(path) as catalog:
        catalog.schedule.sync([WALL, other], NOW)
        announced(catalog, f"{HOME}a")
        announced(catalog, "https://other.example/b", of=other)
        catalog.schedule.pause_host("news.example", NOW + HOUR, "429, Retry-After: 3600")

    with Catalog.open(path) as catalog:
        schedule = catalog.schedule
        row = schedule.host("news.example")
        assert row is not None
        assert (row.paused_until, row.pause_reason) == (NOW + HOUR, "429, Retry-After: 3600")
        for moment in (NOW, NOW + HOUR - timedelta(microseconds=1)):
            assert {each.outlet for each in schedule.due_sources(moment)} == {"other"}
            assert {each.outlet for each in schedule.due_links(moment)} == {"other"}
        assert len(schedule.due_sources(NOW + HOUR)) == 3
        assert len(schedule.due_links(NOW + HOUR)) == 2


def test_promise_22_a_shorter_pause_does_not_shorten_a_longer_one(schedule: Schedule) -> None:
    schedule.pause_host("news.example", NOW + DAY, "503")
    schedule.pause_host("news.example", NOW + HOUR, "429")

    row = schedule.host("news.example")
    assert row is not None
    assert (row.paused_until, row.pause_reason) == (NOW + DAY, "503")


def test_the_next_moment_is_the_end_of_the_pause_where_everything_waits_for_it(
    catalog: Catalog,
) -> None:
    schedule = catalog.schedule
    assert schedule.next_due(NOW) is None
    schedule.sync([WALL], NOW)
    assert schedule.next_due(NOW - DAY) == NOW

    schedule.pause_host("news.example", NOW + HOUR, "429")

    assert schedule.next_due(NOW) == NOW + HOUR
    assert schedule.next_due(NOW + 2 * HOUR) == NOW


def test_the_last_good_robots_txt_is_kept_when_a_later_one_cannot_be_had(
    schedule: Schedule,
) -> None:
    body = b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /private\x00\r\n"
    schedule.keep_robots(
        "news.example", outcome="ok", status=200, body=body, fetched_at=NOW, expires=NOW + DAY
    )
    schedule.keep_robots(
        "news.example", outcome="unreachable", fetched_at=NOW + DAY, expires=NOW + DAY + HOUR
    )

    row = schedule.host("news.example")
    assert row is not None
    assert (row.robots_body, row.robots_good_at) == (body, NOW)
    assert (row.robots_outcome, row.robots_status) == ("unreachable", None)
    assert (row.robots_fetched_at, row.robots_expires) == (NOW + DAY, NOW + DAY + HOUR)
    assert schedule.host("unknown.example") is None
