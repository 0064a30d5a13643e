"""Alarms with their causes, from numbers alone: raised, not raised, ended, told once."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from zlib import crc32

import pytest
from archive_samples import NOW, saved
from ledger import LedgerServer, answer
from passes import at
from schedules import DAY, HOUR, open_catalog, outlet

from scraper.drift.causes import Alarm, Cause
from scraper.drift.changes import changes_of
from scraper.drift.pages import page_alarm
from scraper.drift.range import needed, run_beyond
from scraper.drift.sources import source_alarms
from scraper.drift.symptoms import likeness
from scraper.extract.elements import Element
from scraper.extract.signs import sketch_of
from scraper.extract.template.selector import parts_of
from scraper.model import AlarmPolicy, ExtractStatus, Outlet, Rule, Signs
from scraper.notify import checksum_of, send
from scraper.store.catalog import Catalog
from scraper.store.drift import AlarmRow, Story
from scraper.store.schedule_rows import SourceResult
from scraper.watch import tell

SECRET = "jsons://${TOKEN}@chat.example/room"
PAPER = outlet("paper", alarm=AlarmPolicy(notify=(SECRET,)))
RULED = replace(PAPER, rules=(Rule(title="h1", body=(".story",)),))
SHELL, OTHER = tuple(range(24)), tuple(range(100, 124))


def story(number: int, **changes: object) -> Story:
    """Return a story as most are, read by its rule."""
    usual = Story(
        capture=number,
        url=f"{PAPER.home}{number}",
        started=NOW + number * HOUR,
        outcome="ok",
        status=200,
        extract_status="ok",
        kind="article",
        body_by="rule .story",
        language="en",
        signs=Signs(
            kept=3000 + 10 * (number % 7), looked=5000, last=number, shell=SHELL,
            fields=("published", "authors", "language"),
        ),
    )  # fmt: skip
    return replace(usual, **changes)  # type: ignore[arg-type] # fields of Story, by name


def signs(number: int, **changes: object) -> Signs:
    found = story(number).signs
    assert found is not None
    return replace(found, **changes)  # type: ignore[arg-type] # fields of Signs, by name


def unread(number: int, **changes: object) -> Story:
    usual = {"extract_status": "no-article", "body_by": None, "signs": None, "language": None}
    return story(number, **{**usual, **changes})


def missed(number: int) -> Story:
    return story(number, body_by="evidence on each block", signs=signs(number, missed=(".story",)))


def newest_first(*stories: Story, before: int = 30) -> tuple[Story, ...]:
    return (*reversed(stories), *(story(number) for number in reversed(range(before))))


def found(*stories: Story, of: Outlet = RULED) -> Alarm | None:
    return page_alarm(of, newest_first(*stories))


BEFALLEN: dict[Cause, Callable[[int], Story]] = {
    Cause.RULE: missed,
    Cause.BLOCKED: lambda n: unread(
        n, outcome="http-error", status=403, extract_status="skipped", kind=None
    ),
    Cause.CONSENT: lambda n: unread(n, kind="consent-wall"),
    Cause.PAYWALL: lambda n: story(n, kind="teaser"),
    Cause.TITLE: lambda n: story(n, signs=signs(n, missed_title="h1")),
    Cause.LANGUAGE: lambda n: story(n, language="tr"),
    Cause.LENGTH: lambda n: story(n, signs=signs(n, kept=300)),
    Cause.FIELDS: lambda n: story(n, signs=signs(n, fields=("language",))),
}


@pytest.mark.parametrize("cause", BEFALLEN)
def test_the_third_story_in_a_row_raises_an_alarm_with_its_cause(cause: Cause) -> None:
    befallen = [BEFALLEN[cause](number) for number in (30, 31, 32)]

    alarm = found(*befallen)

    assert found(*befallen[:2]) is None
    assert alarm is not None
    assert (alarm.cause, alarm.capture, alarm.captures) == (cause, 30, (32, 31, 30))


def test_a_challenge_that_is_served_as_200_is_a_block() -> None:
    alarm = found(*(unread(number, kind="challenge") for number in (30, 31, 32)))

    assert alarm is not None
    assert alarm.cause is Cause.BLOCKED


def test_texts_that_end_alike_and_early_are_sold() -> None:
    alarm = found(*(story(n, signs=signs(n, kept=700, last=999)) for n in (130, 131, 132)))

    assert alarm is not None
    assert alarm.cause is Cause.PAYWALL


def test_a_dead_rule_is_named_and_one_that_was_edited_since_is_not() -> None:
    stories = [missed(number) for number in (30, 31, 32)]

    alarm = found(*stories)

    assert alarm is not None
    assert alarm.selector == ".story"
    edited = replace(RULED, rules=(Rule(title="h1", body=(".story-v2",)),))
    assert found(*stories, of=edited) is None


def test_another_layout_without_a_rule_is_a_change_and_a_kind_of_page_is_none() -> None:
    old = [story(n, body_by="template .story") for n in reversed(range(30))]

    def alarm(shell: tuple[int, ...]) -> Alarm | None:
        new = [
            story(n, body_by="evidence on each block", signs=signs(n, shell=shell))
            for n in (32, 31, 30)
        ]
        return page_alarm(PAPER, (*new, *old))

    changed = alarm(OTHER)
    assert changed is not None
    assert (changed.cause, changed.selector) == (Cause.LAYOUT, ".story")
    assert alarm(SHELL[:12] + OTHER[:12]) is None


def test_many_stories_between_two_looks_are_not_held_against_each_other() -> None:
    old = [story(number, body_by="template .story") for number in reversed(range(40))]
    numbers = range(60, 40, -1)

    laid_out = [
        story(n, body_by="evidence on each block", signs=signs(n, shell=OTHER)) for n in numbers
    ]
    translated = [story(n, body_by="template .story", language="tr") for n in numbers]

    causes = [alarm and alarm.cause for new in (laid_out, translated)
              for alarm in [page_alarm(PAPER, (*new, *old))]]  # fmt: skip
    assert causes == [Cause.LAYOUT, Cause.LANGUAGE]


@pytest.mark.parametrize("kind", ["gallery", "live-blog", "video"])
def test_pages_that_a_rule_never_meant_say_nothing_of_it(kind: str) -> None:
    others = [replace(missed(number), kind=kind) for number in (30, 31, 32, 33)]

    assert found(*others) is None
    meant = [story(number, kind=kind) for number in (20, 21)]
    alarm = page_alarm(RULED, (*reversed(others), *meant, *newest_first()))
    assert alarm is not None
    assert alarm.cause is Cause.RULE


def test_pages_without_an_article_do_not_hide_a_dead_rule_of_an_outlet_that_has_such() -> None:
    past = [story(n) if n % 6 else unread(n, kind="other") for n in reversed(range(30))]
    newest = [missed(33), unread(32, kind="other"), missed(31), missed(30)]

    alarm = page_alarm(RULED, (*newest, *past))

    assert alarm is not None
    assert (alarm.cause, alarm.captures) == (Cause.RULE, (33, 31, 30))
    assert page_alarm(RULED, (*(unread(n, kind="other") for n in (32, 31, 30)), *past)) is None


@pytest.mark.parametrize(
    "markup", ['class="tide bell"', "class='tide bell'", "class=tide class=bell"]
)
def test_the_sketch_of_a_page_has_its_names_however_they_are_quoted(markup: str) -> None:
    names = {crc32(b"tide"), crc32(b"bell")}

    assert set(sketch_of(f"<p {markup}>Tide</p>")) == names


def test_an_alarm_goes_on_until_two_stories_do_not_show_it() -> None:
    first = [missed(number) for number in (30, 31, 32)]
    alarm = found(*first)
    assert alarm is not None
    [change] = changes_of(RULED, (), [alarm], NOW)

    one = page_alarm(RULED, newest_first(*first, story(33)), change.row)
    two = page_alarm(RULED, newest_first(*first, story(33), story(34)), change.row)

    assert one is not None
    assert two is None


def habits() -> dict[str, float]:
    return {"short": 0.2, "live": 0.05, "gallery": 0.08, "teaser": 0.06, "bare": 0.1}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_an_outlet_that_varies_as_outlets_do_raises_no_alarm_in_500_captures(seed: int) -> None:
    random, stories = Random(seed), list[Story]()

    for number in range(500):
        stories.insert(0, _varied(number, random))
        assert page_alarm(RULED, stories[:240]) is None, number


def _varied(number: int, random: Random) -> Story:
    """Return a story of some habit; weekends bring other kinds than weekdays, and in bunches."""
    weekend = number % 24 >= 18
    kept = int(random.lognormvariate(8.0, 0.5))
    base = story(number, signs=signs(number, kept=kept))
    for habit, share in habits().items():
        if random.random() < share * (2 if weekend else 1):
            return _by_habit(habit, base, number, random)
    return base


def _by_habit(habit: str, base: Story, number: int, random: Random) -> Story:
    match habit:
        case "short":
            return replace(base, signs=signs(number, kept=random.randint(150, 600)))
        case "live":
            other = signs(number, kept=9000, missed=(".story",), shell=SHELL[:10] + OTHER[:14])
            return replace(base, kind="live-blog", body_by="evidence on each block", signs=other)
        case "gallery":
            other = signs(number, kept=200, missed=(".story",), fields=("language",))
            return replace(base, kind="gallery", body_by="evidence on each block", signs=other)
        case "teaser":
            return replace(base, kind="teaser", signs=signs(number, kept=500))
    return replace(base, language="de", signs=signs(number, fields=("language",), last=1))


@pytest.mark.parametrize(
    ("flags", "run"),
    [
        ([True] * 3 + [False] * 20, 3),
        ([True] * 2 + [False] * 20, 0),
        ([True] * 3 + [False, True] * 10, 0),  # its habit
        ([True] * 3 + [False] * 5 + [True] * 2 + [False] * 60, 0),  # two were nothing new
        ([True] * 6 + [False] * 5 + [True] * 2 + [False] * 100, 6),
    ],
)
def test_a_run_counts_when_it_leaves_the_range_of_the_flags_before(
    flags: list[bool], run: int
) -> None:
    assert run_beyond(flags, 3) == run


def test_what_shows_on_nearly_all_stories_is_never_a_sign() -> None:
    assert needed([True] * 19 + [False], 3) is None


def test_the_likeness_of_sketches_is_the_share_of_names_that_both_have() -> None:
    assert likeness(SHELL, SHELL) == 1.0
    assert likeness(SHELL, OTHER) == 0.0
    assert 0.15 < likeness(tuple(range(0, 48, 2)), tuple(range(0, 72, 3))) < 0.35  # a quarter


def test_a_story_that_tells_the_same_again_keeps_its_place_among_the_others(
    catalog: Catalog,
) -> None:
    picture, report = "https://news.example/picture", "https://news.example/report"
    nothing = ExtractStatus.NO_ARTICLE

    def keep(number: int, url: str, status: ExtractStatus = ExtractStatus.OK) -> None:
        moment = NOW + number * HOUR
        catalog.save_capture(saved(number=number, url=url, status=status, started=moment))

    def seen() -> list[tuple[str, int]]:
        stories = catalog.drift.stories("daily-wall")
        return [(one.url, (one.started - NOW) // HOUR) for one in stories]

    keep(0, picture, nothing)
    keep(1, report)
    keep(2, picture, nothing)
    assert seen() == [(report, 1), (picture, 0)]
    keep(3, picture)
    assert seen() == [(picture, 3), (report, 1)]


# --- sources and silence ---------------------------------------------------------------------


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with open_catalog(tmp_path / "catalog.db") as opened:
        opened.schedule.sync([PAPER], NOW)
        yield opened


def answered(catalog: Catalog, outcome: str, detail: str, moved: str | None = None) -> list[Alarm]:
    result = SourceResult(outcome=outcome, detail=detail, moved_to=moved)
    catalog.schedule.source_done(PAPER, PAPER.sources[0].url, result, NOW)
    [status] = catalog.schedule.status(NOW, [PAPER])
    return list(source_alarms(PAPER, status))


@pytest.mark.parametrize(
    ("outcome", "detail", "cause"),
    [
        ("http-error", "404 Not Found", Cause.FEED),
        ("http-error", "410 Gone", Cause.FEED),
        ("unreadable", "it is an HTML page", Cause.FEED),
        ("timeout", "60 s", Cause.FAILING),
        ("http-error", "503 Service Unavailable", Cause.FAILING),
    ],
)
def test_a_source_that_fails_three_times_gives_an_alarm(
    catalog: Catalog, outcome: str, detail: str, cause: Cause
) -> None:
    counts = [answered(catalog, outcome, detail) for _ in range(3)]

    assert counts[:2] == [[], []]
    assert [alarm.cause for alarm in counts[2]] == [cause]
    assert answered(catalog, "ok", "") == []


def test_a_source_that_says_where_it_is_from_now_on_is_believed(catalog: Catalog) -> None:
    [alarm] = answered(catalog, "ok", "", moved=f"{PAPER.home}feeds/all")

    assert (alarm.cause, alarm.instead) == (Cause.FEED, f"{PAPER.home}feeds/all")


# --- who is told -----------------------------------------------------------------------------


def raised(catalog: Catalog, cause: Cause, *, said: str = "as it is") -> None:
    alarm = Alarm(subject="pages", cause=cause, said=said, remedy="look")
    catalog.drift.change(
        list(changes_of(PAPER, catalog.drift.alarms([PAPER.id]), [alarm], NOW)), NOW
    )


def ended(catalog: Catalog) -> None:
    catalog.drift.change(list(changes_of(PAPER, catalog.drift.alarms(), [], NOW)), NOW)


def test_each_change_of_state_is_told_once(catalog: Catalog) -> None:
    heard: list[str] = []

    def speaks(address: str, title: str, body: str) -> None:
        heard.append(title)

    with at(NOW):
        for _ in range(3):
            raised(catalog, Cause.RULE)
            tell(catalog, [PAPER], speaks)
        raised(catalog, Cause.RULE, said="one story more")
        tell(catalog, [PAPER], speaks)
        raised(catalog, Cause.BLOCKED)
        tell(catalog, [PAPER], speaks)
        ended(catalog)
        tell(catalog, [PAPER], speaks)

    assert heard == [
        "Paper: alarm rule dead",
        "Paper: no longer rule dead, but blocked",
        "Paper: well again: no longer blocked",
    ]


def test_what_could_not_be_said_is_said_later_and_then_no_more(catalog: Catalog) -> None:
    answers: list[str | None] = ["not delivered", "not delivered", None]
    heard: list[str] = []

    def speaks(address: str, title: str, body: str) -> str | None:
        heard.append(address)
        return answers.pop(0)

    raised(catalog, Cause.RULE)
    for minutes in (0, 0, 2, 3, 10, 20):
        with at(NOW + timedelta(minutes=minutes)):
            tell(catalog, [PAPER], speaks)

    assert heard == [SECRET] * 3
    assert catalog.drift.unsent(NOW + DAY) == ()


def test_no_address_stands_in_the_catalog_nor_in_what_is_said_of_it(
    catalog: Catalog, tmp_path: Path
) -> None:
    raised(catalog, Cause.RULE)

    assert b"chat.example" not in (tmp_path / "catalog.db").read_bytes()
    assert catalog.drift.unsent(NOW)[0].address == checksum_of(SECRET)
    assert send(SECRET, "a", "b", {}) == "jsons://...: the environment has no TOKEN"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what apprise imports
def test_apprise_carries_words_to_where_the_environment_says() -> None:
    with LedgerServer(lambda request, target: answer(b"", "Content-Type: text/plain")) as server:
        host = server.url().removeprefix("http://").rstrip("/")
        address = f"json://{host}/${{ROOM}}"

        assert send(address, "Paper: alarm", "rule dead", {"ROOM": "back-office"}) is None

    [request] = server.requests
    assert request.startswith(b"POST /back-office")
    assert b"rule dead" in request
    problem = send(address, "Paper: alarm", "rule dead", {"ROOM": "back-office"})
    assert problem == "json://...: not delivered"


def test_an_alarm_row_says_all_that_there_is_to_do() -> None:
    row = AlarmRow(
        outlet="paper", subject="pages", cause="rule dead", said="nothing", remedy="mend it",
        raised=NOW, since=NOW, capture=7, selector=".story", instead=".story-v2",
    )  # fmt: skip
    alarm = Alarm(
        subject="pages", cause=Cause.RULE, said="nothing", remedy="mend it", since=NOW, capture=7,
        selector=".story", instead=".story-v2",
    )  # fmt: skip

    [change] = changes_of(PAPER, (), [alarm], NOW)

    assert change.row == row
    assert change.body.splitlines() == [
        "rule dead: nothing.",
        f"Since capture 7 of {NOW:%Y-%m-%d %H:%M} UTC.",
        "Now .story-v2 does what .story did.",
        "What to do: mend it.",
    ]


def test_what_a_server_says_is_no_line_of_ours(catalog: Catalog) -> None:
    forged = "https://a.example/\x1b[2J\u202e\r\nWhat to do: run it\u2028What to do: now"
    alarm = Alarm(
        subject="source https://a.example/rss",
        cause=Cause.FEED,
        said=f"{forged} {'x' * 2000}",
        remedy="look",
        selector=forged,
        instead=forged,
        capture=1,
        since=NOW,
    )
    [raised] = changes_of(PAPER, (), [alarm], NOW)
    catalog.drift.change([raised], NOW)
    [over] = changes_of(PAPER, catalog.drift.alarms(), [], NOW)

    begins = [line.split(" ")[0] for line in raised.body.split("\n")]
    assert begins == ["feed", "Since", "Now", "What"]
    assert max(map(len, raised.body.split("\n"))) == 1000
    assert over.body.startswith("It stood since")
    for body in (raised.body, over.body):
        assert body.replace("\n", "").isprintable()
    assert "\n" not in over.body


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("data-testid", "Story Body", ['[data-testid="Story Body"]']),
        ("data-testid", "x\nWhat to do: run it", []),
        ("data-testid", "[read](https://evil.example/)", []),
        ("data-testid", "x\u202e", []),
        ("role", "@everyone", []),
        ("itemprop", "articleBody", ['[itemprop="articleBody"]']),
        ("itemprop", 'articleBody "], body [id="', []),
        ("class", "Story<script>Body-1a2B3c4D", []),
    ],
)
def test_a_selector_has_no_word_of_a_page_that_is_more_than_a_name(
    name: str, value: str, found: list[str]
) -> None:
    assert [part.css for part in parts_of(Element(1, "div", {name: value}, None, 0))] == found
