"""Articles on several pages: where they go on, and what they are as one."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from scraper.extract import extract_article
from scraper.extract.layout import text_of
from scraper.extract.paging import joined, may_go_on, next_page_of
from scraper.model import Article

URL = "https://www.example.org/news/crane.html"


def next_of(link: str, url: str = URL) -> str | None:
    html = f"<head></head><body>{link}</body>"
    found = next_page_of(LexborHTMLParser(html), url)
    assert found is None or may_go_on(html, url)
    return found


@pytest.mark.parametrize(
    ("url", "target"),
    [
        (URL, "/news/crane.html?page=2"),
        (URL, "/news/crane,2.html"),
        (URL, "/news/crane_2.html"),
        (URL, "/news/crane-page2.html"),
        ("https://example.org/news/crane", "/news/crane/2"),
        ("https://example.org/news/crane/", "/news/crane/page/2/"),
        ("https://example.org/news/crane", "/news/crane/seite-2"),
        ("https://example.org/news/crane?page=2", "?page=3"),
        ("https://example.org/news/crane/9/", "/news/crane/10/"),
        ("https://example.org/news/?id=7", "/news/?id=7&p=2"),
    ],
)
def test_the_next_page_is_the_same_address_with_the_next_number(url: str, target: str) -> None:
    found = next_of(f"<div class='pagination'><a href='{target}'>2</a></div>", url)

    assert found is not None
    assert found.endswith(target)


@pytest.mark.parametrize(
    "link",
    [
        '<a rel="next" href="/news/council-meets.html">Next story</a>',
        '<link rel="next" href="/news/crane.html?page=3">',
        '<a rel="next" href="https://elsewhere.example/news/crane.html?page=2">2</a>',
        '<p><a href="/news/crane.html?page=2">a link in the text</a></p>',
        '<div class="pagination"><a href="/news/?page=2">2</a></div>',
        '<div class="pagination"><a href="/news/crane.html#comments">2</a></div>',
        '<a rel="next" href="javascript:next()">2</a>',
        '<a rel="next" href="http://[">2</a>',
        '<a class="next" href="/news/crane.html">again</a>',
    ],
    ids=["story", "skip", "host", "prose", "section", "fragment", "script", "broken", "itself"],
)
def test_what_is_no_next_page_is_not_taken_for_one(link: str) -> None:
    assert next_of(link) is None


def page(number: int, lines: tuple[str, ...], *, last: bool = False) -> bytes:
    more = "" if last else f"<nav class='pager'><a href='/crane?page={number + 1}'>next</a></nav>"
    lead = "<p class='standfirst'>A crane has fallen on the northern quay, and nobody is hurt.</p>"
    told = "".join(f"<p>{line}</p>" for line in lines)
    return f"<article><h1>Crane falls on quay</h1>{lead}<div>{told}</div></article>{more}".encode()


ONE = (
    "The harbour of Port Ellery was closed on Monday after a crane fell on the northern quay.",
    "Nobody was hurt, but eleven containers were crushed and a part of the quay wall gave way.",
)
TWO = (
    "Repairs will take at least three weeks, and a third of the grain has no other way out.",
    "The town's council meets on Thursday to decide who pays for a second crane, and when.",
)


def read(html: bytes, url: str) -> Article:
    article = extract_article(html, url)
    assert article is not None
    return article


def test_pages_become_one_article_with_what_they_repeat_once() -> None:
    first = read(page(1, ONE), "https://example.org/crane")
    second = read(page(2, TWO, last=True), "https://example.org/crane?page=2")

    whole = joined([first, second])

    assert first.next_url == "https://example.org/crane?page=2"
    assert second.next_url is None
    assert whole.next_url is None
    assert [line for line in whole.paragraphs if line in {*ONE, *TWO}] == [*ONE, *TWO]
    assert len(set(whole.paragraphs)) == len(whole.paragraphs)
    assert whole.text == text_of("Crane falls on quay", whole.paragraphs)
    assert len(whole.blocks) == len(first.blocks) + len(second.blocks)


def test_one_page_is_its_article() -> None:
    only = read(page(1, ONE, last=True), "https://example.org/crane")

    assert joined([only]) is only
