"""How well each outlet of the library is read: by itself, by what was learnt of it, by its rule.

It writes docs/outlets.md from the recorded pages of the evaluation data, of which nothing is kept:

    python benchmarks/outlets.py > docs/outlets.md
    python benchmarks/outlets.py --suggested        # the rules that `rules suggest` would propose
"""

import argparse
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reading.measure import Score, exact_of, f1_of, score_of
from reading.pages import Sample, html_of, samples_in

from scraper.config import Sources, load_sources, outlet_for
from scraper.extract import extract_article, learn_template
from scraper.extract.template.values import Template
from scraper.model import Article, Outlet, Page
from scraper.rules.suggest import suggestion_for

ROOT = Path(__file__).parents[1]
TESTS, EVAL = "fundus-tests", "fundus-eval"
SETS = (TESTS, EVAL)
HEAD = """\
# The outlets that ship, and how well they are read

2026-11-22. Written by `python benchmarks/outlets.py > docs/outlets.md`; not by hand.

`sources.d/` holds {count} outlets besides the five of `sources.toml`. Their pages were recorded
by others between 2023 and 2026 and lie in the evaluation data, not here. Text: F1 of 4-grams
against the gold, averaged over the outlet's pages. *By itself*: one page, nothing known of the
outlet. *As shipped*: with the outlet's rule, or, where it has none and other pages of it are
there, with what was learnt of those. A dash: as by itself. Where a rule is, it was written by
looking at these very pages: on others it may do less.

Golds leave out what we keep: lists and tables (Ruhr Nachrichten, WinFuture, WorldTruth, The
Telegraph), closing credits (Reuters), standfirsts (Börsen-Zeitung); or hold broken
umlauts (Vogue), or lack paragraphs (WDR). No rule was bent to them.

Sources (feeds, sitemaps) were taken from public lists and asked by nobody so far: `scraper
outlets check ID` asks them. No outlet has a recorded test (`scraper rules test`) of its own here,
since pages and texts are the publishers': `scraper rules freeze URL` makes one on your machine.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One page of an outlet, read in two ways."""

    outlet: Outlet
    set: str
    alone: Score
    shipped: Score


def lines_of(samples: Sequence[Sample], sources: Sources) -> Iterator[Line]:
    """Yield each page with how well it is read."""
    pages = defaultdict[str, list[Sample]](list)
    for sample in samples:
        pages[sample.publisher].append(sample)
    for publisher in sorted(pages, key=str.casefold):
        for sample in pages[publisher]:
            outlet = outlet_for(sources, sample.url)
            if outlet is None:
                raise SystemExit(f"no outlet of sources.toml has {sample.url}")
            others = [one for one in pages[publisher] if one is not sample]
            yield _line(sample, outlet, _template(others) if not outlet.rules else None)


def _template(others: Sequence[Sample]) -> Template | None:
    if len(others) < 2:
        return None
    return learn_template((html_of(one.file), one.url) for one in others)


def _line(sample: Sample, outlet: Outlet, template: Template | None) -> Line:
    html = html_of(sample.file)
    alone = _scored(sample, extract_article(html, sample.url))
    shipped = extract_article(html, sample.url, outlet=outlet, template=template)
    return Line(outlet=outlet, set=sample.set, alone=alone, shipped=_scored(sample, shipped))


def _scored(sample: Sample, article: Article | None) -> Score:
    found = "\n".join(article.paragraphs) if article else ""
    return score_of("\n".join(sample.paragraphs), found)


def table_of(lines: Sequence[Line]) -> Iterator[str]:
    """Yield the table, one row an outlet, and below it the sums."""
    outlets = dict.fromkeys(line.outlet.id for line in lines)
    yield HEAD.format(count=len(outlets))
    yield "| outlet | pages | by itself | as shipped | exact | rule |"
    yield "|---|---|---|---|---|---|"
    for name in sorted(outlets):
        own = [line for line in lines if line.outlet.id == name]
        alone, shipped = f1_of([one.alone for one in own]), f1_of([one.shipped for one in own])
        exact = sum(one.shipped.exact for one in own)
        told = "-" if f"{shipped:.3f}" == f"{alone:.3f}" else f"{shipped:.3f}"
        rule = "yes" if own[0].outlet.rules else ""
        yield f"| {name} | {len(own)} | {alone:.3f} | {told} | {exact} of {len(own)} | {rule} |"
    yield ""
    yield "| pages | by itself: F1, exact | as shipped: F1, exact |"
    yield "|---|---|---|"
    for name in SETS:
        own = [line for line in lines if line.set == name]
        sums = (
            f"{f1_of(scores):.4f}, {exact_of(scores):.3f}"
            for scores in ([one.alone for one in own], [one.shipped for one in own])
        )
        yield f"| {name} ({len(own)}) | {' | '.join(sums)} |"


def suggested(samples: Sequence[Sample]) -> Iterator[str]:
    """Yield the rules proposed for outlets with five pages, and how well they read those."""
    pages = defaultdict[str, list[Sample]](list)
    for sample in samples:
        pages[sample.publisher].append(sample)
    scores: list[Score] = []
    for publisher, own in pages.items():
        wires = [_page(sample) for sample in own]
        found = suggestion_for(wires)
        if found.rule is None:
            yield f"{publisher}: {found.reason}"
            continue
        tried = Outlet(id="tried", name=publisher, home=own[0].url)
        tried = replace(tried, rules=(found.rule,))
        read = [extract_article(page.body, page.url, outlet=tried) for page in wires]
        mine = [_scored(sample, article) for sample, article in zip(own, read, strict=True)]
        scores += mine
        yield f"{publisher}: F1 {f1_of(mine):.4f} exact {exact_of(mine):.2f}"
        yield from (f"  {one.key} {one.css}: {one}" for one in found.evidence)
    yield f"all {len(scores)} pages: F1 {f1_of(scores):.4f} exact {exact_of(scores):.3f}"


def _page(sample: Sample) -> Page:
    return Page(url=sample.url, status=200, headers=(), body=html_of(sample.file))


def main() -> int:
    """Print the table, or what would be suggested; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suggested", action="store_true", help="try `rules suggest` instead")
    options = parser.parse_args()
    shared = Path(os.environ.get("SCRAPER_SHARED", ROOT.parent / "shared"))
    data = shared / "data" / "extraction"
    if not (data / "gold.jsonl").exists():
        print(f"{data} holds no gold.jsonl: set SCRAPER_SHARED", file=sys.stderr)
        return 2
    os.nice(10)
    if options.suggested:
        print("\n".join(suggested(samples_in(data, [EVAL]))))
        return 0
    sources = load_sources(ROOT / "sources.toml")
    print("\n".join(table_of(list(lines_of(samples_in(data, list(SETS)), sources)))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
