"""Redesigns, walls, blocks, silence, moved feeds: staged in a publishing house, and reported."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from passes import at, command, set_clock
from publishing import DAY, START, Announcement, Plan, Press
from publishing_crawler import SteppedClock
from publishing_house import House
from publishing_turns import REDESIGNED

from scraper.config import load_sources
from scraper.crawl import run_pass
from scraper.line import Line, Settings
from scraper.model import AlarmPolicy, Outlet
from scraper.store.drift import AlarmRow
from scraper.watch import look

pytestmark = pytest.mark.slow

TURN = 3 * DAY
STEP = timedelta(hours=4)
FEED = Announcement(type="feed", format="rss", target="/rss.xml", most=40)


def press(number: int, turn: str, *, has_rule: bool = False, **changes: object) -> Press:
    usual = Press(
        id=f"{turn}{'-ruled' if has_rule else ''}", name=f"Paper {number}", has_rule=has_rule,
        address=f"127.0.2.{number}", announcements=(FEED,), turn=(TURN, turn), keeps_alive=True,
    )  # fmt: skip
    return replace(usual, **changes)  # type: ignore[arg-type] # fields of Press, by name


PRESSES = (
    press(1, "redesign", has_rule=True),
    press(2, "redesign"),
    press(3, "paywall", has_rule=True),
    press(4, "paywall"),
    press(5, "consent", has_rule=True),
    press(6, "consent"),
    press(7, "block"),
    press(8, "feed-404"),
    press(9, "feed-301"),
    press(10, "feed-html"),
    press(11, "silence", quiet_from=TURN),
    press(12, "nothing", has_rule=True),
)


@dataclass
class Report:
    """When an outlet's alarm was first there, and what had come of the outlet since the turn."""

    alarm: AlarmRow
    moment: datetime
    captures: int  # of different stories
    polls: int
    status: str = ""


@dataclass
class Staging:
    reports: dict[str, Report] = field(default_factory=dict)
    early: list[AlarmRow] = field(default_factory=list)
    late: tuple[AlarmRow, ...] = ()  # that stood at the end
    code: int = 0
    status: str = ""


@cache
def staged() -> Staging:
    """Let all that can happen happen, and note what was reported when."""
    with TemporaryDirectory() as folder:
        return asyncio.run(_staged(Path(folder)))


async def _staged(folder: Path) -> Staging:
    clock, staging = SteppedClock(), Staging()
    plan = Plan(8, days=5, presses=PRESSES)
    with House(plan, clock) as house, at(START):
        (folder / "sources.toml").write_text(house.sources_toml)
        sources = load_sources(folder / "sources.toml")
        outlets = tuple(_quick(outlet) for outlet in sources.outlets)
        settings = Settings(
            archive=folder / "archive", catalog=folder / "archive/catalog.db", workers=1,
            sources=replace(sources, outlets=outlets),
        )  # fmt: skip
        async with Line(settings) as line:
            moment = START + TURN - timedelta(hours=2)  # the clock runs on while the pass does
            await _pass(line, outlets, clock, moment)
            staging.early += line.catalog.drift.alarms()
            while moment < plan.end and len(staging.reports) < len(PRESSES) - 1:
                moment += STEP
                await _pass(line, outlets, clock, moment, most=1)
                _note(line, staging, moment)
            staging.late = line.catalog.drift.alarms()
        done = command("status", cwd=folder)
        staging.code, staging.status = done.returncode, done.stdout
    return staging


def _quick(outlet: Outlet) -> Outlet:
    alarm = AlarmPolicy(quiet_after=timedelta(days=1))
    fetch = replace(outlet.fetch, recheck=())
    return replace(outlet, delay=timedelta(0), delay_is_own=True, fetch=fetch, alarm=alarm)


async def _pass(
    line: Line,
    outlets: tuple[Outlet, ...],
    clock: SteppedClock,
    moment: datetime,
    most: int | None = None,
) -> None:
    clock.moment = moment
    set_clock(moment)
    async with aclosing(run_pass(line, outlets, most=most)) as results:
        async for _ in results:
            pass
    await look(line, outlets)


def _note(line: Line, staging: Staging, moment: datetime) -> None:
    since = START + TURN
    for alarm in line.catalog.drift.alarms():
        found = staging.reports.get(alarm.outlet)
        if found is None:
            captures = line.catalog.captures(outlet=alarm.outlet, since=since)
            polls = int((moment - since) / STEP)
            staging.reports[alarm.outlet] = Report(
                alarm, moment, len({row.url for row in captures}), polls
            )


@pytest.mark.parametrize(
    ("outlet", "cause"),
    [
        ("redesign-ruled", "rule dead"),
        ("redesign", "layout changed"),
        ("paywall-ruled", "paywall rose"),
        ("paywall", "paywall rose"),
        ("consent-ruled", "consent wall"),
        ("consent", "consent wall"),
        ("block", "blocked"),
    ],
)
def test_what_befalls_pages_is_reported_within_three_captures_with_its_cause(
    outlet: str, cause: str
) -> None:
    report = staged().reports[outlet]

    assert report.alarm.cause == cause
    assert report.captures <= 3
    assert report.alarm.since is not None
    assert report.alarm.since >= START + TURN


@pytest.mark.parametrize(
    ("outlet", "selector"), [("redesign-ruled", "#copy"), ("redesign", "#copy")]
)
def test_a_redesign_names_the_dead_selector_and_the_one_that_replaced_it(
    outlet: str, selector: str
) -> None:
    alarm = staged().reports[outlet].alarm

    assert (alarm.selector, alarm.instead) == (selector, REDESIGNED)


@pytest.mark.parametrize("outlet", ["feed-404", "feed-301", "feed-html"])
def test_a_feed_that_moved_is_reported_within_three_polls(outlet: str) -> None:
    report = staged().reports[outlet]

    assert report.alarm.cause == "feed moved"
    assert report.polls <= 3
    assert (report.alarm.selector or "").endswith("/rss.xml")
    if outlet == "feed-301":
        assert (report.alarm.instead or "").endswith("/feeds/everything.xml")


def test_silence_is_reported_when_quiet_after_is_over() -> None:
    report = staged().reports["silence"]

    assert report.alarm.cause == "gone quiet"
    assert report.moment - (report.alarm.since or START) <= DAY + STEP


def test_an_outlet_that_nothing_befell_has_no_alarm_nor_had_anyone_before() -> None:
    assert staged().early == []
    assert "nothing-ruled" not in staged().reports


def test_status_shows_each_cause_with_a_remedy_on_80_columns_and_ends_with_1() -> None:
    told = staged()
    lines = told.status.splitlines()

    assert told.code == 1
    # The command reads sources.toml itself, whose quiet_after is half a day longer.
    causes = {alarm.cause for alarm in told.late} - {"gone quiet"}
    assert causes >= {"rule dead", "paywall rose", "consent wall", "blocked", "feed moved"}
    assert all(any(line.startswith(f"    {cause}: ") for line in lines) for cause in causes)
    assert sum(line.startswith("      -> ") for line in lines) >= len(causes)
    assert max(len(line) for line in lines if "http://" not in line) <= 80
