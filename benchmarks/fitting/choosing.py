"""The choices beside the weights, made with whole outlets left out: thresholds, and which steps.

It writes nothing: what is chosen on some outlets is tried on the others, and told.
"""

import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module

from reading.measure import Score, exact_of, f1_of

from scraper.extract import verdicts

Change = tuple[str, str, object]  # module, name, value; of a step, the one that is left out
Thresholds = Mapping[tuple[str, str], Sequence[float]]

# Where a threshold stands, and what else it could be.
OF_BLOCKS: Thresholds = {
    ("scraper.extract.keeping", "_LIKELY"): (0.45, 0.55, 0.6),
    ("scraper.extract.keeping", "_LIKELY_WHOLE"): (0.35, 0.55),
    ("scraper.extract.keeping", "_LIKELY_GAP"): (0.1, 0.45),
    ("scraper.extract.standfirst", "_LEAST_LIKELY"): (0.04, 0.25),
}
_ROOM = "scraper.extract.template"
OF_TEMPLATES: Thresholds = {
    (f"{_ROOM}.recurrence", "_SHARE"): (0.34, 0.67),
    (f"{_ROOM}.recurrence", "_COVERED"): (0.5, 0.7),
    (f"{_ROOM}.shaping", "_STRIPPED"): (0.1, 0.3),
    (f"{_ROOM}.joining", "_OWN"): (0.3, 1.0, 2.0),
    (f"{_ROOM}.joining", "_MOST_STORIES"): (2.0, 8.0),
    (f"{_ROOM}.joining", "_LIKELY"): (0.3, 0.6),
    (f"{_ROOM}.judge", "_STRANGE"): (0.1, 0.5),
    (f"{_ROOM}.quick", "_MOST_DOUBT"): (0.1, 0.4),
    (f"{_ROOM}.quick", "_LEAST_SHARE"): (0.4, 0.8),
}
_NEEDED = frozenset({"follow_rule", "keep_body", "name_headlines", "fall_back", "mark_items"})
_STEPS = "STEPS"
_EXACT = 0.1  # what an exact page counts beside its F1
_LEAST = 0.0005  # gain below which nothing is changed


@dataclass(frozen=True, slots=True)
class Chosen:
    """The scores of pages by choices that never saw their outlet, and how often each was made."""

    scores: Sequence[Score]
    times: Mapping[str, int]
    gains: Mapping[str, float]  # of each change alone, over all pages
    shipped: Sequence[Score]
    tried: Mapping[str, Sequence[Score]]  # by each change alone


def changes_of(thresholds: Thresholds, *, steps: bool = False) -> dict[str, Change]:
    """Return each other value of a threshold, and each step left out, by what a person calls it."""
    found: dict[str, Change] = {}
    for (module, name), values in thresholds.items():
        place = module.rsplit(".", 1)[-1]
        for value in values:
            found[f"{place}.{name.strip('_').lower()} = {value:g}"] = module, name, value
    for step in verdicts.STEPS if steps else ():
        if step.__name__ not in _NEEDED:
            found[f"without {step.__name__}"] = verdicts.__name__, _STEPS, step
    return found


def chosen(
    read: Callable[[], Sequence[Score]],
    sets: Sequence[str],
    folds: Sequence[object],
    changes: Mapping[str, Change],
    told: Callable[[str], None],
) -> Chosen:
    """Return what choosing comes to; `read` scores all pages, `sets` and `folds` are theirs.

    `told` is given a line for each change when it was tried.
    """
    shipped = read()
    told(f"as it is: {_cells(shipped, sets)}")
    tried: dict[str, Sequence[Score]] = {}
    for name, change in changes.items():
        tried[name] = _read_with([change], read)
        told(f"{name}: {_cells(tried[name], sets)}")
    found: list[Score] = list(shipped)
    times: Counter[str] = Counter()
    known: dict[tuple[str, ...], Sequence[Score]] = {(): shipped}
    for fold in dict.fromkeys(folds):
        rest = [at for at, other in enumerate(folds) if other != fold]
        best = _best(changes, tried, shipped, sets, rest)
        times.update(best)
        if best not in known:
            known[best] = _read_with([changes[name] for name in best], read)
        for at, other in enumerate(folds):
            if other == fold:
                found[at] = known[best][at]
    every = range(len(folds))
    base = _worth(shipped, sets, every)
    gains = {name: _worth(scores, sets, every) - base for name, scores in tried.items()}
    return Chosen(found, times, gains, shipped, tried)


def lines_of(found: Chosen, sets: Sequence[str], folds: int) -> Iterator[str]:
    """Yield the figures by each change alone, its worth, and how often it was made, as Markdown."""
    names = list(dict.fromkeys(sets))
    yield f"| change | {' | '.join(names)} | worth | chosen, of {folds} times |"
    yield "|---" * (len(names) + 3) + "|"
    yield f"| as it is | {_cells(found.shipped, sets)} | | |"
    for change, gain in sorted(found.gains.items(), key=lambda pair: -pair[1]):
        times = found.times.get(change, 0)
        yield f"| {change} | {_cells(found.tried[change], sets)} | {gain:+.4f} | {times} |"
    yield f"| all that was chosen, on other outlets | {_cells(found.scores, sets)} | | |"


def _cells(scores: Sequence[Score], sets: Sequence[str]) -> str:
    cells = []
    for name in dict.fromkeys(sets):
        some = [score for score, where in zip(scores, sets, strict=True) if where == name]
        cells.append(f"{f1_of(some):.4f} / {exact_of(some):.3f}")
    return " | ".join(cells)


def _best(
    changes: Mapping[str, Change],
    tried: Mapping[str, Sequence[Score]],
    shipped: Sequence[Score],
    sets: Sequence[str],
    pages: Sequence[int],
) -> tuple[str, ...]:
    """Return the changes that bring something on some pages; of one threshold's, the best."""
    base = _worth(shipped, sets, pages)
    found: dict[object, tuple[float, str]] = {}
    for name, scores in tried.items():
        gain = _worth(scores, sets, pages) - base
        module, what, value = changes[name]
        key = value if what == _STEPS else (module, what)
        if gain > _LEAST and gain > found.get(key, (0.0, ""))[0]:
            found[key] = gain, name
    return tuple(name for _, name in found.values())


def _worth(scores: Sequence[Score], sets: Sequence[str], pages: Sequence[int]) -> float:
    """Return F1 and a little for exact pages, each set counted once."""
    by_set: dict[str, list[Score]] = {}
    for at in pages:
        by_set.setdefault(sets[at], []).append(scores[at])
    return statistics.fmean(f1_of(some) + _EXACT * exact_of(some) for some in by_set.values())


def _read_with(changes: Sequence[Change], read: Callable[[], Sequence[Score]]) -> Sequence[Score]:
    with _changed(changes):
        return read()


@contextmanager
def _changed(changes: Sequence[Change]) -> Iterator[None]:
    before: list[Change] = []
    for module, name, value in changes:
        place = import_module(module)
        old = getattr(place, name)
        before.append((module, name, old))
        new = tuple(step for step in old if step is not value) if name == _STEPS else value
        setattr(place, name, new)
    try:
        yield
    finally:
        for module, name, old in reversed(before):
            setattr(import_module(module), name, old)
