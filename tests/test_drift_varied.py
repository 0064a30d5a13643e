"""An outlet whose pages vary as outlets' do: five hundred captures, really read, and no alarm.

What is staged against outlets, and has to be reported, is in `test_drift_staged`.
"""

import asyncio
from collections import Counter
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from passes import DAY, LOCAL, at, feed_at, outlet_of, set_clock, settings_of
from varied_paper import ANEW, BODY, FIRST, VariedPaper

from scraper import clock
from scraper.crawl import run_pass
from scraper.drift.pages import page_alarm
from scraper.line import Line
from scraper.model import AlarmPolicy, Outlet, Rule
from scraper.store.drift import LOOKED_AT, AlarmRow, Story
from scraper.watch import look

pytestmark = pytest.mark.slow

STORIES = 500
AFTER = 24  # stories that look anew
RULED, LEARNT = "ruled", "learnt"
BOTH = pytest.mark.parametrize("name", [RULED, LEARNT])


@dataclass
class Past:
    """What came of two papers: outlets, stories newest first, and the alarms of each evening."""

    outlets: dict[str, Outlet]
    stories: dict[str, tuple[Story, ...]]
    alarms: list[AlarmRow]


@cache
def lived() -> Past:
    """Let two papers publish day by day, one with a rule and one without, and watch them."""
    with TemporaryDirectory() as folder:
        return asyncio.run(_lived(Path(folder)))


async def _lived(folder: Path) -> Past:
    papers = [
        VariedPaper(name, STORIES + AFTER, redesigned_from=STORIES) for name in (RULED, LEARNT)
    ]
    outlets = [_outlet(paper) for paper in papers]
    alarms: list[AlarmRow] = []
    with papers[0].server, papers[1].server, at(FIRST):
        async with Line(settings_of(folder, *outlets)) as line:
            line.catalog.schedule.sync(line.outlets(), clock.now())
            for day in range((papers[0].items[-1].published - FIRST) // DAY + 2):
                for paper in papers:
                    paper.now = FIRST + day * DAY + timedelta(hours=15)
                set_clock(papers[0].now)
                async with aclosing(run_pass(line, line.outlets())) as results:
                    async for _ in results:
                        pass
                await look(line, line.outlets())
                alarms += line.catalog.drift.alarms()
            found = {one.id: line.catalog.drift.stories(one.id, most=10_000) for one in outlets}
    return Past(outlets={one.id: one for one in outlets}, stories=found, alarms=alarms)


def _outlet(paper: VariedPaper) -> Outlet:
    rules = (Rule(title="h1", body=(BODY,), strip=(".plea",)),) if paper.name == RULED else ()
    feed = feed_at(paper.server.url("/feed"))
    return outlet_of(
        feed, name=paper.name, rules=rules, delay=timedelta(0), delay_is_own=True,
        alarm=AlarmPolicy(quiet_after=30 * DAY),  # one of the two has fewer days
        fetch=replace(LOCAL, recheck=()),
    )  # fmt: skip


def _number(story: Story) -> int:
    return int(story.url.rpartition("-")[2])


def _usual(name: str) -> tuple[Story, ...]:
    """Return a paper's stories of before its redesign."""
    return tuple(one for one in lived().stories[name] if _number(one) < STORIES)


@BOTH
def test_the_pages_are_read_as_the_kinds_that_they_are(name: str) -> None:
    stories = _usual(name)

    kinds = Counter(story.kind for story in stories)
    assert len(stories) == STORIES
    assert kinds["article"] >= 300
    assert all(kinds[one] >= 10 for one in ("live-blog", "gallery", "video", "teaser", "other"))
    lengths = sorted(story.signs.kept for story in stories if story.signs)
    assert lengths[-1] > 30 * lengths[len(lengths) // 20]


@BOTH
def test_none_of_500_stories_of_an_outlet_that_varies_raises_an_alarm(name: str) -> None:
    stories, outlet = _usual(name), lived().outlets[name]

    raised = [
        (_number(stories[at]), alarm)
        for at in range(STORIES)
        if (alarm := page_alarm(outlet, stories[at : at + LOOKED_AT])) is not None
    ]

    assert raised == []


def test_no_evening_before_the_redesigns_had_an_alarm() -> None:
    first = {name: _first_anew(name) for name in (RULED, LEARNT)}

    early = [one for one in lived().alarms if one.since is None or one.since < first[one.outlet]]

    assert early == []


def _first_anew(name: str) -> datetime:
    return min(one.started for one in lived().stories[name] if _number(one) >= STORIES)


@pytest.mark.parametrize(("name", "cause"), [(RULED, "rule dead"), (LEARNT, "layout changed")])
def test_a_redesign_is_told_by_the_first_three_stories_in_a_row_that_show_it(
    name: str, cause: str
) -> None:
    stories, outlet = lived().stories[name], lived().outlets[name]

    moments = (stories[at : at + LOOKED_AT] for at in reversed(range(len(stories))))
    alarm = next(found for seen in moments if (found := page_alarm(outlet, seen)) is not None)

    showing = [one for one in stories if one.capture in alarm.captures]
    assert (alarm.cause, len(showing)) == (cause, 3)
    assert all(_number(one) >= STORIES for one in showing)
    told = [one for one in lived().alarms if one.outlet == name]
    assert {one.cause for one in told} == {cause}
    assert any(ANEW in (one.instead or "") for one in told)
