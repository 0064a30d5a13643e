"""How near a text is to its gold: the measure of scrapinghub/article-extraction-benchmark.

It knows no extractor; EXTRACTION A4 is where the conventions of the golds were counted.
"""

import random
import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(r"\w+")
_GRAM = 4
_DRAWS = 1000

# Roles that a set's golds leave out: nine blocks of ten, or more (EXTRACTION A4).
LEFT_OUT: dict[str, frozenset[str]] = {
    "aeb": frozenset({"standfirst"}),
    "fundus-tests": frozenset({"list", "quote", "table"}),
}


@dataclass(frozen=True, slots=True)
class Score:
    """Precision and recall of one text, and whether its tokens are the gold's, in order."""

    precision: float
    recall: float
    exact: bool

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return harmonic(self.precision, self.recall)


def tokens_of(text: str) -> list[str]:
    """Return the words of a text, as the measure counts them: composed, lest accents part words."""
    return _TOKEN.findall(unicodedata.normalize("NFC", text))


def grams_of(tokens: Sequence[str]) -> Counter[tuple[str, ...]]:
    """Return the multiset of 4-grams; a shorter text is one gram."""
    if not tokens:
        return Counter()
    count = max(1, len(tokens) - _GRAM + 1)
    return Counter(tuple(tokens[at : at + _GRAM]) for at in range(count))


@lru_cache(maxsize=1024)
def _counted(gold: str) -> tuple[list[str], Counter[tuple[str, ...]]]:
    """Return a gold's words and 4-grams: many texts are held against each."""
    tokens = tokens_of(gold)
    return tokens, grams_of(tokens)


def score_of(gold: str, found: str) -> Score:
    """Return how near a text is to its gold."""
    gold_tokens, want = _counted(gold)
    found_tokens = tokens_of(found)
    have = grams_of(found_tokens)
    right = (want & have).total()
    if not want and not have:
        return Score(1.0, 1.0, True)
    return Score(
        right / have.total() if have else 0.0,
        right / want.total() if want else 0.0,
        gold_tokens == found_tokens,
    )


def harmonic(precision: float, recall: float) -> float:
    """Return the harmonic mean, 0 where both are 0."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def f1_of(scores: Sequence[Score]) -> float:
    """Return F1 of mean precision and mean recall, as the benchmark defines it."""
    return harmonic(
        statistics.fmean(score.precision for score in scores),
        statistics.fmean(score.recall for score in scores),
    )


def exact_of(scores: Sequence[Score]) -> float:
    """Return the share of pages that are exactly right."""
    return statistics.fmean(score.exact for score in scores)


def interval_of(
    scores: Sequence[Score], figure: Callable[[Sequence[Score]], float]
) -> tuple[float, float]:
    """Return the 95 % interval of a figure, by bootstrap over pages; the same at each call."""
    dice = random.Random(4)
    drawn = sorted(figure(dice.choices(scores, k=len(scores))) for _ in range(_DRAWS))
    return drawn[round(0.025 * _DRAWS)], drawn[round(0.975 * _DRAWS) - 1]


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value that a share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
