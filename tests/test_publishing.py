"""The publishing house itself: one answer for a moment, and a ledger that tells the truth."""

import hashlib
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from publishing import DAY, PRESSES, RECHECK, START, Plan, Story
from publishing_crawler import SteppedClock
from publishing_house import House, ledger_in
from publishing_pages import amp_page, story_page, url_of

from scraper.clock import clock_of
from scraper.coding import decoded
from scraper.config import load_sources
from scraper.extract import extract_article
from scraper.http1 import Message, read_response

PLAN = Plan(1)
SEEDS = range(1, 6)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def house(clock: SteppedClock, tmp_path: Path) -> Iterator[House]:
    with House(PLAN, clock, tmp_path / "ledger.jsonl") as running:
        yield running


def wire(house: House, press: str, target: str, *headers: str) -> bytes:
    """Return all that a server sends for one request, over a connection of its own."""
    address = (house.plan.press_at(press).address, house.port)
    with socket.create_connection(address, timeout=5) as link:
        lines = [f"GET {target} HTTP/1.1", f"Host: {address[0]}:{address[1]}", *headers, "", ""]
        link.sendall("\r\n".join(lines).encode("latin-1"))
        link.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: link.recv(65_536), b""))


def asked(house: House, press: str, target: str, *headers: str) -> Message:
    return read_response(wire(house, press, target, *headers))


def header(message: Message, name: str) -> str:
    return next(value for key, value in message.headers if key == name)


def story_where(is_wanted: Callable[[Story], bool], plan: Plan = PLAN) -> Story:
    return next(story for story in plan.stories if is_wanted(story))


# --- the plan -----------------------------------------------------------------------------------


def test_a_plan_is_a_function_of_its_seed() -> None:
    assert Plan(1).stories == PLAN.stories
    assert Plan(2).stories != PLAN.stories


def test_every_story_has_a_path_and_a_text_of_its_own() -> None:
    texts = [version.telling.text for story in PLAN.stories for version in story.versions]

    assert len({(story.outlet, story.path) for story in PLAN.stories}) == len(PLAN.stories)
    assert len(set(texts)) == len(texts) > 150


@pytest.mark.parametrize("seed", SEEDS)
def test_a_plan_holds_all_that_a_rehearsal_is_about(seed: int) -> None:
    plan = Plan(seed)
    lives = [
        after.start - before.start
        for story in plan.stories
        for before, after in zip(story.versions, story.versions[1:], strict=False)
    ]
    forms = {
        (story.outlet, announcement.forms[story.number % len(announcement.forms)])
        for story in plan.stories
        for announcement in plan.press_at(story.outlet).announcements
    }
    days = Counter(
        (story.outlet, (story.published - START).days)
        for story in plan.stories
        if story.outlet != "quarry-quill"
    )

    assert len(forms) == 11  # each outlet announces in each of its ways
    assert sum(story.removed is not None for story in plan.stories) == 2
    assert any(life < RECHECK[0] for life in lives)
    assert sum(life > timedelta(hours=2) for life in lives) > 10
    assert len(days) == 25
    assert all(3 <= count <= 8 for count in days.values())
    for outlet, section, since in (
        ("harbour-post", "members", timedelta(0)),
        ("tundra-times", "opinion", 3 * DAY + timedelta(hours=8)),
        ("meadow-mirror", "", 3 * DAY + timedelta(hours=10)),
        ("valley-courier", "", 2 * DAY),
    ):
        late = (story for story in plan.stories if story.published >= START + since)
        assert (outlet, True) in {(s.outlet, s.section.startswith(section)) for s in late}


def test_a_feed_of_three_items_loses_stories_that_the_sitemap_keeps() -> None:
    press = PLAN.press_at("harbour-post")
    feed, sitemap = press.announcements
    evening = START + timedelta(hours=23)

    shown = PLAN.shown(press, feed, evening)

    assert len(shown) == 3
    assert set(shown) < set(PLAN.shown(press, sitemap, evening))


def test_an_outlet_goes_quiet_and_another_is_down() -> None:
    last = max(story.published for story in PLAN.stories_of(PLAN.press_at("quarry-quill")))
    valley = PLAN.press_at("valley-courier")

    assert START + DAY < last < START + 2 * DAY + timedelta(hours=8)
    assert [PLAN.is_down(valley, START + day * DAY) for day in range(5)] == [0, 0, 1, 0, 0]


def test_nothing_is_to_be_had_of_what_was_never_allowed_or_while_the_outlet_is_down() -> None:
    members = story_where(lambda story: story.section == "members")
    during = story_where(
        lambda story: (
            story.outlet == "valley-courier"
            and story.published > START + 2 * DAY
            and len(story.versions) == 1
        )
    )

    assert PLAN.spans(members, 0) == ()
    assert PLAN.spans(during, 0)[0][0] == START + 3 * DAY


def test_the_configuration_is_one_that_scraper_reads(tmp_path: Path) -> None:
    file = tmp_path / "sources.toml"
    file.write_text(PLAN.sources_toml(8080), encoding="utf-8")

    sources = load_sources(file)

    assert [outlet.id for outlet in sources.outlets] == [press.id for press in PRESSES]
    assert all(outlet.fetch.recheck == RECHECK for outlet in sources.outlets)
    assert not sources.problems


def test_pages_are_read_as_the_stories_that_were_told(tmp_path: Path) -> None:
    file = tmp_path / "sources.toml"
    file.write_text(PLAN.sources_toml(80), encoding="utf-8")
    outlets = {outlet.id: outlet for outlet in load_sources(file).outlets}

    for story in PLAN.stories[::5]:
        press = PLAN.press_at(story.outlet)
        for form, render in (("plain", story_page), ("amp", amp_page)):
            page, url = render(press, story, 0, 80), url_of(press, story, form, 80)
            article = extract_article(page, url, outlet=outlets[press.id])
            assert article is not None
            assert article.text == story.versions[0].telling.text


# --- the servers --------------------------------------------------------------------------------


def test_a_page_is_there_from_its_publication_until_it_is_removed(
    house: House, clock: SteppedClock
) -> None:
    story = story_where(lambda story: story.removed is not None)
    assert story.removed is not None
    statuses = []

    for moment in (story.published - timedelta(seconds=1), story.published, story.removed):
        clock.moment = moment
        statuses.append(asked(house, story.outlet, story.path).status)

    assert statuses == [404, 200, 410]


def test_an_edit_changes_the_page_and_its_validators(house: House, clock: SteppedClock) -> None:
    story = story_where(lambda story: story.outlet == "harbour-post" and len(story.versions) > 1)
    clock.moment = story.versions[1].start - timedelta(seconds=1)

    before = asked(house, story.outlet, story.path)
    same = asked(house, story.outlet, story.path, f"If-None-Match: {header(before, 'etag')}")
    clock.moment = story.versions[1].start
    after = asked(house, story.outlet, story.path, f"If-None-Match: {header(before, 'etag')}")

    assert (before.status, same.status, after.status) == (200, 304, 200)
    assert same.entity == b""
    assert [served.version for served in house.ledger] == [0, 0, 1]
    assert [served.conditional for served in house.ledger] == [False, True, True]


def test_a_date_is_a_condition_too(house: House, clock: SteppedClock) -> None:
    story = story_where(lambda story: story.outlet == "granite-gazette" and len(story.versions) > 1)
    clock.moment = story.published

    before = asked(house, story.outlet, story.path)
    since = f"If-Modified-Since: {header(before, 'last-modified')}"
    same = asked(house, story.outlet, story.path, since)
    clock.moment = story.versions[1].start

    assert same.status == 304
    assert asked(house, story.outlet, story.path, since).status == 200


def test_the_same_moment_gives_the_same_bytes_from_another_house() -> None:
    moment = START + timedelta(hours=20)
    targets = [("granite-gazette", "/atom"), ("tundra-times", "/sitemaps.xml")]
    with House(PLAN, lambda: moment) as house:
        port, first = house.port, [house.answer(PLAN.press_at(press), target, {}, moment)[1].whole
                                   for press, target in targets]  # fmt: skip

    with House(Plan(1), lambda: moment) as other:
        second = [wire(other, press, target) for press, target in targets]

    assert [page.replace(b":%d" % other.port, b":%d" % port) for page in map(entity, second)] == [
        entity(page) for page in first
    ]


def entity(response: bytes) -> bytes:
    message = read_response(response)
    codings = [value for key, value in message.headers if key == "content-encoding"]
    return decoded(message.entity, codings)[0]


def test_the_ledger_has_the_digests_of_the_bytes_that_came(
    house: House, clock: SteppedClock, tmp_path: Path
) -> None:
    clock.moment = START + timedelta(hours=21)
    pages = [
        (press.id, target)
        for press in PRESSES
        for target in ("/robots.txt", press.announcements[0].target, "/nothing")
    ]
    pages += [(story.outlet, story.path) for story in PLAN.stories if story.number in {1, 5}]

    received = [hashlib.sha256(wire(house, *page)).hexdigest() for page in pages]

    assert [served.sha256 for served in house.ledger] == received
    assert [(served.outlet, served.target) for served in house.ledger] == pages
    assert ledger_in(tmp_path / "ledger.jsonl") == house.ledger


def test_outlets_code_and_frame_their_pages_each_in_its_way(
    house: House, clock: SteppedClock
) -> None:
    clock.moment = START + timedelta(hours=21)
    seen = {}

    for press in PRESSES:
        message = asked(house, press.id, PLAN.stories_of(press)[0].path)
        seen[press.id] = (message.chunked, "content-encoding" in dict(message.headers))
        assert message.complete

    assert seen == {
        "harbour-post": (False, False),
        "granite-gazette": (False, True),
        "valley-courier": (True, False),
        "tundra-times": (True, True),
        "meadow-mirror": (False, False),
        "quarry-quill": (False, False),
    }


def test_a_slow_page_comes_in_drips_and_is_whole(house: House, clock: SteppedClock) -> None:
    slow = story_where(lambda story: story.outlet == "quarry-quill" and story.number == 5)
    clock.moment = slow.published
    started = time.monotonic()

    assert asked(house, slow.outlet, slow.path).complete
    assert time.monotonic() - started > 0.03


def test_whoever_hangs_up_within_a_slow_page_leaves_a_line_that_says_so(
    clock: SteppedClock,
) -> None:
    slow = story_where(lambda story: story.outlet == "quarry-quill" and story.number == 5)
    clock.moment = slow.published
    with House(PLAN, clock) as house:
        address = (PLAN.press_at(slow.outlet).address, house.port)
        with socket.create_connection(address, timeout=5) as link:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")  # RST
            link.sendall(f"GET {slow.path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            link.recv(1)

    assert [served.whole for served in house.ledger] == [False]


def test_an_outlet_is_down_for_a_day_and_says_when_to_come_back(
    house: House, clock: SteppedClock
) -> None:
    answers = []
    for day in (1.9, 2, 2.9, 3):
        clock.moment = START + day * DAY
        answers.append(asked(house, "valley-courier", "/news.xml"))

    assert [answer.status for answer in answers] == [200, 503, 503, 200]
    assert header(answers[1], "retry-after") == "3600"
    assert asked(house, "harbour-post", "/rss.xml").status == 200


def test_robots_txt_turns_on_whoever_reads_it(house: House, clock: SteppedClock) -> None:
    def lines(press: str) -> list[str]:
        return entity(wire(house, press, "/robots.txt")).decode().splitlines()[2:]

    clock.moment = START + 3 * DAY
    before = [lines("tundra-times"), lines("meadow-mirror")]
    clock.moment = START + 4 * DAY

    assert before == [["Disallow: /search", "Crawl-delay: 90"], ["Disallow: /search"]]
    assert lines("tundra-times") == ["Disallow: /search", "Disallow: /opinion/", "Crawl-delay: 90"]
    assert lines("meadow-mirror") == ["Disallow: /search", "Disallow: /"]
    assert asked(house, "quarry-quill", "/robots.txt").status == 404


def test_the_other_addresses_of_a_story_lead_to_its_page(house: House, clock: SteppedClock) -> None:
    story = story_where(lambda story: story.outlet == "meadow-mirror")
    clock.moment = story.published

    moved = asked(house, story.outlet, f"/go/{story.number}")
    twin = asked(house, story.outlet, f"/amp{story.path}")
    tagged = asked(house, story.outlet, f"{story.path}?utm_source=rss")

    assert (moved.status, header(moved, "location")) == (301, house.url(story.outlet, story.path))
    assert f'rel="canonical" href="{house.url(story.outlet, story.path)}"'.encode() in twin.entity
    assert tagged.entity == asked(house, story.outlet, story.path).entity
    assert [served.kind for served in house.ledger] == ["redirect", "amp", "article", "article"]


def test_a_rehearsed_clock_moves_the_house() -> None:
    clock = clock_of(f"{START.isoformat()}@{time.time()}x100000")
    with House(PLAN, clock.now) as house:
        first = asked(house, "harbour-post", "/sitemap.xml")
        while clock.now() < START + DAY:
            pass
        second = asked(house, "harbour-post", "/sitemap.xml")

    assert first.entity.count(b"<loc>") < second.entity.count(b"<loc>")
    assert house.ledger[0].asked < house.ledger[1].asked - timedelta(hours=12)
    assert house.ledger[0].asked.tzinfo is UTC


def test_moments_of_the_ledger_are_in_order(house: House, clock: SteppedClock) -> None:
    asked(house, "harbour-post", "/rss.xml")
    clock.moment += timedelta(minutes=2)
    asked(house, "harbour-post", "/rss.xml")

    assert [served.asked for served in house.ledger] == [START, START + timedelta(minutes=2)]
    assert all(isinstance(served.sent, datetime) for served in house.ledger)
