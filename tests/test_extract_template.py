"""What is learnt of an outlet's pages: the value, and what a page read with it comes to."""

import tomllib
from pathlib import Path

from scraper.extract import extract_article, learn_template
from scraper.extract.template.values import Template

HARBOUR: list[str] = tomllib.loads(
    Path(__file__).with_name("extract_samples.toml").read_text("utf-8")
)["harbour"]
URL = "https://example.org/2024/05/story-{}"


def page(number: int) -> bytes:
    """Return a page of one outlet: every story is two paragraphs of its own beside a prompt."""
    story = "".join(f'<p class="x-{number}a">{line}</p>' for line in HARBOUR[2 * number :][:2])
    return (
        f"<!doctype html><html lang=en><head><title>Story {number} of the harbour</title></head>"
        f'<body><h1>Story {number} of the harbour</h1><div class="css-1x9ab2">{story}'
        "<p>The Ellery Post is printed on paper from the valley, six days out of seven.</p>"
        "</div></body></html>"
    ).encode()


def test_what_recurs_is_stripped_and_says_on_how_many_stories_it_was_seen() -> None:
    template = learn_template([(page(number), URL.format(number)) for number in range(3)])

    article = extract_article(page(1), URL.format(1), template=template)

    assert article is not None
    assert list(article.paragraphs) == HARBOUR[2:4]
    assert [block.reason for block in article.stripped()] == ["template: seen on 3 of 3 stories"]


def test_a_template_survives_its_written_form() -> None:
    template = learn_template([(page(number), URL.format(number)) for number in range(3)])

    assert Template.from_json(template.to_json()) == template


def test_a_template_of_another_version_is_not_read() -> None:
    text = learn_template([]).to_json().replace('"version": 1', '"version": 0')

    assert Template.from_json(text) is None


def test_one_story_is_no_template() -> None:
    assert learn_template([(page(1), URL.format(1))] * 3).layouts == ()


def test_selectors_for_a_maintainer_come_with_their_evidence() -> None:
    def named(number: int) -> bytes:
        box = f'<div class="promo">Five more things to read about story {number}, as ever</div>'
        html = page(number).decode().replace("css-1x9ab2", "story-body css-1x9ab2")
        return html.replace("<p>The Ellery", f"{box}<p>The Ellery").encode()

    found = learn_template([(named(number), URL.format(number)) for number in range(3)]).selectors()

    assert [(one.css, one.pages, one.of) for one in found.body] == [(".story-body", 3, 3)]
    assert [(one.css, one.pages, one.of) for one in found.strip] == [(".promo", 3, 3)]
    assert [one.css for one in found.title] == ["h1"]
    assert found.strip[0].samples[0] == "Five more things to read about story 0, as ever"
