"""The wording tables, ready to be matched against blocks: what is said, in which languages.

It knows words, not shapes: a verdict needs both.
"""

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from scraper.extract.pieces import tokens_of

_EDGES = (
    " \t.,:;!?|/\\()[]{}<>\"'*-\u00b7\u2022\u00bb\u00ab\u203a\u2039\u2026\u2013\u2014\u201c\u201d"
)


@cache
def phrases(table: str) -> tuple[str, ...]:
    """Return all phrases of a table, longest first."""
    said = tomllib.loads(files(__package__).joinpath("wording.toml").read_text("utf-8"))
    every = {phrase for language in said[table].values() for phrase in language}
    return tuple(sorted(every, key=lambda phrase: (-len(phrase), phrase)))


@cache
def _whole(table: str) -> frozenset[str]:
    return frozenset(phrases(table))


@cache
def _opening(table: str) -> re.Pattern[str]:
    return re.compile(r"[\W_]*(?:" + _alternatives(phrases(table)) + r")(?!\w)")


@cache
def _anywhere(table: str) -> re.Pattern[str]:
    return re.compile(r"(?<!\w)(?:" + _alternatives(phrases(table)) + r")")


def _alternatives(every: Iterable[str]) -> str:
    return "|".join(re.escape(phrase) for phrase in every)


def plain(text: str) -> str:
    """Return text as the tables spell it: lower case, straight apostrophes, no edge marks."""
    return text.lower().replace("\u2019", "'").strip(_EDGES)


def is_all(table: str, text: str) -> bool:
    """Say whether a text is nothing but a phrase of a table."""
    return plain(text) in _whole(table)


def is_heading_of_links(text: str) -> bool:
    """Say whether a text heads links to other stories: one word of the table is not enough."""
    words = tokens_of(text)
    return is_all("related", text) and (len(words) > 1 or has_word("alone", words))


def opening(table: str, text: str) -> str | None:
    """Return what follows the phrase that a text begins with, or None where it begins otherwise."""
    text = text.lower().replace("\u2019", "'")
    found = _opening(table).match(text)
    return None if found is None else text[found.end() :]


def count_in(table: str, text: str) -> int:
    """Return how many different phrases of a table a text has."""
    return len(set(_anywhere(table).findall(text.lower().replace("\u2019", "'"))))


def has_word(table: str, tokens: Iterable[str]) -> bool:
    """Say whether one of the words is in a table."""
    return not _whole(table).isdisjoint(tokens)


def is_date(text: str) -> bool:
    """Say whether a short text holds a date: a number beside a month, or digits in groups."""
    tokens = tokens_of(text)
    if any(token.isdigit() for token in tokens) and has_word("month", tokens):
        return True
    return bool(_NUMERIC_DATE.search(text))


_NUMERIC_DATE = re.compile(
    r"\b\d{1,4}\s*[./-]\s*\d{1,2}\s*[./-]\s*\d{2,4}\b|\d{4}\u5e74\s*\d{1,2}\u6708|\b\d{1,2}:\d{2}\b"
    r"|\d{4}\ub144\s*\d{1,2}\uc6d4"
)
