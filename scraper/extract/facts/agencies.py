"""The news agency that an article was taken from, by its credit lines.

It reads credits, not prose: a story about an agency is not the agency's.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from scraper.extract.jsonld import strings
from scraper.extract.metadata import Said, letters_of

_CREDITS = ("creditText", "sourceOrganization", "provider", "copyrightHolder", "author")
_META = ("author", "article:author", "source", "dc.source", "agency", "news_source", "byl",
         "original-source", "syndication-source", "dcterms.source")  # fmt: skip
_MOST_CHARS = 160  # of a credit line
_PARTS = re.compile(
    r"\s*[,;/|&()\uff08\uff09\u2013\u2014]\s*"
    r"|\s+(?:and|und|et|y|e|och|og|i|\u0441)\s+"
)


def agency_of(said: Said, credit_lines: Iterable[str]) -> str | None:
    """Return the agency that heads, JSON-LD or credit lines name; never the site's own name."""
    told = [value for key in _CREDITS for value in strings(said.article.get(key))]
    told += [value for name in _META for value in said.meta.get(name, ())]
    for line in (*told, *credit_lines):
        name = agency_in(line) if len(line) <= _MOST_CHARS else None
        if name is not None and not _is_own(name, said):
            return name
    return None


def agency_in(line: str) -> str | None:
    """Return the agency that a credit line names, or None."""
    alone, anywhere = _spellings()
    parts = {part.strip(" .:") for part in _PARTS.split(line)}
    for spelling, name in alone.items():
        if spelling in parts:
            return name
    found = anywhere[0].search(line)
    return anywhere[1][found[0]] if found else None


def _is_own(name: str, said: Said) -> bool:
    spelled = _table()[name]
    letters = {letters_of(text) for text in (name, *spelled)}
    return not letters.isdisjoint(said.site_names)


@cache
def _table() -> Mapping[str, tuple[str, ...]]:
    said = tomllib.loads(files(__package__).joinpath("agencies.toml").read_text("utf-8"))
    return {name: tuple(spellings) for name, spellings in said["agencies"].items()}


@cache
def _spellings() -> tuple[Mapping[str, str], tuple[re.Pattern[str], Mapping[str, str]]]:
    """Return the spellings that must be a part of their own, and those that may stand anywhere."""
    said = tomllib.loads(files(__package__).joinpath("agencies.toml").read_text("utf-8"))
    only = set(said["alone"]["names"])
    named = {text: name for name, spellings in _table().items() for text in (name, *spellings)}
    anywhere = {text: name for text, name in named.items() if text not in only}
    longest = sorted(anywhere, key=lambda text: (-len(text), text))
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)")
    return named, (pattern, anywhere)
