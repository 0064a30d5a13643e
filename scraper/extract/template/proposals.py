"""Selectors that a maintainer may take over as a rule, each with the evidence for it.

Nothing here is applied: what a template strips, it strips by what it saw, not by these.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from scraper.extract.elements import Element
from scraper.extract.template.lexicon import ASIDES
from scraper.extract.template.observed import Seen
from scraper.extract.template.selector import Part, parts_of
from scraper.extract.template.values import Proposal

_LEAST_PAGES = 2
_LEAST_CHARS = 40  # that a further selector removes
_MOST = 12
_SAMPLES = 2
_SAMPLE_CHARS = 80
_TYPOGRAPHY = ("body", "text", "type", "font", "para", "heading")  # stems that name no part


@dataclass(slots=True)
class Matched:
    """What one selector chose inside the bodies of some pages."""

    pages: set[int] = field(default_factory=set)
    kept: int = 0
    blocks: dict[tuple[int, int], Seen] = field(default_factory=dict)


Judged = tuple[int, int, Seen, Sequence[Element], bool]  # page, block, its path below, is story


def strips_of(blocks: Sequence[Judged], pages: int) -> tuple[Proposal, ...]:
    """Return selectors inside the body that chose no story on any page, most text first."""
    matched: dict[str, Matched] = defaultdict(Matched)
    for page, at, seen, below, is_story in blocks:
        for css in {css for element in below for css in _options(element)}:
            found = matched[css]
            found.kept += is_story
            found.pages.add(page)
            found.blocks[page, at] = seen
    options = {
        css: found
        for css, found in sorted(matched.items())
        if not found.kept and len(found.pages) >= _LEAST_PAGES
    }
    return tuple(_greedy(options, pages))


def _greedy(options: dict[str, Matched], pages: int) -> Iterator[Proposal]:
    taken: set[tuple[int, int]] = set()
    for _ in range(_MOST):
        gains = {
            css: sum(seen.chars for key, seen in found.blocks.items() if key not in taken)
            for css, found in options.items()
        }
        best = max(gains, key=lambda css: (gains[css], -len(css)), default=None)
        if best is None or gains[best] < _LEAST_CHARS:
            return
        taken |= options[best].blocks.keys()
        yield proposal_of(best, options[best], pages)


def proposal_of(css: str, found: Matched, pages: int) -> Proposal:
    """Return a selector with how many pages it chose something on, and what."""
    seen = list(found.blocks.values())
    texts = dict.fromkeys(" ".join(one.piece.text.split())[:_SAMPLE_CHARS] for one in seen)
    return Proposal(
        css=css,
        pages=len(found.pages),
        of=pages,
        chars=sum(one.chars for one in seen),
        samples=tuple(texts)[:_SAMPLES],
    )


def _options(element: Element) -> Iterator[str]:
    if element.tag in ASIDES:
        yield element.tag
    for part in parts_of(element):
        if part.rank >= 0 and not _is_typography(part):  # below: a drawn class, that has a stem
            yield part.css


def _is_typography(part: Part) -> bool:
    return part.kind == "stem" and part.value.lower().startswith(_TYPOGRAPHY)


def headings_of(pages: Sequence[Sequence[Seen]]) -> tuple[Proposal, ...]:
    """Return the selector of the element that holds the headline: the plainest that always does."""
    return _shared_by([[seen for seen in page if seen.role == "headline"] for page in pages])


def leads_of(pages: Sequence[Sequence[Seen]]) -> tuple[Proposal, ...]:
    """Return the selector of the elements that hold standfirsts."""
    return _shared_by(pages)


def _shared_by(pages: Sequence[Sequence[Seen]]) -> tuple[Proposal, ...]:
    matched: dict[str, Matched] = defaultdict(Matched)
    ranks: dict[str, float] = {}
    for number, page in enumerate(pages):
        for at, seen in enumerate(page):
            owner = seen.piece.owner
            for css, rank in _named(owner):
                matched[css].pages.add(number)
                matched[css].blocks[number, at] = seen
                ranks[css] = rank
    with_any = sum(1 for page in pages if page)
    best = max(
        sorted(matched),
        key=lambda css: (len(matched[css].pages), ranks[css], -len(css)),
        default="",
    )
    if not best or len(matched[best].pages) < max(1, with_any / 2):
        return ()
    return (proposal_of(best, matched[best], len(pages)),)


def _named(element: Element) -> Iterator[tuple[str, float]]:
    if element.tag == "h1":
        yield "h1", 3.0
    for part in parts_of(element):
        yield f"{element.tag}{part.css}", part.rank
