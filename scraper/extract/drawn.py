"""Names that build tools draw, such as ``css-1x9ab2``: which they are, and what of them holds.

What is drawn says nothing: the `ad` in ``css-ad3f1c`` is no advertisement.
"""

import re
from functools import lru_cache

# Libraries that make class names up say so in front of them.
_MAKERS = re.compile(r"(?:css|sc|jsx|jss|emotion|svelte|astro|styled|r|e)-(?=[A-Za-z0-9]{4,12}\Z)")
_TAIL = re.compile(r"(.*?[A-Za-z]{3}.*?(?:__|--|_|-))([A-Za-z0-9]{4,12})\Z")
_MIXED = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9]+\Z")
_NUMBERED = re.compile(r"[A-Za-z]+\d+\Z|\d+(?:px|em|rem|x|col|cols|th|st|nd|rd|up|vh|vw|ms|s)?\Z")
_JAGGED = re.compile(r"[a-z]*(?:[A-Z]+[a-z]{0,2}){3,}[a-z]?\Z")


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


@lru_cache(maxsize=8192)
def without_drawn(names: str) -> str:
    """Return names without those that are drawn, and without the drawn tails of others."""
    stems = [(name, stem_of(name)) for name in names.split()]
    return " ".join([name if stem is None else stem for name, stem in stems])
