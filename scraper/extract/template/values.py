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
class Proposal:
    """A selector for a maintainer: on how many of the pages it chose something, and what."""

    css: str
    pages: int
    of: int
    chars: int
    samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Selectors:
    """What a rule for an outlet could say. Each selector is proposed, none is applied."""

    body: tuple[Proposal, ...] = ()
    title: tuple[Proposal, ...] = ()
    standfirst: tuple[Proposal, ...] = ()
    strip: tuple[Proposal, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One way in which an outlet lays its articles out.

    `names` are the names of elements that recur; others are not heard. `kinds` and `subtrees` are
    rates by what is written of a block's path below the body, `holders` the paths that held blocks
    below them. `texts` holds recurring texts by
    their zone, each with the number of stories, `grams` the runs of words of those. `once` are the
    checksums of texts that one story had and not all witnesses kept, `bodies` those of texts that
    all kept: a page that has several of these tells a story again that was learnt from.
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
    once: frozenset[int] = frozenset()
    bodies: frozenset[int] = frozenset()
    standfirsts: Mapping[str, Rate] = field(default_factory=dict)
    outside: Mapping[str, float] = field(default_factory=dict)
    selectors: Selectors = Selectors()


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """What was learnt of an outlet's pages, one layout after the other, the most frequent first."""

    layouts: tuple[Layout, ...] = ()
    pages: int = 0
    stories: int = 0

    def __hash__(self) -> int:
        return hash((self.pages, self.stories, *(layout.body for layout in self.layouts)))

    def selectors(self) -> Selectors:
        """Return selectors that a maintainer may take over as a rule, with the evidence for each.

        Those of every layout, the most frequent layout's first.
        """
        all_of = [layout.selectors for layout in self.layouts]
        return Selectors(
            body=tuple(one for said in all_of for one in said.body),
            title=tuple(one for said in all_of for one in said.title),
            standfirst=tuple(one for said in all_of for one in said.standfirst),
            strip=tuple(one for said in all_of for one in said.strip),
        )

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
    for name in ("shape", "names", "holders", "once", "bodies"):
        said[name] = frozenset(said[name])
    for name in ("kinds", "subtrees", "standfirsts"):
        said[name] = {key: Rate(**rate) for key, rate in said[name].items()}
    said["grams"] = {zone: frozenset(runs) for zone, runs in said["grams"].items()}
    said["selectors"] = Selectors(
        **{name: tuple(map(_proposal_of, found)) for name, found in said["selectors"].items()}
    )
    return Layout(**said)


def _proposal_of(said: dict[str, Any]) -> Proposal:
    return Proposal(**said | {"samples": tuple(said["samples"])})
