"""Requests to readers in plain paragraphs, on single pages: no markup, link or repetition tells."""

import tomllib
from pathlib import Path

import pytest

from scraper.extract import extract_article
from scraper.model import Article

WORDS = tomllib.loads(Path(__file__).with_name("extract_requests.toml").read_text("utf-8"))
REQUESTS = [(lang, line) for lang, words in WORDS.items() for line in words["requests"]]
STAYS = [(lang, line) for lang, words in WORDS.items() for line in words.get("stays", ())]


def read(language: str, line: str, place: int) -> Article:
    """Read a story with a line among its paragraphs, in markup that says nothing."""
    lines = list(WORDS[language]["story"])
    title = lines[0][:30]
    lines.insert(place, line)
    html = (
        f"<html lang={language}><title>{title}</title><body><div class=css-77><h1>{title}</h1>"
        f"<div class=css-9z>{''.join(f'<p class=css-1a>{text}</p>' for text in lines)}</div></div>"
    )
    article = extract_article(html.encode(), "https://example.org/2026/03/01/ferry")
    assert article is not None
    return article


@pytest.mark.parametrize("place", [2, 3], ids=["amid", "below"])
@pytest.mark.parametrize(("language", "line"), REQUESTS)
def test_a_request_is_stripped_and_the_story_stays(language: str, line: str, place: int) -> None:
    assert read(language, line, place).paragraphs == tuple(WORDS[language]["story"])


@pytest.mark.parametrize(("language", "line"), STAYS)
def test_a_storys_sentence_about_readers_and_money_stays(language: str, line: str) -> None:
    assert line in read(language, line, 2).paragraphs
