"""`scraper rules freeze` and `scraper rules test`: captures become tests, which fail rightly."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from ness_paper import NAMES, NessPaper, path_of, story_of
from passes import at, command
from schedules import open_catalog

from scraper.archive.reader import records_in

NOW = datetime(2026, 3, 9, 8, tzinfo=UTC)
PLEA = "<p class=plea>Sit with us by the stove and keep the lamps of Grey Ness burning, reader.</p>"
RULE = '[[outlet.rules]]\nbody = [".words"]\n'
STRIP = 'strip = [".plea"]\n'


class Desk:
    """A folder with an archive that holds a story, and a sources.toml with a rule for it."""

    def __init__(self, folder: Path, paper: NessPaper) -> None:
        self.folder, self.file, self.tests = folder, folder / "sources.toml", folder / "cassettes"
        self.url = paper.url(path_of(NAMES[0]))
        self.head = (
            '[[outlet]]\nid = "ness"\nname = "The Ness Paper"\n'
            f'home = "{paper.url("/")}"\n[outlet.fetch]\nallow_private = ["127.0.0.0/8"]\n'
        )
        self.write(RULE + STRIP)

    def write(self, rules: str) -> None:
        self.file.write_text(self.head + rules)

    def run(self, *options: str) -> CompletedProcess[str]:
        return command("rules", *options, cwd=self.folder)


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    paper = NessPaper()
    paper.pages[path_of(NAMES[0])] = story_of(NAMES[0], note=PLEA)
    with paper.server:
        desk = Desk(tmp_path_factory.mktemp("desk"), paper)
        (desk.folder / "archive").mkdir()
        open_catalog(desk.folder / "archive/catalog.db").close()
        with at(NOW):
            done = command("fetch", desk.url, cwd=desk.folder)
        assert done.returncode == 0, done.stderr
    return desk


@pytest.fixture
def frozen(archived: Desk) -> Iterator[Desk]:
    """Return the desk with a case; what a test changes at it is put back."""
    done = archived.run("freeze", archived.url, "--name", "story")
    assert done.returncode == 0, done.stderr
    yield archived
    shutil.rmtree(archived.tests)
    archived.write(RULE + STRIP)


def test_a_frozen_capture_passes_with_the_archive_gone(frozen: Desk) -> None:
    (frozen.folder / "archive").rename(frozen.folder / "elsewhere")
    try:
        done = frozen.run("test")
    finally:
        (frozen.folder / "elsewhere").rename(frozen.folder / "archive")

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[0] == "ok  ness/story"


def test_its_cassette_has_the_very_members_of_the_archive(frozen: Desk) -> None:
    cassette = frozen.tests / "ness/story.warc.gz"

    assert [one.type for one in records_in(cassette)] == ["warcinfo", "request", "response"]
    (warc,) = frozen.folder.glob("archive/warc/ness/*")
    whole, cut = warc.read_bytes(), cassette.read_bytes()
    assert all(cut[one.offset : one.offset + one.length] in whole for one in records_in(cassette))


def test_a_rule_that_keeps_a_prompt_fails_and_shows_it(frozen: Desk) -> None:
    frozen.write(RULE + 'keep = [".plea"]\n')

    done = frozen.run("test", "ness")

    assert done.returncode == 1
    assert "FAILED  ness/story" in done.stdout
    assert "+Sit with us by the stove" in done.stdout


def test_a_capture_is_read_with_the_rules_of_its_day(frozen: Desk) -> None:
    frozen.write(
        f"{RULE}{STRIP}valid_until = 2026-03-09\n[[outlet.rules]]\nvalid_from = 2026-03-10\n"
        'body = ["footer"]\n'
    )

    assert frozen.run("test").returncode == 0


def test_what_must_and_must_not_be_in_a_text_is_said(frozen: Desk) -> None:
    case = frozen.tests / "ness/story.toml"
    must = 'must_contain = ["Atlantis"]\nmust_not_contain = ["Ness"]\n'
    case.write_text(f'url = "{frozen.url}"\ncaptured = 2026-03-09\n{must}')

    (trial,) = map(json.loads, frozen.run("test", "--json").stdout.splitlines())

    assert trial["problems"] == ["it lacks 'Atlantis'"]
    assert (trial["passed"], trial["difference"]) == (False, [])


def test_a_case_is_not_overwritten(frozen: Desk) -> None:
    again = frozen.run("freeze", frozen.url, "--name", "story")

    assert (again.returncode, "there is a case of that name" in again.stderr) == (2, True)


def test_a_case_that_is_none_is_refused_with_its_file_and_key(frozen: Desk) -> None:
    case = frozen.tests / "ness/story.toml"
    case.write_text(case.read_text() + "must_contian = []\n")

    done = frozen.run("test")

    assert done.returncode == 2
    assert "story.toml" in done.stderr
    assert "must_contian" in done.stderr


def test_an_outlet_without_a_case_that_was_asked_for_is_no_success(archived: Desk) -> None:
    done = archived.run("test", "ness")

    assert (done.returncode, "rules freeze" in done.stderr) == (1, True)
    assert "--  ness: it has rules, but no page of it was frozen" in done.stdout


def test_each_outlet_without_a_case_says_why(archived: Desk) -> None:
    text = archived.file.read_text()
    other = '[[outlet]]\nid = "bare"\nname = "Bare"\nhome = "https://bare.example/"\n'
    archived.file.write_text(text + other)
    try:
        lines = archived.run("test", "--json").stdout.splitlines()
        said = {one["outlet"]: one["why"] for one in map(json.loads, lines)}
        told = archived.run("test").stdout
    finally:
        archived.file.write_text(text)

    assert "no page of it was frozen" in said["ness"]
    assert "no rule that could break" in said["bare"]
    assert "2 outlets have no case: 1 with rules, of which no page was frozen, 1 without" in told


def test_what_was_never_captured_cannot_be_frozen(archived: Desk) -> None:
    done = archived.run("freeze", "https://ness.example/never")

    assert done.returncode == 1
    assert not archived.tests.exists()


def test_outlets_check_tries_the_cases(frozen: Desk) -> None:
    frozen.write(RULE + 'keep = [".plea"]\n')

    done = command("outlets", "check", "--offline", "--json", cwd=frozen.folder)

    (said,) = map(json.loads, done.stdout.splitlines())
    (tests,) = (one for one in said["findings"] if one["check"] == "tests")
    assert (done.returncode, tests["is_well"]) == (1, False)
    assert tests["said"].startswith("0 of 1 recorded pages")
