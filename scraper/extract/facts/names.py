"""The names of people, out of what pages write where a name belongs.

It does not look for them: where on a page names stand is `authors`' affair.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files

from scraper.extract.layout import line_of
from scraper.extract.pieces import is_dense

_AND = re.compile(
    r"\s*(?:[,;|&\u3001\uff0c\u061b\u060c]|\s/\s"
    r"|\s(?:and|und|et|y|e|en|og|och|i|oraz|a|ja|ve|dan|và|и|та|و)\s)\s*"
)
# "Lena Okafor/Tom Brandt", but not "srf/hosb": both sides have a space of their own.
_SLASH = re.compile(r"(?<=\w)/(?=\w)")
_MARK = re.compile(r"\s*[(\uff08][^()\uff08\uff09]{1,30}[)\uff09]")
_NOT_A_NAME = re.compile(r"@|https?:|www\.|^\W*\d+\W*$|[<>{}\[\]]")
_ADDRESS = re.compile(r"\s*(?:https?:|//|www\.)")
_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[a-z]{2,4}\Z", re.IGNORECASE)
_EDGES = " .,:;|/\u00b7-\u2013\u2014\u2022()\uff08\uff09\uff1a"
_DIGIT = re.compile(r"\d")
_SENTENCE_MARK = re.compile(r"[!?:\u2026\u3002\uff01\uff1f]|\w{4,}\.\s")
_MOST_CHARS = 80
_MOST_WORDS = 6
_SLASHED = ("\u6587/", "\u6587\uff0f")  # Chinese and Japanese: "text/" before a name
_MOST_DENSE = 6  # characters of a name in scripts without spaces


@cache
def words(table: str) -> frozenset[str]:
    """Return the words of a table of all languages."""
    said = tomllib.loads(files(__package__).joinpath("bylines.toml").read_text("utf-8"))
    return frozenset(word for language in said[table].values() for word in language)


def names_in(values: Iterable[str]) -> tuple[str, ...]:
    """Return cleaned names, each once: lists are split, what is no name of anybody is dropped.

    E-mails, addresses and numbers never are. A domain, a role ("Senior Reporter") and what is too
    long or all in lower case is one only where nothing else is there.
    """
    lines = (without_by(line_of(value)) for value in values if not _ADDRESS.match(value))
    parts = (part for line in lines for half in _halves(line) for part in _AND.split(half))
    names = [name for part in parts if _is_possible(name := _bare(part))]
    likely = [name for name in names if not _is_doubtful(name)]
    return tuple(dict.fromkeys(likely or names))


def without_by(line: str) -> str:
    """Return a line without "By" and the like before the name, in any case and language."""
    low = line.lower()
    for word in _leads().get(low[:1], ()):
        if low.startswith(word):
            rest = line[len(word) :].lstrip(" :\uff1a/")
            if word.strip() in words("particle") and not _is_after_by(rest):
                return line
            return without_by(rest)
    return line


def has_by(line: str) -> bool:
    """Say whether a line begins with "By" or the like, and something follows."""
    rest = without_by(line)
    return rest != line and bool(rest)


def is_person(name: str) -> bool:
    """Say whether a text looks like the name of one person: capitals, few words, no digit."""
    if not 2 <= len(name) <= 60 or _DIGIT.search(name) or _SENTENCE_MARK.search(name):
        return False
    parts = name.split()
    if len(parts) > _MOST_WORDS or not words("none").isdisjoint(name.lower().split()):
        return False
    if not any(char.isupper() or char.islower() for char in name):
        return len(parts) > 1 or (is_dense(name[0]) and len(name) <= _MOST_DENSE)
    own = [part for part in parts if part.lower() not in words("particle")]
    return len(parts) >= 2 and bool(own) and all(part[:1].isupper() for part in own)


def _is_after_by(rest: str) -> bool:
    """ "Von" is a part of "Von der Leyen", and none of "Von Jana Wirth"."""
    return " " in rest and rest[:1].isupper()


@cache
def _leads() -> Mapping[str, Sequence[str]]:
    """Return what may stand before a name, by its first character, the longest first."""
    labels = [
        f"{word}{end}"
        for table in ("label", "editor")
        for word in words(table)
        for end in ":\uff1a"
    ]
    bys = [f"{word}{end}" for word in words("by") for end in (" ", ":")]
    every = sorted({*labels, *bys, *_SLASHED}, key=lambda word: (-len(word), word))
    return {first: [word for word in every if word[0] == first] for first in {w[0] for w in every}}


def _halves(line: str) -> Iterable[str]:
    halves = _SLASH.split(line)
    return halves if all(" " in half.strip() for half in halves) else [line]


def _bare(part: str) -> str:
    """Return a part without marks in brackets ("(obe)"), titles, and what stands at its edges."""
    name = _MARK.sub("", part).strip(_EDGES)
    for title in words("title"):
        name = name.removesuffix(title).rstrip() if name != title else name
    return without_by(f"{name} ").strip(_EDGES)


def _is_possible(name: str) -> bool:
    is_by = name.lower() in words("by") | words("label")  # a template that left the name out
    return 1 < len(name) <= _MOST_CHARS and not is_by and not _NOT_A_NAME.search(name)


def _is_doubtful(name: str) -> bool:
    low = name.lower().split()
    return (
        bool(_DOMAIN.match(name))
        or len(low) > _MOST_WORDS
        or (name == name.lower() != name.upper())
        or words("role").issuperset(low)
    )
