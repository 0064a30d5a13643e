"""Parts of a parser's tree: outermost matches of a selector, and what stands between two nodes.

It reads no text.
"""

from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode


def outermost(tree: LexborHTMLParser, css: str) -> list[LexborNode]:
    """Return the nodes that a selector chooses, without those inside another one, in order."""
    nodes = tree.css(css)
    if len(nodes) < 2:
        return nodes
    keys = {node.mem_id for node in nodes}
    return [node for node in nodes if not any(up.mem_id in keys for up in ancestors(node))]


def ancestors(node: LexborNode) -> Iterator[LexborNode]:
    """Yield the nodes above a node, nearest first."""
    at = node.parent
    while at is not None:
        yield at
        at = at.parent


def between(first: LexborNode, last: LexborNode) -> list[LexborNode]:
    """Return the subtrees behind one node and before another, in order; none where one holds the
    other."""
    rising, falling = [first, *ancestors(first)], [last, *ancestors(last)]
    places = {node.mem_id: at for at, node in enumerate(falling)}
    up = next((at for at, node in enumerate(rising) if node.mem_id in places), 0)
    down = places.get(rising[up].mem_id, 0)
    if up == 0 or down == 0:
        return []
    behind = [node for step in rising[: up - 1] for node in _after(step, None)]
    behind += _after(rising[up - 1], falling[down - 1])
    before = [node for step in reversed(falling[: down - 1]) for node in _until(step)]
    return [*behind, *before]


def _after(node: LexborNode, end: LexborNode | None) -> list[LexborNode]:
    """Return the siblings behind a node, up to one of them."""
    found, at = [], node.next
    while at is not None and (end is None or at.mem_id != end.mem_id):
        found.append(at)
        at = at.next
    return found if end is None or at is not None else []


def _until(node: LexborNode) -> list[LexborNode]:
    """Return the siblings before a node."""
    found, at = [], node.prev
    while at is not None:
        found.append(at)
        at = at.prev
    return found[::-1]
