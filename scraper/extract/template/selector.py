"""CSS for elements that were found by their signature: the fewest names that choose the same.

It reads no page with it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from scraper.extract.drawn import stem_of
from scraper.extract.elements import Element
from scraper.extract.template.lexicon import quality_of
from scraper.extract.template.observed import Observed

_PLAIN = re.compile(r"-?[A-Za-z_][\w-]*\Z", re.ASCII)
# Selectors are written into CSS, into sources.toml and into messages: a page's words may not end
# the quotes there, begin a line, or be a link.
_WRITABLE = re.compile(r"[^\"\\\[\]()<>@`*|]{1,100}\Z")
_ATTRIBUTES = ("data-testid", "data-component", "data-qa", "data-type", "role")
_MOST_OPTIONS = 80


@dataclass(frozen=True, slots=True)
class Part:
    """One condition of a selector: an id, a class, the stem of a class, or another attribute."""

    kind: str
    value: str
    rank: float

    @property
    def css(self) -> str:
        """The condition as CSS."""
        if self.kind == "id":
            return f"#{self.value}"
        if self.kind == "class":
            return f".{self.value}"
        if self.kind == "stem":
            return f'[class*="{self.value}"]'
        return f'[{self.kind}="{self.value}"]'

    def fits(self, element: Element) -> bool:
        """Say whether an element meets the condition."""
        if self.kind == "stem":
            return self.value in element.attr("class")
        if self.kind == "class":
            return self.value in element.attr("class").split()
        return element.attr(self.kind) == self.value


Option = tuple[str, tuple[Part, ...]]  # tag or nothing, conditions


def selector_for(pages: Sequence[Observed], homes: Sequence[frozenset[int]]) -> str:
    """Return CSS whose outermost matches on every page are its homes, as few names as can be."""
    chosen = [
        [page.elements[key] for key in sorted(home, key=lambda key: page.elements[key].order)]
        for page, home in zip(pages, homes, strict=True)
        if home
    ]
    for tag, parts in _options(chosen):
        if all(
            home == _outermost(page, tag, parts)
            for page, home in zip(pages, homes, strict=True)
            if home
        ):
            return tag + "".join(part.css for part in parts)
    return _by_place(chosen)


def _options(chosen: Sequence[Sequence[Element]]) -> Iterator[Option]:
    parts = _parts(chosen)
    tags = {element.tag for elements in chosen for element in elements}
    tag = next(iter(tags)) if len(tags) == 1 else ""
    singles: list[Option] = [("", (part,)) for part in parts]
    tagged: list[Option] = [(tag, (part,)) for part in parts] if tag else []
    bare: list[Option] = [(tag, ())] if tag in {"article", "main"} else []
    pairs: list[Option] = [(tag, pair) for pair in combinations(parts, 2)]
    yield from (singles + tagged + bare + pairs)[:_MOST_OPTIONS]


def _parts(chosen: Sequence[Sequence[Element]]) -> list[Part]:
    """Return the conditions that all chosen elements meet, the most telling first."""
    elements = [element for page in chosen for element in page]
    found = parts_of(elements[0])
    common = [part for part in found if all(part.fits(element) for element in elements)]
    return sorted(common, key=lambda part: (-part.rank, part.css))


def parts_of(element: Element) -> list[Part]:
    """Return the conditions that an element meets by its names."""
    if not element.attrs:
        return []
    found: list[Part] = []
    if "articleBody" in element.attr("itemprop").split() and _is_writable(element.attr("itemprop")):
        found.append(Part("itemprop", element.attr("itemprop"), 5))
    if _PLAIN.match(element.attr("id")):
        found.append(Part("id", element.attr("id"), 3 + quality_of(element.attr("id"))))
    for name in element.attr("class").split():
        found += _parts_of_class(name)
    for name in _ATTRIBUTES:
        value = element.attr(name)
        if _is_writable(value):
            found.append(Part(name, value, 1 + quality_of(value)))
    return found


def _parts_of_class(name: str) -> list[Part]:
    stem, is_plain = stem_of(name), bool(_PLAIN.match(name))
    if stem is None:
        return [Part("class", name, 2 + quality_of(f".{name}"))] if is_plain else []
    found = [Part("class", name, -1)] if is_plain else []
    return [*found, Part("stem", stem, 0.5)] if len(stem) > 4 and _is_writable(stem) else found


def _is_writable(value: str) -> bool:
    return value.isprintable() and _WRITABLE.match(value) is not None


def _outermost(page: Observed, tag: str, parts: Sequence[Part]) -> frozenset[int]:
    keys = {
        element.key
        for element in page.elements.values()
        if (not tag or element.tag == tag) and all(part.fits(element) for part in parts)
    }
    return frozenset(
        key
        for key in keys
        if not any(up.key in keys for up in list(page.elements[key].lineage())[1:])
    )


def _by_place(chosen: Sequence[Sequence[Element]]) -> str:
    """Return the path that most of the elements have, by their numbers among their like."""
    counts = Counter(_numbered(element) for page in chosen for element in page[:1])
    return max(sorted(counts), key=lambda path: counts[path])


def _numbered(element: Element) -> str:
    steps = [f"{at.tag}:nth-of-type({at.nth})" for at in element.lineage() if at.parent is not None]
    return " > ".join(["body", *reversed(steps)])
