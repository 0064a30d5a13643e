"""Whether rules of fivefilters/ftr-site-config read recorded pages better than nothing known.

Each page is read without a rule, with the rule unguarded, and with the guard that `import-ftr`
brings. The files are fetched by whoever runs this; nothing of them is kept:

    python benchmarks/ftr.py --files ftr-site-config.tar.gz
"""

import argparse
import os
import sys
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from reading.measure import Score, exact_of, f1_of, score_of
from reading.pages import Sample, html_of, samples_in

from scraper.extract import extract_article
from scraper.model import Outlet, Rule
from scraper.rules.ftr import host_of, patterns_in

ROOT = Path(__file__).parents[1]
SETS = ("aeb", "fundus-tests")


def rules_in(archive: Path) -> Mapping[str, Rule]:
    """Return the rules of a tar file by their hosts."""
    found: dict[str, Rule] = {}
    with tarfile.open(archive) as files:
        for member in files:
            name = Path(member.name).name
            host, stream = host_of(name), files.extractfile(member)
            if host is None or stream is None:
                continue
            rule = patterns_in(stream.read().decode("utf-8", "replace"), name).rule
            if rule is not None:
                found[host] = rule
    return found


def rule_for(rules: Mapping[str, Rule], url: str) -> Rule | None:
    """Return the rule of a URL's host, or of the closest host above it."""
    labels = (urlsplit(url).hostname or "").split(".")
    hosts = (".".join(labels[at:]) for at in range(len(labels) - 1))
    return next((rules[host] for host in hosts if host in rules), None)


def read(sample: Sample, rule: Rule | None) -> tuple[Score, str]:
    """Return how well a page is read with a rule, and by what."""
    outlet = Outlet(id="tried", name="tried", home=sample.url, rules=(rule,)) if rule else None
    article = extract_article(html_of(sample.file), sample.url, outlet=outlet)
    text = "\n".join(article.paragraphs) if article else ""
    return score_of("\n".join(sample.paragraphs), text), article.body_by if article else ""


def show(name: str, samples: Sequence[Sample], rules: Mapping[str, Rule]) -> None:
    """Print the figures of a set, and the pages on which the guarded rule reads worse."""
    plain: list[Score] = []
    bare: list[Score] = []
    guarded: list[Score] = []
    heard = 0
    for sample in samples:
        rule = rule_for(rules, sample.url)
        if rule is None:
            continue
        plain.append(read(sample, None)[0])
        bare.append(read(sample, replace(rule, origin="hand"))[0])
        score, by = read(sample, rule)
        guarded.append(score)
        heard += "not used" not in by
        if score.f1 < plain[-1].f1 - 0.0005:
            print(f"  worse: {sample.url} {plain[-1].f1:.4f} -> {score.f1:.4f}")
    told = (f"{f1_of(scores):.4f} / {exact_of(scores):.3f}" for scores in (plain, bare, guarded))
    print(f"| {name} ({len(plain)} pages, {heard} by the rule) | {' | '.join(told)} |")


def main() -> int:
    """Print a row for each set; return the exit status."""
    shared = Path(os.environ.get("SCRAPER_SHARED", ROOT.parent / "shared"))
    parser = argparse.ArgumentParser(description=__doc__)
    files = shared / "data" / "ftr-site-config.tar.gz"
    parser.add_argument("--files", type=Path, default=files, help="the files, as a tar file")
    options = parser.parse_args()
    data = shared / "data" / "extraction"
    for needed in (options.files, data / "gold.jsonl"):
        if not needed.exists():
            print(f"{needed} is not there: set SCRAPER_SHARED", file=sys.stderr)
            return 2
    os.nice(10)
    rules = rules_in(options.files)
    print("| set | without: F1 / exact | unguarded | guarded |\n|---|---|---|---|")
    for name in SETS:
        show(name, samples_in(data, [name]), rules)
    return 0


if __name__ == "__main__":
    sys.exit(main())
