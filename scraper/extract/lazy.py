"""Blocks that are made when somebody first reads them: most readers of an article never do.

It makes no blocks; it waits for them.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, SupportsIndex, overload

from scraper.model import Block


class LazyBlocks(tuple[Block, ...]):  # noqa: SLOT001 - a tuple cannot have slots of its own
    """A tuple of blocks that is empty inside until it is looked at.

    To whoever reads, compares, copies or pickles it, it is the tuple of its blocks. It is a tuple
    by type, since `Article.blocks` says so; C code that looks into a tuple without asking it
    (`json.dumps`) sees nothing, and is given plain ones by `dataclasses.asdict` and `tuple()`.
    """

    _make: Callable[[], Iterable[Block]]
    _made: tuple[Block, ...] | None

    def __new__(cls, source: Callable[[], Iterable[Block]] | Iterable[Block]) -> Any:
        """Return lazy blocks for a function that makes them, a plain tuple for blocks."""
        if not callable(source):
            return tuple(source)
        lazy = super().__new__(cls)
        lazy._make, lazy._made = source, None
        return lazy

    def _blocks(self) -> tuple[Block, ...]:
        if self._made is None:
            self._made = tuple(self._make())
            del self._make  # it holds a whole page
        return self._made

    def __iter__(self) -> Iterator[Block]:
        return iter(self._blocks())

    def __len__(self) -> int:
        return len(self._blocks())

    @overload
    def __getitem__(self, at: SupportsIndex) -> Block: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Block, ...]: ...
    def __getitem__(self, at: SupportsIndex | slice) -> Block | tuple[Block, ...]:
        return self._blocks()[at]

    def __contains__(self, block: object) -> bool:
        return block in self._blocks()

    def __eq__(self, other: object) -> bool:
        return self._blocks() == (tuple(other) if isinstance(other, LazyBlocks) else other)

    def __hash__(self) -> int:
        return hash(self._blocks())

    def __add__(self, other: Any) -> Any:
        return self._blocks() + tuple(other)

    def __repr__(self) -> str:
        return repr(self._blocks())

    def __reduce__(self) -> Any:
        return tuple, (self._blocks(),)
