"""Who takes which link; the processes that race here are real ones."""

import os
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from archive_samples import NOW, URL
from schedules import HOME, HOUR, MINUTE, SECOND, WALL, announced, open_catalog

from scraper.cadence import Verdict
from scraper.store.catalog import Catalog
from scraper.store.schedule_rows import LinkResult

TESTS = Path(__file__).parent

CLAIMER = """
import sys
from pathlib import Path
from archive_samples import NOW
from scraper.store.catalog import Catalog

with Catalog.open(Path(sys.argv[1])) as catalog:
    schedule, empty = catalog.schedule, 0
    print("ready", flush=True)
    sys.stdin.readline()
    while empty < 3:
        rows = schedule.claim(schedule.due_links(NOW, limit=7, per_host=99), NOW, owner=sys.argv[2])
        empty = 0 if rows else empty + 1
        for row in rows:
            print(row.id, flush=True)
"""

WORKER = """
import sys
from dataclasses import replace
from pathlib import Path
from archive_samples import NOW, article, saved
from schedules import FEED, HOME, WALL, link
from scraper.store.catalog import Catalog
from scraper.store.schedule_rows import LinkResult

number, feed = int(sys.argv[2]), replace(FEED, url=f"{HOME}rss{int(sys.argv[2]) % 3}")
tails = ("", "?utm_source=rss", "#top", "?fbclid=7", "?")
with Catalog.open(Path(sys.argv[1])) as catalog:
    schedule = catalog.schedule
    print("ready", flush=True)
    sys.stdin.readline()
    for story in range(20):
        url = f"{HOME}story-{story}"
        schedule.announce(WALL, feed, [link(url + tail, source=feed) for tail in tails], NOW)
        for row in schedule.claim(schedule.due_links(NOW), NOW, owner=sys.argv[2]):
            page = article(title=row.key, canonical=row.key.replace("story", "news"))
            final, records = f"{row.key}.amp", 1000 * number + row.id
            one = saved(number=records, url=row.url, final=final, page=page)
            catalog.save_capture(replace(one, outlet=WALL), link=LinkResult(link_id=row.id, at=NOW))
"""


def race(code: str, path: Path, count: int) -> list[list[str]]:
    """Start processes, let them all begin in one moment, and return the lines each printed."""
    environment = {**os.environ, "PYTHONPATH": f"{TESTS.parent}{os.pathsep}{TESTS}"}
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(path), str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for number in range(count)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("\n")
        racer.stdin.flush()
    printed = [racer.communicate(timeout=120)[0].split() for racer in racers]
    assert [racer.returncode for racer in racers] == [0] * count
    return printed


@pytest.mark.slow
def test_eight_processes_that_claim_at_once_get_disjoint_links(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    with open_catalog(path) as catalog:
        catalog.schedule.sync([WALL], NOW)
        rows = announced(catalog, *(f"{HOME}{n}" for n in range(90)))

    taken = race(CLAIMER, path, 8)

    counts = Counter(int(number) for numbers in taken for number in numbers)
    assert counts == Counter(row.id for row in rows)
    assert sum(map(bool, taken)) > 1  # or it was no race


@pytest.mark.slow
def test_promise_26_workers_that_announce_and_capture_the_same_at_once_make_one_article_each(
    tmp_path: Path,
) -> None:
    path = tmp_path / "catalog.db"
    with open_catalog(path) as catalog:
        catalog.schedule.sync([WALL], NOW)

    race(WORKER, path, 8)

    with Catalog.open(path) as catalog:
        urls = [f"{HOME}story-{story}" for story in range(20)]
        assert {row.key for row in catalog.schedule.links()} == set(urls)
        assert {row.state for row in catalog.schedule.links()} == {"captured"}
        assert len(catalog.captures()) == 20
        assert len(catalog.articles()) == 20
        for url in urls:
            aliases = (url, f"{url}.amp", url.replace("story", "news"))
            assert len({catalog.article_by(alias) for alias in aliases}) == 1


def test_a_taken_link_is_not_due_until_the_claim_runs_out(tmp_path: Path) -> None:
    with open_catalog(tmp_path / "catalog.db") as catalog:
        schedule = catalog.schedule
        schedule.sync([WALL], NOW - HOUR)
        announced(catalog, URL)
        rows = schedule.due_links(NOW)

        assert len(schedule.claim(rows, NOW, owner="one")) == 1
        assert schedule.due_links(NOW + 15 * MINUTE - SECOND) == ()
        assert schedule.claim(rows, NOW + 15 * MINUTE - SECOND, owner="two") == ()
        (again,) = schedule.claim(schedule.due_links(NOW + 15 * MINUTE), NOW + HOUR, owner="two")
        assert (again.claimed_by, again.claimed_until) == ("two", NOW + 75 * MINUTE)


def test_a_link_that_was_done_meanwhile_cannot_be_taken(tmp_path: Path) -> None:
    with open_catalog(tmp_path / "catalog.db") as catalog:
        schedule = catalog.schedule
        schedule.sync([WALL], NOW)
        announced(catalog, URL)
        rows = schedule.due_links(NOW)
        schedule.claim(rows, NOW, owner="one")
        schedule.link_done(WALL, LinkResult(link_id=rows[0].id, at=NOW, verdict=Verdict.CAPTURED))

        assert schedule.claim(rows, NOW, owner="two") == ()


def test_a_result_that_comes_after_the_claim_went_to_another_is_dropped(tmp_path: Path) -> None:
    with open_catalog(tmp_path / "catalog.db") as catalog:
        schedule = catalog.schedule
        schedule.sync([WALL], NOW)
        rows = announced(catalog, URL)
        schedule.claim(rows, NOW, owner="one", hold=timedelta(minutes=1))
        schedule.claim(rows, NOW + HOUR, owner="two")
        late = LinkResult(
            link_id=rows[0].id, at=NOW + HOUR, verdict=Verdict.MISSING, claimed_by="one"
        )

        after = schedule.link_done(WALL, late)

        assert (after.state, after.attempts, after.claimed_by) == ("new", 0, "two")


def test_what_was_taken_can_be_given_back(tmp_path: Path) -> None:
    with open_catalog(tmp_path / "catalog.db") as catalog:
        schedule = catalog.schedule
        schedule.sync([WALL], NOW)
        rows = announced(catalog, f"{HOME}a", f"{HOME}b")
        schedule.claim(rows[:1], NOW, owner="one")
        schedule.claim(rows[1:], NOW, owner="two")

        assert schedule.release("one") == 1
        assert [row.url for row in schedule.due_links(NOW)] == [f"{HOME}a"]
        assert schedule.release() == 1
        assert len(schedule.due_links(NOW)) == 2


def test_the_next_moment_is_the_end_of_a_claim_where_nothing_else_waits(tmp_path: Path) -> None:
    with open_catalog(tmp_path / "catalog.db") as catalog:
        schedule = catalog.schedule
        rows = announced(catalog, URL)
        schedule.claim(rows, NOW, owner="one")

        assert schedule.next_due(NOW) == NOW + 15 * MINUTE
