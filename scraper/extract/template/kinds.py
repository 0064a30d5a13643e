"""How often each kind of block in the body is story: by tag, by names, by its whole path.

Each page counts once, however many blocks of a kind it has: a live blog must not outvote.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from scraper.extract.template.lexicon import penalty_of
from scraper.extract.template.values import Rate

_FULL = 150  # characters of a kind on a page that make a whole vote
_PRIORS = {
    "p": 0.7, "blockquote": 0.7, "h2": 0.6, "h3": 0.6, "h4": 0.6, "li": 0.55, "ul": 0.55,
    "ol": 0.55, "div": 0.5, "td": 0.5, "tr": 0.5, "pre": 0.5, "section": 0.4, "header": 0.3,
    "aside": 0.15, "details": 0.15, "address": 0.15, "label": 0.15, "figure": 0.1,
    "figcaption": 0.1, "nav": 0.05, "footer": 0.05, "form": 0.05, "button": 0.05,
}  # fmt: skip
_ELSE = 0.4
_LINKED = 0.3  # what of a tag's prior is left to a block that is a link from end to end
_HEAVY = frozenset(
    {"aside", "nav", "figure", "figcaption", "footer", "form", "details", "address", "label"}
)


@dataclass(slots=True)
class Vote:
    """What one page says of one key."""

    kept: float = 0.0
    chars: float = 0.0
    links: float = 0.0
    blocks: int = 0
    longest: int = 0


class Tally:
    """Votes by key and page, made into rates."""

    def __init__(self) -> None:
        self._votes: dict[str, dict[int, Vote]] = defaultdict(lambda: defaultdict(Vote))

    def add(self, keys: Iterable[str], page: int, *, kept: float, chars: int, links: float) -> None:
        """Count a block of a page under some keys."""
        for key in keys:
            vote = self._votes[key][page]
            vote.kept += kept * chars
            vote.chars += chars
            vote.links += links * chars
            vote.blocks += 1
            vote.longest = max(vote.longest, chars)

    def rates(self, story: Sequence[int]) -> dict[str, Rate]:
        """Return the rates; captures of one story share one vote."""
        captures: dict[int, int] = defaultdict(int)
        for number in story:
            captures[number] += 1
        found = {}
        for key, pages in sorted(self._votes.items()):
            weights = {
                page: min(1.0, vote.chars / _FULL) / captures[story[page]]
                for page, vote in pages.items()
            }
            kept = sum(weights[page] * vote.kept / vote.chars for page, vote in pages.items())
            found[key] = Rate(
                kept=round(kept, 4),
                seen=round(sum(weights.values()), 4),
                stories=len({story[page] for page in pages}),
                blocks=round(sum(vote.blocks for vote in pages.values()) / len(pages), 2),
                longest=max(vote.longest for vote in pages.values()),
            )
        return found

    def link_share(self, key: str) -> float:
        """Return the share of a key's characters that stand in links."""
        votes = self._votes[key].values()
        chars = sum(vote.chars for vote in votes)
        return sum(vote.links for vote in votes) / chars if chars else 0.0


def prior_of(tag: str, shape: str = "") -> float:
    """Return the share of a tag's blocks that is story, where nothing is known."""
    prior = _PRIORS.get(tag, _ELSE)
    return prior * _LINKED if shape == "a" and tag != "blockquote" else prior


def rate_of(kinds: Mapping[str, Rate], keys: Sequence[str], tag: str, shape: str) -> float:
    """Return the share of a kind that is story: from its tag to its whole path, each level drawn
    towards the one above it by as much as it was seen little."""
    rate = prior_of(tag, shape)
    weight = 6.0 if tag in _HEAVY else 1.0
    for key in keys:
        if (found := kinds.get(key)) is not None:
            rate = (found.kept + weight * rate) / (found.seen + weight)
    return rate


def subtree_rate(found: Rate, tag: str, signature: str, links: float) -> float:
    """Return the share of what stands below a path that is story, lowered by what it is called."""
    rate = (found.kept + prior_of(tag)) / (found.seen + 1)
    rate -= penalty_of(signature)
    return rate - (0.2 if links > 0.5 else 0.0)
