"""`scraper status`: what a maintainer of many outlets sees on a terminal of 80 columns."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from archive_samples import NOW, saved
from passes import at, command
from schedules import DAY, HOUR, announced, open_catalog, outlet

from scraper.cadence import Verdict
from scraper.cli.status import amount, distance, table
from scraper.model import Capture, Outcome, Outlet
from scraper.store.catalog import Catalog
from scraper.store.schedule_rows import LinkResult, OutletStatus, SourceResult

OUTLETS = [outlet(f"outlet-{n:02}") for n in range(98)] + [
    outlet("a-paper-whose-name-is-as-long-as-an-id-may-be-" + "x" * 17),
    outlet("never-asked"),
]
FAILING = OUTLETS[7]


def fill(catalog: Catalog, outlets: Sequence[Outlet]) -> None:
    """Let a day of asking and capturing pass for all outlets but the last."""
    schedule = catalog.schedule
    schedule.sync(outlets, NOW)
    for number, one in enumerate(outlets[:-1]):
        urls = [f"{one.home}{n}" for n in range(number % 4)]
        links = announced(catalog, *urls, of=one) if urls else ()
        for link in links[:1]:
            schedule.link_done(one, LinkResult(link_id=link.id, at=NOW, verdict=Verdict.CAPTURED))
        answer = SourceResult(outcome="ok", new=len(urls))
        schedule.source_done(one, one.sources[0].url, answer, NOW)
        sample = saved(number=number, url=f"{one.home}a")
        catalog.save_capture(replace(sample, outlet=one))
        if number % 3 == 0:
            lost = Capture(url=f"{one.home}b", outcome=Outcome.TIMEOUT, detail="60 s")
            catalog.save_capture(replace(sample, outlet=one, capture=lost, recorded=()))


def fail(catalog: Catalog, one: Outlet, times: int) -> None:
    answer = SourceResult(outcome="unreadable", detail="it is an HTML page")
    for _ in range(times):
        catalog.schedule.source_done(one, one.sources[0].url, answer, NOW)


def sources_toml(outlets: Sequence[Outlet]) -> str:
    return "".join(
        f'[[outlet]]\nid = "{one.id}"\nname = "{one.name}"\nhome = "{one.home}"\n'
        f'[[outlet.source]]\ntype = "feed"\nurl = "{one.sources[0].url}"\n'
        for one in outlets
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with 100 outlets, one of which fails."""
    path = tmp_path_factory.mktemp("status")
    (path / "archive").mkdir()
    (path / "sources.toml").write_text(sources_toml(OUTLETS))
    with open_catalog(path / "archive/catalog.db") as catalog:
        fill(catalog, OUTLETS)
        fail(catalog, FAILING, 3)
    return path


def status(folder: Path, *arguments: str) -> CompletedProcess[str]:
    """Run the command an hour after all happened."""
    with at(NOW + HOUR):
        return command("status", *arguments, cwd=folder)


def test_a_hundred_outlets_are_a_table_of_80_columns(folder: Path) -> None:
    done = status(folder)

    header, *lines = done.stdout.splitlines()
    rows = [line for line in lines if not line.startswith(" ")]
    assert len(rows) == 100
    assert max(map(len, [header, *rows])) <= 80
    ends = [header.index(name) + len(name) for name in ("last", "new", "same", "fail", "queue")]
    for row in rows:
        for start, end in zip([22, *ends], ends, strict=False):
            assert row[end - 1] != " "  # each number ends where its heading does
            assert row[start:end].strip().isalnum()
    assert done.stderr == ""


def test_a_long_name_is_cut_with_an_ellipsis(folder: Path) -> None:
    rows = status(folder).stdout.splitlines()

    assert any(row.startswith("a-paper-whose-name-i… ") for row in rows)
    assert any(row.startswith("outlet-00 ") and row.endswith("  timeout") for row in rows)


def test_what_was_never_asked_says_so(folder: Path) -> None:
    [row] = [row for row in status(folder).stdout.splitlines() if row.startswith("never-asked")]

    assert row.split() == ["never-asked", "never", "0", "0", "0", "0", "now"]


def test_an_alarm_stands_below_its_outlet_and_in_the_exit_code(folder: Path) -> None:
    done = status(folder)

    lines = done.stdout.splitlines()
    [at] = [n for n, line in enumerate(lines) if line.startswith(f"{FAILING.id} ")]
    assert lines[at].endswith("  ALARM")
    feed = FAILING.sources[0].url
    below = [line for line in lines if line.startswith(" ")]
    assert lines[at + 1 : at + 1 + len(below)] == below
    said, _, remedy = " ".join(" ".join(below).split()).partition(" -> ")
    assert said == f"feed moved: {feed} failed 3 times: unreadable it is an HTML page"
    assert remedy.startswith("`scraper outlets add ")
    assert max(map(len, below)) <= 80
    assert done.returncode == 1


def test_one_outlet_is_shown_source_by_source_and_is_well(folder: Path) -> None:
    one = OUTLETS[6]

    done = status(folder, "--outlet", one.id)

    _, row, _, *said = done.stdout.splitlines()
    assert row.split()[:2] == [one.id, "1h"]
    assert said == [
        f"feed {one.sources[0].url}",
        "    asked 1h ago: ok",
        "    brought something new 1h ago; next in now",
        "    of a week: 2 links, 1 not captured",
    ]
    assert done.returncode == 0


def test_json_is_an_object_for_each_outlet_with_its_alarms(folder: Path) -> None:
    done = status(folder, "--json")

    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["outlet"] for row in rows] == [one.id for one in OUTLETS]
    [failing] = [row for row in rows if row["alarms"]]
    assert (failing["outlet"], failing["sources"][0]["failures"]) == (FAILING.id, 3)
    assert (rows[3]["failed"], rows[3]["top_reason"]) == (1, "timeout")
    assert done.returncode == 1


def test_an_outlet_that_is_not_in_the_file_is_refused(folder: Path) -> None:
    done = status(folder, "--outlet", "daily-moon")

    assert done.returncode == 2
    assert "daily-moon" in done.stderr


def test_large_numbers_and_words_of_others_keep_to_their_columns() -> None:
    row = OutletStatus(
        outlet="big", name="Big", last_pass=NOW - 400 * DAY, last_capture=None, new=1_234_567,
        changed=0, unchanged=99_999, failed=100_000, top_reason="\x1b[2J" + "é" * 50,
        next_due=NOW + 400 * DAY, queued=7_654_321, quarantined=0, gone=0, disallowed=0,
        sources=(), weekdays=(0,) * 7, quiet=None,
    )  # fmt: skip

    _, line = table((row,), NOW)

    assert len(line) == 80
    assert "\x1b" not in line
    assert line.split()[:7] == ["big", "400d", "1234k", "99999", "100k", "7654k", "400d"]


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0"), (99_999, "99999"), (100_000, "100k"), (9_999_999, "9999k")]
)
def test_an_amount_has_at_most_five_characters(count: int, text: str) -> None:
    assert amount(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "now"), (0, "now"), (59, "59s"), (60, "1m"), (7_199, "1h"), (86_400 * 3, "3d")],
)
def test_a_distance_is_in_its_largest_unit(seconds: int, text: str) -> None:
    assert distance(timedelta(seconds=seconds)) == text
