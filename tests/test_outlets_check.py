"""`scraper outlets check`: one line says whether an outlet is well, and one more what to do."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from archive_samples import DAILY_WALL, article, saved
from ness_paper import NessPaper
from passes import at, command
from schedules import open_catalog

from scraper.model import AlarmPolicy
from scraper.store.saving import SavedCapture
from scraper.survey.history import LEAST, NEWEST, lengths_finding

NOW = datetime(2026, 3, 9, 8, tzinfo=UTC)


class Desk:
    """A folder with sources.toml and an archive that holds all stories of the paper."""

    def __init__(self, folder: Path, paper: NessPaper) -> None:
        self.folder, self.paper = folder, paper
        self.file = folder / "sources.toml"
        self.write()

    def write(self, *, source: str = "", rules: str = 'body = [".words"]', more: str = "") -> None:
        self.file.write_text(
            '[[outlet]]\nid = "ness"\nname = "The Ness Paper"\n'
            f'home = "{self.paper.url("/")}"\n'
            f'[[outlet.source]]\ntype = "feed"\nurl = "{self.paper.url("/feed")}"\n{source}\n'
            '[outlet.fetch]\nallow_private = ["127.0.0.0/8"]\n'
            f"[[outlet.rules]]\n{rules}\n{more}"
        )

    def check(self, *options: str) -> CompletedProcess[str]:
        with at(NOW):
            return command("outlets", "check", *options, cwd=self.folder)

    def wrong(self, *options: str) -> dict[str, str]:
        """Return what is not well, by the name of the check; the command must have said so."""
        done = self.check(*options, "--json")
        (record,) = (json.loads(line) for line in done.stdout.splitlines())
        wrong = {one["check"]: one["said"] for one in record["findings"] if one["is_well"] is False}
        assert (record["well"], done.returncode) == (not wrong, 1 if wrong else 0)
        return wrong


@pytest.fixture(scope="module")
def captured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    paper = NessPaper()
    paper.pages["/feed"] = paper.feed(*paper.stories)
    with paper.server:
        desk = Desk(tmp_path_factory.mktemp("desk"), paper)
        (desk.folder / "archive").mkdir()
        open_catalog(desk.folder / "archive/catalog.db").close()
        with at(NOW):
            done = command("fetch", "--outlet", "ness", cwd=desk.folder)
        assert done.returncode == 0, done.stderr
        yield desk


@pytest.fixture
def desk(captured: Desk) -> Iterator[Desk]:
    """Return the desk; what a test changes at it is put back."""
    pages = dict(captured.paper.pages)
    yield captured
    captured.paper.pages = pages
    captured.write()


def test_an_outlet_that_is_well_has_one_line_that_says_why(desk: Desk) -> None:
    desk.write(rules='body = [".words"]\nstrip = [".house-note", "p:nth-of-type(2)"]')

    done = desk.check()

    line, last = done.stdout.splitlines()
    assert line.split()[:2] == ["ness", "well"]
    assert "feed: 8 links, newest 2026-03-08 07:00" in line
    assert "robots.txt allows 8 of 8 articles" in line
    assert "rules match on 5 of 5 captures, 1 of 2 strip selectors took nothing away" in line
    assert (done.returncode, last) == (0, "1 outlets, nothing wrong")


def test_a_source_that_is_gone_is_named_with_what_to_do(desk: Desk) -> None:
    del desk.paper.pages["/feed"]

    done = desk.check("ness", "--archive", "empty")

    first, second, last = done.stdout.splitlines()
    assert first.split()[:3] == ["ness", "NOT", "WELL"]
    assert f"feed {desk.paper.url('/feed')}: http-error: 404 Not Found" in second
    assert "looks for its sources" in second
    assert (done.returncode, last) == (1, "1 outlets, 1 of them not well")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "check", "words"),
    [
        ("old feed", "source", "nothing newer than 2026-03-08 among 8 links"),
        ("patterns", "source", "let none of 8 links through"),
        ("robots", "robots", "allows 0 of 8 articles: disallowed by robots.txt line 2"),
    ],
)
def test_what_is_wrong_online_is_found(desk: Desk, change: str, check: str, words: str) -> None:
    if change == "old feed":
        desk.write(more='[outlet.alarm]\nquiet_after = "12h"\n')
    elif change == "patterns":
        desk.write(source='allow = ["*/politics/*"]')
    else:
        desk.paper.pages["/robots.txt"] = "User-agent: *\nDisallow: /2026/\n"

    wrong = desk.wrong()

    assert words in wrong[check]


def test_a_dead_rule_is_found_without_asking_any_host(desk: Desk) -> None:
    desk.write(rules='body = [".story-of-the-old-layout"]')
    asked = len(desk.paper.asked)

    wrong = desk.wrong("--offline")

    assert wrong["rules"].startswith("rules match on 0 of 5 captures; not on captures ")
    assert len(desk.paper.asked) == asked


def test_captures_that_the_archive_lost_are_said(desk: Desk) -> None:
    folder = desk.folder / "archive/warc"
    folder.rename(desk.folder / "elsewhere")

    wrong = desk.wrong("--offline")

    (desk.folder / "elsewhere").rename(folder)
    assert "cannot be read again" in wrong["archive"]


def test_where_nothing_can_be_judged_nothing_is_called_well(desk: Desk) -> None:
    done = desk.check("--offline", "--archive", "empty")

    assert done.stdout.splitlines()[0].split()[:3] == ["ness", "not", "known"]
    assert not (desk.folder / "empty").exists()


def test_nobody_asks_hosts_anonymously_and_the_rest_is_checked(tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text(
        '[[outlet]]\nid = "a"\nname = "A"\nhome = "https://a.example/"\n'
        '[[outlet.source]]\ntype = "feed"\nurl = "https://a.example/rss"\n'
    )

    done = command("outlets", "check", cwd=tmp_path)

    assert "must be able to tell who crawls them" in done.stderr
    assert "no host was asked" in done.stderr
    assert (done.returncode, done.stdout.splitlines()[0].split()[0]) == (1, "a")


def capture_of(number: int, chars: int) -> SavedCapture:
    """Return a capture of a story of its own whose text has so many characters."""
    url = f"https://daily-wall.example/{number}"
    page = replace(article(), url=url, canonical_url=url, text=f"{number:03}".ljust(chars, "."))
    moment = NOW + number * timedelta(hours=1)
    return saved(number=number, url=url, page=page, started=moment)


@pytest.mark.parametrize(
    ("newest", "drop", "is_well"),
    [(1_000, None, True), (400, None, False), (900, 0.05, False), (600, 0.5, True)],
)
def test_texts_that_became_short_are_found(
    tmp_path: Path, newest: int, drop: float | None, is_well: bool
) -> None:
    paper = replace(DAILY_WALL, alarm=AlarmPolicy(length_drop=drop))
    with open_catalog(tmp_path / "catalog.db") as catalog:
        for number in range(NEWEST + LEAST):
            chars = newest if number >= LEAST else 1_000
            catalog.save_capture(capture_of(number, chars))

        finding = lengths_finding(catalog, paper)

    assert (finding.is_well, finding.said) == (
        is_well,
        f"texts of {newest:,} characters, 1,000 before",
    )


def test_a_few_texts_tell_nothing_of_their_usual_length(tmp_path: Path) -> None:
    with open_catalog(tmp_path / "catalog.db") as catalog:
        for number in range(LEAST):
            catalog.save_capture(capture_of(number, 1_000))

        assert lengths_finding(catalog, DAILY_WALL).is_well is None
