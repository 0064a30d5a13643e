"""Which selectors, XPaths and regular expressions can be used."""

import time

import pytest

from scraper.config.checks import css_problem, pattern_problem, selector_problem


@pytest.mark.parametrize(
    "text",
    [
        "h1",
        "article .content",
        "p:has(> a)",
        "[class*='share' i]",
        ":not(.a, .b)",
        ".été",
        "div " * 200,
        "//p[@class]",
        "(//article)[1]",
        "//p[contains(., 'x')]",
    ],
)
def test_a_selector_that_can_be_used(text: str) -> None:
    assert selector_problem(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "p[",
        "p:has(",
        "p::before",
        "p:contains('x')",
        "p >> a",
        "p,",
        ".1a",
        "@media",
        "",
        "   ",
        "p\ud800",
    ],
)
def test_css_that_lexbor_refuses(text: str) -> None:
    assert css_problem(text) is not None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("//p[", "Invalid expression"),
        ("(//p", "Invalid expression"),
        ("//p[foo()]", "Unregistered function"),
        ("//x:p", "Undefined namespace prefix"),
        ("//p[re:test(., '^x')]", "Undefined namespace prefix"),
        ("/html/body/", "Invalid expression"),
        ("//p\x00", "no NULL bytes"),
        ("(count(//p))", "selects no nodes"),
    ],
)
def test_xpath_that_lxml_refuses(text: str, complaint: str) -> None:
    problem = selector_problem(text)

    assert problem is not None
    assert complaint in problem


def test_links_are_css_even_where_they_look_like_xpath() -> None:
    assert selector_problem("//a") is None
    assert css_problem("//a") is not None


@pytest.mark.parametrize("text", ["^A message from ", r"\d{4}", "(?i)read more", "[x[]"])
def test_a_regular_expression_that_can_be_used(text: str) -> None:
    assert pattern_problem(text) is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("(", "unterminated subpattern"),
        ("*a", "nothing to repeat"),
        ("a(?i)b", "global flags"),
        ("[[a]", "nested set"),
        ("(" * 500 + ")" * 500, "no regular expression"),
        ("a" * 1001, "1001 characters long"),
        ("", "empty"),
    ],
)
def test_a_regular_expression_that_cannot(text: str, complaint: str) -> None:
    problem = pattern_problem(text)

    assert problem is not None
    assert complaint in problem


def test_security_rule_15_an_expression_of_a_thousand_characters_is_the_longest() -> None:
    assert css_problem("p" * 1000) is None
    assert css_problem("p" * 1001) is not None
    assert selector_problem("/" + "x" * 1000) is not None


def nested(deep: int) -> str:
    return "//*" + "[count(//*" * deep + ")=1]" * deep


def test_security_rule_15_no_xpath_takes_long_to_be_checked() -> None:
    began = time.process_time()

    problem = selector_problem(nested(60))  # each level asks the next for each element: 2 ** 60

    assert problem == "its predicates are 60 deep; 8 is the most"
    assert selector_problem(nested(8)) is None
    assert selector_problem("//node()" + "[//node()" * 8 + "]" * 8 + "[//node()]" * 90) is None
    assert time.process_time() - began < 1


def test_brackets_in_the_words_of_an_xpath_are_no_predicates() -> None:
    assert selector_problem(f"//p[. = '{'[' * 20}' or . = \"{'[' * 20}\"]") is None
