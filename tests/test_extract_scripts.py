"""Stories and furniture in languages beyond the common ones, in scripts with marks of their own."""

import tomllib
from pathlib import Path

import pytest

from scraper.extract import extract_article
from scraper.extract.containers import SENTENCE_MARK
from scraper.extract.wording import labels, opening

URL = "https://example.org/2026/03/ferry"

WORDS = tomllib.loads(Path(__file__).with_name("extract_scripts.toml").read_text("utf-8"))
STORIES = WORDS["stories"]
LABELS = [(text, table) for table, texts in WORDS["labels"].items() for text in texts]


@pytest.mark.parametrize("language", STORIES)
def test_a_story_is_kept_whole_in_whatever_script(language: str) -> None:
    story = STORIES[language]
    html = (
        f"<html lang={language}><title>{story[0][:40]}</title><body><nav><a href=/>A</a></nav>"
        f"<main><h1>{story[0][:40]}</h1>"
        f"<div class=x1>{''.join(f'<p>{line}</p>' for line in story)}</div></main>"
    )

    article = extract_article(html.encode(), URL)

    assert article is not None
    assert article.paragraphs == tuple(story)


@pytest.mark.parametrize(("text", "table"), LABELS)
def test_labels_are_known_in_their_language(text: str, table: str) -> None:
    assert table in labels(text)


@pytest.mark.parametrize("text", WORDS["openings"]["related"])
def test_what_leads_to_another_story_is_known_by_how_it_begins(text: str) -> None:
    assert opening("related", text) is not None


@pytest.mark.parametrize("mark", WORDS["sentences"]["marks"])
def test_a_sentence_ends_where_its_script_ends_it(mark: str) -> None:
    assert SENTENCE_MARK.search(f"x{mark}")
