"""A maintainer's rule is followed to the letter, in CSS and in XPath."""

from datetime import date

import pytest
from selectolax.lexbor import LexborHTMLParser

from scraper.errors import ConfigError
from scraper.extract import extract_article
from scraper.extract.xpath import Copy
from scraper.model import Article, Outlet, Rule

URL = "https://example.org/2024/05/a-story"
STORY = [
    "The harbour of Port Ellery was closed on Monday after a crane fell on the northern quay.",
    "Nobody was hurt, but eleven containers were crushed and a part of the quay wall gave way.",
    "Repairs will take at least three weeks, and a third of the grain has no other way out.",
]
PAGE = f"""<html><head><title>Site title</title></head><body>
<h1 class="top">Top story</h1><h2 id="real">Crane falls on quay</h2>
<div class="wrap"><aside class="fact">Built in 1974, the crane was the oldest of the port.</aside>
<div class="content"><p>{STORY[0]}</p><p class="promo">Our own festival begins on Friday!</p>
<p>{STORY[1]} <span class="bull">Bullet text.</span></p>
<p>House notice: the office is closed.</p><p>{STORY[2]}</p>
<p class="fine">Subscribe to our newsletter for more.</p></div></div></body></html>""".encode()


def read(*rules: Rule, on: date | None = None) -> Article:
    outlet = Outlet(id="port", name="Port", home="https://example.org/", rules=rules)
    article = extract_article(PAGE, URL, outlet=outlet, captured=on)
    assert article is not None
    return article


@pytest.mark.parametrize(
    "rule",
    [
        Rule(
            title="#real",
            body=(".nothing", ".content"),
            strip=(".promo", ".bull"),
            strip_text=("^House notice",),
        ),
        Rule(
            title="//h2[@id='real']",
            body=("//div[@class='nothing']", "//div[contains(@class, 'content')]"),
            strip=("//p[@class='promo']", "(//span)[1]"),
            strip_text=("^House notice",),
        ),
    ],
    ids=["css", "xpath"],
)
def test_selectors_of_both_kinds_choose_the_same(rule: Rule) -> None:
    article = read(rule)

    assert article.title == "Crane falls on quay"
    assert article.paragraphs == tuple(STORY)
    assert article.body_by == f"rule {rule.body[1]}"


def test_every_stripped_block_names_the_selector_that_struck_it() -> None:
    article = read(Rule(body=(".content",), strip=(".promo", ".bull"), strip_text=("^House",)))

    reasons = {block.text: block.reason for block in article.stripped()}
    assert reasons["Our own festival begins on Friday!"] == "rule strip .promo"
    assert reasons["Bullet text."] == "rule strip .bull"
    assert reasons["House notice: the office is closed."] == "rule strip_text ^House"


def test_keep_protects_from_every_filter() -> None:
    article = read(Rule(body=(".content",), keep=(".fine",), strip=(".promo", ".bull")))

    assert article.paragraphs[-1] == "Subscribe to our newsletter for more."


def test_without_keep_the_filters_work_inside_a_rules_body() -> None:
    article = read(Rule(body=(".content",)))

    assert "Subscribe to our newsletter for more." not in article.paragraphs


DATED = f"""<html><head><title>Grain</title></head><body><h1>Grain waits at the quay</h1>
<div class="content"><p>3 May 2024, 7:18 am</p><p>{STORY[0]}</p><p>GRAIN AT 7:18 a.m. ET</p>
<p>Wheat: 210, down a fifth</p><h3>Monday, 6 May 2024</h3><p>{STORY[1]}</p><p>{STORY[2]}</p>
<p>Updated 7 May 2024, 8:05 am</p><p>Rye: 180, as before</p>
<p>4 May 2024</p></div></body></html>""".encode()


def dated(rule: Rule) -> tuple[str, ...]:
    outlet = Outlet(id="port", name="Port", home="https://example.org/", rules=(rule,))
    article = extract_article(DATED, URL, outlet=outlet)
    assert article is not None
    return article.paragraphs


def test_a_date_among_the_paragraphs_of_a_rules_body_heads_a_part_of_the_story() -> None:
    paragraphs = dated(Rule(body=(".content",)))

    assert paragraphs == (
        STORY[0], "GRAIN AT 7:18 a.m. ET", "Wheat: 210, down a fifth", *STORY[1:],
        "Rye: 180, as before",
    )  # fmt: skip


def test_a_date_among_the_paragraphs_goes_where_the_rule_says_so() -> None:
    paragraphs = dated(Rule(body=(".content",), strip_text=("^GRAIN AT",)))

    assert "GRAIN AT 7:18 a.m. ET" not in paragraphs
    assert "Wheat: 210, down a fifth" in paragraphs


def test_what_a_rule_keeps_stays_though_it_says_what_the_title_says() -> None:
    page = PAGE.replace(b"Site title", b"Crane falls on quay")
    rule = Rule(title="h1", body=(".content",), keep=("#real",))
    outlet = Outlet(id="port", name="Port", home="https://example.org/", rules=(rule,))

    article = extract_article(page, URL, outlet=outlet)

    assert article is not None
    assert (article.headline, article.paragraphs[0]) == ("Top story", "Crane falls on quay")


def test_an_xpath_may_choose_an_attribute_as_the_title() -> None:
    article = read(Rule(title="//h2/@id", body=(".content",)))

    assert article.title == "real"


def test_an_xpath_on_text_means_the_element_around_it() -> None:
    tree = LexborHTMLParser("<body><div id=a><b id=b>bold</b> behind it</div></body>")
    assert tree.body is not None
    around = tree.css_first("#a")
    assert around is not None

    [hit] = Copy(tree.body).hits("//text()[contains(., 'behind')]")

    assert (hit.key, hit.text) == (around.mem_id, " behind it")


def test_a_rule_whose_body_matches_nothing_leaves_the_page_to_the_generic_reading() -> None:
    article = read(Rule(body=(".gone",), strip=(".promo",)))

    assert not article.body_by.startswith("rule")
    assert STORY[0] in article.paragraphs
    assert "Our own festival begins on Friday!" not in article.paragraphs


def test_an_old_capture_is_read_with_the_rule_of_its_day() -> None:
    old = Rule(valid_until=date(2020, 12, 31), title=".top", body=(".content",))
    new = Rule(valid_from=date(2021, 1, 1), title="#real", body=(".content",))

    assert read(old, new, on=date(2020, 5, 1)).title == "Top story"
    assert read(old, new, on=date(2024, 5, 1)).title == "Crane falls on quay"
    assert read(old, new).title == "Crane falls on quay"


@pytest.mark.parametrize(
    ("rule", "key"),
    [
        (Rule(title="h1["), "title"),
        (Rule(body=("//div[",)), "body"),
        (Rule(strip=("count(//p)", "(count(//p))")), "strip"),
        (Rule(strip_text=("(",)), "strip_text"),
    ],
)
def test_a_selector_that_cannot_be_used_is_the_maintainers_error(rule: Rule, key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(rule)

    assert caught.value.key == key
