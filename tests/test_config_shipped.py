"""The sources.toml that we ship: right, polite, honest about its origin, fit for its pages.

The pages are written after what is publicly known of each outlet's markup; the words are ours.
"""

import json
import os
import re
import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from selectolax.lexbor import LexborHTMLParser

from scraper.config import load_sources, outlet_for, rule_for, schema
from scraper.model import Outlet, Rule

ROOT = Path(__file__).parent.parent
SHARED = Path(os.environ.get("SCRAPER_SHARED", ROOT.parent / "shared"))


@pytest.fixture(scope="module")
def outlets() -> dict[str, Outlet]:
    return {outlet.id: outlet for outlet in load_sources(ROOT / "sources.toml").outlets}


def test_the_shipped_file_is_right_and_fits_the_schema() -> None:
    text = (ROOT / "sources.toml").read_text(encoding="utf-8")

    assert load_sources(ROOT / "sources.toml").problems == ()
    Draft202012Validator(schema()).validate(
        json.loads(json.dumps(tomllib.loads(text), default=str))
    )


def test_the_editors_line_leads_to_the_schema() -> None:
    first = (ROOT / "sources.toml").read_text(encoding="utf-8").splitlines()[0]

    assert first.startswith("#:schema ")
    assert (ROOT / first.removeprefix("#:schema ")).is_file()


def test_each_shipped_entry_says_whether_it_was_verified() -> None:
    text = (ROOT / "sources.toml").read_text(encoding="utf-8")

    assert text.count("# Verified: ") == text.count("\n[[outlet]]\n") == 5


@pytest.mark.parametrize(
    ("url", "outlet"),
    [
        ("https://www.themoscowtimes.com/2024/05/06/some-story-a12345", "moscow-times"),
        ("https://www.duvarenglish.com/some-story-news-12345", "duvar-english"),
        ("https://www.duvarenglish.com/amp/some-story-news-12345", "duvar-english"),
        ("https://www.republicworld.com/world-news/europe/some-story", "republic-world"),
        ("https://www.uawire.org/some-story", "uawire"),
        ("https://blog.example/2024/05/some-story.html", "blogger-example"),
    ],
)
def test_a_story_of_each_shipped_outlet_has_a_rule(url: str, outlet: str) -> None:
    found = outlet_for(load_sources(ROOT / "sources.toml"), url)

    assert found is not None
    assert found.id == outlet
    assert rule_for(found, url, date(2024, 5, 6)) is not None


def test_the_shipped_outlets_are_asked_politely(outlets: dict[str, Outlet]) -> None:
    for outlet in outlets.values():
        assert outlet.delay >= timedelta(seconds=2)
        assert outlet.fetch.robots == "obey"
        assert outlet.fetch.verify_tls


SEEDS = ("moscow-times", "blogger-example", "duvar-english", "republic-world", "uawire")


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared folder is not here")
@pytest.mark.parametrize(("number", "name"), list(enumerate(SEEDS)))
def test_no_strip_text_strikes_a_paragraph_of_the_wanted_text(
    number: int, name: str, outlets: dict[str, Outlet]
) -> None:
    (wanted,) = (SHARED / "seeds/clean").glob(f"{number:03}_*.txt")
    paragraphs = wanted.read_text(encoding="utf-8").split("\n\n")

    patterns = [text for rule in outlets[name].rules for text in rule.strip_text]

    assert [p for p in paragraphs if any(re.search(text, p) for text in patterns)] == []


MOSCOW_TIMES = """
<nav>Menu</nav>
<div class="contribute-modal"><p>Support us</p></div>
<article class="article article--news">
  <header class="article__header"><span class="label article__label">News</span>
    <h1>A headline</h1><h2>A standfirst.</h2></header>
  <div class="article__byline byline"><span class="byline__author__name">A. Writer</span>
    Updated: <time class="byline__datetime">May 6</time>
    <div class="byline__social"><a>Share</a></div></div>
  <figure class="article__featured-image featured-image"><img><figcaption>
    <span class="article__featured-image__caption">A caption.</span></figcaption></figure>
  <div class="article__intro">An intro.</div>
  <div class="article__content">
    <div class="article__block article__block--html"><p>First paragraph.</p></div>
    <div class="article__block article__block--image">
      <figure><figcaption>Seen</figcaption></figure></div>
    <div class="article__block article__block--article">
      <aside class="article__related-article"><h3>Another story</h3><a>Read more</a></aside></div>
    <div class="article__block article__block--html">
      <h2>A subheading</h2><p>Last paragraph.</p></div>
    <div class="article__block article__block--link"><a>A link card</a></div>
    <div class="article__disclaimer">The views are the author's.</div>
  </div>
  <div class="article__bottom"><div class="contribute-bar">Give monthly</div></div>
  <div class="article__tags">Read more about: <a>Things</a></div>
  <div class="author-excerpt-default">A. Writer writes.</div>
</article>
<section class="cluster">Read more</section>
"""
BLOGGER = """
<div class="post"><h3 class="post-title entry-title">A headline</h3>
<div class="post-body entry-content"><div>First paragraph.<br><br>Last paragraph.</div>
  <table><tr><td class="tr-caption">A caption</td></tr></table>
  <div class="post-share-buttons">Share</div></div>
<div class="post-footer">Labels</div></div>
<div id="comments">Post a Comment</div><div class="blog-pager">Newer Post</div>
"""
REPUBLIC_WORLD = """
<h1>A headline</h1>
<div class="story-content"><p>First paragraph.</p><figure><figcaption>Seen</figcaption></figure>
  <p>Advertisement</p><p>Read: Another story</p><p>Last paragraph.</p>
  <p>(Image Credit: AP)</p><div class="related-stories">More</div></div>
<div class="story-content-list">Not this</div>
"""


@pytest.mark.parametrize(
    ("outlet", "url", "page", "wanted"),
    [
        (
            "moscow-times",
            "https://www.themoscowtimes.com/2024/05/06/story-a1",
            MOSCOW_TIMES,
            [
                "A headline",
                "A standfirst.",
                "An intro.",
                "First paragraph.",
                "A subheading",
                "Last paragraph.",
                "The views are the author's.",
            ],
        ),
        (
            "blogger-example",
            "https://blog.example/2024/05/story.html",
            BLOGGER,
            ["First paragraph.", "Last paragraph."],
        ),
        (
            "republic-world",
            "https://www.republicworld.com/world-news/story",
            REPUBLIC_WORLD,
            ["First paragraph.", "Last paragraph."],
        ),
    ],
)
def test_a_shipped_rule_leaves_the_story_of_a_page(
    outlet: str, url: str, page: str, wanted: list[str], outlets: dict[str, Outlet]
) -> None:
    rule = rule_for(outlets[outlet], url, date(2024, 5, 6))

    assert rule is not None
    assert left_by(rule, page) == wanted


def left_by(rule: Rule, page: str) -> list[str]:
    """Return the lines of text that a rule leaves of a page, without any other filter."""
    tree = LexborHTMLParser(page)
    assert rule.title is not None
    (title,) = tree.css(rule.title)
    assert title.text() == "A headline"
    body = next(found for selector in rule.body if (found := tree.css_first(selector)))
    for selector in rule.strip:
        for node in body.css(selector):
            node.decompose()
    lines = [line.strip() for line in body.text(separator="\n").split("\n")]
    return [line for line in lines if line and not is_struck(line, rule)]


def is_struck(line: str, rule: Rule) -> bool:
    return any(re.search(pattern, line) for pattern in rule.strip_text)
