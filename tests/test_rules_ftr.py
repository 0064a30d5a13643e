"""`scraper rules import-ftr`: what files of others say, and that such a rule is heard with care."""

import json
import os
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest
from ness_paper import NAMES, story_of
from passes import command

from scraper.config import load_sources
from scraper.extract import extract_article
from scraper.extract.audit import audited
from scraper.model import Article, Outlet, Rule
from scraper.rules.ftr import host_of, patterns_in

SHARED = Path(os.environ.get("SCRAPER_SHARED", Path(__file__).parents[2] / "shared"))
FILES = SHARED / "data" / "ftr-site-config.tar.gz"

PLEA = "<p class='plea big'>Sit with us by the stove of Grey Ness, reader.</p>"
EVERY = """\
\ufeff# a file that has all there is
title: //h1[@class="head"]
title: //h1
body: //div[@class='words']
body: article/div
author: //span[@class="by"]
date: //time
strip: //p[@class="ad"]
strip_id_or_class: plea
strip_id_or_class: 'quoted'
strip_image_src: /pixel.gif
next_page_link: //a[@rel='next']
single_page_link: //a[@class='print']
find_string: <br/>
replace_string: <p>
replace_string(<b>): <i>
tidy: no
prune: yes
test_url: https://ness.example/2026/03/a
test_contains: The council
http_header(user-agent): Somebody
strip: //p[
strip:
this is no directive
"""


def test_selectors_are_taken_over_in_their_order() -> None:
    rule = patterns_in(EVERY, "ness.example.txt").rule

    assert rule == Rule(
        title='//h1[@class="head"] | //h1',
        body=("//div[@class='words']", "(article/div)"),
        strip=(
            '//p[@class="ad"]',
            "//*[contains(@id, 'plea') or contains(@class, 'plea')]",
            "//*[contains(@id, 'quoted') or contains(@class, 'quoted')]",
            "//img[contains(@src, '/pixel.gif')]",
        ),
        origin="ftr:ness.example.txt",
    )


def test_what_cannot_be_taken_over_is_listed_with_line_and_reason() -> None:
    patterns = patterns_in(EVERY, "ness.example.txt")

    listed = {(one.line, one.directive) for one in patterns.left_out}
    assert listed == {
        (6, "author"), (7, "date"), (12, "next_page_link"), (13, "single_page_link"),
        (14, "find_string"), (15, "replace_string"), (16, "replace_string"), (19, "test_url"),
        (20, "test_contains"), (21, "http_header"), (22, "strip"), (23, "strip"), (24, ""),
    }  # fmt: skip
    assert all(one.reason for one in patterns.left_out)
    assert patterns.test_urls == ("https://ness.example/2026/03/a",)


REST = """\
autodetect_next_page: yes
autodetect_on_failure: no
parser: html5php
single_page_link_in_feed: //a
if_page_contains: //div[@id='all']
requires_login: yes
not_logged_in_xpath: //form[@id='login']
login_uri: https://ness.example/login
login_username_field: name
login_password_field: word
login_extra_fields: token=1
strip_attr: //p/@style
post_strip_attr: //p/@class
wrap_in(blockquote): //q
dissolve: //span
move_into(//body): //aside
footnotes: yes
convert_double_br_tags: yes
insert_detected_image: no
src_lazy_load_attr: data-src
native_ad_clue: //div[@class='ad']
strip_comments: no
skip_id_or_class: words
skip_json_ld: yes
"""


def test_each_directive_that_is_left_out_has_a_reason_of_its_own() -> None:
    patterns = patterns_in(REST + "titel: //h1\n", "ness.example.txt")

    *known, misspelt = patterns.left_out
    lines = [line.partition(":")[0].partition("(")[0] for line in REST.splitlines()]
    assert [one.directive for one in known] == [
        line for line in lines if line not in {"autodetect_on_failure", "parser"}
    ]
    assert patterns.rule is None
    assert all(one.reason != misspelt.reason for one in known)
    assert (misspelt.directive, misspelt.reason) == ("titel", "no directive that is known")


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("www.ness.example.txt", "ness.example"),
        (".ness.example.txt", "ness.example"),
        ("README.md", None),
        ("LICENSE.txt", None),
        ("..txt", None),
    ],
)
def test_a_file_is_for_the_host_that_it_is_named_by(name: str, host: str | None) -> None:
    assert host_of(name) == host


def read(rule: str) -> tuple[str, str]:
    """Return the text of a page with a prompt, read with a rule of others, and by what."""
    found = patterns_in(rule, "ness.example.txt").rule
    assert found is not None
    outlet = Outlet(id="n", name="n", home="https://ness.example/", rules=(found,))
    html = story_of(NAMES[0], note=PLEA).encode()
    article = extract_article(html, "https://ness.example/a", outlet=outlet)
    assert article is not None
    return article.text, article.body_by


def test_a_rule_that_agrees_with_the_page_is_used() -> None:
    text, by = read("body: //div[@class='words']\nstrip_id_or_class: plea\n")

    assert by == "rule //div[@class='words']"
    assert "stove" not in text


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("body: //div[@class='words']/p[1]\n", "it leaves out"),
        ("body: //nothing-here\nstrip: //main\n", "it finds no article"),
    ],
)
def test_a_rule_that_disagrees_is_not_used_and_says_so(rule: str, why: str) -> None:
    _, by = read(rule)

    assert f"rule of ftr:ness.example.txt not used: {why}" in by


def test_a_rule_that_adds_a_paragraph_is_not_used() -> None:
    plain = Article(title="", text="", url="", paragraphs=("Story. " * 99,), body_by="evidence")
    ruled = replace(plain, paragraphs=(*plain.paragraphs, "More."), body_by="rule p")

    assert audited(plain, plain, "ftr:a.txt") is plain
    assert "it adds 0.7% to the text" in audited(ruled, plain, "ftr:a.txt").body_by


def test_the_same_rule_of_a_maintainer_is_obeyed() -> None:
    found = patterns_in("body: //div[@class='words']/p[1]\n", "ness.example.txt").rule
    assert found is not None
    outlet = Outlet(
        id="n", name="n", home="https://ness.example/", rules=(replace(found, origin="hand"),)
    )

    article = extract_article(story_of(NAMES[0]).encode(), "https://ness.example/a", outlet=outlet)

    assert article is not None
    assert article.body_by.startswith("rule ")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ftr").mkdir()
    for name in ("ness.example", "tide.example", "wick.example"):
        (tmp_path / "ftr" / f"{name}.txt").write_text(EVERY, encoding="utf-8")
    (tmp_path / "sources.toml").write_text(
        '# ours\n[[outlet]]\nid = "ness"\nname = "Ness"\nhome = "https://www.ness.example/"\n'
        '[[outlet.rules]]\nbody = [".words"]\n\n'
        '[[outlet]]\nid = "tide"\nname = "Tide"\nhome = "https://tide.example/"  # the bay\n'
    )
    return tmp_path


def test_import_gives_rules_to_whoever_has_none(folder: Path) -> None:
    done = command("rules", "import-ftr", "ftr", cwd=folder)

    assert done.returncode == 0, done.stderr
    outlets = {one.id: one for one in load_sources(folder / "sources.toml").outlets}
    assert [rule.origin for rule in outlets["ness"].rules] == ["hand"]
    assert [rule.origin for rule in outlets["tide"].rules] == ["ftr:tide.example.txt"]
    assert [rule.origin for rule in outlets["wick-example"].rules] == ["ftr:wick.example.txt"]
    assert "# the bay" in (folder / "sources.toml").read_text()
    assert "last changed 20" in (folder / "sources.d/ftr.toml").read_text()
    assert "ness has rules and keeps them" in done.stdout
    assert "tide.example.txt:6: author: " in done.stdout


def test_import_gives_two_outlets_of_one_file_each_its_own_rule(folder: Path) -> None:
    file = folder / "sources.toml"
    text = file.read_text() + (
        '\n# the far side\n[[outlet]]\nid = "wick"\nname = "Wick"\n'
        'home = "https://wick.example/"\n[[outlet.source]]\ntype = "feed"\n'
        'url = "https://wick.example/feed"  # slow\n'
    )
    file.write_text(text)

    done = command("rules", "import-ftr", "ftr", cwd=folder)

    assert done.returncode == 0, done.stderr
    outlets = {one.id: one for one in load_sources(file).outlets}
    assert list(outlets) == ["ness", "tide", "wick"]
    origins = {name: [rule.origin for rule in one.rules] for name, one in outlets.items()}
    assert origins == {
        "ness": ["hand"], "tide": ["ftr:tide.example.txt"], "wick": ["ftr:wick.example.txt"]
    }  # fmt: skip
    assert [source.url for source in outlets["wick"].sources] == ["https://wick.example/feed"]
    now = iter(file.read_text().splitlines())
    assert all(line in now for line in text.splitlines())  # each, and in their order


def test_import_as_a_dry_run_writes_nothing(folder: Path) -> None:
    before = (folder / "sources.toml").read_text()

    done = command("rules", "import-ftr", "ftr/wick.example.txt", "--dry-run", "--json", cwd=folder)

    assert json.loads(done.stdout)["host"] == "wick.example"
    assert (folder / "sources.toml").read_text() == before
    assert not (folder / "sources.d").exists()


@pytest.mark.slow
def test_every_file_that_there_is_can_be_read() -> None:
    if not FILES.exists():
        pytest.skip(f"no files at {FILES}: users fetch them themselves")
    count = 0
    with tarfile.open(FILES) as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.name.endswith(".txt") else None
            if stream is not None:
                name = Path(member.name).name
                patterns_in(stream.read().decode("utf-8", "replace"), name)
                count += 1

    assert count > 2000
