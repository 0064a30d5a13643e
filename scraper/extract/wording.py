"""The wording tables, ready to be matched against blocks: what is said, in which languages.

It knows words, not shapes: a verdict needs both.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from scraper.extract.pieces import is_dense, tokens_of

_EDGES = (
    " \t.,:;!?|/\\()[]{}<>\"'*-\u00b7\u2022\u00bb\u00ab\u203a\u2039\u2026\u2013\u2014\u201c\u201d"
    "\u3002\uff01\uff1f\uff1a\u3001\u300c\u300d\u3010\u3011\u2192\u25b6\u25ba\u061f\u060c"
)
_FIRST = re.compile(r"[^\W_]")
_DIGIT = re.compile(r"\d")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_LEAST_STEM = 5  # letters of a phrase that may go on as another word of its family
_FILED = (3, 2, 1)  # characters of an opening under which it is filed, as many as it has
_OPENINGS = (
    "opening", "letter", "related", "credit", "byline", "dateline", "tags", "rights", "note",
    "share", "comment", "urging",
)  # fmt: skip
# Tables whose phrases may be a whole block; of several that have one, the first says what it is.
_LABELS = ("ad", "button", "share", "comment", "pagination", "tags", "related")
# Tables whose phrases are counted; to look for those of all costs little more than for one.
_COUNTED = (
    "appeal", "asking", "closing", "here", "offering", "rights", "advert", "around", "browsing",
    "comments", "continuing", "cookie", "duration", "embed", "goes_on", "machine", "machine_made",
    "moderation", "other_form", "owned", "permitted", "placeholder", "reuse", "showing",
    "this_page", "this_text", "turning",
)  # fmt: skip
_WHOLE_WORDS = frozenset({"turning"})  # a form of a verb, not its family
_MOST_BETWEEN = 6  # words
_LEAST_DENSE = 4  # characters of a phrase that is known within a script without spaces


@cache
def _tables() -> Mapping[str, Mapping[str, list[str]]]:
    return tomllib.loads(files(__package__).joinpath("wording.toml").read_text("utf-8"))


@cache
def phrases(table: str) -> tuple[str, ...]:
    """Return all phrases of a table, longest first."""
    every = {phrase for language in _tables()[table].values() for phrase in language}
    return tuple(sorted(every, key=lambda phrase: (-len(phrase), phrase)))


@cache
def _whole(table: str) -> frozenset[str]:
    return frozenset(map(_folded, phrases(table)))


@cache
def _by_beginning() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Return the phrases that open blocks with their table, by their first characters."""
    filed: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for table in _OPENINGS:
        for phrase in map(_folded, phrases(table)):
            filed[phrase[: _FILED[0]]].append((phrase, table))
    return {first: tuple(filed[first]) for first in filed}


@dataclass(frozen=True, slots=True)
class _Filed:
    """Phrases that are counted, each with its table and under one word of it.

    `whole` files under a word, `begun` under the first letters of one that may go on; `dense` are
    phrases of scripts without spaces, that are looked for everywhere.
    """

    whole: Mapping[str, Sequence[tuple[str, str]]]
    begun: Mapping[str, Sequence[tuple[str, str]]]
    dense: Sequence[tuple[str, str]]


@cache
def _filed() -> _Filed:
    """Return the phrases that are counted, each under its longest word: such are rare."""
    whole: dict[str, list[tuple[str, str]]] = defaultdict(list)
    begun: dict[str, list[tuple[str, str]]] = defaultdict(list)
    dense = []
    for table in _COUNTED:
        for phrase in map(_folded, phrases(table)):
            *inner, last = tokens_of(phrase)
            longest = max(inner, key=len, default="")
            if is_dense(phrase):
                dense.append((phrase, table))
            elif len(last) > len(longest) and len(last) >= _LEAST_STEM:
                begun[last[:_LEAST_STEM]].append((phrase, table))
            else:
                whole[longest or last].append((phrase, table))
    return _Filed(dict(whole), dict(begun), dense)


@lru_cache(maxsize=512)
def _folded(text: str) -> str:
    return text.lower().replace("\u2019", "'").replace("i\u0307", "i")


def plain(text: str) -> str:
    """Return text as the tables spell it: lower case, straight apostrophes, no edge marks."""
    return _folded(text).strip(_EDGES)


def labels(text: str) -> tuple[str, ...]:
    """Return the tables of labels that have a text as it is, punctuation aside."""
    return _labelled().get(plain(text), ())


@cache
def _labelled() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for table in _LABELS:
        for phrase in _whole(table):
            found[phrase] = (*found.get(phrase, ()), table)
    return found


def is_all(table: str, text: str) -> bool:
    """Say whether a text is nothing but a phrase of a table."""
    return plain(text) in _whole(table)


def is_heading_of_links(text: str) -> bool:
    """Say whether a text heads links to other stories: one word of the table is not enough."""
    words = tokens_of(text)
    if _is_between(text, len(words)):
        return True
    if not is_all("related", text):
        return False
    return len(words) > 1 or is_dense(text) or has_word("alone", words)


def _is_between(text: str, size: int) -> bool:
    """Say whether a short text begins and ends as headings of links do, with a name between."""
    if not 2 < size <= _MOST_BETWEEN:
        return False
    text = plain(text)
    pairs = (phrase.split("...") for phrase in phrases("between"))
    return any(text.startswith(first) and text.endswith(last) for first, last in pairs)


def opening(table: str, text: str) -> str | None:
    """Return what follows the phrase that a text begins with, or None where it begins otherwise."""
    end = _opened_by(text).get(table)
    return None if end is None else _folded(text)[end:]


def is_ending(table: str, text: str) -> bool:
    """Say whether a text ends in a phrase of a table, punctuation aside."""
    return plain(text).endswith(_endings(table))


@cache
def _endings(table: str) -> tuple[str, ...]:
    return tuple(map(_folded, phrases(table)))


def openings(text: str) -> Iterable[str]:
    """Return the tables that have a phrase with which a text begins."""
    return _opened_by(text)


@lru_cache(maxsize=1024)
def _opened_by(text: str) -> Mapping[str, int]:
    """Return the tables of which a phrase opens a text, and where the longest of them ends."""
    text = _folded(text)
    first = _FIRST.search(text)
    found: dict[str, int] = {}
    starts = (first.start(), 0) if first and first.start() else (0,)
    for start in starts:
        for size in _FILED:
            for phrase, table in _by_beginning().get(text[start : start + size], ()):
                if table in found or not text.startswith(phrase, start):
                    continue
                if _ends_word(text, start + len(phrase), phrase):
                    found[table] = start + len(phrase)
    return found


def _ends_word(text: str, end: int, phrase: str) -> bool:
    after = text[end : end + 1]
    if not (after.isalnum() or after == "_"):
        return True
    return len(phrase) >= _LEAST_DENSE and is_dense(phrase)


def count_in(table: str, text: str) -> int:
    """Return how many different phrases of a table a text has, each from a word's beginning."""
    return len(_found_in(text).get(table, ()))


def count_of(tables: Iterable[str], text: str) -> int:
    """Return at how many places a text has phrases of some tables: two may name one thing."""
    found = (_found_in(text).get(table, {}) for table in tables)
    spans = sorted((at, at + len(phrase)) for some in found for phrase, at in some.items())
    count = last = 0
    for start, end in spans:
        count += start >= last
        last = max(last, end)
    return count


@lru_cache(maxsize=1024)
def _found_in(text: str) -> Mapping[str, Mapping[str, int]]:
    """Return for each table the phrases that a text has, and where each stands first."""
    said, text = text, _folded(text)
    found: dict[str, dict[str, int]] = {}
    # Folding changes no words but those with a dotted capital I; of a text they are known already.
    is_dotted = "\u0130" in said or "\u0307" in said
    for phrase, table in _candidates(tokens_of(text if is_dotted else said)):
        at = text.find(phrase)
        if at < 0 or (at > 0 and text[at - 1].isalnum()):
            continue
        is_stem = len(phrase) >= _LEAST_STEM and table not in _WHOLE_WORDS
        if is_stem or not text[at + len(phrase) :][:1].isalnum():
            found.setdefault(table, {})[phrase] = at
    if is_dense(text):
        for phrase, table in _filed().dense:
            at = text.find(phrase)
            if at >= 0:
                found.setdefault(table, {})[phrase] = at
    return found


def _candidates(tokens: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the phrases of which the word that they are filed under is among some words."""
    whole, begun = _filed().whole, _filed().begun
    for token in {token for token in tokens if token in whole}:
        yield from whole[token]
    for stem in {stem for token in tokens if (stem := token[:_LEAST_STEM]) in begun}:
        yield from begun[stem]


def words(table: str) -> frozenset[str]:
    """Return the phrases of a table as texts are compared with them."""
    return _whole(table)


def has_hangul_of(table: str, text: str) -> bool:
    """Say whether a Korean text has an ending of a table: they are part of the word before."""
    return _HANGUL.search(text) is not None and any(part in text for part in _hangul(table))


@cache
def _hangul(table: str) -> tuple[str, ...]:
    return tuple(phrase for phrase in phrases(table) if _HANGUL.search(phrase))


def has_word(table: str, tokens: Iterable[str]) -> bool:
    """Say whether one of the words is in a table."""
    return not _whole(table).isdisjoint(tokens)


def has_part(table: str, text: str) -> bool:
    """Say whether one of the words of a table stands in a text, be it inside of a word."""
    return any(word in text for word in _whole(table) if is_dense(word))


def is_date(text: str) -> bool:
    """Say whether a short text holds a date: a number beside a month, or digits in groups."""
    if _DIGIT.search(text) is None:
        return False
    tokens = tokens_of(text)
    if any(token.isdigit() for token in tokens) and has_word("month", tokens):
        return True
    return bool(_NUMERIC_DATE.search(text))


_NUMERIC_DATE = re.compile(
    r"\b\d{1,4}\s*[./-]\s*\d{1,2}\s*[./-]\s*\d{2,4}\b|\d{4}\u5e74\s*\d{1,2}\u6708|\b\d{1,2}:\d{2}\b"
    r"|\d{4}\ub144\s*\d{1,2}\uc6d4"
)
