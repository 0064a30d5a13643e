"""The elements of a page as verdicts need them: names, ancestry, what class and id say.

It holds no text and no parser's node: a light copy, made once by `pieces`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+")
_PLAIN_NAME = re.compile(r"[A-Za-z_][\w-]*\Z", re.ASCII)
_HASH = re.compile(r"\d.*\d|[a-z][A-Z0-9].*\d|__[A-Za-z0-9]*\d")
_NAMING = ("class", "id", "itemprop", "role", "data-testid", "data-component", "data-type")
_MOST_STEPS = 24
_HIDING_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


@dataclass(slots=True, eq=False)
class Element:
    """One element; `key` is the parser's identity of the node, `nth` its place among its type."""

    key: int
    tag: str
    attrs: Mapping[str, str | None]
    parent: "Element | None"
    order: int
    nth: int
    depth: int
    is_inline: bool
    hidden: bool
    _names: str | None = None
    _step: str | None = None

    @property
    def names(self) -> str:
        """Class, id and the attributes that name an element's part, as they are written."""
        if self._names is None:
            attrs = self.attrs
            self._names = " ".join(attrs[name] or "" for name in _NAMING if name in attrs)
        return self._names

    @property
    def words(self) -> frozenset[str]:
        """Words of the names, in lower case."""
        return words_in(self.names)

    @property
    def signature(self) -> tuple[str, str]:
        """Tag and class, by which a template marks what is alike."""
        return self.tag, self.attr("class")

    def attr(self, name: str) -> str:
        """Return an attribute, empty where it is missing."""
        return self.attrs.get(name) or ""

    def lineage(self) -> Iterator["Element"]:
        """Yield the element and its ancestors, nearest first."""
        at: Element | None = self
        while at is not None:
            yield at
            at = at.parent

    def is_within(self, other: "Element | None") -> bool:
        """Say whether it is another element or inside of it."""
        return other is not None and any(at is other for at in self.lineage())

    def step(self) -> str:
        """Return the readable CSS step that names it under its parent."""
        if self._step is None:
            self._step = self._named_step()
        return self._step

    def _named_step(self) -> str:
        if self.attr("id") and _is_telling(self.attr("id")):
            return f"{self.tag}#{self.attr('id')}"
        telling = [name for name in self.attr("class").split() if _is_telling(name)]
        if telling and self.tag not in {"p", "li", "tr", "td"}:
            return f"{self.tag}.{telling[0]}"
        return f"{self.tag}:nth-of-type({self.nth})"

    def path(self) -> str:
        """Return the CSS-like path from body, e.g. ``div.content > p:nth-of-type(3)``.

        Of very deep elements, only the last steps: still a selector that finds them.
        """
        near = islice(self.lineage(), _MOST_STEPS)
        steps = [at.step() for at in near if at.tag not in {"html", "body"}]
        return " > ".join(reversed(steps)) or "body"


@dataclass(frozen=True, slots=True)
class Hit:
    """What an expression selected: a node by the parser's id, or a text or attribute's value."""

    key: int
    text: str


def _is_telling(name: str) -> bool:
    return bool(_PLAIN_NAME.match(name)) and not _HASH.search(name) and len(name) <= 40


@lru_cache(maxsize=4096)
def words_in(names: str) -> frozenset[str]:
    """Return the words that names are made of: ``articleBody__lead-2`` is article, body, lead."""
    return frozenset(word.lower() for word in _WORD.findall(names))


def is_hiding(attrs: Mapping[str, str | None]) -> bool:
    """Say whether attributes hide an element from readers."""
    return (
        "hidden" in attrs
        or attrs.get("aria-hidden") == "true"
        or bool(_HIDING_STYLE.search(attrs.get("style") or ""))
    )
