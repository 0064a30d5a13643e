"""How well and how fast we read real pages, beside other extractors: one run, one table.

It changes nothing and keeps nothing. Run it by hand where the evaluation data lies:
``python benchmarks/extraction.py [--data DIR] [--sets aeb,portal] [--segments] [--json]``.
"""

import argparse
import gzip
import json
import os
import platform
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

SETS = ("aeb", "fundus-tests", "fundus-eval", "portal")
TOKEN = re.compile(r"\w+")
GRAM = 4

# (bytes of a page, its text, its address) -> the body, headline excluded where that can be told
Reader = Callable[[bytes, str, str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one extractor reached on one set."""

    set: str
    extractor: str
    pages: int
    f1: float
    precision: float
    recall: float
    exact: float
    ms_median: float
    ms_mean: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentRow:
    """Shares of the strings that a text must and must not have, over all pages."""

    extractor: str
    pages: int
    with_share: float
    without_share: float


# --- the extractors ---


def ours(html: bytes, text: str, url: str) -> str:
    """Read a page with this project, no rule, no template."""
    from scraper.extract import extract_article

    article = extract_article(html, url)
    return "" if article is None else "\n".join(article.paragraphs)


def trafilatura_default(html: bytes, text: str, url: str) -> str:
    """Read a page with trafilatura as it comes."""
    from trafilatura import extract

    return extract(text, url=url, include_comments=False) or ""


def trafilatura_precision(html: bytes, text: str, url: str) -> str:
    """Read a page with trafilatura in its precision mode."""
    from trafilatura import extract

    return extract(text, url=url, include_comments=False, favor_precision=True) or ""


def readability(html: bytes, text: str, url: str) -> str:
    """Read a page with readability-lxml; the text of its summary."""
    from lxml.html import document_fromstring
    from readability import Document

    summary = Document(text).summary()
    blocks = document_fromstring(summary).iter("p", "h2", "h3", "li", "blockquote", "td", "pre")
    return "\n".join(" ".join(block.itertext()) for block in blocks)


def resiliparse(html: bytes, text: str, url: str) -> str:
    """Read a page with resiliparse's main content heuristics."""
    from resiliparse.extract.html2text import extract_plain_text

    return str(extract_plain_text(text, main_content=True, alt_texts=False, links=False))


EXTRACTORS: dict[str, tuple[Reader, str, str]] = {
    "scraper": (ours, "trafilatura", ""),
    "trafilatura": (trafilatura_default, "trafilatura", "pip install trafilatura"),
    "trafilatura precision": (trafilatura_precision, "trafilatura", "pip install trafilatura"),
    "readability-lxml": (
        readability,
        "readability-lxml",
        "pip install --no-deps readability-lxml && pip install cssselect chardet lxml_html_clean",
    ),
    "resiliparse": (resiliparse, "resiliparse", "pip install resiliparse"),
}


def installed() -> dict[str, Reader]:
    """Return the extractors that can run here, and say how to get the others."""
    found: dict[str, Reader] = {}
    for name, (reader, package, remedy) in EXTRACTORS.items():
        try:
            metadata.version(package)
        except metadata.PackageNotFoundError:
            say(f"{name} is not installed, its rows are left out: {remedy}")
        else:
            found[name] = reader
    return found


# --- the measure: scrapinghub/article-extraction-benchmark ---


def shingles(tokens: Sequence[str]) -> Counter[tuple[str, ...]]:
    """Return the multiset of 4-grams; a shorter text is one gram."""
    if not tokens:
        return Counter()
    count = max(1, len(tokens) - GRAM + 1)
    return Counter(tuple(tokens[at : at + GRAM]) for at in range(count))


def scores(gold: str, found: str) -> tuple[float, float, bool]:
    """Return precision, recall, and whether the token sequences are identical."""
    gold_tokens, found_tokens = TOKEN.findall(gold), TOKEN.findall(found)
    want, have = shingles(gold_tokens), shingles(found_tokens)
    right = (want & have).total()
    if not want and not have:
        return 1.0, 1.0, True
    precision = right / have.total() if have else 0.0
    recall = right / want.total() if want else 0.0
    return precision, recall, gold_tokens == found_tokens


# --- the run ---


def say(line: str) -> None:
    """Print a line beside the table, which goes to standard output."""
    print(line, file=sys.stderr)


def progress(pages: Sequence[Any], label: str) -> Iterable[Any]:
    """Yield pages with a bar on a terminal and a line elsewhere."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import track

        yield from track(pages, label, console=Console(stderr=True), transient=True)
        return
    say(f"{label}: {len(pages)} pages")
    yield from pages


def html_of(data: Path, page: str) -> tuple[bytes, str]:
    """Return a page's bytes and the text that the other extractors are given: all are UTF-8."""
    html = gzip.decompress((data / "pages" / page).read_bytes())
    return html, html.decode("utf-8", "replace")


def timed(reader: Reader, html: bytes, text: str, url: str) -> tuple[str, float]:
    """Return what an extractor reads, and in how many milliseconds; a crash reads nothing."""
    start = time.perf_counter()
    try:
        found = reader(html, text, url)
    except Exception as exc:  # noqa: BLE001 - one extractor's bug on one page is its own loss
        say(f"{getattr(reader, '__name__', reader)} failed on {url}: {type(exc).__name__}")
        found = ""
    return found, (time.perf_counter() - start) * 1000


def lines_of(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a JSON Lines file."""
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def rows(data: Path, sets: Sequence[str], readers: dict[str, Reader]) -> Iterator[Row]:
    """Yield a row for each set and extractor."""
    pages = [page for page in lines_of(data / "gold.jsonl") if page["set"] in sets]
    for name in sets:
        chosen = [page for page in pages if page["set"] == name]
        results: dict[str, list[tuple[float, float, bool, float]]] = {key: [] for key in readers}
        for page in progress(chosen, name):
            html, text = html_of(data, page["page"])
            for key, reader in readers.items():
                found, ms = timed(reader, html, text, page["url"])
                results[key].append((*scores("\n".join(page["paragraphs"]), found), ms))
        yield from (row_of(name, key, result) for key, result in results.items() if result)


def row_of(name: str, extractor: str, result: Sequence[tuple[float, float, bool, float]]) -> Row:
    """Return the averages over a set; F1 is that of mean precision and mean recall."""
    precision, recall, exact, ms = zip(*result, strict=True)
    p, r = statistics.fmean(precision), statistics.fmean(recall)
    return Row(
        set=name,
        extractor=extractor,
        pages=len(result),
        f1=2 * p * r / (p + r) if p + r else 0.0,
        precision=p,
        recall=r,
        exact=statistics.fmean(exact),
        ms_median=statistics.median(ms),
        ms_mean=statistics.fmean(ms),
    )


def segment_rows(data: Path, readers: dict[str, Reader]) -> Iterator[SegmentRow]:
    """Yield for each extractor the shares of strings that are rightly there and rightly not."""
    pages = lines_of(data / "segments.jsonl")
    hits: dict[str, Counter[str]] = {key: Counter() for key in readers}
    total: Counter[str] = Counter()
    for page in progress(pages, "segments"):
        html, text = html_of(data, page["page"])
        total.update({"with": len(page["with"]), "without": len(page["without"])})
        for key, reader in readers.items():
            found = timed(reader, html, text, page["url"])[0]
            hits[key]["with"] += sum(part in found for part in page["with"])
            hits[key]["without"] += sum(part not in found for part in page["without"])
    for key, hit in hits.items():
        yield SegmentRow(
            extractor=key,
            pages=len(pages),
            with_share=hit["with"] / total["with"],
            without_share=hit["without"] / total["without"],
        )


def table_of(found: Sequence[Row], segments: Sequence[SegmentRow]) -> str:
    """Return the rows as Markdown."""
    lines = [
        "| set (pages) | extractor | F1 | precision | recall | exact | ms a page, median / mean |",
        "|---|---|---|---|---|---|---|",
        *(
            f"| {row.set} ({row.pages}) | {row.extractor} | {row.f1:.4f} | {row.precision:.4f} "
            f"| {row.recall:.4f} | {row.exact:.3f} | {row.ms_median:.0f} / {row.ms_mean:.0f} |"
            for row in found
        ),
    ]
    if segments:
        lines += [
            "",
            "| segments (pages) | extractor | has what it must | lacks what it must not |",
            "|---|---|---|---|",
            *(
                f"| {row.pages} | {row.extractor} | {row.with_share:.3f} "
                f"| {row.without_share:.3f} |"
                for row in segments
            ),
        ]
    return "\n".join(lines)


def machine(readers: Iterable[str]) -> str:
    """Return in one line what the figures were measured with."""
    names = sorted({EXTRACTORS[key][1] for key in readers} | {"lxml", "selectolax"})
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in names)
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, {versions}"


def data_folder(chosen: str | None) -> Path:
    """Return the folder of the evaluation data."""
    shared = Path(os.environ.get("SCRAPER_SHARED", ROOT.parent / "shared"))
    return Path(chosen) if chosen else shared / "data" / "extraction"


def main() -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", help="folder with gold.jsonl, segments.jsonl and pages/")
    parser.add_argument("--sets", default=",".join(SETS), help="sets to read, with commas")
    parser.add_argument("--only", default="", help="extractors to run, with commas")
    parser.add_argument("--segments", action="store_true", help="read the segments as well")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    data = data_folder(options.data)
    if not (data / "gold.jsonl").exists():
        say(f"{data} holds no gold.jsonl: name the folder with --data, or set SCRAPER_SHARED")
        return 2
    sets = [name for name in options.sets.split(",") if name]
    if unknown := [name for name in sets if name not in SETS]:
        say(f"no such set: {', '.join(unknown)}; there are {', '.join(SETS)}")
        return 2
    only = [name for name in options.only.split(",") if name]
    readers = {key: read for key, read in installed().items() if not only or key in only}
    found = list(rows(data, sets, readers))
    segments = list(segment_rows(data, readers)) if options.segments else []
    if options.json:
        everything = {
            "machine": machine(readers),
            "rows": [asdict(row) for row in found],
            "segments": [asdict(row) for row in segments],
        }
        print(json.dumps(everything, indent=2))
    else:
        print(f"{machine(readers)}\n\n{table_of(found, segments)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
