"""What a maintainer's rule selects on a page.

It gives no verdicts: it says which nodes a rule means, and by which of its selectors.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from scraper.errors import ConfigError
from scraper.extract.elements import Element, Hit
from scraper.extract.layout import line_of
from scraper.model import Rule

if TYPE_CHECKING:
    from scraper.extract.xpath import Copy


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Nodes by the parser's id, each with the selector that chose it; empty without a rule."""

    title: str = ""
    body: frozenset[int] = frozenset()
    body_selector: str = ""
    strip: Mapping[int, str] = field(default_factory=dict)
    keep: Mapping[int, str] = field(default_factory=dict)
    strip_text: tuple[re.Pattern[str], ...] = ()

    def order_for(self, element: Element) -> tuple[bool, str] | None:
        """Return whether the rule keeps what an element holds, and why; nearest node first."""
        for at in element.lineage():
            if at.key in self.keep:
                return True, f"rule keep {self.keep[at.key]}"
            if at.key in self.strip:
                return False, f"rule strip {self.strip[at.key]}"
        return None

    def pattern_in(self, text: str) -> str | None:
        """Return the first pattern of `strip_text` that is found in a text."""
        return next((found.pattern for found in self.strip_text if found.search(text)), None)

    def holds(self, element: Element) -> bool:
        """Say whether an element is in the body that the rule selects."""
        return any(at.key in self.body for at in element.lineage())


class Chooser:
    """A tree that answers selectors of both kinds; it is copied for XPath when one first asks."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        self._tree = tree
        self._copy: Copy | None = None

    def hits(self, selector: str, key: str) -> list[Hit]:
        """Return what a selector of the rule's key selects, in document order."""
        try:
            return list(
                self._xpath(selector) if selector.startswith(("/", "(")) else self._css(selector)
            )
        except (ValueError, SelectolaxError) as exc:
            raise ConfigError(
                f"{selector!r} cannot be used: {exc}", table="[[outlet.rules]]", key=key
            ) from exc

    def _css(self, selector: str) -> Iterator[Hit]:
        for node in self._tree.css(selector):
            yield Hit(node.mem_id, node.text() or node.attributes.get("content") or "")

    def _xpath(self, selector: str) -> list[Hit]:
        if self._copy is None:
            from scraper.extract.xpath import Copy  # lxml: 0.05 s, for few rules

            assert self._tree.root is not None
            self._copy = Copy(self._tree.root)
        return self._copy.hits(selector)


def selection_of(tree: LexborHTMLParser, rule: Rule | None) -> Selection:
    """Return what a rule selects on a page.

    Raises:
        ConfigError: a selector or a pattern of the rule cannot be used.
    """
    if rule is None:
        return Selection()
    page = Chooser(tree)
    titles = page.hits(rule.title, "title") if rule.title else []
    body: frozenset[int] = frozenset()
    body_selector = ""
    for body_selector in rule.body:
        body = frozenset(hit.key for hit in page.hits(body_selector, "body"))
        if body:
            break
    return Selection(
        title=next((line for hit in titles if (line := line_of(hit.text))), ""),
        body=body,
        body_selector=body_selector,
        strip=_named(page, rule.strip, "strip"),
        keep=_named(page, rule.keep, "keep"),
        strip_text=tuple(_pattern(text) for text in rule.strip_text),
    )


def _named(page: Chooser, selectors: tuple[str, ...], key: str) -> dict[int, str]:
    return {
        hit.key: selector for selector in reversed(selectors) for hit in page.hits(selector, key)
    }


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as exc:
        raise ConfigError(
            f"{text!r} is no regular expression: {exc}", table="[[outlet.rules]]", key="strip_text"
        ) from exc
