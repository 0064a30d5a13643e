"""Whether a selector, XPath or regular expression can be used at all.

It applies none of them to a page. The second fence of selectolax and lxml: only the library that
will run an expression knows whether it can (see docs/sources.md).
"""

import re
import warnings
from functools import cache
from itertools import accumulate

from lxml import etree
from selectolax.lexbor import LexborHTMLParser, SelectolaxError

MAX_EXPRESSION_CHARS = 1000
# Predicates within predicates: each multiplies the work by the page's elements, here as anywhere.
MAX_PREDICATES_DEEP = 8
_XPATH_LITERAL = re.compile("\"[^\"]*\"|'[^']*'")


@cache  # outlets share many of their expressions
def selector_problem(text: str) -> str | None:
    """Say what is wrong with a selector: CSS, or XPath where it starts with "/" or "("."""
    return _xpath_problem(text) if text.startswith(("/", "(")) else css_problem(text)


@cache
def css_problem(text: str) -> str | None:
    """Say what is wrong with a CSS selector, or None where lexbor can use it."""
    if problem := _length_problem(text):
        return problem
    try:
        LexborHTMLParser("<p>").css(text)
    except (SelectolaxError, UnicodeEncodeError):
        # Lexbor does not say where it stopped, so neither can we.
        return f"{text!r} is no CSS selector that can be used here"
    return None


def _xpath_problem(text: str) -> str | None:
    if problem := _length_problem(text):
        return problem
    if (deep := _predicates_deep(text)) > MAX_PREDICATES_DEEP:
        return f"its predicates are {deep} deep; {MAX_PREDICATES_DEEP} is the most"
    try:
        # Compiling leaves unknown prefixes and functions unseen until the expression runs.
        found = etree.XPath(text)(etree.fromstring("<html><p/></html>"))
    except (etree.XPathError, ValueError) as exc:
        return f"{text!r} is no XPath that can be used here: {exc}"
    return None if isinstance(found, list) else f"{text!r} is an XPath that selects no nodes"


def _predicates_deep(text: str) -> int:
    brackets = re.findall(r"[][]", _XPATH_LITERAL.sub("", text))
    return max(accumulate((1 if each == "[" else -1 for each in brackets), initial=0))


@cache
def pattern_problem(text: str) -> str | None:
    """Say what is wrong with a regular expression, or None where `re` compiles it."""
    if problem := _length_problem(text):
        return problem
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "error"
            )  # a doubtful set is the maintainer's to mend, not a log's
            re.compile(text)
    except (FutureWarning, DeprecationWarning) as exc:
        return (
            f"{text!r} is a doubtful regular expression: {exc}; escape what is meant as it stands"
        )
    except (re.error, RecursionError, OverflowError) as exc:
        return f"{text!r} is no regular expression: {exc}"
    return None


def _length_problem(text: str) -> str | None:
    if not text.strip():
        return "it is empty"
    if len(text) > MAX_EXPRESSION_CHARS:
        return f"it is {len(text)} characters long; {MAX_EXPRESSION_CHARS} is the most"
    return None
