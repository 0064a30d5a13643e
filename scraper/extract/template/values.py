"""What was learnt of an outlet's pages: a frozen value that can be written down and read back.

It reads no page: `judge` does, by what stands here.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

VERSION = 1  # of the written form; another one is not read, and what it held is learnt again


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How often blocks of a kind were kept: sums over pages, each page counted once.

    `blocks` is how many of them a page had that had any, `longest` the characters of the longest.
    """

    kept: float
    seen: float
    stories: int
    blocks: float = 1.0
    longest: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One way in which an outlet lays its articles out.

    `names` are the names of elements that recur; others are not heard. `kinds` and `subtrees` are
    rates by what is written of a block's path below the body, `holders` the paths that held blocks
    below them. `texts` holds recurring texts by
    their zone, each with the number of stories, `grams` the runs of words of those.
    """

    pages: int
    stories: int
    body: str
    shape: frozenset[str]
    names: frozenset[str]
    by_place: bool = False
    kinds: Mapping[str, Rate] = field(default_factory=dict)
    subtrees: Mapping[str, Rate] = field(default_factory=dict)
    holders: frozenset[str] = frozenset()
    texts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    grams: Mapping[str, frozenset[str]] = field(default_factory=dict)
    labels: Mapping[str, int] = field(default_factory=dict)
    standfirsts: Mapping[str, Rate] = field(default_factory=dict)
    outside: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """What was learnt of an outlet's pages, one layout after the other, the most frequent first."""

    layouts: tuple[Layout, ...] = ()
    pages: int = 0
    stories: int = 0

    def __hash__(self) -> int:
        return hash((self.pages, self.stories, *(layout.body for layout in self.layouts)))

    def to_json(self) -> str:
        """Return it as text: the same text for equal templates, whatever process wrote it."""
        said = {"version": VERSION, **asdict(self)}
        return json.dumps(said, default=sorted, sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self | None:
        """Return what `to_json` wrote, or None where another version wrote it."""
        said: dict[str, Any] = json.loads(text)
        if said.pop("version", None) != VERSION:
            return None
        layouts = tuple(_layout_of(layout) for layout in said.pop("layouts"))
        return cls(layouts=layouts, **said)


def _layout_of(said: dict[str, Any]) -> Layout:
    for name in ("shape", "names", "holders"):
        said[name] = frozenset(said[name])
    for name in ("kinds", "subtrees", "standfirsts"):
        said[name] = {key: Rate(**rate) for key, rate in said[name].items()}
    said["grams"] = {zone: frozenset(runs) for zone, runs in said["grams"].items()}
    return Layout(**said)
