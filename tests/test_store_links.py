"""Links in the catalog: announced, due, tried, captured, looked at again."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from archive_samples import NOW, URL, article, saved
from hypothesis import given, settings
from hypothesis import strategies as st
from schedules import (
    DAY,
    FEED,
    HOME,
    HOUR,
    MINUTE,
    SECOND,
    SITEMAP,
    WALL,
    announced,
    link,
    open_catalog,
    outlet,
)  # fmt: skip

from scraper.cadence import GOOD, LinkState, Verdict
from scraper.errors import CatalogError
from scraper.model import Article, ExtractStatus, Link, Outcome, Page
from scraper.store.catalog import Catalog
from scraper.store.rows import CaptureRow
from scraper.store.saving import SavedCapture
from scraper.store.schedule import Schedule
from scraper.store.schedule_rows import Announced, LinkResult, LinkRow


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with open_catalog(tmp_path / "catalog.db") as opened:
        opened.schedule.sync([WALL], NOW)
        yield opened


@pytest.fixture
def schedule(catalog: Catalog) -> Schedule:
    return catalog.schedule


def capture(
    catalog: Catalog,
    row: LinkRow,
    *,
    number: int = 0,
    at: datetime = NOW,
    digest: str = "sha1:BBBB",
    page: Article | None = None,
    final: str | None = None,
    headers: tuple[tuple[str, str], ...] = (),
    status: ExtractStatus = ExtractStatus.OK,
) -> tuple[CaptureRow, LinkRow]:
    """Save a capture of a link; return its row and the link's."""
    one = saved(number=number, url=row.url, final=final, page=page, status=status, started=at)
    return save(catalog, row, with_answer(one, digest, headers), at)


def save(
    catalog: Catalog, row: LinkRow, one: SavedCapture, at: datetime
) -> tuple[CaptureRow, LinkRow]:
    number = catalog.save_capture(replace(one, outlet=WALL), link=LinkResult(link_id=row.id, at=at))
    detail, after = catalog.capture(number), catalog.schedule.link(row.id)
    assert detail is not None
    assert after is not None
    return detail.capture, after


def with_answer(
    one: SavedCapture, digest: str, headers: tuple[tuple[str, str], ...]
) -> SavedCapture:
    (recorded,), page = one.recorded, one.capture.page
    assert recorded.response is not None
    assert page is not None
    response = replace(recorded.response, payload_digest=digest)
    return replace(
        one,
        capture=replace(one.capture, page=replace(page, headers=headers)),
        recorded=(replace(recorded, response=response),),
    )


def test_an_announced_link_is_new_once(schedule: Schedule) -> None:
    links = [link(f"{HOME}a"), link(f"{HOME}b")]

    assert schedule.announce(WALL, FEED, links, NOW) == Announced(new=2, known=0)
    assert schedule.announce(WALL, FEED, links, NOW + HOUR) == Announced(new=0, known=2)
    row = schedule.link(f"{HOME}a")
    assert row is not None
    assert (row.first_seen, row.last_seen) == (NOW, NOW + HOUR)
    assert (row.state, row.host, row.outlet) == ("new", "news.example", WALL.id)


def test_what_is_no_url_is_not_announced(schedule: Schedule) -> None:
    found = schedule.announce(WALL, FEED, [link("https://[oops"), link(f"{HOME}a")], NOW)

    assert found == Announced(new=1, known=0)


def test_no_links_are_no_work(schedule: Schedule) -> None:
    assert schedule.announce(WALL, FEED, [], NOW) == Announced(new=0, known=0)


def test_thousands_of_links_are_announced_at_once(schedule: Schedule) -> None:
    links = [link(f"{HOME}{n}") for n in range(5000)]

    assert schedule.announce(WALL, SITEMAP, links, NOW) == Announced(new=5000, known=0)
    assert schedule.announce(WALL, FEED, links[:10], NOW) == Announced(new=0, known=10)
    assert len(schedule.known_links([each.url for each in links])) == 5000


def test_what_no_database_can_hold_is_taken_out_of_a_sources_words(schedule: Schedule) -> None:
    odd = Link(url=f"{HOME}a", source=FEED.url, title="A\x00 bridge\ud800", teaser="\udfff")

    assert schedule.announce(WALL, FEED, [odd], NOW).new == 1


def test_promise_26_one_url_in_five_spellings_and_three_feeds_is_one_link(
    schedule: Schedule,
) -> None:
    feeds = [replace(FEED, url=f"{HOME}rss{n}") for n in range(3)]
    spellings = ("", "?utm_source=rss", "#comments", "?fbclid=1", "?")

    counts = [
        schedule.announce(WALL, feed, [link(f"{URL}{tail}") for tail in spellings], NOW)
        for feed in feeds
    ]

    assert [each.new for each in counts] == [1, 0, 0]
    assert [row.key for row in schedule.links()] == [URL]


def test_promise_26_one_article_under_five_urls_is_captured_once_with_all_its_aliases(
    catalog: Catalog,
) -> None:
    urls = [f"{HOME}{path}" for path in ("s/17", "amp/bridge", "bridge", "m/bridge", "x?id=17")]
    rows = announced(catalog, *urls)

    pairs = [
        capture(catalog, row, number=n, page=article(canonical=f"{HOME}bridge"))
        for n, row in enumerate(rows)
    ]

    (only,) = catalog.articles()
    assert {article_at(catalog, url) for url in urls} == {only.id}
    assert [taken.verdict for taken, _ in pairs] == ["captured"] + ["duplicate"] * 4
    assert {row.state for _, row in pairs} == {"captured"}
    assert [row.reason for _, row in pairs[1:]] == [f"duplicate of article {only.id}"] * 4
    assert [row.next_recheck is None for _, row in pairs] == [False] + [True] * 4


def article_at(catalog: Catalog, url: str) -> int | None:
    found = catalog.article_by(url)
    return None if found is None else found.id


def test_promise_26_a_url_that_an_article_is_known_under_is_no_new_link(catalog: Catalog) -> None:
    (row,) = announced(catalog, URL)
    amp = f"{HOME}amp/bridge"
    capture(catalog, row, final=amp, page=article(canonical=f"{HOME}bridge"))

    found = catalog.schedule.announce(WALL, SITEMAP, [link(amp), link(f"{HOME}bridge")], NOW)

    assert found == Announced(new=0, known=2)
    assert [each.id for each in catalog.schedule.links()] == [row.id]


def test_an_article_that_was_captured_by_hand_is_no_new_link_but_is_rechecked(
    catalog: Catalog,
) -> None:
    catalog.save_capture(saved())

    later = NOW + 2 * HOUR
    found = catalog.schedule.announce(WALL, FEED, [link(URL)], later)

    (row,) = catalog.schedule.links()
    assert found == Announced(new=0, known=1)
    assert (row.state, row.captured_at, row.article_id) == ("captured", NOW, 1)
    assert (row.recheck_step, row.next_recheck) == (1, NOW + 6 * HOUR)


def test_a_captured_link_is_due_at_each_age_and_then_no_more(catalog: Catalog) -> None:
    schedule = catalog.schedule
    (row,) = announced(catalog, URL)
    capture(catalog, row)

    for number, age in enumerate(WALL.fetch.recheck, start=1):
        assert schedule.due_links(NOW + age - SECOND) == ()
        (due,) = schedule.due_links(NOW + age)
        assert due.is_recheck
        capture(catalog, row, number=number, at=NOW + age)

    assert schedule.due_links(NOW + 99 * DAY) == ()
    after = schedule.link(row.id)
    assert after is not None
    assert (after.recheck_step, after.captured_at) == (3, NOW)


def test_the_same_bytes_are_unchanged_and_others_are_a_change(catalog: Catalog) -> None:
    (row,) = announced(catalog, URL)
    digests = ("sha1:A", "sha1:A", "sha1:B", "sha1:A")

    verdicts = [
        capture(catalog, row, number=n, digest=digest, at=NOW + n * HOUR)[0].verdict
        for n, digest in enumerate(digests)
    ]

    assert verdicts == ["captured", "unchanged", "changed", "changed"]
    assert len(catalog.articles()) == 1


def test_the_same_bytes_need_no_reading(catalog: Catalog) -> None:
    (row,) = announced(catalog, URL)
    capture(catalog, row)

    taken, after = capture(catalog, row, number=1, at=NOW + HOUR, status=ExtractStatus.SKIPPED)

    assert (taken.verdict, taken.article_id, taken.text_id) == ("unchanged", 1, None)
    assert (after.state, after.attempts) == ("captured", 0)


def test_a_page_that_was_never_read_well_is_not_unchanged(catalog: Catalog) -> None:
    (row,) = announced(catalog, URL)

    ends = [
        capture(catalog, row, number=n, status=ExtractStatus.NO_ARTICLE, at=NOW + n * HOUR)
        for n in range(2)
    ]

    assert [taken.verdict for taken, _ in ends] == ["unreadable", "unreadable"]
    assert [after.state for _, after in ends] == ["failed", "quarantined"]
    assert ends[1][1].reason == "too short"


def test_a_real_304_is_unchanged_and_keeps_the_validators(catalog: Catalog) -> None:
    (row,) = announced(catalog, URL)
    headers = (("etag", '"1"'), ("last-modified", "Sun, 01 Mar 2026 08:00:00 GMT"))
    _, first = capture(catalog, row, headers=headers)
    one = saved(number=1, started=NOW + HOUR, status=ExtractStatus.SKIPPED)
    not_modified = replace(
        one.capture,
        outcome=Outcome.NOT_MODIFIED,
        page=Page(url=URL, status=304, headers=(), body=b""),
    )

    taken, after = save(catalog, row, replace(one, capture=not_modified), NOW + HOUR)

    assert (first.etag, first.last_modified) == ('"1"', "Sun, 01 Mar 2026 08:00:00 GMT")
    assert (after.etag, after.last_modified) == (first.etag, first.last_modified)
    assert (taken.verdict, taken.status, taken.article_id) == ("unchanged", 304, 1)


def test_validators_of_where_a_redirect_led_are_not_the_links_own(catalog: Catalog) -> None:
    (row,) = announced(catalog, URL)

    _, after = capture(catalog, row, final=f"{HOME}elsewhere", headers=(("etag", '"1"'),))

    assert after.etag is None


def test_the_last_exchange_is_the_last_whole_response_that_is_stored(catalog: Catalog) -> None:
    (row,) = announced(catalog, URL)
    assert catalog.last_exchange(URL) is None
    for number, digest in enumerate(("sha1:A", "sha1:B")):
        capture(catalog, row, number=number, digest=digest, at=NOW + number * HOUR)
    one = with_answer(saved(number=2, started=NOW + DAY), "sha1:B", ())
    assert one.recorded[0].response is not None
    revisit = replace(one.recorded[0].response, type="revisit")
    save(catalog, row, replace(one, recorded=(replace(one.recorded[0], response=revisit),)), NOW)

    found = catalog.last_exchange(URL)

    assert found is not None
    assert (found.payload_digest, found.response_id) == ("sha1:B", "<urn:uuid:response-1>")
    assert catalog.last_exchange(row.id) == found
    assert catalog.last_exchange(f"{URL}#top") == found
    assert catalog.last_exchange(999) is None


def test_the_last_exchange_of_a_link_that_redirects_is_where_it_led(catalog: Catalog) -> None:
    (row,) = announced(catalog, URL)
    capture(catalog, row, final=f"{HOME}elsewhere", digest="sha1:A")

    found = catalog.last_exchange(row.id)

    assert found is not None
    assert (found.url, found.payload_digest) == (f"{HOME}elsewhere", "sha1:A")
    assert catalog.last_exchange(URL) == found


def test_a_capture_saved_twice_counts_once_for_its_link(catalog: Catalog) -> None:
    (row,) = announced(catalog, URL)

    ends = [capture(catalog, row, status=ExtractStatus.NO_ARTICLE)[1] for _ in range(2)]

    assert [after.attempts for after in ends] == [1, 1]


def test_a_capture_and_its_link_are_kept_together_or_not_at_all(catalog: Catalog) -> None:
    with pytest.raises(CatalogError, match="no link 77"):
        catalog.save_capture(saved(), link=LinkResult(link_id=77, at=NOW))

    assert catalog.captures() == ()
    assert catalog.articles() == ()


def test_what_robots_txt_forbids_is_kept_with_its_line_and_asked_again_tomorrow(
    catalog: Catalog,
) -> None:
    (row,) = announced(catalog, URL)
    said = LinkResult(
        link_id=row.id, at=NOW, verdict=Verdict.DISALLOWED, reason="robots.txt:4: Disallow: /2026/"
    )

    after = catalog.schedule.link_done(WALL, said)

    assert (after.state, after.reason) == ("disallowed", "robots.txt:4: Disallow: /2026/")
    assert catalog.schedule.due_links(NOW + DAY - SECOND) == ()
    assert len(catalog.schedule.due_links(NOW + 1.1 * DAY)) == 1


def test_a_quarantined_link_waits_for_a_person(catalog: Catalog) -> None:
    schedule = catalog.schedule
    first, second = announced(catalog, f"{HOME}a", f"{HOME}b")
    for row in (first, second):
        result = LinkResult(link_id=row.id, at=NOW, verdict=Verdict.UNUSABLE, reason="no address")
        schedule.link_done(WALL, result)
    assert schedule.due_links(NOW + 99 * DAY) == ()
    assert len(schedule.links(outlet=WALL.id, state=LinkState.QUARANTINED)) == 2

    assert schedule.requeue(NOW, ids=[first.id]) == 1
    assert [row.id for row in schedule.due_links(NOW)] == [first.id]
    assert schedule.requeue(NOW, outlet=WALL.id) == 1
    assert schedule.requeue(NOW, outlet=WALL.id) == 0
    assert len(schedule.due_links(NOW)) == 2


def test_a_page_that_was_gone_is_looked_at_again_as_a_recheck(catalog: Catalog) -> None:
    schedule = catalog.schedule
    (row,) = announced(catalog, URL)
    capture(catalog, row)
    for at in (NOW + HOUR, NOW + 2 * DAY):
        after = schedule.link_done(
            WALL, LinkResult(link_id=row.id, at=at, verdict=Verdict.MISSING, reason="404")
        )
    assert after.state == "gone"

    schedule.requeue(NOW + 3 * DAY, ids=[row.id])

    (due,) = schedule.due_links(NOW + 3 * DAY)
    assert (due.is_recheck, due.captured_at, due.next_try) == (True, NOW, None)


def test_known_links_are_those_announced_and_those_captured(catalog: Catalog) -> None:
    announced(catalog, f"{HOME}a")
    catalog.save_capture(saved())
    asked = [f"{HOME}a?utm_medium=x", URL, f"{HOME}never", "nonsense"]

    assert catalog.schedule.known_links(asked) == {f"{HOME}a?utm_medium=x", URL}
    assert catalog.schedule.known_links([]) == set()


def test_new_links_come_before_rechecks(catalog: Catalog) -> None:
    old, new = announced(catalog, URL, f"{HOME}new")
    capture(catalog, old)

    due = catalog.schedule.due_links(NOW + HOUR)

    assert [row.id for row in due] == [new.id, old.id]
    assert [row.id for row in catalog.schedule.due_links(NOW + HOUR, limit=1)] == [new.id]


def test_no_host_starves_another(catalog: Catalog) -> None:
    schedule, small = catalog.schedule, [outlet(f"small{n}") for n in range(3)]
    schedule.sync([WALL, *small], NOW)
    announced(catalog, *(f"{HOME}{n}" for n in range(500)))
    for each in small:
        announced(catalog, f"{each.home}a", of=each)

    hosts: list[str] = []
    for _ in range(4):
        rows = schedule.claim(schedule.due_links(NOW, limit=2), NOW, owner="me")
        hosts += [row.host for row in rows]

    assert set(hosts[:4]) == {"news.example", *(f"small{n}.example" for n in range(3))}
    assert len(hosts) == 7  # the big one gives four at a time, all others are taken
    assert hosts.count("news.example") == 4


def test_a_host_gives_no_more_than_its_share_however_often_it_is_asked(catalog: Catalog) -> None:
    schedule = catalog.schedule
    rows = announced(catalog, *(f"{HOME}{n}" for n in range(9)))

    taken = schedule.claim(schedule.due_links(NOW, per_host=2), NOW, owner="me")

    assert [row.id for row in taken] == [row.id for row in rows[:2]]
    assert schedule.due_links(NOW, per_host=2) == ()
    schedule.link_done(WALL, LinkResult(link_id=taken[0].id, at=NOW, verdict=Verdict.CAPTURED))
    assert [row.id for row in schedule.due_links(NOW, per_host=2)] == [rows[2].id]


class Worn:
    """A link that is tried again and again, and when it may be due."""

    def __init__(self, catalog: Catalog) -> None:
        self.schedule = catalog.schedule
        (self.row,) = announced(catalog, URL)

    def check(self, now: datetime) -> None:
        moment = self.row.next_try or self.row.next_recheck
        due = self.schedule.due_links(now)
        assert bool(due) == (moment is not None and moment <= now)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(list(Verdict)), st.integers(0, 40)), max_size=12))
def test_a_link_is_due_from_its_next_try_on_and_never_before(
    tmp_path_factory: pytest.TempPathFactory, tries: list[tuple[Verdict, int]]
) -> None:
    path = tmp_path_factory.mktemp("worn") / "catalog.db"
    with open_catalog(path) as catalog:
        catalog.schedule.sync([replace(WALL, sources=())], NOW)
        worn, now = Worn(catalog), NOW
        for verdict, hours in tries:
            now += hours * HOUR
            worn.check(now)
            result = LinkResult(link_id=worn.row.id, at=now, verdict=verdict)
            worn.row = worn.schedule.link_done(WALL, result)
            worn.check(now)
            moment = worn.row.next_try or worn.row.next_recheck
            assert worn.schedule.next_due(now) == moment
            if moment is not None:
                worn.check(moment - SECOND)
                worn.check(moment)


@pytest.mark.parametrize("verdict", [each for each in Verdict if each not in GOOD])
def test_a_failure_keeps_its_reason(catalog: Catalog, verdict: Verdict) -> None:
    (row,) = announced(catalog, URL)

    after = catalog.schedule.link_done(
        WALL, LinkResult(link_id=row.id, at=NOW + MINUTE, verdict=verdict, reason="why\x00 not")
    )

    assert (after.verdict, after.reason, after.attempts) == (verdict, "why not", 1)
