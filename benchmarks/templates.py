"""What templates bring: quality and cost of pages read with what the outlet's other pages taught.

It changes nothing and keeps nothing. Run it by hand where the evaluation data lies:
``python benchmarks/templates.py [--data DIR] [--runs loo4,loo2,portal10,pairs] [--ablation]
[--choose]``.
"""

import argparse
import gzip
import json
import os
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "benchmarks"))

from fitting.choosing import OF_TEMPLATES, changes_of, chosen, lines_of  # noqa: E402 - see sys.path
from reading.measure import LEFT_OUT, Score, harmonic, score_of  # noqa: E402

from scraper.extract import extract_article  # noqa: E402
from scraper.extract.template.judge import judges_of  # noqa: E402
from scraper.extract.template.learn import template_of  # noqa: E402
from scraper.extract.template.observed import Observed, observed  # noqa: E402
from scraper.extract.template.values import Template  # noqa: E402
from scraper.model import Article  # noqa: E402


@dataclass(frozen=True, slots=True)
class Sample:
    """A page with its gold, and what learning sees of it."""

    set: str
    html: bytes
    url: str
    gold: str
    seen: Observed | None


@dataclass(frozen=True, slots=True)
class Reading:
    """One page read with one template: scores, and whether the template alone read it."""

    outlet: str
    raw: Score
    projected: Score
    alone: bool
    ms: float


@dataclass(frozen=True, slots=True)
class Run:
    """Which outlets, and from how many pages each page's template is learnt; None: all others.

    `own` learns from the outlet's pages with the page itself among them.
    """

    set: str
    known: int | None
    own: bool = False


RUNS = {
    "loo4": Run("fundus-eval", None),
    "loo3": Run("fundus-eval", 3),
    "loo2": Run("fundus-eval", 2),
    "portal4": Run("portal", 4),
    "portal10": Run("portal", 10),
    "portal": Run("portal", None),
    "pairs": Run("aeb", None, own=True),
}


def nothing(*_: object, **__: object) -> Any:
    """Return nothing, in place of a mechanism that is left out."""
    return None


_ROOM = "scraper.extract.template"
# Mechanism -> what is put in its place.
WITHOUT: dict[str, Sequence[tuple[str, object]]] = {
    "recurring texts": ((f"{_ROOM}.judge.Judge._text", nothing),),
    "runs of words": (
        (f"{_ROOM}.judge.is_like", lambda *_: False),
        (f"{_ROOM}.group.is_like", lambda *_: False),
    ),
    "labels": ((f"{_ROOM}.judge.labels_of", lambda *_: []),),
    "texts seen once elsewhere": ((f"{_ROOM}.judge.Judge._seen_once", nothing),),
    "zones": (
        (f"{_ROOM}.group.zone_of", lambda *_, **__: "in"),
        (f"{_ROOM}.judge.zone_of", lambda *_, **__: "in"),
    ),
    "guards of recurrence": ((f"{_ROOM}.recurrence._guarded", lambda *_: set()),),
    "kinds": ((f"{_ROOM}.judge.rate_of", lambda *_: 0.7),),
    "words of single blocks": ((f"{_ROOM}.quick._named", nothing),),
    "the template alone": (("scraper.extract.article.read_quickly", nothing),),
    "the single page's verdict": ((f"{_ROOM}.joining._OWN", 0.01),),
}


def samples(data: Path, wanted: str) -> dict[str, list[Sample]]:
    """Return the pages of a set's outlets that have two at least, by outlet."""
    found: dict[str, list[Sample]] = defaultdict(list)
    with (data / "gold.jsonl").open(encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    counts: dict[str, int] = defaultdict(int)
    for line in lines:
        counts[outlet_of(line)] += line["set"] == wanted
    for line in lines:
        if line["set"] == wanted and counts[outlet_of(line)] > 1:
            html = gzip.decompress((data / "pages" / line["page"]).read_bytes())
            gold = "\n".join(line["paragraphs"])
            page = Sample(wanted, html, line["url"], gold, observed(html, line["url"]))
            found[outlet_of(line)].append(page)
    return found


def outlet_of(line: dict[str, Any]) -> str:
    """Return the name of a page's outlet."""
    return str(line.get("publisher") or urlsplit(line["url"]).hostname)


def lessons(pages: Sequence[Sample], run: Run) -> Iterator[tuple[Sample, list[Sample]]]:
    """Yield each page with the pages that its template is learnt from."""
    for at, page in enumerate(pages):
        others = [other for i, other in enumerate(pages) if run.own or i != at]
        if run.known is None or run.known >= len(others):
            yield page, others
        else:
            choices = list(combinations(others, run.known))[:5000]
            yield page, list(Random(at).choice(choices))


def readings(outlets: dict[str, list[Sample]], run: Run) -> list[Reading]:
    """Return every page read with its template, and without one where nothing was learnt."""
    found = []
    for outlet, pages in outlets.items():
        for page, known in lessons(pages, run):
            template = template_of([one.seen for one in known if one.seen is not None])
            found.append(reading(outlet, page, template))
    return found


def reading(outlet: str, page: Sample, template: Template | None) -> Reading:
    """Read a page twice, the second time by the clock: an outlet's template is in use already."""
    extract_article(page.html, page.url, template=template)
    article, ms = timed(lambda: extract_article(page.html, page.url, template=template))
    by = "" if article is None else article.body_by
    alone = by.startswith("template ") and not by.endswith("own reading")
    return Reading(outlet, *scores(page, article), alone, ms)


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Return what work returns, and the milliseconds of CPU that it took."""
    start = time.process_time()
    result = work()
    return result, (time.process_time() - start) * 1000


def scores(page: Sample, article: Article | None) -> tuple[Score, Score]:
    """Return the scores as they are, and without the roles that the set's golds leave out."""
    if article is None:
        return score_of(page.gold, ""), score_of(page.gold, "")
    left_out = LEFT_OUT.get(page.set, frozenset()) | {"headline"}
    kept = [b.text for b in article.blocks if b.kept and b.role not in left_out]
    raw = "\n".join(article.paragraphs)
    return score_of(page.gold, raw), score_of(page.gold, "\n".join(kept))


def line_of(name: str, found: Sequence[Reading]) -> str:
    """Return a row of the table."""
    cells = []
    for some in ([r.raw for r in found], [r.projected for r in found]):
        f1 = harmonic(
            statistics.fmean(s.precision for s in some), statistics.fmean(s.recall for s in some)
        )
        cells.append(f"{f1:.4f} / {statistics.fmean(s.exact for s in some):.3f}")
    alone = sum(r.alone for r in found)
    ms = statistics.median(r.ms for r in found)
    return f"| {name} | {' | '.join(cells)} | {alone} of {len(found)} | {ms:.1f} |"


@contextmanager
def without(mechanism: str) -> Iterator[None]:
    """Leave a mechanism out for a while; what judges remember of paths is forgotten."""
    undo = [(*owner_of(target), instead) for target, instead in WITHOUT[mechanism]]
    before = [getattr(owner, name) for owner, name, _ in undo]
    for owner, name, instead in undo:
        setattr(owner, name, instead)
    judges_of.cache_clear()
    try:
        yield
    finally:
        for (owner, name, _), old in zip(undo, before, strict=True):
            setattr(owner, name, old)
        judges_of.cache_clear()


def owner_of(target: str) -> tuple[Any, str]:
    """Return the module or class that has a name, and the name."""
    path, name = target.rsplit(".", 1)
    if path.endswith(".Judge"):
        return import_module(path.removesuffix(".Judge")).Judge, name
    return import_module(path), name


def trafilatura_ms(outlets: dict[str, list[Sample]]) -> float:
    """Return the median milliseconds of trafilatura's precision mode on the same pages."""
    from trafilatura import extract

    found = []
    for page in (page for pages in outlets.values() for page in pages):
        text = page.html.decode("utf-8", "replace")
        found.append(timed(partial(extract, text, url=page.url, favor_precision=True))[1])
    return statistics.median(found)


def report(name: str, run: Run, data: Path, *, ablation: bool) -> None:
    """Measure one run and print its table."""
    outlets = samples(data, run.set)
    found = readings(outlets, run)
    print(f"\n### {name}: {run.set}, {len(outlets)} outlets")
    print("| | raw F1 / exact | projected | by the template alone | ms |\n|---|---|---|---|---|")
    print(line_of("with the template", found))
    pages = [(outlet, page) for outlet, some in outlets.items() for page in some]
    print(line_of("without", [reading(outlet, page, None) for outlet, page in pages]))
    if len(outlets) <= 10:
        for outlet in outlets:
            print(line_of(outlet, [one for one in found if one.outlet == outlet]))
    print(f"trafilatura precision: {trafilatura_ms(outlets):.1f} ms")
    for mechanism in WITHOUT if ablation else ():
        with without(mechanism):
            print(line_of(f"without {mechanism}", readings(outlets, run)), flush=True)


def choose(runs: Sequence[Run], data: Path) -> Iterator[str]:
    """Yield the figures with each outlet's thresholds chosen on the other outlets, and which."""
    every = [(run, samples(data, run.set)) for run in runs]
    sets = [run.set for run, outlets in every for pages in outlets.values() for _ in pages]
    names = [name for _, outlets in every for name, pages in outlets.items() for _ in pages]

    def read() -> list[Score]:
        judges_of.cache_clear()
        return [one.raw for run, outlets in every for one in readings(outlets, run)]

    told = partial(print, file=sys.stderr, flush=True)
    found = chosen(read, sets, names, changes_of(OF_TEMPLATES), told)
    yield from lines_of(found, sets, len(set(names)))


def main() -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", help="folder with gold.jsonl and pages/")
    parser.add_argument("--runs", default="loo4,loo3,loo2", help=f"of {', '.join(RUNS)}")
    parser.add_argument("--ablation", action="store_true", help="leave out one part after another")
    parser.add_argument("--choose", action="store_true", help="thresholds of each outlet on others")
    options = parser.parse_args()
    shared = Path(os.environ.get("SCRAPER_SHARED", ROOT.parent / "shared"))
    data = Path(options.data) if options.data else shared / "data" / "extraction"
    names = options.runs.split(",")
    if not (data / "gold.jsonl").exists() or any(name not in RUNS for name in names):
        print(f"no gold.jsonl in {data}, or a run that is not one of {', '.join(RUNS)}")
        return 2
    for line in choose([RUNS[name] for name in names], data) if options.choose else ():
        print(line, flush=True)
    for name in names if not options.choose else ():
        report(name, RUNS[name], data, ablation=options.ablation)
    return 0


if __name__ == "__main__":
    sys.exit(main())
