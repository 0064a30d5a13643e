"""What stands around a page's headline: the elements in which bylines and dates are printed.

It reads a few dozen elements, not the page, and judges none of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scraper.extract.elements import words_in
from scraper.extract.layout import line_of
from scraper.extract.metadata import letters_of

_MOST_ELEMENTS = 160
_MOST_CHARS = 160  # of a line that may be a byline or a date
_MOST_LINK = 80  # characters of a link that may be a name or a date
_CLIMB = 3  # elements above the headline whose other children are looked at
_ROOTS = frozenset({"body", "html", "main", "article"})
_APART = frozenset({"nav", "aside", "footer", "script", "style", "svg", "form", "button", "iframe",
                    "figure", "figcaption", "blockquote"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Near:
    """An element near the headline; `key`, `above` are the parser's ids of it and its parent."""

    tag: str
    text: str
    attrs: dict[str, str | None]
    words: frozenset[str]  # of class, id, itemprop and rel
    key: int
    above: int

    def attr(self, name: str) -> str:
        """Return an attribute, empty where it is missing."""
        return self.attrs.get(name) or ""


def near_headline(tree: LexborHTMLParser, headline: str) -> list[Near]:
    """Return the elements around the headline with a short text or a date, in document order."""
    head = _headline(tree, headline)
    if head is None:
        return []
    top = head
    for _ in range(_CLIMB):
        above = top.parent
        if above is None or above.tag in _ROOTS:
            break
        top = above
    found: list[Near] = []
    longer: set[int] = set()  # ids of what holds more text than a byline does
    for node in reversed(list(islice(_elements_from(top), _MOST_ELEMENTS))):
        near = _near(node, longer)
        if near.text or near.attr("datetime"):
            found.append(near)
    return found[::-1]


def _headline(tree: LexborHTMLParser, headline: str) -> LexborNode | None:
    heads = tree.css("h1") or tree.css('[itemprop~="headline"]') or tree.css("h2")[:3]
    letters = letters_of(headline)
    same = (node for node in heads if letters_of(node.text()) == letters)
    near = (node for node in heads if letters and letters in letters_of(node.text()))
    return next(same, None) or next(near, None) or next(iter(heads), None)


def _elements_from(top: LexborNode) -> Iterator[LexborNode]:
    """Yield an element, what is inside, and its later siblings, in document order."""
    todo: list[LexborNode | None] = [top]
    while todo:
        node = todo.pop()
        if node is None:
            continue
        todo.append(node.next)
        if node.is_element_node and node.tag not in _APART:
            yield node
            if not _is_teaser(node):
                todo.append(node.first_child)


def _is_teaser(node: LexborNode) -> bool:
    """A link with a sentence in it leads to another story, whose date and writer are not ours."""
    return node.tag == "a" and len(node.text()) > _MOST_LINK


def _near(node: LexborNode, longer: set[int]) -> Near:
    """Return an element as readers see it; one that holds a long text is long, and is not read."""
    attrs, key = node.attributes, node.mem_id
    above = node.parent.mem_id if node.parent is not None else 0
    text = "" if key in longer else node.text(separator=" ")
    if key in longer or len(text) > 4 * _MOST_CHARS:
        longer.add(above)
        text = ""
    named = " ".join(attrs.get(name) or "" for name in ("class", "id", "itemprop", "rel"))
    return Near(
        tag=node.tag or "",
        text=line_of(text) if len(text.strip()) > 1 else "",
        attrs=attrs,
        words=words_in(named),
        key=key,
        above=above,
    )
