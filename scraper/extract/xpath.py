"""XPath over the tree that lexbor parsed: the tree is copied node by node into lxml's.

It parses no markup: a second parser would see another page, and its nodes would not be ours. Fence
of lxml.
"""

import re

from lxml import etree
from selectolax.lexbor import LexborNode

from scraper.extract.elements import Hit

# XML 1.0, section 2.2: what lxml refuses in text and values.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME = re.compile(r"[A-Za-z_][\w.-]*\Z", re.ASCII)


class Copy:
    """A page's tree for XPath; made once, asked as often as there are expressions."""

    def __init__(self, root: LexborNode) -> None:
        self._keys: dict[etree._Element, int] = {}
        self._root = self._element(root, None)
        todo = [(root.first_child, self._root)]
        while todo:
            node, parent = todo.pop()
            if node is None:
                continue
            todo.append((node.next, parent))
            if node.is_text_node:
                _append_text(parent, _NOT_XML.sub("", node.text_content or ""))
            elif node.is_element_node:
                todo.append((node.first_child, self._element(node, parent)))

    def hits(self, expression: str) -> list[Hit]:
        """Return what an expression selects, in document order.

        Raises:
            ValueError: it is no XPath, or one that selects no nodes.
        """
        try:
            found = self._root.getroottree().xpath(expression)
        except etree.XPathError as exc:
            raise ValueError(str(exc)) from exc
        if not isinstance(found, list):
            raise ValueError("it selects no nodes")
        return [self._hit(item) for item in found]

    def _hit(self, item: "etree._Element | str") -> Hit:
        if isinstance(item, str):
            home = item.getparent()  # type: ignore[attr-defined]  # lxml's string knows its home
            # The home of text behind an element is that element: it stands in the one around both.
            around = home.getparent() if item.is_tail else home  # type: ignore[attr-defined]
            return Hit(self._keys[around], str(item))
        return Hit(self._keys[item], "".join(item.itertext()))

    def _element(self, node: LexborNode, parent: "etree._Element | None") -> "etree._Element":
        tag = node.tag if node.tag and _NAME.match(node.tag) else "unknown"
        element = etree.Element(tag) if parent is None else etree.SubElement(parent, tag)
        for name, value in node.attributes.items():
            if _NAME.match(name):
                element.set(name, _NOT_XML.sub("", value or ""))
        self._keys[element] = node.mem_id
        return element


def _append_text(parent: "etree._Element", text: str) -> None:
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text
