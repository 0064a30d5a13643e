"""Two logistic regressions: over the evidence on a block, and over how its neighbours fared.

It reads no page and keeps nothing.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from fitting.examples import Example
from scraper.extract.evidence.second import second_evidence
from scraper.extract.evidence.weighing import MOST_LOGIT, Table, logistic, weighed

FIRST_C, SECOND_C = (
    0.1,
    0.3,
)  # inverse strength of the L2 penalty; a factor of three either way: same
LEAST_PAGES = 3  # on which a piece of evidence must be seen
MOST_TOKENS = 60  # a longer block counts no more
PAGE = 60.0  # sum of the weights of a page's blocks
LEAST_WEIGHT = 0.01  # smaller ones are left out of the table
DIGITS = 3
INNER = 4  # folds by which the second look sees first looks that were not fitted to its page
KEEP = 0.5

Likely = Sequence[float]
Row = tuple[Sequence[str], float, float, float]  # evidence, first logit, target, weight


@dataclass(frozen=True, slots=True)
class Fitted:
    """Weights by name, with bias; `scale` is the weight of the first look's logit."""

    bias: float
    weights: Mapping[str, float]
    scale: float = 0.0


def folds_of(examples: Sequence[Example], count: int, seed: int) -> list[int]:
    """Return the fold of each page; pages of one registered domain share theirs."""
    domains = sorted({example.domain for example in examples})
    random.Random(seed).shuffle(domains)
    fold = {domain: index % count for index, domain in enumerate(domains)}
    return [fold[example.domain] for example in examples]


def fitted(
    examples: Sequence[Example], seed: int, *, without: Callable[[str], bool] | None = None
) -> Table:
    """Return the table of both looks, fitted to pages; `without` names evidence to leave out."""
    inner = folds_of(examples, INNER, seed)
    first: list[Likely] = [()] * len(examples)
    for fold in range(INNER):
        rest = [e for e, at in zip(examples, inner, strict=True) if at != fold]
        table = _table(_first(rest, without), Fitted(0.0, {}, 1.0))
        for index, (example, at) in enumerate(zip(examples, inner, strict=True)):
            if at == fold:
                first[index] = weighed(example.reading.ground, example.evidence, table).likely
    return _table(_first(examples, without), _second(examples, first))


def _table(first: Fitted, second: Fitted) -> Table:
    return Table(
        bias=round(first.bias, DIGITS),
        first=_rounded(first.weights),
        second_bias=round(second.bias, DIGITS),
        second_scale=round(second.scale, DIGITS),
        second=_rounded(second.weights),
        keep=KEEP,
    )


def _rounded(weights: Mapping[str, float]) -> dict[str, float]:
    return {
        name: round(weights[name], DIGITS)
        for name in sorted(weights)
        if abs(weights[name]) >= LEAST_WEIGHT
    }


def _first(examples: Sequence[Example], without: Callable[[str], bool] | None) -> Fitted:
    seen = Counter(
        name
        for example in examples
        for name in {n for evidence in example.evidence if evidence for n in evidence}
    )
    names = sorted(
        name
        for name, pages in seen.items()
        if pages >= LEAST_PAGES and not (without and without(name))
    )
    rows = (
        [(evidence, 0.0, *target) for evidence, target in _pairs(example, example.evidence)]
        for example in examples
    )
    return _fit(examples, rows, names, FIRST_C)


def _second(examples: Sequence[Example], first: Sequence[Likely]) -> Fitted:
    found: list[list[Row]] = []
    for example, likely in zip(examples, first, strict=True):
        logits = [_logit(at) for at in likely]
        evidence = second_evidence(example.reading.ground, likely)
        rows = zip(evidence, logits, example.targets, example.evidence, strict=True)
        found.append(
            [
                (names, logit, *_counted(example, index, target))
                for index, (names, logit, target, at_first) in enumerate(rows)
                if at_first is not None
            ]
        )
    names = sorted({name for rows in found for row in rows for name in row[0]})
    return _fit(examples, found, names, SECOND_C)


def _logit(likely: float) -> float:
    least = logistic(-MOST_LOGIT)
    share = min(1 - least, max(least, likely))
    return float(np.log(share / (1 - share)))


def _pairs(
    example: Example, evidence: Sequence[Sequence[str] | None]
) -> Iterable[tuple[Sequence[str], tuple[float, float]]]:
    for index, (names, target) in enumerate(zip(evidence, example.targets, strict=True)):
        if names is not None:
            yield names, _counted(example, index, target)


def _counted(example: Example, index: int, target: tuple[float, float]) -> tuple[float, float]:
    """Return what is right of a piece, and how much it counts before pages are made equal."""
    right, counts = target
    tokens = len(example.reading.pieces[index].tokens)
    return right, counts * min(tokens, MOST_TOKENS) ** 0.5


def _fit(
    examples: Sequence[Example], pages: Iterable[Sequence[Row]], names: Sequence[str], c: float
) -> Fitted:
    column = {name: at + 1 for at, name in enumerate(names)}
    indices: list[int] = []
    values: list[float] = []
    ends, right, counts = [0], [], []
    for example, rows in zip(examples, pages, strict=True):
        whole = sum(row[3] for row in rows) or 1.0
        for evidence, logit, target, weight in rows:
            chosen = {column[name] for name in evidence if name in column}
            indices += [0, *sorted(chosen)]
            values += [logit, *(1.0 for _ in chosen)]
            ends.append(len(indices))
            right.append(target)
            counts.append(weight * PAGE * example.weight / whole)
    matrix = csr_matrix((values, indices, ends), shape=(len(right), len(names) + 1))
    weights = np.array(counts)
    model = LogisticRegression(C=c, solver="liblinear", tol=1e-3, max_iter=300, random_state=0)
    heard = weights > 0
    model.fit(matrix[heard], np.array(right)[heard], sample_weight=weights[heard])
    found = [float(weight) for weight in model.coef_[0]]
    return Fitted(float(model.intercept_[0]), dict(zip(names, found[1:], strict=True)), found[0])
