"""The evidence on each piece weighed: how likely it is the story, and what says so.

It reads a table of weights that `benchmarks/fit_weights.py` has fitted; it fits nothing.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import repeat
from typing import Any

from scraper.extract.evidence.collect import Evidence
from scraper.extract.evidence.ground import Ground
from scraper.extract.evidence.second import second_evidence
from scraper.extract.evidence.words import in_words

FAR = 0.001  # probability of a link away from the story
_MOST_TERMS = 3
_LEAST_TERM = 0.15  # of the largest term's weight; less is no reason
MOST_LOGIT = 6.0


@dataclass(frozen=True, slots=True)
class Table:
    """The fitted weights: of each piece of evidence at first sight, and of the second look."""

    bias: float
    first: Mapping[str, float]
    second_bias: float
    second_scale: float  # of the first look's logit
    second: Mapping[str, float]
    keep: float  # probability from which a piece is the story


@dataclass(frozen=True, slots=True)
class Weighed:
    """How likely each piece of a page is its story, 0 to 1; by `Piece.index`."""

    likely: Sequence[float]
    evidence: Sequence[Evidence | None] = ()
    second: Sequence[Evidence] = ()
    table: Table | None = field(default=None, repr=False)

    def reason(self, index: int, *, kept: bool) -> str:
        """Return in words what weighed most for or against a piece."""
        evidence = self.evidence[index] if self.evidence else None
        if self.table is None or evidence is None:
            return "a link or a scrap outside the body container"
        sign = 1 if kept else -1
        weights = self.table.first
        terms = sorted(
            ((sign * weights.get(name, 0.0), name) for name in dict.fromkeys(evidence)),
            reverse=True,
        )
        least = max(_LEAST_TERM * terms[0][0], 1e-9)
        said = [in_words(name) for weight, name in terms if weight >= least]
        phrases = list(dict.fromkeys(phrase for phrase in said if phrase))[:_MOST_TERMS]
        return "; ".join(phrases) or "on the whole, what stands around it"


@cache
def fitted_table() -> Table:
    """Return the table that ships with the package."""
    said: dict[str, Any] = json.loads(
        files(__package__).joinpath("weights.json").read_text("utf-8")
    )
    return Table(**{name: said[name] for name in Table.__slots__})


def weighed(
    ground: Ground, evidence: Sequence[Evidence | None], table: Table | None = None
) -> Weighed:
    """Return how likely each piece is the story, by a table of weights (the package's own)."""
    table = table or fitted_table()
    get, none = table.first.get, repeat(0.0)
    logits = [
        None if names is None else table.bias + sum(map(get, names, none)) for names in evidence
    ]
    first = [FAR if logit is None else logistic(logit) for logit in logits]
    second = second_evidence(ground, first)
    again = table.second.get
    likely = [
        FAR
        if logit is None
        else logistic(
            table.second_bias
            + table.second_scale * max(-MOST_LOGIT, min(MOST_LOGIT, logit))
            + sum([again(name, 0.0) for name in names])
        )
        for logit, names in zip(logits, second, strict=True)
    ]
    return Weighed(likely, evidence, second, table)


def logistic(logit: float) -> float:
    """Return the probability of a logit."""
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, logit))))
