"""A page's visible text in pieces that stand alone, each with its element, links and marks.

It drops what has no letter or digit, and nothing else: which pieces are the article is decided
elsewhere.
"""

import re
from collections import Counter
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from scraper.extract.elements import Element, is_hiding, words_in

_SKIPPED = frozenset(
    {
        "script", "style", "noscript", "template", "svg", "iframe", "head", "select", "option",
        "textarea", "canvas", "object", "audio", "video", "math",
    }
)  # fmt: skip
_BLOCK_TAGS = frozenset(
    {
        "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ul", "ol", "dl", "dt", "dd",
        "blockquote", "td", "th", "tr", "table", "tbody", "thead", "tfoot", "section",
        "article", "main", "aside", "header", "footer", "nav", "figure", "figcaption", "pre",
        "form", "address", "details", "summary", "button", "center", "caption", "label",
        "picture", "fieldset", "hgroup", "body", "html", "search", "dialog", "menu", "hr",
    }
)  # fmt: skip
_READERS_ONLY = frozenset({"sr", "visuallyhidden", "screenreader", "offscreen", "srt"})
_WORD_CHAR = re.compile(r"\w")
_CELL_MAX = 300  # characters; longer cells are a layout's columns, not a table's
_TOKEN = re.compile(r"\w+")
# Scripts in which one character says what takes others about three: CJK, kana, Hangul.
_DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")


@dataclass(slots=True, eq=False)
class Piece:
    """A run of text between block boundaries. `inner` is the inline element that wraps it all."""

    index: int
    text: str
    owner: Element
    inner: Element | None = None
    link_chars: int = 0
    links: int = 0
    bold_chars: int = 0
    italic_chars: int = 0
    has_time: bool = False
    in_button: bool = False
    cut: bool = False  # a rule's strip selector chose it inside a paragraph
    tokens: tuple[str, ...] = field(default=(), repr=False)

    @property
    def place(self) -> Element:
        """The innermost element that holds all of it."""
        return self.inner or self.owner

    @property
    def link_share(self) -> float:
        """Share of its characters inside links, 0 to 1."""
        return min(1.0, self.link_chars / max(1, len(self.text)))

    @property
    def length(self) -> int:
        """Its length in characters, dense scripts counted three times."""
        return length_of(self.text)


@dataclass(slots=True)
class _Run:
    """Text that is being collected since the last block boundary."""

    parts: list[str] = field(default_factory=list)
    inners: set[Element | None] = field(default_factory=set)
    link_chars: int = 0
    links: int = 0
    bold_chars: int = 0
    italic_chars: int = 0
    has_time: bool = False
    breaks: int = 0


class _Walk:
    """One pass over the tree; `marks` counts the inline elements that are open, by kind."""

    def __init__(self, cut: AbstractSet[int]) -> None:
        self.cut = cut
        self.pieces: list[Piece] = []
        self.elements: dict[int, Element] = {}
        self.marks: Counter[str] = Counter()
        self.run = _Run()
        self.nth: Counter[tuple[int, str]] = Counter()
        self.rows: list[int] = []
        self.asides: list[tuple[str, Element]] = []

    def over(self, body: LexborNode) -> None:
        """Walk a subtree without recursion: pages nest deeper than Python's stack."""
        at = self._enter(body, None)
        if at is None:
            return
        todo: list[tuple[LexborNode | None, Element]] = [(body.first_child, at)]
        while todo:
            node, parent = todo.pop()
            if node is None:
                self._leave(parent)
                continue
            todo.append((node.next, parent))
            if node.is_text_node:
                self._add(node.text_content or "", parent)
            elif node.is_element_node and (at := self._enter(node, parent)) is not None:
                todo.append((node.first_child, at))

    def _enter(self, node: LexborNode, parent: Element | None) -> Element | None:
        tag = node.tag or ""
        if tag in _SKIPPED:
            return None
        if tag == "br":
            self._break(parent)
            return None
        element = self._element(node, tag, parent)
        if element.is_inline:
            if _is_for_readers(element) or (element.hidden and not (parent and parent.hidden)):
                return None
            if element.key in self.cut and parent is not None:
                self.asides.append((node.text(), element))
                return None
            self._mark(element, 1)
            return element
        if parent is not None:
            self._flush(_block_of(parent))
        if tag == "tr":
            self.rows.append(len(self.pieces))
        if tag == "button":
            self.marks["button"] += 1
        return element

    def _element(self, node: LexborNode, tag: str, parent: Element | None) -> Element:
        attrs = node.attributes
        mother = 0 if parent is None else parent.key
        self.nth[mother, tag] += 1
        element = Element(
            key=node.mem_id,
            tag=tag,
            attrs=attrs,
            parent=parent,
            order=len(self.elements),
            nth=self.nth[mother, tag],
            depth=0 if parent is None else parent.depth + 1,
            is_inline=not (tag in _BLOCK_TAGS or "-" in tag),
            hidden=(parent is not None and parent.hidden) or is_hiding(attrs),
        )
        self.elements[element.key] = element
        return element

    def _mark(self, element: Element, step: int) -> None:
        if element.tag == "a" and "href" in element.attrs:
            self.marks["link"] += step
            self.run.links += step > 0
        elif element.tag in {"b", "strong"}:
            self.marks["bold"] += step
        elif element.tag in {"i", "em"}:
            self.marks["italic"] += step
        elif element.tag == "time":
            self.marks["time"] += step

    def _add(self, text: str, parent: Element) -> None:
        run = self.run
        run.parts.append(text)
        chars = len(text.strip())
        if not chars:
            return
        run.breaks = 0
        run.inners.add(_top_inline(parent))
        run.link_chars += chars * (self.marks["link"] > 0)
        run.bold_chars += chars * (self.marks["bold"] > 0)
        run.italic_chars += chars * (self.marks["italic"] > 0)
        run.has_time |= self.marks["time"] > 0

    def _break(self, parent: Element | None) -> None:
        self.run.breaks += 1
        self.run.parts.append(" ")
        if self.run.breaks > 1 and parent is not None:
            self._flush(_block_of(parent))

    def _leave(self, element: Element) -> None:
        if element.is_inline:
            self._mark(element, -1)
            return
        self._flush(element)
        if element.tag == "tr":
            self._join_row(self.rows.pop(), element)
        if element.tag == "button":
            self.marks["button"] -= 1

    def _flush(self, owner: Element) -> None:
        run, self.run = self.run, _Run()
        text = " ".join("".join(run.parts).split())
        if _WORD_CHAR.search(text):
            inner = next(iter(run.inners)) if len(run.inners) == 1 else None
            self._keep(
                Piece(
                    index=0,
                    text=text,
                    owner=owner,
                    inner=inner,
                    link_chars=run.link_chars,
                    links=run.links,
                    bold_chars=run.bold_chars,
                    italic_chars=run.italic_chars,
                    has_time=run.has_time,
                    in_button=self.marks["button"] > 0,
                )
            )
        for aside, element in self.asides:
            if _WORD_CHAR.search(aside):
                self._keep(
                    Piece(
                        index=0, text=" ".join(aside.split()), owner=owner, inner=element, cut=True
                    )
                )
        self.asides.clear()

    def _keep(self, piece: Piece) -> None:
        piece.tokens = tokens_of(piece.text)
        self.pieces.append(piece)

    def _join_row(self, start: int, row: Element) -> None:
        """Make the cells of a table's row one piece; a layout's row stays in its pieces."""
        cells = self.pieces[start:]
        homes = {_cell_of(cell.owner) for cell in cells}
        if len(cells) < 2 or len(homes) < len(cells) or any(len(c.text) > _CELL_MAX for c in cells):
            return
        self.pieces[start:] = [
            Piece(
                index=0,
                text=" | ".join(cell.text for cell in cells),
                owner=row,
                link_chars=sum(cell.link_chars for cell in cells),
                links=sum(cell.links for cell in cells),
                bold_chars=sum(cell.bold_chars for cell in cells),
                has_time=any(cell.has_time for cell in cells),
                in_button=any(cell.in_button for cell in cells),
                tokens=tuple(token for cell in cells for token in cell.tokens),
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
    for index, piece in enumerate(walk.pieces):
        piece.index = index
    return walk.pieces, walk.elements


def length_of(text: str) -> int:
    """Return the length of a text in characters, dense scripts counted three times."""
    return len(text) + 2 * len(_DENSE.findall(text))


def tokens_of(text: str) -> tuple[str, ...]:
    """Return the words of a text in lower case."""
    return tuple(_TOKEN.findall(text.lower()))


def _block_of(element: Element) -> Element:
    return next((at for at in element.lineage() if not at.is_inline), element)


def _top_inline(element: Element) -> Element | None:
    top = None
    for at in element.lineage():
        if not at.is_inline:
            return top
        top = at
    return top


def _cell_of(element: Element) -> Element:
    return next((at for at in element.lineage() if at.tag in {"td", "th"}), element)


def _is_for_readers(element: Element) -> bool:
    """Inline text that only screen readers say, such as "opens new tab" in each link."""
    words = words_in(element.attr("class"))
    return bool(words) and (
        {"visually", "hidden"} <= words
        or {"screen", "reader"} <= words
        or {"sr", "only"} <= words
        or bool(words & (_READERS_ONLY - {"sr"}))
    )
