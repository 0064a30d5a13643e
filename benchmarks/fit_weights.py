"""Fit the table of weights by which blocks are judged, and say how well it does on outlets unseen.

It writes one file, with its provenance. Run it by hand where the evaluation data lies:
``python benchmarks/fit_weights.py --shared DIR [--ablation] [--choose] [--dry-run]``. Needs numpy,
scipy and scikit-learn (``pip install '.[bench]'``); what it writes needs nothing.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from fitting.choosing import OF_BLOCKS, changes_of, chosen, lines_of  # noqa: E402
from fitting.examples import Example, examples_of, judged  # noqa: E402
from fitting.regression import fitted, folds_of  # noqa: E402
from reading.measure import LEFT_OUT, Score, exact_of, f1_of, interval_of, score_of  # noqa: E402
from reading.pages import SEGMENTS, SETS, Sample, samples_in  # noqa: E402

from scraper.extract.evidence.weighing import weighed  # noqa: E402

TARGET = ROOT / "scraper" / "extract" / "evidence" / "weights.json"
FOLDS, SEED = 5, 0
# Groups of evidence for the ablation, by how their names begin.
GROUPS = {
    "container": ("mass", "container links", "above links", "prose beside", "up:", "down:",
                  "best container", "in best container", "in body root", "hidden", "article in"),
    "likeness": ("alike", "kin"),
    "names of elements": ("in ", "own ", "container "),
    "tags": ("under ", "inside ", "below ", "tag ", "all "),
    "form": ("length", "words", "link share", "links", "sentences", "capitals", "digits", "ends",
             "begins", "has ", "some ", "one link", "all bold", "all italic", "all capitals"),
    "wording": ("opens like", "is a ", "appeal", "closing credit", "rights", "has a date", "says ",
                "we", "you", "person"),
    "head": ("title", "description", "alt text", "names an author", "said "),
    "order": ("story told", "prose above", "prose below", "before ", "behind ", "two ",
              "above the headline", "below the headline", "no headline"),
}  # fmt: skip


def say(line: str) -> None:
    """Print a line beside the tables, which go to standard output."""
    print(line, file=sys.stderr, flush=True)


def shown(samples: Sequence[Sample]) -> Iterator[Sample]:
    """Yield samples, and say now and then how far it is."""
    for number, sample in enumerate(samples):
        if number % 100 == 0:
            say(f"reading page {number} of {len(samples)}")
        yield sample


def out_of_fold(
    examples: Sequence[Example], without: Callable[[str], bool] | None = None
) -> dict[int, Sequence[float]]:
    """Return how likely the pieces of each gold page are, by a table that never saw its outlet."""
    folds = folds_of(examples, FOLDS, SEED)
    found: dict[int, Sequence[float]] = {}
    for fold in range(FOLDS):
        rest = [e for e, at in zip(examples, folds, strict=True) if at != fold]
        table = fitted(rest, SEED + 1, without=without)
        for index, (example, at) in enumerate(zip(examples, folds, strict=True)):
            if at == fold:
                ground = example.reading.ground
                found[index] = weighed(ground, example.evidence, table).likely
    return found


def scores_of(
    examples: Sequence[Example], likely: dict[int, Sequence[float]]
) -> dict[str, list[tuple[Score, Score]]]:
    """Return for each set the scores of its pages, raw and projected, all steps included."""
    found: dict[str, list[tuple[Score, Score]]] = {name: [] for name in SETS}
    for index, example in enumerate(examples):
        sample = example.sample
        if sample.set == SEGMENTS:
            continue
        verdicts = judged(example.reading, likely[index])
        kept = [
            (piece.text, verdict.role)
            for piece, verdict in zip(example.reading.pieces, verdicts, strict=True)
            if verdict.kept and verdict.role != "headline"
        ]
        gold, left_out = "\n".join(sample.paragraphs), LEFT_OUT.get(sample.set, frozenset())
        raw = "\n".join(text for text, _ in kept)
        projected = "\n".join(text for text, role in kept if role not in left_out)
        score = score_of(gold, raw)
        is_whole = projected == raw
        found[sample.set].append((score, score if is_whole else score_of(gold, projected)))
    return found


def segments_of(examples: Sequence[Example], likely: dict[int, Sequence[float]]) -> str:
    """Return the shares of strings that are rightly there and rightly not, in one line."""
    hits, total = [0, 0], [0, 0]
    for index, example in enumerate(examples):
        sample = example.sample
        if sample.set != SEGMENTS:
            continue
        verdicts = judged(example.reading, likely[index])
        pairs = zip(example.reading.pieces, verdicts, strict=True)
        text = "\n".join(piece.text for piece, verdict in pairs if verdict.kept)
        hits[0] += sum(part in text for part in sample.required)
        hits[1] += sum(part not in text for part in sample.forbidden)
        total[0] += len(sample.required)
        total[1] += len(sample.forbidden)
    return f"segments: has {hits[0] / total[0]:.3f} of what it must, lacks {hits[1] / total[1]:.3f}"


def row_of(name: str, pairs: Sequence[tuple[Score, Score]]) -> str:
    """Return a set's line of the table."""
    cells = []
    for scores in zip(*pairs, strict=True):
        low, high = interval_of(scores, f1_of)
        least, most = interval_of(scores, exact_of)
        cells.append(
            f"{f1_of(scores):.4f} [{low:.3f}, {high:.3f}] / "
            f"{exact_of(scores):.3f} [{least:.2f}, {most:.2f}]"
        )
    return f"| {name} ({len(pairs)}) | {' | '.join(cells)} |"


def brief(scores: dict[str, list[tuple[Score, Score]]]) -> dict[str, dict[str, float]]:
    """Return the figures without intervals, as they go into the provenance."""
    return {
        name: {
            "f1": round(f1_of([raw for raw, _ in pairs]), 4),
            "exact": round(exact_of([raw for raw, _ in pairs]), 3),
            "f1_projected": round(f1_of([projected for _, projected in pairs]), 4),
            "exact_projected": round(exact_of([projected for _, projected in pairs]), 3),
        }
        for name, pairs in scores.items()
        if pairs
    }


def ablation(examples: Sequence[Example]) -> Iterator[str]:
    """Yield a line for each group of evidence: the figures without it."""
    yield f"| without | {' | '.join(SETS)} |"
    yield "|---" * (len(SETS) + 1) + "|"
    for group, beginnings in GROUPS.items():
        likely = out_of_fold(examples, partial(_begins, beginnings))
        figures = brief(scores_of(examples, likely)).values()
        cells = (f"{at['f1_projected']:.4f} / {at['exact_projected']:.3f}" for at in figures)
        yield f"| {group} | {' | '.join(cells)} |"


def choices(examples: Sequence[Example], likely: dict[int, Sequence[float]]) -> Iterator[str]:
    """Yield projected figures with each step and threshold changed, and with all of them chosen.

    How likely blocks are is out of the fold of each page, of the fold that is scored and of those
    that are chosen on.
    """
    folds = folds_of(examples, FOLDS, SEED)
    golds = [at for at, example in enumerate(examples) if example.sample.set != SEGMENTS]
    golds.sort(key=lambda at: SETS.index(examples[at].sample.set))

    def read() -> list[Score]:
        by_set = scores_of(examples, likely)
        return [projected for name in SETS for _, projected in by_set[name]]

    sets = [examples[at].sample.set for at in golds]
    changes = changes_of(OF_BLOCKS, steps=True)
    found = chosen(read, sets, [folds[at] for at in golds], changes, say)
    yield from lines_of(found, sets, FOLDS)


def _begins(beginnings: tuple[str, ...], name: str) -> bool:
    return name.startswith(beginnings)


def lines_of_table(scores: dict[str, list[tuple[Score, Score]]]) -> Iterable[str]:
    """Yield the table of cross-validated figures as Markdown."""
    yield "| set (pages) | F1 / exact, raw | F1 / exact, projected |"
    yield "|---|---|---|"
    yield from (row_of(name, pairs) for name, pairs in scores.items() if pairs)


def write(examples: Sequence[Example], figures: dict[str, dict[str, float]], target: Path) -> None:
    """Fit to all pages, and write the table with where it comes from."""
    table = fitted(examples, SEED + 1)
    golds = sum(example.sample.set != SEGMENTS for example in examples)
    provenance = {
        "script": "benchmarks/fit_weights.py",
        "fitted": datetime.now(UTC).date().isoformat(),
        "seed": SEED,
        "pages": {"gold": golds, "labelled by trafilatura and our steps": len(examples) - golds},
        "domains": len({example.domain for example in examples}),
        "folds": f"{FOLDS}, grouped by registered domain",
        "cross_validated": figures,
        "evidence": {"first": len(table.first), "second": len(table.second)},
    }
    text = json.dumps({"provenance": provenance, **asdict(table)}, indent=1, ensure_ascii=False)
    target.write_text(text + "\n", encoding="utf-8")
    say(f"{target}: {len(table.first)} + {len(table.second)} weights, {len(text):,} characters")


def main() -> int:
    """Cross-validate, print, fit and write; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    shared = os.environ.get("SCRAPER_SHARED", str(ROOT.parent / "shared"))
    parser.add_argument("--shared", default=shared, help="folder that holds data/extraction")
    parser.add_argument("--ablation", action="store_true", help="show what each group brings")
    parser.add_argument("--choose", action="store_true", help="choose the thresholds and steps too")
    parser.add_argument("--dry-run", action="store_true", help="print the figures, write nothing")
    options = parser.parse_args()
    data = Path(options.shared) / "data" / "extraction"
    if not (data / "gold.jsonl").exists():
        say(f"{data} holds no gold.jsonl: name the folder with --shared, or set SCRAPER_SHARED")
        return 2
    examples = examples_of(samples_in(data, (*SETS, SEGMENTS)), shown)
    say(f"cross-validating over {len({e.domain for e in examples})} domains")
    likely = out_of_fold(examples)
    scores = scores_of(examples, likely)
    print("\n".join([*lines_of_table(scores), "", segments_of(examples, likely)]), flush=True)
    for line in choices(examples, likely) if options.choose else ():
        print(line, flush=True)
    for line in ablation(examples) if options.ablation else ():
        print(line, flush=True)
    if not options.dry_run:
        write(examples, brief(scores), TARGET)
    return 0


if __name__ == "__main__":
    sys.exit(main())
