"""What publishers ask of their readers never reaches a text, whatever markup it stands in.

Each page is the only one of its outlet that is seen: nothing is learnt, no rule is given.
"""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scraper.extract import extract_article
from scraper.model import Article

PAGES = tomllib.loads(Path(__file__).with_name("extract_prompts.toml").read_text("utf-8"))["page"]
URL = "https://example.org/2024/05/a-ferry"


def linked(prompt: str) -> str:
    return f'{prompt} <a href="/go">example.org</a>'


def prompts_of(sample: dict[str, Any]) -> list[str]:
    return [*sample["plain"], *map(linked, sample["linked"])]


def as_paragraphs(sample: dict[str, Any]) -> str:
    """Return the story with its prompts as ordinary paragraphs of the same container."""
    return woven(sample, "<p>{}</p>")


def as_hashed_boxes(sample: dict[str, Any]) -> str:
    """Return the story with its prompts in boxes whose names say nothing."""
    return woven(sample, '<div class="css-1x9ab2"><span class="sc-8f3kq">{}</span></div>')


def as_bare_text(sample: dict[str, Any]) -> str:
    """Return the story as text between line breaks, as old pages have it."""
    return woven(sample, "{}<br><br>", "{}<br><br>")


def woven(sample: dict[str, Any], prompt: str, line: str = '<p class="css-7k2m">{}</p>') -> str:
    """Return two prompts behind each paragraph, and the others below the story."""
    rest = prompts_of(sample)
    parts = []
    for paragraph in sample["story"]:
        parts += [line.format(paragraph), *map(prompt.format, rest[:2])]
        rest = rest[2:]
    return "".join([*parts, *map(prompt.format, rest)])


def read(sample: dict[str, Any], body: str) -> Article:
    head = f'<meta charset="utf-8"><title>{sample["title"]} | The Page</title>'
    nav = '<nav><a href="/">1</a> <a href="/w">2</a></nav>'
    html = (
        f'<!doctype html><html lang="{sample["lang"]}"><head>{head}</head><body>{nav}'
        f'<div class="css-0aa"><h1>{sample["title"]}</h1>{body}</div></body></html>'
    )
    article = extract_article(html.encode(), URL)
    assert article is not None
    return article


@pytest.mark.parametrize("markup", [as_paragraphs, as_hashed_boxes, as_bare_text])
@pytest.mark.parametrize("sample", PAGES, ids=[sample["lang"] for sample in PAGES])
def test_a_page_full_of_prompts_becomes_its_story(
    sample: dict[str, Any], markup: Callable[[dict[str, Any]], str]
) -> None:
    article = read(sample, markup(sample))

    assert list(article.paragraphs) == sample["story"]


@pytest.mark.parametrize("sample", PAGES, ids=[sample["lang"] for sample in PAGES])
def test_every_stripped_prompt_says_so(sample: dict[str, Any]) -> None:
    article = read(sample, as_paragraphs(sample))

    said = {block.text.removesuffix(" example.org"): block for block in article.stripped()}
    for prompt in [*sample["plain"], *sample["linked"]]:
        assert said[prompt].role in {"ad", "prompt", "share", "comment", "related"}, said[prompt]
        assert said[prompt].reason
