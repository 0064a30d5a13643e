"""Who decides about a block: the template's share of story, or the single page's verdict.

Both are asked; the one that rests on more weighs more.
"""

from collections.abc import Sequence

from scraper.extract.pieces import Piece
from scraper.extract.template.judge import Opinion
from scraper.extract.verdict import Verdict

LEAST_KEPT = 150  # characters; a body that holds less was not found
PROSE = 80  # characters of a block outside the body that has to be explained
BULK = 1000  # characters at a place that held half a body's while learning
_OWN = 0.6  # weight of the single page's verdict, in stories
# Of one that names what a block is, by its words: kinds of blocks know nothing of words, but for
# those that a page has once or twice.
_NAMED, _NAMED_RARE = 6.0, 2.0
_LOOSE = frozenset({"other", "dateline", "body", "list", "quote", "table", "subheading"})
_MOST_STORIES = 4.0  # more do not make an opinion weigh more
# Share of story from which on a block is kept that nobody else is asked about; witnesses disagree
# on headings. .2 to .45 measure alike (EXTRACTION 2.7). A link from end to end leads elsewhere.
_LIKELY, _LIKELY_HEADING, _LIKELY_LINK = 0.45, 0.3, 0.6
_HEADINGS = frozenset({"h2", "h3", "h4"})
_LONGER = 2  # times the longest that was stripped: that is something else


def is_story(opinion: Opinion, verdict: Verdict, chars: int) -> bool:
    """Say whether a block is story: the template's share of it, and the single page's verdict."""
    own = _OWN
    if not verdict.kept and verdict.role not in _LOOSE:
        own = _NAMED_RARE if opinion.is_rare else _NAMED
    elif verdict.kept and _is_far_longer(opinion, chars):
        own = _NAMED
    return _share(opinion, own, kept=verdict.kept) >= 0.5


def is_settled(opinion: Opinion, chars: int) -> bool | None:
    """Say whether a block is story whatever the single page would say; None where that counts."""
    kept, stripped = _share(opinion, _OWN, kept=True), _share(opinion, _OWN, kept=False)
    if (kept >= 0.5) is not (stripped >= 0.5) or _is_far_longer(opinion, chars):
        return None
    return kept >= 0.5


def is_likely(opinion: Opinion, tag: str) -> bool:
    """Say whether a block of which little is known is story, with nobody else to ask."""
    if opinion.is_link:
        return opinion.rate >= _LIKELY_LINK
    return opinion.rate >= (_LIKELY_HEADING if tag in _HEADINGS else _LIKELY)


def _share(opinion: Opinion, own: float, *, kept: bool) -> float:
    weight = min(opinion.stories, _MOST_STORIES)
    return (opinion.rate * weight + own * kept) / (weight + own)


def _is_far_longer(opinion: Opinion, chars: int) -> bool:
    """A block of a kind that is not story, twice as long as any of them."""
    return 0 < _LONGER * opinion.longest < chars


def mark_items(pieces: Sequence[Piece], verdicts: Sequence[Verdict]) -> None:
    """Mark the first kept block of each list item."""
    seen: set[int] = set()
    for piece, verdict in zip(pieces, verdicts, strict=True):
        if verdict.kept and verdict.role == "list":
            item = next((at.key for at in piece.owner.lineage() if at.tag == "li"), 0)
            verdict.starts_item = item not in seen
            seen.add(item)
