"""Where two readings of the same pages part, and the selectors that would bring them together.

What stands beside a rule's body and belongs to the story all the same: headings of a live blog's
posts, standfirsts. And what stands inside and does not. It compares readings and reads no page.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

from scraper.extract.drawn import stem_of
from scraper.model import Article, Block

_LEAST_SAVED = 40  # characters that a selector saves on a page
_LEAST_PAGES = 2  # that a selector strips something on
_NAME = re.compile(r"[a-z][a-z0-9]*[.#][A-Za-z_][\w-]*\Z")
_NUMBER = re.compile(r":nth-of-type\(\d+\)\Z")
_MOST = 4
_SLIPS = 0.1  # share of what it chose that the page by itself may have missed: short headings

Readings = Sequence[Article | None]


@dataclass(slots=True)
class _Tally:
    """By selector: what it would change, on how many pages, and what it would change wrongly."""

    chars: Counter[str] = field(default_factory=Counter)
    pages: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)


def keeps_of(
    plain: Readings, ruled: Readings, taught: Readings, leads: Collection[str]
) -> tuple[str, ...]:
    """Return selectors of what a rule's body loses of the story, where another reading keeps it.

    Only such as chose next to nothing that the other did not keep. `leads` are those of
    standfirsts, for which the template is heard as well; they come first.
    """
    chosen = _lost_with(plain, ruled, leads)
    for css, chars in _lost_with(taught, ruled, leads).items():
        if css in leads:
            chosen[css] = max(chars, chosen[css])
    in_order = sorted(chosen, key=lambda css: (css not in leads, -chosen[css], css))
    return tuple(in_order[:_MOST])


def _lost_with(have: Readings, ruled: Readings, leads: Collection[str]) -> Counter[str]:
    """Return how many characters each selector would save, of those that choose story alone."""
    found = _tallied(have, ruled, _is_lost, _is_none_of_it, leads)
    return Counter(
        {
            css: chars
            for css, chars in found.chars.items()
            if chars >= _LEAST_SAVED * found.pages[css] and found.wrong[css] <= _SLIPS * chars
        }
    )


def strips_of(taught: Readings, ruled: Readings) -> tuple[str, ...]:
    """Return selectors of what a rule keeps and a template strips, on two pages at least.

    Only such as chose nothing that the template keeps.
    """
    found = _tallied(ruled, taught, _is_lost, _is_kept_by_both, ())
    chosen = [
        css
        for css, pages in found.pages.items()
        if pages >= _LEAST_PAGES and not found.wrong[css] and not css.startswith(("p.", "h"))
    ]
    chosen.sort(key=lambda css: (-found.pages[css], -found.chars[css], css))
    return tuple(chosen[:_MOST])


Seen = Callable[[Block, Collection[tuple[str, str]]], bool]


def _tallied(
    have: Readings, lack: Readings, is_right: Seen, is_wrong: Seen, known: Collection[str]
) -> _Tally:
    """Count by selector what one reading of the pages has and the other lacks."""
    tally = _Tally()
    for one, other in zip(have, lack, strict=True):
        if one is None or other is None:
            continue
        kept = {(block.path, block.text) for block in other.blocks if block.kept}
        saved = defaultdict[str, int](int)
        for block in one.blocks:
            for css in _selectors(block, known):
                if is_wrong(block, kept):
                    tally.wrong[css] += len(block.text)
                elif is_right(block, kept):
                    saved[css] += len(block.text)
        tally.chars.update(saved)
        tally.pages.update(saved.keys())
    return tally


def _is_lost(block: Block, kept: Collection[tuple[str, str]]) -> bool:
    return block.kept and (block.path, block.text) not in kept


def _is_none_of_it(block: Block, kept: Collection[tuple[str, str]]) -> bool:
    return not block.kept or block.role == "headline"


def _is_kept_by_both(block: Block, kept: Collection[tuple[str, str]]) -> bool:
    return (block.path, block.text) in kept


def _selectors(block: Block, known: Collection[str]) -> Iterator[str]:
    """Yield selectors of a block by its own name; drawn names are none that last."""
    last = _NUMBER.sub("", block.path.rsplit(" > ", 1)[-1])
    if last in known or (_NAME.match(last) and stem_of(re.split(r"[.#]", last)[1]) is None):
        yield last
