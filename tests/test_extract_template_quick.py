"""Pages read by their outlet's template alone: the same text, and blocks for whoever asks."""

import json
import pickle
from dataclasses import asdict, replace

import pytest
from outlet_pages import words
from selectolax.lexbor import LexborHTMLParser

from scraper.extract import extract_article, learn_template
from scraper.extract.lazy import LazyBlocks
from scraper.extract.pieces import pieces_in
from scraper.extract.template.values import Template
from scraper.model import Article, Block

STORIES: list[list[str]] = words()["en"]["stories"]
URL = "https://example.org/2024/05/story-{}"


def page(number: int, *, extra: str = "", lead: str = "") -> bytes:
    """Return one of an outlet's pages: navigation, a body with a box in it, a sidebar."""
    story = "".join(f"<p>{line}</p>" for line in STORIES[number][:2])
    return (
        f"<!doctype html><html lang=en><head><title>Story {number} of the port</title></head><body>"
        "<nav><ul><li><a href=/>Home</a></li><li><a href=/w>World</a></li></ul></nav>"
        f"<main><h1>Story {number} of the port</h1>{lead}"
        f'<div class="story-body">{story}<h2>What comes after number {number}</h2>'
        f"<p>{STORIES[number][2]}</p>{extra}"
        '<aside class="promo"><p>Our evening letter brings the news to you.</p></aside></div>'
        "<div class=side><p>Most read</p><p>Weather for the weekend</p></div></main>"
        "<footer>About us</footer></body></html>"
    ).encode()


@pytest.fixture(scope="module")
def template() -> Template:
    return learn_template([(page(number), URL.format(number)) for number in range(4)])


def read(html: bytes, template: Template | None) -> Article:
    article = extract_article(html, URL.format(9), template=template)
    assert article is not None
    return article


def test_a_known_page_is_read_by_one_walk_over_its_body(template: Template) -> None:
    article = read(page(4), template)

    assert isinstance(article.blocks, LazyBlocks)
    assert article.body_by == "template .story-body"
    assert list(article.paragraphs) == [
        *STORIES[4][:2],
        "What comes after number 4",
        STORIES[4][2],
    ]


def test_kept_and_stripped_blocks_together_are_the_text_of_the_page(template: Template) -> None:
    html = page(4)
    body = LexborHTMLParser(html.decode()).body
    assert body is not None

    article = read(html, template)

    assert [block.text for block in article.blocks] == [p.text for p in pieces_in(body)[0]]
    assert all(block.reason for block in article.blocks)
    kept = [b.text for b in article.blocks if b.kept and b.role != "headline"]
    assert kept == list(article.paragraphs)
    assert article.text.startswith("Story 4 of the port\n\n")


def test_whoever_looks_at_lazy_blocks_sees_a_tuple(template: Template) -> None:
    article, again = read(page(4), template), read(page(4), template)
    plain = replace(article, blocks=tuple(article.blocks))

    assert article == again == plain
    assert hash(article) == hash(plain)
    assert pickle.loads(pickle.dumps(again)) == plain
    assert len(article.blocks) == len(plain.blocks) > 5
    assert article.blocks[-1].text == "About us"
    assert json.dumps(asdict(again)["blocks"]) == json.dumps(asdict(plain)["blocks"])


def test_blocks_nobody_reads_are_not_made() -> None:
    made: list[int] = []

    def make() -> tuple[Block, ...]:
        made.append(1)
        return ()

    blocks = LazyBlocks(make)
    assert not made

    assert (len(blocks), list(blocks), blocks == ()) == (0, [], True)
    assert made == [1]


def test_a_standfirst_of_this_page_alone_is_kept(template: Template) -> None:
    lead = "<h2>The port has been closed since Monday, and nobody can say for how long</h2>"

    article = read(page(4, lead=lead), template)

    assert article.paragraphs[0] == lead[4:-5]


def test_lists_tables_and_quotations_of_this_page_alone_are_kept(template: Template) -> None:
    extra = (
        "<ul><li>Northern quay: closed until the end of the month</li>"
        "<li>Southern quay: open to ships below forty metres</li></ul>"
        "<table><tr><th>Quay</th><th>Ships</th></tr><tr><td>West</td><td>14</td></tr></table>"
        "<blockquote><p>“Ten minutes later the whole street was full of people,” she said.</p>"
        "</blockquote>"
    )

    assert read(page(4, extra=extra), template).paragraphs[4:] == (
        "- Northern quay: closed until the end of the month",
        "- Southern quay: open to ships below forty metres",
        "Quay | Ships",
        "West | 14",
        "“Ten minutes later the whole street was full of people,” she said.",
    )


def test_a_paragraph_that_is_a_link_from_end_to_end_is_a_teaser(template: Template) -> None:
    extra = "<p><a href=/o>OTHER PORT REPORTS A SECOND CRANE WITH RUSTY BOLTS</a></p>"

    assert len(read(page(4, extra=extra), template).paragraphs) == 4
