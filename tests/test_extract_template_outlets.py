"""Whole outlets in markup that says nothing: what is learnt of them, and what must not be."""

import subprocess
import sys
from pathlib import Path

import pytest
from outlet_pages import LANGUAGES, Page, outlet_page

from scraper.extract import extract_article, learn_template
from scraper.extract.template.values import Template
from scraper.model import Article

BACKGROUND = (
    "The quarrel over the valley road began in 1987, when the county paid for the first survey and "
    "then lost it in a flood that nobody had insured against."
)


def outlet(language: str = "en", *, build: str = "") -> list[Page]:
    return [outlet_page(language, number, build=build) for number in range(6)]


def learnt(pages: list[Page]) -> Template:
    return learn_template([page.pair for page in pages])


def read(page: Page, template: Template | None = None) -> Article:
    article = extract_article(*page.pair, template=template)
    assert article is not None
    return article


@pytest.mark.parametrize("language", LANGUAGES)
def test_six_articles_amid_prompts_in_plain_paragraphs_are_exact_after_learning(
    language: str,
) -> None:
    pages = outlet(language)

    template = learnt(pages)

    assert [read(page, template).paragraphs for page in pages] == [page.story for page in pages]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_an_article_that_was_not_learnt_from_is_exact_too(language: str) -> None:
    *known, unknown = outlet(language)

    assert read(unknown, learnt(known)).paragraphs == unknown.story


def test_every_stripped_block_says_why() -> None:
    pages = outlet()

    reasons = {block.text: block.reason for block in read(pages[0], learnt(pages)).stripped()}

    assert reasons["Advertisement"] == "template: seen on 6 of 6 stories"
    assert reasons["Reported by: Maren Holt"] == (
        "template: 'reported by' labels a line on 6 of 6 stories"
    )
    assert all(reasons.values())


def test_names_drawn_anew_for_every_build_do_not_hide_the_body() -> None:
    pages = [outlet_page("de", number, build=str(number // 3)) for number in range(6)]

    template = learnt(pages)

    assert [read(page, template).paragraphs for page in pages] == [page.story for page in pages]


def test_three_captures_of_one_story_teach_nothing() -> None:
    page = outlet()[0]

    template = learnt([page, page, page])

    assert (template.stories, template.layouts) == (1, ())
    assert set(page.story) <= set(read(page, template).paragraphs)


def test_two_versions_of_a_story_do_not_make_boilerplate_of_it() -> None:
    pages = outlet()
    version = outlet_page("en", 0, extra=("The guild will vote again in May, it said later.",))

    template = learnt([version, *pages[:4]])

    assert template.stories == 4
    assert read(pages[0], template).paragraphs == pages[0].story
    assert read(version, template).paragraphs == version.story


@pytest.mark.parametrize("known", [4, 6])
def test_a_paragraph_that_two_stories_on_one_topic_share_stays(known: int) -> None:
    pages = outlet()[:known]
    ends = ("Neither side wished to comment on Friday.", "A hearing is planned, the mayor said.")
    pages[:2] = (outlet_page("en", at, extra=(BACKGROUND, ends[at])) for at in (0, 1))

    template = learnt(pages)

    assert read(pages[0], template).paragraphs == pages[0].story
    assert read(pages[1], template).paragraphs == pages[1].story


def test_stories_told_in_one_way_are_not_boilerplate() -> None:
    forms = (
        "In {place} the thermometer stood at {low} degrees before sunrise and at {high} at noon.",
        "Rain is expected in {place} until {day}, then the {wind} wind brings {low} dry days.",
        "Farmers around {place} hope for {high} hours of sun before the hay is in on {day}.",
    )
    places = ("Holt", "Ellery", "Tarnmouth", "Grimsey", "Fairlow", "Oxhaven")
    days, winds = ("Monday", "Friday", "Sunday"), ("north", "west", "east", "south")
    pages = [
        outlet_page(
            "en", number,
            extra=tuple(
                form.format(place=place, low=number + 2, high=number + 9, day=days[number % 3],
                            wind=winds[number % 4])
                for form in forms
            ),
        )
        for number, place in enumerate(places)
    ]  # fmt: skip

    template = learnt(pages)

    assert [read(page, template).paragraphs for page in pages] == [page.story for page in pages]


def test_a_redesign_half_way_makes_two_layouts_that_read_their_own_pages() -> None:
    old = [outlet_page("tr", number, build="2025") for number in range(3)]
    new = [outlet_page("tr", number, build="2026") for number in range(3, 6)]

    template = learnt([*old, *new])

    assert len(template.layouts) == 2
    assert [read(page, template).paragraphs for page in (*old, *new)] == [
        page.story for page in (*old, *new)
    ]


def test_the_template_of_another_outlet_is_not_heard() -> None:
    page = outlet("en", build="a")[0]
    other = learnt(outlet("en", build="b"))

    assert read(page, other).blocks == read(page).blocks


def test_a_template_is_the_same_whatever_the_process_and_the_hash_seed() -> None:
    script = (
        "from outlet_pages import outlet_page\n"
        "from scraper.extract import extract_article, learn_template\n"
        "pages = [outlet_page('ar', number) for number in range(4)]\n"
        "template = learn_template([page.pair for page in pages])\n"
        "article = extract_article(*pages[2].pair, template=template)\n"
        "print(ascii(template.to_json()), ascii(article.blocks), ascii(article.text))\n"
    )

    said = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parent)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(said) == 1


def test_a_story_does_not_depend_on_the_order_of_the_pages() -> None:
    pages = outlet()

    assert learnt(pages).layouts == learnt(pages[::-1]).layouts
