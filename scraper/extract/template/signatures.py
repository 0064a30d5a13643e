"""What names an element from page to page: tag and the names that are not made up for one page.

It compares no pages: which names recur is `vocabulary`'s to count.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from scraper.extract.elements import Element

_DIGITS = re.compile(r"\d+")
_ATTRIBUTES = ("itemprop", "role", "data-testid", "data-component", "data-qa", "data-type")
# Libraries that make class names up say so in front of them.
_MAKERS = re.compile(r"(?:css|sc|jsx|jss|emotion|svelte|astro|styled|r|e)-(?=[A-Za-z0-9]{4,12}\Z)")
_TAIL = re.compile(r"(.*?[A-Za-z]{3}.*?(?:__|--|_|-))([A-Za-z0-9]{4,12})\Z")
_MIXED = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9]+\Z")
_NUMBERED = re.compile(r"[A-Za-z]+\d+\Z|\d+(?:px|em|rem|x|col|cols|th|st|nd|rd|up|vh|vw|ms|s)?\Z")
_JAGGED = re.compile(r"[a-z]*(?:[A-Z]+[a-z]{0,2}){3,}[a-z]?\Z")
_MOST_TOKENS = 12

Name = tuple[str, tuple[str, ...]]  # tag, tokens
NO_NAME: Name = ("", ())


@lru_cache(maxsize=8192)
def is_made_up(part: str) -> bool:
    """Say whether a name's part looks drawn at random: digits amid letters, jagged capitals."""
    if len(part) < 4 or _NUMBERED.match(part):
        return False
    return bool(_MIXED.match(part)) or (len(part) >= 5 and bool(_JAGGED.match(part)))


@lru_cache(maxsize=8192)
def stem_of(name: str) -> str | None:
    """Return what stays of a class name with a made-up tail, e.g. ``body__`` of ``body__x7K3q``.

    Empty where nothing stays, None where no part of it is made up.
    """
    if (maker := _MAKERS.match(name)) and not name[maker.end() :].isalpha():
        return maker[0]
    if name.startswith(("css-", "sc-", "jsx-", "jss-", "svelte-")):
        return name.split("-", 1)[0] + "-"
    found = _TAIL.match(name)
    if found and is_made_up(found[2]):
        return found[1]
    return "" if is_made_up(name) else None


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
    attrs = element.attrs
    if not attrs:
        return element.tag, ()
    tokens: list[str] = []
    if ident := attrs.get("id"):
        tokens.append("#" + _DIGITS.sub("0", ident))
    if names := attrs.get("class"):
        tokens += tokens_of_class(names)
    tokens += [
        f"[{key}={_DIGITS.sub('0', value)}]" for key in _ATTRIBUTES if (value := attrs.get(key))
    ]
    return element.tag, tuple(tokens)


def spelled(tag: str, tokens: Iterable[str]) -> str:
    """Return a signature as one string: the tag, then its tokens in order of the alphabet."""
    return tag + "".join(sorted(tokens))
