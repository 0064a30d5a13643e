"""What the catalog says of outlets."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from archive_samples import NOW, saved
from schedules import DAY, FEED, HOME, HOUR, SITEMAP, WALL, announced, link, open_catalog, outlet

from scraper.cadence import Verdict
from scraper.model import AlarmPolicy, Capture, ExtractStatus, Outcome, Outlet, Page
from scraper.store.catalog import Catalog
from scraper.store.schedule_rows import LinkResult, OutletStatus, SourceResult


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with open_catalog(tmp_path / "catalog.db") as opened:
        opened.schedule.sync([WALL], NOW)
        yield opened


def status(catalog: Catalog, now: datetime = NOW, *, of: Outlet = WALL) -> OutletStatus:
    (found,) = catalog.schedule.status(now, [of])
    return found


def save_error(catalog: Catalog, number: int, code: int) -> None:
    one = saved(number=number, url=f"{HOME}{number}", status=ExtractStatus.SKIPPED)
    page = Page(url=f"{HOME}{number}", status=code, headers=(), body=b"")
    answer = replace(one.capture, outcome=Outcome.HTTP_ERROR, detail=f"HTTP {code}", page=page)
    catalog.save_capture(replace(one, capture=answer))


def test_an_outlet_that_was_never_asked_has_little_to_say(catalog: Catalog) -> None:
    found = status(catalog)

    assert (found.outlet, found.name) == (WALL.id, WALL.name)
    assert (found.last_pass, found.last_capture, found.top_reason) == (None, None, None)
    assert (found.new, found.changed, found.unchanged, found.failed) == (0, 0, 0, 0)
    assert found.next_due == NOW
    assert [each.url for each in found.sources] == [FEED.url, SITEMAP.url]
    assert found.weekdays == (0,) * 7
    assert found.quiet is None


def test_outlets_come_in_the_order_asked_for_even_unknown_ones(catalog: Catalog) -> None:
    other = outlet("other")

    assert [each.outlet for each in catalog.schedule.status(NOW, [other, WALL])] == [
        "other",
        WALL.id,
    ]


def test_captures_of_the_last_day_are_counted_by_what_they_came_to(catalog: Catalog) -> None:
    catalog.save_capture(saved(number=0, started=NOW - 2 * DAY))
    catalog.save_capture(saved(number=1))
    catalog.save_capture(saved(number=2, url=f"{HOME}b"))
    for number, code in ((3, 503), (4, 403), (5, 503)):
        save_error(catalog, number, code)
    catalog.save_capture(saved(number=6, url=f"{HOME}c", status=ExtractStatus.NO_ARTICLE))
    silent = Capture(url=f"{HOME}d", outcome=Outcome.TIMEOUT, detail="60 s")
    catalog.save_capture(replace(saved(number=7), capture=silent, recorded=()))

    found = status(catalog, NOW + HOUR)

    # The sample's answers are all the same bytes, and the first one is two days old.
    assert (found.new, found.changed, found.unchanged) == (1, 0, 1)
    assert (found.failed, found.top_reason) == (5, "HTTP 503")
    assert found.last_capture == NOW


def test_links_are_counted_by_what_they_wait_for(catalog: Catalog) -> None:
    rows = announced(catalog, *(f"{HOME}{n}" for n in range(5)))
    verdicts = (Verdict.TEMPORARY, Verdict.UNUSABLE, Verdict.EXCLUDED, Verdict.CAPTURED)
    for row, verdict in zip(rows, verdicts, strict=False):
        result = LinkResult(link_id=row.id, at=NOW, verdict=verdict)
        catalog.schedule.link_done(WALL, result)
    catalog.schedule.source_done(WALL, FEED.url, SourceResult(outcome="ok"), NOW)
    catalog.schedule.source_done(WALL, SITEMAP.url, SourceResult(outcome="ok"), NOW)

    found = status(catalog)

    assert (found.queued, found.quarantined, found.gone, found.disallowed) == (2, 1, 0, 0)
    assert found.next_due == NOW  # the link that nobody tried
    assert found.last_pass == NOW


def test_what_the_sitemap_has_and_the_feed_misses_is_counted(catalog: Catalog) -> None:
    schedule = catalog.schedule
    in_feed, in_map = (f"{HOME}a", f"{HOME}b"), (f"{HOME}b", f"{HOME}c", f"{HOME}d")
    old = replace(link(f"{HOME}2019"), published=NOW - 2000 * DAY)
    schedule.announce(WALL, FEED, [link(url) for url in in_feed], NOW)
    schedule.announce(WALL, SITEMAP, [*(link(url) for url in in_map), old], NOW)
    taken = schedule.link(f"{HOME}c")
    assert taken is not None
    schedule.link_done(WALL, LinkResult(link_id=taken.id, at=NOW, verdict=Verdict.CAPTURED))

    feed, sitemap = status(catalog).sources

    assert (feed.announced, feed.not_captured, feed.not_in_feed) == (2, 2, 0)
    assert (sitemap.announced, sitemap.not_captured, sitemap.not_in_feed) == (3, 2, 2)


def test_a_week_later_what_was_announced_is_no_news(catalog: Catalog) -> None:
    announced(catalog, f"{HOME}a")

    feed, _ = status(catalog, NOW + 8 * DAY).sources

    assert feed.announced == 0


def test_without_a_feed_nothing_is_missing_from_it(catalog: Catalog) -> None:
    bare = replace(WALL, sources=(SITEMAP,))
    catalog.schedule.sync([bare], NOW)
    announced(catalog, f"{HOME}a", of=bare)

    (sitemap,) = status(catalog, of=bare).sources

    assert (sitemap.announced, sitemap.not_in_feed) == (1, 0)


def publish(catalog: Catalog, days: int, *, a_day: int) -> None:
    """Let an outlet publish on every weekday from NOW (a Sunday) on."""
    number = 0
    for day in (NOW + n * DAY for n in range(days)):
        for _ in range(a_day if day.weekday() < 5 else 0):
            number += 1
            catalog.save_capture(saved(number=number, url=f"{HOME}{number}", started=day))


def test_silence_is_told_by_the_outlets_own_weekdays(catalog: Catalog) -> None:
    publish(catalog, 13, a_day=4)  # two weeks, until Friday
    friday = NOW + 12 * DAY

    assert status(catalog, friday).weekdays == (8, 8, 8, 8, 8, 0, 0)
    assert status(catalog, friday + 3 * DAY).quiet is None  # Monday
    quiet = status(catalog, friday + 4 * DAY).quiet
    assert quiet is not None
    assert (quiet.since, quiet.expected) == (friday, 4)


def test_a_quiet_outlet_is_told_after_its_quiet_after(catalog: Catalog) -> None:
    wary = replace(WALL, alarm=AlarmPolicy(quiet_after=timedelta(hours=30)))
    catalog.save_capture(saved(number=1))

    assert status(catalog, NOW + 29 * HOUR, of=wary).quiet is None
    assert status(catalog, NOW + 30 * HOUR, of=wary).quiet is not None
    never = replace(wary, id="never", sources=(replace(FEED, url="https://never.example/"),))
    catalog.schedule.sync([wary, never], NOW)
    assert status(catalog, NOW + 30 * HOUR, of=never).quiet is not None


def test_a_silence_of_months_is_still_told(catalog: Catalog) -> None:
    publish(catalog, 13, a_day=4)

    quiet = status(catalog, NOW + 100 * DAY).quiet

    assert quiet is not None
    assert quiet.since == NOW + 12 * DAY
