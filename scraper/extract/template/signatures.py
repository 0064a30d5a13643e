"""What names an element from page to page: tag and the names that are not made up for one page.

It compares no pages: which names recur is `vocabulary`'s to count.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from scraper.extract.drawn import stem_of
from scraper.extract.elements import Element

_DIGITS = re.compile(r"\d+")
_ATTRIBUTES = ("itemprop", "role", "data-testid", "data-component", "data-qa", "data-type")
_MOST_TOKENS = 12

Name = tuple[str, tuple[str, ...]]  # tag, tokens
NO_NAME: Name = ("", ())


@lru_cache(maxsize=16384)
def tokens_of_class(names: str) -> tuple[str, ...]:
    """Return the tokens of a class attribute; a made-up name gives its stem and itself."""
    found: list[str] = []
    for name in names.split()[:_MOST_TOKENS]:
        stem = stem_of(name)
        if stem is None:
            found.append("." + _DIGITS.sub("0", name))
        else:
            found += [f".{stem}*"] if stem else []
            found.append("." + name)
    return tuple(dict.fromkeys(found))


def name_of(element: Element) -> Name:
    """Return an element's tag and tokens; digits are folded, so that numbered ids are alike."""
    if element.named is None:
        element.named = element.tag, _tokens_of(element.attrs) if element.attrs else ()
    return element.named


def _tokens_of(attrs: Mapping[str, str | None]) -> tuple[str, ...]:
    tokens: list[str] = []
    if ident := attrs.get("id"):
        tokens.append("#" + _DIGITS.sub("0", ident))
    if names := attrs.get("class"):
        tokens += tokens_of_class(names)
    tokens += [
        f"[{key}={_DIGITS.sub('0', value)}]" for key in _ATTRIBUTES if (value := attrs.get(key))
    ]
    return tuple(tokens)


def spelled(tag: str, tokens: Iterable[str]) -> str:
    """Return a signature as one string: the tag, then its tokens in order of the alphabet."""
    return tag + "".join(sorted(tokens))
