"""Numbers as steps with names: evidence is a set of words, so that a table can weigh each.

It measures nothing.
"""

from bisect import bisect_right
from collections.abc import Sequence


class Scale:
    """Steps of a quantity: `scale(value)` is the name of the step that a value lies on.

    `names` are those of its steps, in order.
    """

    __slots__ = ("_edges", "names")

    def __init__(self, name: str, edges: Sequence[float]) -> None:
        self._edges = tuple(edges)
        self.names = tuple(f"{name}:{step}" for step in range(len(edges) + 1))

    def __call__(self, value: float) -> str:
        """Return the name of the step; a value on an edge lies above it."""
        return self.names[bisect_right(self._edges, value)]
