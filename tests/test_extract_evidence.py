"""Blocks are weighed by evidence: nothing is lost, nothing is left to chance, each says why."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from scraper.extract import extract_article, generic
from scraper.extract.evidence.weighing import fitted_table
from scraper.extract.evidence.words import in_words
from scraper.extract.metadata import said_by
from scraper.extract.pieces import pieces_in, tokens_of
from scraper.extract.reading import Reading, reading_of
from scraper.extract.rules import Selection
from scraper.extract.verdict import Verdicts
from scraper.extract.verdicts import explained, verdicts_on

STORY = [
    (
        "The old lighthouse of Sandvik will be moved forty metres inland before the winter, since "
        "the cliff below it loses up to two metres a year."
    ),
    (
        "Engineers want to cut the tower from its base and roll it along four steel rails. “It has "
        "been done before, but never with a tower so tall,” said Mira Holm, who leads the work."
    ),
    (
        "The move costs about six million crowns. The state pays half of it, the rest was "
        "collected by the people of the island within a single year."
    ),
    (
        "Until spring the light will be replaced by a lamp on the harbour wall, which is visible "
        "from eleven nautical miles away."
    ),
]


def page(body: str, title: str = "Lighthouse of Sandvik to be moved") -> str:
    return (
        f"<!doctype html><html lang=en><head><title>{title}</title></head><body>"
        '<nav><p><a href="/">Home</a></p><p><a href="/w">World</a></p></nav>'
        f'<div class="a1"><h1>{title}</h1>{body}</div><footer>About us</footer></body></html>'
    )


def paragraphs(lines: list[str]) -> str:
    return "".join(f"<p>{line}</p>" for line in lines)


def judged(html: str) -> tuple[Reading, Verdicts]:
    tree = LexborHTMLParser(html)
    assert tree.body is not None
    pieces, elements = pieces_in(tree.body)
    reading = reading_of(html, "https://x.org/a", said_by(tree), pieces, elements, Selection())
    return reading, explained(reading, verdicts_on(reading))


def kept_in(html: str) -> list[str]:
    reading, verdicts = judged(html)
    pairs = zip(reading.pieces, verdicts, strict=True)
    return [piece.text for piece, verdict in pairs if verdict.kept and verdict.role != "headline"]


def test_trafilatura_is_not_asked_where_the_story_is_plain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> tuple[str, ...]:
        raise AssertionError("asked trafilatura")

    monkeypatch.setattr(generic, "main_lines", refuse)

    assert kept_in(page(paragraphs(STORY))) == STORY


def test_trafilatura_is_asked_where_next_to_nothing_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    def none_found(text: str, url: str) -> tuple[str, ...]:
        asked.append(url)
        return ()

    monkeypatch.setattr(generic, "main_lines", none_found)
    judged(page("<p>Soon.</p>"))

    assert asked == ["https://x.org/a"]


def test_every_weight_can_be_said_in_words() -> None:
    table = fitted_table()

    assert len(table.first) > 300
    unsaid = [name for name in table.first if not in_words(name)]
    assert set(unsaid) <= {"tag other", "all other"}
    assert all(":" not in in_words(name) for name in table.first)


def test_each_block_says_what_weighed_most() -> None:
    reading, verdicts = judged(page(paragraphs(STORY) + "<p>12</p>"))

    said = {p.text: v.reason for p, v in zip(reading.pieces, verdicts, strict=True)}
    assert all(verdict.reason for verdict in verdicts)
    assert said["Home"] == "a link or a scrap outside the body container"
    assert len(set(said[STORY[1]].split("; "))) == 3


def test_a_list_is_kept_whole() -> None:
    names = ["Ida Brandt", "Jon", "Maren Holt of the parish", "Ole"]
    items = "".join(f"<li>{name}</li>" for name in names)
    body = paragraphs(STORY[:2]) + f"<p>These speak at the meeting:</p><ul>{items}</ul>"

    kept = kept_in(page(body + paragraphs(STORY[2:])))

    assert kept == [*STORY[:2], "These speak at the meeting:", *names, *STORY[2:]]


def test_prose_below_a_label_of_related_stories_is_the_story_again() -> None:
    aside = "<h3>Related stories</h3>" + "".join(
        f'<p><a href="/{n}">Harbour of island number {n} to be dredged this year</a></p>'
        for n in range(3)
    )

    kept = kept_in(page(paragraphs(STORY[:2]) + aside + paragraphs(STORY[2:])))

    assert kept == STORY


def test_a_recipe_may_say_a_line_twice() -> None:
    twice = "Stir two spoons of flour into the butter and wait until it smells of nuts."
    body = paragraphs([STORY[0], twice, STORY[1], twice, *STORY[2:]])

    assert kept_in(page(body)).count(twice) == 2


def test_cookie_walls_are_no_story_however_long() -> None:
    wall = (
        "<div id='consent-box'><p>We value your privacy. We and our 812 partners store information "
        "on your device, and read it, to show advertisements that fit you.</p><p>You may change "
        "your mind at any time by the link at the end of each page, which opens this box.</p></div>"
    )

    assert kept_in(page(paragraphs(STORY) + wall)) == STORY


WORD = st.text(alphabet="abcdefghijäöüжд字9", min_size=1, max_size=9)
TEXT = st.lists(WORD, min_size=1, max_size=12).map(" ".join)
BOX = st.sampled_from(
    ["p", "div", "section", "ul", "li", "blockquote", "aside", "nav", "h2", "figure", "x-card"]
)
INLINE = st.sampled_from(["a href=/x", "b", "em", "span class=css-9", "time", "i"])
TREES = st.recursive(
    TEXT,
    lambda children: st.one_of(
        st.builds(lambda tag, inside: f"<{tag}>{''.join(inside)}</{tag}>", BOX, st.lists(children)),
        st.builds(lambda tag, inside: f" <{tag}>{inside}</{tag.split()[0]}> ", INLINE, TEXT),
        st.builds(lambda one, two: f"{one}<br><br>{two}", TEXT, TEXT),
        st.builds(lambda one, two: f"<table><tr><td>{one}<td>{two}</table>", TEXT, TEXT),
        st.builds(lambda text: f" <script>{text}</script> <style>{text}</style> ", TEXT),
    ),
    max_leaves=25,
)


@settings(max_examples=60, deadline=None)
@given(body=TREES)
def test_kept_and_stripped_blocks_together_are_the_visible_text(body: str) -> None:
    html = page(paragraphs(STORY) + body)
    seen = LexborHTMLParser(html)
    for node in seen.css("script, style"):
        node.decompose()
    assert seen.body is not None

    article = extract_article(html.encode(), "https://x.org/a")

    assert article is not None
    blocks = Counter(token for block in article.blocks for token in tokens_of(block.text))
    assert blocks == Counter(tokens_of(seen.body.text(separator=" ")))
    assert all(block.reason and block.role for block in article.blocks)


@pytest.mark.slow
def test_the_same_page_gives_the_same_blocks_under_any_hash_seed() -> None:
    code = (
        "from scraper.extract import extract_article\n"
        "from tests.test_extract_evidence import STORY, page, paragraphs\n"
        "article = extract_article(page(paragraphs(STORY * 3)).encode(), 'https://x.org/a')\n"
        "print(article.text, [repr(block) for block in article.blocks])"
    )

    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            cwd=Path(__file__).parents[1],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4242")
    }

    assert len(said) == 1


def test_a_standfirst_is_kept_below_an_only_h1_that_the_head_words_otherwise() -> None:
    lead = "Rust has eaten its foot, and the keeper does not want to move with it."
    html = page(f'<div class="teaser"><p>{lead}</p></div><div>{paragraphs(STORY)}</div>')
    html = html.replace("<h1>Lighthouse of Sandvik to be moved", "<h1>Coast Farewell to a tower")
    said = (("name", "description", lead), ("property", "og:title", "Old light to move inland"))
    metas = "".join(f'<meta {key}="{name}" content="{value}">' for key, name, value in said)

    assert kept_in(html.replace("</title>", f"</title>{metas}"))[0] == lead
