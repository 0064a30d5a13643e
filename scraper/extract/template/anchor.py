"""The element that holds the story on an outlet's pages, found by what it holds.

It gives no verdict on what stands in it.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from scraper.extract.template.lexicon import quality_of
from scraper.extract.template.observed import Observed, Seen
from scraper.extract.template.places import Places

_NEVER = frozenset(
    {
        "p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "tr", "ul", "ol", "blockquote", "span",
        "figure", "header", "footer", "nav", "a", "b", "i", "em", "strong",
    }
)  # fmt: skip
_ON_PAGES = 0.6  # share of the pages that have it
_CLOSE = 0.06  # to the best coverage
_QUALITY = 0.02


@dataclass(frozen=True, slots=True)
class Anchor:
    """A signature with the share of the story that it holds, and of itself that is story."""

    signature: str
    coverage: float
    purity: float


def anchor_of(
    pages: Sequence[Observed], places: Places, is_story: Callable[[Seen], bool]
) -> Anchor | None:
    """Return the signature that holds the most of the story and the least beside it."""
    coverage: dict[str, list[float]] = defaultdict(list)
    purity: dict[str, list[float]] = defaultdict(list)
    for page in pages:
        story, whole = _masses(page, places, is_story)
        total = story.pop("", 0.0)
        for signature, mass in whole.items():
            coverage[signature].append(story.get(signature, 0.0) / total if total else 0.0)
            purity[signature].append(story.get(signature, 0.0) / mass if mass else 0.0)
    found = [
        Anchor(signature, sum(shares) / len(pages), sum(purity[signature]) / len(shares))
        for signature, shares in sorted(coverage.items())
        if len(shares) >= _ON_PAGES * len(pages)
    ]
    if not found:
        return None
    most = max(anchor.coverage for anchor in found)
    near = [anchor for anchor in found if anchor.coverage >= most - _CLOSE]
    return max(near, key=_score)


def _score(anchor: Anchor) -> tuple[float, float]:
    quality = _QUALITY * quality_of(anchor.signature)
    return anchor.coverage * anchor.purity + quality, anchor.coverage


def _masses(
    page: Observed, places: Places, is_story: Callable[[Seen], bool]
) -> tuple[dict[str, float], Mapping[str, float]]:
    """Return the characters of story, and of all, below each signature; the whole under ``""``."""
    story: dict[str, float] = defaultdict(float)
    whole: dict[str, float] = defaultdict(float)
    for seen in page.seen:
        if seen.is_title:
            continue
        holders = {places.signature(at) for at in seen.path if at.tag not in _NEVER}
        mass = seen.chars * seen.vote if is_story(seen) else 0.0
        story[""] += mass
        for signature in holders:
            whole[signature] += seen.chars
            story[signature] += mass
    return story, whole


def anchors_on(page: Observed, places: Places, signature: str) -> frozenset[int]:
    """Return the ids of a page's outermost elements with a signature."""
    found = [at for at in page.elements.values() if places.signature(at) == signature]
    keys = {at.key for at in found}
    return frozenset(
        at.key for at in found if not any(up.key in keys for up in list(at.lineage())[1:])
    )
