"""Pages read by a rule: the part around headline and body is enough, and gives the same text."""

from typing import Any

import pytest
from selectolax.lexbor import LexborNode

from scraper.extract import article, extract_article
from scraper.extract.ruled import ground_for
from scraper.model import Article, Outlet, Rule

URL = "https://example.org/2026/03/ferry"
STORY = "".join(
    f"<p>The ferry left pier {n} on Monday, and the harbour master counted {n + 3} boats.</p>"
    for n in range(6)
)
PAGE = (
    "<title>Ferry leaves at last | The Wall</title>"
    "<body><header><a href=/>The Wall</a><ul><li><a href=/a>News</a><li><a href=/b>Sport</a></ul>"
    "<p class=edition>Evening edition of the valley</p></header>"
    "<main class=page><article><h1>Ferry leaves at last</h1>"
    "<p class=lead>It had lain in the harbour since the storms of February, they said.</p>"
    "<p class=by>By Ann Writer</p>"
    f"<div class=story>{STORY}<p class=ask>Subscribe to our newsletter today.</p>"
    "<h2>What comes next</h2><p>Nobody could say on Monday evening when it is to come back.</p>"
    "</div></article><aside><h3>Most read</h3><a href=/c>Museum opens its doors again</a></aside>"
    "</main><footer><p>© The Wall, all rights reserved, printed on paper from the valley.</p>"
)


def read(rule: Rule, html: str = PAGE) -> Article:
    outlet = Outlet(id="wall", name="The Wall", home="https://example.org/", rules=(rule,))
    found = extract_article(html.encode(), URL, outlet=outlet)
    assert found is not None
    return found


def both(
    rule: Rule, monkeypatch: pytest.MonkeyPatch, html: str = PAGE
) -> tuple[Article, Article, bool]:
    """Return a page read by a part of it, and whole, and whether a part was enough."""
    grounds: list[object] = []

    def spied(*given: Any) -> LexborNode | None:
        grounds.append(ground := ground_for(*given))
        return ground

    monkeypatch.setattr(article, "ground_for", spied)
    part = read(rule, html)
    monkeypatch.setattr(article, "ground_for", lambda *_: None)
    return part, read(rule, html), grounds[0] is not None


RULES = [
    (Rule(body=(".story",)), True),
    (Rule(body=(".story",), strip=(".ask",), title="h1"), True),
    (Rule(body=(".story",), strip_text=("newsletter",), keep=(".by",)), True),
    (Rule(body=(".story",), keep=(".edition",)), False),  # body and header hold it
    (Rule(body=(".story",), strip=("main",), keep=(".story",)), False),
    (Rule(body=("//div[@class='story']",)), False),
    (Rule(title="h1"), False),
]


@pytest.mark.parametrize(("rule", "is_enough"), RULES)
def test_the_text_is_that_of_the_whole_page(
    rule: Rule, is_enough: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    part, whole, was_enough = both(rule, monkeypatch)

    assert was_enough is is_enough
    assert part.text == whole.text
    assert (part.title, part.authors, part.kind) == (whole.title, whole.authors, whole.kind)
    assert part.body_by == whole.body_by


@pytest.mark.parametrize("rule", [rule for rule, _ in RULES])
def test_its_blocks_are_all_of_the_page_each_with_a_reason(
    rule: Rule, monkeypatch: pytest.MonkeyPatch
) -> None:
    part, whole, _ = both(rule, monkeypatch)

    assert [(block.text, block.kept) for block in part.blocks] == [
        (block.text, block.kept) for block in whole.blocks
    ]
    assert all(block.reason for block in part.blocks)


def test_a_headline_that_is_in_no_h1_is_looked_for_on_the_whole_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    html = PAGE.replace("<h1>", "<p class=title>").replace("</h1>", "</p>")
    part, whole, was_enough = both(Rule(body=(".story",)), monkeypatch, html)

    assert not was_enough
    assert part.text == whole.text


def test_of_two_headlines_alike_neither_is_taken_for_the_only_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    html = PAGE.replace("<header>", "<header><h1>Ferry leaves at last</h1>")
    part, whole, was_enough = both(Rule(body=(".story",)), monkeypatch, html)

    assert not was_enough
    assert part.text == whole.text
