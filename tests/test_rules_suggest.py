"""`scraper rules suggest`: the rule that an outlet's captures speak for, each selector with why."""

import json
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from ness_paper import NAMES, NessPaper, path_of, story_of
from passes import at, command
from schedules import open_catalog

from scraper.config import load_sources
from scraper.model import Article, Block, Page
from scraper.rules.beside import keeps_of, strips_of
from scraper.rules.suggest import suggestion_for

NOW = datetime(2026, 3, 9, 8, tzinfo=UTC)
PLEA = "<p class=plea>Sit with us by the stove and keep the lamps of Grey Ness burning, reader.</p>"


class Desk:
    """A folder with an archive of all stories of a paper, and a sources.toml."""

    def __init__(self, folder: Path, paper: NessPaper) -> None:
        self.folder, self.file = folder, folder / "sources.toml"
        self.head = (
            '# ours\n[[outlet]]\nid = "ness"\nname = "The Ness Paper"\n'
            f'home = "{paper.url("/")}"  # the quay\n'
            f'[[outlet.source]]\ntype = "feed"\nurl = "{paper.url("/feed")}"\n'
            '[outlet.fetch]\nallow_private = ["127.0.0.0/8"]\n'
        )
        self.file.write_text(self.head)

    def suggest(self, *options: str) -> CompletedProcess[str]:
        return command("rules", "suggest", "ness", *options, cwd=self.folder)


@pytest.fixture(scope="module")
def archived(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    paper = NessPaper()
    for name in NAMES[:6]:
        paper.pages[path_of(name)] = story_of(name, note=PLEA)
    paper.pages["/feed"] = paper.feed(*paper.stories)
    with paper.server:
        desk = Desk(tmp_path_factory.mktemp("desk"), paper)
        (desk.folder / "archive").mkdir()
        open_catalog(desk.folder / "archive/catalog.db").close()
        with at(NOW):
            done = command("fetch", "--outlet", "ness", cwd=desk.folder)
        assert done.returncode == 0, done.stderr
    return desk  # the paper is gone: nobody can be asked


@pytest.fixture
def desk(archived: Desk) -> Iterator[Desk]:
    yield archived
    archived.file.write_text(archived.head)


def test_a_suggestion_is_a_rule_with_its_evidence(desk: Desk) -> None:
    done = desk.suggest()

    assert done.returncode == 0, done.stderr
    (rule,) = tomllib.loads(done.stdout)["outlet"]["rules"]
    assert rule["body"] == [".piece"]
    assert (rule["title"], rule["strip"], rule["origin"]) == ("h1", [".plea"], "learned")
    assert "matches 1 element on 8 of 8 captures" in done.stdout
    assert "removes 'Sit with us by the stove" in done.stdout
    assert "on 6 of 8 captures" in done.stdout
    assert desk.file.read_text() == desk.head


def test_a_suggestion_that_is_applied_leaves_the_file_as_it_was_around_it(desk: Desk) -> None:
    done = desk.suggest("--apply")

    assert done.returncode == 0, done.stderr
    assert desk.file.read_text().startswith(desk.head)
    (rule,) = load_sources(desk.file).outlets[0].rules
    assert (rule.body, rule.strip, rule.valid_from) == ((".piece",), (".plea",), None)
    again = desk.suggest("--apply")
    assert "has this rule already" in again.stderr


def test_an_older_rule_keeps_the_days_before_the_captures(desk: Desk) -> None:
    desk.file.write_text(f'{desk.head}[[outlet.rules]]\nbody = ["article"]\n')

    desk.suggest("--apply")

    older, newer = load_sources(desk.file).outlets[0].rules
    assert (older.valid_from, newer.valid_from) == (None, NOW.date())


def test_a_suggestion_as_json_names_pages_and_selectors(desk: Desk) -> None:
    said = json.loads(desk.suggest("--json").stdout)

    (strip,) = (one for one in said["evidence"] if one["key"] == "strip")
    assert (strip["css"], strip["pages"], strip["of"], strip["most"]) == (".plea", 6, 8, 1)


def test_two_stories_are_too_few_and_nothing_is_written() -> None:
    pages = [
        Page(
            url=f"https://ness.example/{name}", status=200, headers=(), body=story_of(name).encode()
        )
        for name in NAMES[:2]
    ]

    assert "too few" in suggestion_for(pages).reason


def read(*blocks: tuple[str, bool]) -> Article:
    """Return a reading of blocks with one text: the path of each, and whether it is kept."""
    text = "The watch strikes the hour over the harbour wall"
    return Article(
        title="",
        paragraphs=(),
        text="",
        url="",
        blocks=tuple(
            Block(text=text, path=path, role="body", kept=kept, reason="") for path, kept in blocks
        ),
    )


HEAD, WORDS = "div.post > h3.post-head:nth-of-type(1)", "div.post > p.words"


def test_what_a_body_loses_of_the_story_is_kept_by_its_name() -> None:
    plain, ruled = read((HEAD, True), (WORDS, True)), read((HEAD, False), (WORDS, True))

    assert keeps_of([plain], [ruled], [plain], ()) == ("h3.post-head",)


def test_a_name_that_stands_elsewhere_on_what_is_no_story_keeps_nothing() -> None:
    plain = read((HEAD, True), ("aside > h3.post-head", False))

    assert keeps_of([plain], [read((HEAD, False))], [plain], ()) == ()


def test_a_drawn_name_keeps_nothing() -> None:
    path = "div.post > h3.css-1x9ab2"

    plain = [read((path, True))]

    assert keeps_of(plain, [read((path, False))], plain, ()) == ()


def test_a_standfirst_that_only_the_template_knows_is_kept_by_its_name() -> None:
    lead = "div.head > h2.excerpt"
    plain, taught = read((lead, False), (WORDS, True)), read((lead, True), (WORDS, True))

    assert keeps_of([plain], [plain], [taught], ("h2.excerpt",)) == ("h2.excerpt",)
    assert keeps_of([plain], [plain], [taught], ()) == ()


def test_what_the_template_strips_on_two_pages_is_stripped_by_its_name() -> None:
    path = "div.story > div.item-number"
    taught, ruled = read((path, False)), read((path, True))

    assert strips_of([taught, taught], [ruled, ruled]) == ("div.item-number",)
    assert strips_of([taught], [ruled]) == ()
    assert strips_of([taught, taught, ruled], [ruled, ruled, ruled]) == ()


def test_an_outlet_that_is_not_there_is_a_wrong_use(desk: Desk) -> None:
    done = command("rules", "suggest", "nes", cwd=desk.folder)

    assert (done.returncode, "ness" in done.stderr) == (2, True)
