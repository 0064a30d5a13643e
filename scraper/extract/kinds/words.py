"""The wording tables of pages that are no articles, ready to be asked.

It knows words, not shapes: a kind needs both.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files

_SPACE = re.compile(r"\s+")
_EDGES = " .!?\u2026:|-\u2013\u2014\"'\u00ab\u00bb()[]\u3002\uff01\uff1f"


@cache
def phrases(table: str) -> frozenset[str]:
    """Return the phrases of a table of all languages."""
    said = tomllib.loads(files(__package__).joinpath("words.toml").read_text("utf-8"))
    return frozenset(phrase for language in said[table].values() for phrase in language)


def plain(text: str) -> str:
    """Return a text in lower case, with straight quotes and single spaces."""
    return _SPACE.sub(" ", text.lower().replace("\u2019", "'")).strip(_EDGES)


def has_phrase(text: str, table: str) -> bool:
    """Say whether a text has a phrase of a table, as words of its own."""
    return bool(_pattern(table).search(plain(text)))


def is_phrase(text: str, table: str) -> bool:
    """Say whether a text is a phrase of a table, punctuation aside."""
    return plain(text) in phrases(table)


def count_of(text: str, table: str) -> int:
    """Return how many different phrases of a table a text has."""
    return len(set(_pattern(table).findall(plain(text))))


@cache
def _pattern(table: str) -> re.Pattern[str]:
    longest = sorted(phrases(table), key=lambda phrase: (-len(phrase), phrase))
    spaced = [re.escape(phrase) for phrase in longest if phrase.isascii() or " " in phrase]
    dense = [re.escape(phrase) for phrase in longest if not (phrase.isascii() or " " in phrase)]
    # Scripts without spaces have no borders of words.
    return re.compile(rf"\b(?:{'|'.join(spaced)})\b|{'|'.join(dense) or '(?!)'}")
