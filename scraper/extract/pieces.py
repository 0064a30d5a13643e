"""A page's visible text in pieces that stand alone, each with its element, links and marks.

It drops what has no letter or digit, and nothing else: which pieces are the article is decided
elsewhere.
"""

import re
from collections.abc import Set as AbstractSet
from functools import lru_cache

from selectolax.lexbor import LexborNode

from scraper.extract.elements import (
    BOLD,
    BUTTON,
    ITALIC,
    LINK,
    TIME,
    Element,
    is_for_readers,
)

_SKIPPED = frozenset(
    {
        "-comment", "-doctype", "-document",  # the parser's names of what is no element
        "script", "style", "noscript", "template", "svg", "iframe", "head", "select", "option",
        "textarea", "canvas", "object", "audio", "video", "math",
    }
)  # fmt: skip
_WORD_CHAR = re.compile(r"\w")
_CELL_MAX = 300  # characters; longer cells are a layout's columns, not a table's
_TOKEN = re.compile(r"\w+")
# Bytes of ASCII text in which all but letters, digits and underscores are blanks.
_WORDS_ONLY = bytes(c if chr(c).isalnum() or chr(c) == "_" else 32 for c in range(128)) + bytes(128)
# What is set in otherwise plain English text.
_TYPOGRAPHY = ("\u2019", "\u201c", "\u201d", "\u2014", "\u2013", "\u2018", "\u2026")
# Scripts in which one character says what takes others about three: CJK, kana, Hangul.
_DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")


class Piece:
    """A run of text between block boundaries. `inner` is the inline element that wraps it all.

    `place` is the innermost element that holds all of it, `link_share` the share of its characters
    inside links, `length` its characters with dense scripts counted three times; `cut` says that a
    rule's strip selector chose it inside a paragraph. `is_prose` is `containers.is_prose`'s.
    """

    __slots__ = (
        "bold_chars", "cut", "has_time", "in_button", "index", "inner", "is_prose", "italic_chars",
        "length", "link_chars", "link_share", "links", "owner", "place", "text", "tokens",
    )  # fmt: skip

    is_prose: bool | None

    def __init__(
        self,
        index: int,
        text: str,
        owner: Element,
        inner: Element | None = None,
        *,
        link_chars: int = 0,
        links: int = 0,
        bold_chars: int = 0,
        italic_chars: int = 0,
        has_time: bool = False,
        in_button: bool = False,
        cut: bool = False,
    ) -> None:
        self.index = index
        self.text = text
        self.owner = owner
        self.inner = inner
        self.link_chars = link_chars
        self.links = links
        self.bold_chars = bold_chars
        self.italic_chars = italic_chars
        self.has_time = has_time
        self.in_button = in_button
        self.cut = cut
        self.is_prose = None
        self.place = inner or owner
        self.tokens = tokens_of(text)
        self.link_share = min(1.0, link_chars / max(1, len(text)))
        self.length = length_of(text)


class _Run:
    """Text that is being collected since the last block boundary."""

    __slots__ = (
        "bold_chars", "breaks", "chars", "inner", "italic_chars", "link_chars", "links",
        "marks", "parts",
    )  # fmt: skip

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.inner: Element | None = None
        self.chars = self.link_chars = self.bold_chars = self.italic_chars = 0
        self.links = self.breaks = self.marks = 0

    def add(self, text: str, parent: Element) -> None:
        """Take the text of a node inside an element; it is more than white space."""
        self.parts.append(text)
        self.breaks = 0
        inner = parent.top or parent if parent.is_inline else None
        if self.chars == 0:
            self.inner = inner
        elif self.inner is not inner:
            self.inner = None
        chars = len(text.strip())
        self.chars += chars
        if marks := parent.marks:
            self.marks |= marks
            self.link_chars += chars if marks & LINK else 0
            self.bold_chars += chars if marks & BOLD else 0
            self.italic_chars += chars if marks & ITALIC else 0


class _Walk:
    """One pass over the tree."""

    def __init__(self, cut: AbstractSet[int]) -> None:
        self.cut = cut
        self.pieces: list[Piece] = []
        self.elements: dict[int, Element] = {}
        self.run = _Run()
        self.rows: list[int] = []
        self.asides: list[tuple[str, Element]] = []

    def over(self, body: LexborNode) -> None:
        """Walk a subtree without recursion: pages nest deeper than Python's stack."""
        tag = body.tag
        parent = None if tag is None or tag in _SKIPPED else self._enter(body, tag, None)
        if parent is None:
            return
        above: list[tuple[LexborNode, Element]] = []
        node = body.first_child
        while True:
            while node is not None:
                tag = node.tag
                if tag == "-text":
                    text = node.text_content
                    if text and not text.isspace():
                        self.run.add(text, parent)
                    elif self.run.chars:  # white space in front of all text is none
                        self.run.parts.append(" ")
                elif (
                    tag not in _SKIPPED
                    and tag is not None
                    and (at := self._enter(node, tag, parent)) is not None
                ):
                    above.append((node, parent))
                    parent, node = at, node.first_child
                    continue
                node = node.next
            if not parent.is_inline:
                self._leave(parent)
            if not above:
                return
            node, parent = above.pop()
            node = node.next

    def _enter(self, node: LexborNode, tag: str, parent: Element | None) -> Element | None:
        if tag == "br":
            self._break(parent)
            return None
        key = node.mem_id
        element = Element(key, tag, node.attributes, parent, len(self.elements))
        self.elements[key] = element
        if element.is_inline:
            return self._enter_inline(node, element, parent)
        if parent is not None:
            self._flush(parent.block or parent)
        if tag == "tr":
            self.rows.append(len(self.pieces))
        return element

    def _enter_inline(
        self, node: LexborNode, element: Element, parent: Element | None
    ) -> Element | None:
        if element.hidden and not (parent and parent.hidden):
            return None
        if element.attrs and (names := element.attrs.get("class")) and is_for_readers(names):
            return None
        if element.key in self.cut and parent is not None:
            self.asides.append((node.text(), element))
            return None
        if element.tag == "a" and "href" in element.attrs:
            self.run.links += 1
        return element

    def _break(self, parent: Element | None) -> None:
        self.run.breaks += 1
        if self.run.chars:
            self.run.parts.append(" ")
        if self.run.breaks > 1 and parent is not None:
            self._flush(parent.block or parent)

    def _leave(self, element: Element) -> None:
        self._flush(element)
        if element.tag == "tr":
            self._join_row(self.rows.pop(), element)

    def _flush(self, owner: Element) -> None:
        run = self.run
        if not run.parts and not self.asides:
            run.links = run.breaks = 0
            return
        self.run = _Run()
        text = " ".join("".join(run.parts).split()) if run.chars else ""
        if text and _WORD_CHAR.search(text):
            piece = Piece(
                len(self.pieces),
                text,
                owner,
                run.inner,
                link_chars=run.link_chars,
                links=max(run.links, run.marks & LINK),  # a link around the block counts as well
                bold_chars=run.bold_chars,
                italic_chars=run.italic_chars,
                has_time=bool(run.marks & TIME),
                in_button=bool(owner.marks & BUTTON),
            )
            self.pieces.append(piece)
        for aside, element in self.asides:
            if _WORD_CHAR.search(aside):
                text = " ".join(aside.split())
                self.pieces.append(Piece(len(self.pieces), text, owner, inner=element, cut=True))
        self.asides.clear()

    def _join_row(self, start: int, row: Element) -> None:
        """Make the cells of a table's row one piece; a layout's row stays in its pieces."""
        cells = self.pieces[start:]
        homes = {_cell_of(cell.owner) for cell in cells}
        if len(cells) < 2 or len(homes) < len(cells) or any(len(c.text) > _CELL_MAX for c in cells):
            return
        self.pieces[start:] = [
            Piece(
                start,
                " | ".join(cell.text for cell in cells),
                row,
                link_chars=sum(cell.link_chars for cell in cells),
                links=sum(cell.links for cell in cells),
                bold_chars=sum(cell.bold_chars for cell in cells),
                has_time=any(cell.has_time for cell in cells),
                in_button=any(cell.in_button for cell in cells),
            )
        ]


def pieces_in(
    body: LexborNode, cut: AbstractSet[int] = frozenset()
) -> tuple[list[Piece], dict[int, Element]]:
    """Return the pieces of a page in document order, and its elements by the parser's node id.

    `cut` holds ids of inline nodes whose text becomes a piece of its own.
    """
    walk = _Walk(cut)
    walk.over(body)
    return walk.pieces, walk.elements


def length_of(text: str) -> int:
    """Return the length of a text in characters, dense scripts counted three times."""
    if text.isascii():
        return len(text)
    return len(text) + 2 * len(_DENSE.findall(text))


def is_dense(text: str) -> bool:
    """Say whether a text has letters of a script that is written without spaces."""
    return not text.isascii() and _DENSE.search(text) is not None


@lru_cache(maxsize=1024)
def tokens_of(text: str) -> tuple[str, ...]:
    """Return the words of a text in lower case."""
    text = text.lower()
    if not text.isascii():
        plain = text
        for mark in _TYPOGRAPHY:
            plain = plain.replace(mark, " ")
        if not plain.isascii():
            return tuple(_TOKEN.findall(text))
        text = plain
    return tuple(text.encode().translate(_WORDS_ONLY).decode().split())  # a quarter of the time


def _cell_of(element: Element) -> Element:
    return next((at for at in element.lineage() if at.tag in {"td", "th"}), element)
