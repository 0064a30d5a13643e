"""The elements of a page as verdicts need them: names, ancestry, what class and id say.

It holds no text and no parser's node: a light copy, made once by `pieces`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final

from scraper.extract.drawn import without_drawn

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+")
_PLAIN_NAME = re.compile(r"[A-Za-z_][\w-]*\Z", re.ASCII)
_HASH = re.compile(r"\d.*\d|[a-z][A-Z0-9].*\d|__[A-Za-z0-9]*\d")
_NAMING = ("class", "id", "itemprop", "role", "data-testid", "data-component", "data-type")
_MOST_STEPS = 24
_HIDING_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|clip\s*:\s*rect\(0|clip-path\s*:\s*inset\(50",
    re.IGNORECASE,
)
_READERS_ONLY = frozenset({"visuallyhidden", "screenreader", "offscreen", "srt"})
_FOR_READERS = (frozenset({"visually", "hidden"}), frozenset({"screen", "reader"}),
                frozenset({"sr", "only"}))  # fmt: skip

# What an element does to the text in it, its ancestors' marks included.
LINK: Final = 1
BOLD: Final = 2
ITALIC: Final = 4
TIME: Final = 8
BUTTON: Final = 16
HEADLINE: Final = 32  # inside an h1
_BLOCK_TAGS = frozenset(
    {
        "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ul", "ol", "dl", "dt", "dd",
        "blockquote", "td", "th", "tr", "table", "tbody", "thead", "tfoot", "section",
        "article", "main", "aside", "header", "footer", "nav", "figure", "figcaption", "pre",
        "form", "address", "details", "summary", "button", "center", "caption", "label",
        "picture", "fieldset", "hgroup", "body", "html", "search", "dialog", "menu", "hr",
    }
)  # fmt: skip
_MARKS = {
    "b": BOLD, "strong": BOLD, "i": ITALIC, "em": ITALIC, "time": TIME, "button": BUTTON,
    "h1": HEADLINE,
}  # fmt: skip


class Element:
    """One element; `key` is the parser's identity of the node, `order` its place on the page.

    Of an inline element, `block` is the nearest block element around it and `top` the outermost
    inline element between the two. None stands for the element itself (one that names itself would
    stay in memory until the collector comes), and of a block element both are None. `marks` is what
    it does to the text in it, as bits; `nth` its place among its siblings of one tag, from 1.
    """

    __slots__ = (
        "_names", "_path", "_signature", "_words", "attrs", "block", "hidden", "is_inline", "key",
        "marks", "named", "nth", "order", "parent", "tag", "tags", "top",
    )  # fmt: skip

    block: "Element | None"
    top: "Element | None"
    marks: int
    _names: str | None
    _signature: tuple[str, str] | None
    _words: frozenset[str] | None
    _path: str | None
    named: tuple[str, tuple[str, ...]] | None  # what `template.signatures.name_of` calls it
    tags: dict[str, int] | None  # how many children of each tag there are so far

    def __init__(
        self,
        key: int,
        tag: str,
        attrs: Mapping[str, str | None],
        parent: "Element | None",
        order: int,
    ) -> None:
        self.key = key
        self.tag = tag
        self.attrs = attrs
        self.parent = parent
        self.order = order
        self.is_inline = is_inline = tag not in _BLOCK_TAGS and "-" not in tag
        marks = ("href" in attrs and LINK) if tag == "a" else _MARKS.get(tag, 0)
        self._names = self._words = self._path = self._signature = self.tags = self.named = None
        self.block = self.top = None
        if parent is None:
            self.hidden, self.marks, self.nth = bool(attrs) and is_hiding(attrs), marks, 1
            return
        self.hidden = parent.hidden or (bool(attrs) and is_hiding(attrs))
        self.marks = parent.marks | marks
        if (tags := parent.tags) is None:
            tags = parent.tags = {}
        self.nth = tags[tag] = tags.get(tag, 0) + 1
        if is_inline:
            self.block = parent.block or parent
            self.top = parent.top or (parent if parent.is_inline else None)

    @property
    def signature(self) -> tuple[str, str]:
        """Tag and class, by which a template marks what is alike."""
        if self._signature is None:
            self._signature = self.tag, self.attrs.get("class") or ""
        return self._signature

    @property
    def names(self) -> str:
        """Class, id and the attributes that name an element's part, as they are written."""
        if self._names is None:
            attrs = self.attrs
            self._names = (
                " ".join([attrs[name] or "" for name in _NAMING if name in attrs]) if attrs else ""
            )
        return self._names

    @property
    def words(self) -> frozenset[str]:
        """Words of the names, in lower case."""
        if self._words is None:
            self._words = words_in(self.names)
        return self._words

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
        if other is None:
            return False
        at: Element | None = self
        while at is not None and at.order > other.order:  # ancestors come first
            at = at.parent
        return at is other

    def step(self) -> str:
        """Return the readable CSS step that names it under its parent."""
        if not self.attrs:
            return f"{self.tag}:nth-of-type({self.nth})"
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
        if self._path is None:
            near = islice(self.lineage(), _MOST_STEPS)
            steps = [at.step() for at in near if at.tag not in {"html", "body"}]
            self._path = " > ".join(reversed(steps)) or "body"
        return self._path


@dataclass(frozen=True, slots=True)
class Hit:
    """What an expression selected: a node by the parser's id, or a text or attribute's value."""

    key: int
    text: str


@lru_cache(maxsize=4096)
def _is_telling(name: str) -> bool:
    return bool(_PLAIN_NAME.match(name)) and not _HASH.search(name) and len(name) <= 40


@lru_cache(maxsize=4096)
def words_in(names: str) -> frozenset[str]:
    """Return the words that names are made of: ``articleBody__lead-2`` is article, body, lead."""
    return frozenset([word.lower() for word in _WORD.findall(without_drawn(names))])


def is_hiding(attrs: Mapping[str, str | None]) -> bool:
    """Say whether attributes hide an element from readers."""
    if "hidden" in attrs or attrs.get("aria-hidden") == "true":
        return True
    style = attrs.get("style")
    return bool(style) and bool(_HIDING_STYLE.search(style or ""))


@lru_cache(maxsize=4096)
def is_for_readers(names: str) -> bool:
    """Say whether a class marks what only screen readers say, such as "opens new tab"."""
    words = words_in(names)
    return bool(words & _READERS_ONLY) or any(need <= words for need in _FOR_READERS)
