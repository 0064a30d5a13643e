"""How well and how fast we read real pages, beside other extractors: one run, one set of tables.

It changes nothing and keeps nothing. Run it by hand where the evaluation data lies:

    python benchmarks/extraction.py                        # every set, every extractor installed
    python benchmarks/extraction.py --set aeb,portal --only scraper --worst 10
    python benchmarks/extraction.py --set fundus-tests --only scraper --facts --json
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from reading.faults import worst_pages, wrong_facts
from reading.pages import SEGMENTS, SETS, Sample, samples_in
from reading.readers import OURS, Reader, readers
from reading.runs import Result, results_of
from reading.tables import as_json, as_markdown

ROOT = Path(__file__).parents[1]


def say(line: str) -> None:
    """Print a line beside the tables, which go to standard output."""
    print(line, file=sys.stderr)


def machine(chosen: Sequence[Reader]) -> str:
    """Return in one line what the figures were measured with."""
    names = sorted({reader.package for reader in chosen} | {"lxml", "selectolax"})
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in names)
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, {versions}"


def data_folder(chosen: str | None) -> Path:
    """Return the folder of the evaluation data."""
    shared = Path(os.environ.get("SCRAPER_SHARED", ROOT.parent / "shared"))
    return Path(chosen) if chosen else shared / "data" / "extraction"


def wanted(data: Path, sets: Sequence[str], limit: int | None) -> list[Sample]:
    """Return the samples of sets, the first `limit` of each."""
    samples = samples_in(data, sets)
    if limit is None:
        return samples
    return [
        sample for name in sets for sample in [each for each in samples if each.set == name][:limit]
    ]


def options_of(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    everything = ",".join((*SETS, SEGMENTS))
    parser.add_argument("--data", help="folder with gold.jsonl, segments.jsonl and pages/")
    parser.add_argument("--set", default=everything, help=f"sets, with commas ({everything})")
    parser.add_argument("--only", default="", help="extractors, with commas")
    parser.add_argument("--limit", type=int, help="pages of each set, at most")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--worst", type=int, default=0, help="show what is wrong on N pages")
    parser.add_argument("--worst-of", default=OURS, help=f"extractor for --worst ({OURS})")
    parser.add_argument("--facts", action="store_true", help="list wrong titles, authors, dates")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    return parser.parse_args(arguments)


def show(results: Sequence[Result], chosen: Sequence[Reader], options: argparse.Namespace) -> None:
    """Print a run."""
    if options.json:
        print(json.dumps({"machine": machine(chosen), **as_json(results)}, indent=2))
    else:
        print(f"{machine(chosen)}\n\n{as_markdown(results)}")
    if options.worst:
        print("\n".join(worst_pages(results, options.worst_of, options.worst)))
    if options.facts:
        print("\n".join(wrong_facts(results, options.worst_of)))


def main() -> int:
    """Measure and print; return the exit status."""
    options = options_of(sys.argv[1:])
    data = data_folder(options.data)
    if not (data / "gold.jsonl").exists():
        say(f"{data} holds no gold.jsonl: name the folder with --data, or set SCRAPER_SHARED")
        return 2
    sets = [name for name in options.set.split(",") if name]
    if unknown := [name for name in sets if name not in (*SETS, SEGMENTS)]:
        say(f"no such set: {', '.join(unknown)}; there are {', '.join((*SETS, SEGMENTS))}")
        return 2
    chosen = readers([name.strip() for name in options.only.split(",") if name.strip()], say)
    samples = wanted(data, sets, options.limit)
    if not chosen or not samples:
        say("nothing to read: no such extractor, or no page in these sets")
        return 2
    results = results_of(samples, chosen, options.jobs)
    for crashed in [result for result in results if result.crash]:
        say(f"{crashed.reader} failed on {crashed.sample.url}: {crashed.crash}")
    show(results, chosen, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
