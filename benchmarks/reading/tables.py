"""The figures of a run, as rows for machines and as Markdown for people.

It reads no page.
"""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from reading.measure import exact_of, f1_of, interval_of, quantile
from reading.pages import SEGMENTS
from reading.readers import FACTS_ONLY, REFERENCE
from reading.runs import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one extractor reached on one set; intervals are 95 %, by bootstrap over pages."""

    set: str
    extractor: str
    pages: int
    f1: float
    f1_interval: tuple[float, float]
    exact: float
    exact_interval: tuple[float, float]
    precision: float
    recall: float
    projected_f1: float
    projected_exact: float
    no_article: int
    ms_median: float
    ms_p90: float
    ratio: float | None  # of the median to the reference's on the same pages
    prepare_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsRow:
    """Shares of pages whose title, authors and day are the gold's."""

    set: str
    extractor: str
    pages: int
    title: float | None
    authors: float | None
    date: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentsRow:
    """Shares of the strings that a text must and must not have, over all pages."""

    extractor: str
    pages: int
    required: float
    forbidden: float
    no_article: int
    ms_median: float


Rows = dict[str, list[dict[str, object]]]


def rows_of(results: Sequence[Result]) -> tuple[list[Row], list[FactsRow], list[SegmentsRow]]:
    """Return the rows of a run, set by set."""
    rows: list[Row] = []
    facts: list[FactsRow] = []
    segments: list[SegmentsRow] = []
    for name, reader, some in _groups(results):
        if name == SEGMENTS:
            if reader != FACTS_ONLY:
                segments.append(_segments_row(reader, some))
            continue
        if reader != FACTS_ONLY:
            rows.append(_row(name, reader, some, results))
        if any(result.hits and _hit(some, "date") is not None for result in some):
            facts.append(_facts_row(name, reader, some))
    return rows, facts, segments


def as_json(results: Sequence[Result]) -> Rows:
    """Return the rows of a run for machines."""
    rows, facts, segments = rows_of(results)
    return {
        "rows": [asdict(row) for row in rows],
        "metadata": [asdict(row) for row in facts],
        "segments": [asdict(row) for row in segments],
    }


def as_markdown(results: Sequence[Result]) -> str:
    """Return the rows of a run as tables."""
    rows, facts, segments = rows_of(results)
    return "\n\n".join(
        "\n".join(lines)
        for lines in (list(_quality(rows)), list(_facts(facts)), list(_segments(segments)))
        if len(lines) > 2
    )


def _groups(results: Sequence[Result]) -> Iterator[tuple[str, str, list[Result]]]:
    keys = dict.fromkeys((result.sample.set, result.reader) for result in results)
    order = dict.fromkeys(name for name, _ in keys)
    readers = dict.fromkeys(reader for _, reader in keys)
    for name in order:
        for reader in readers:
            some = [r for r in results if (r.sample.set, r.reader) == (name, reader)]
            if some:
                yield name, reader, some


def _row(name: str, reader: str, some: Sequence[Result], results: Sequence[Result]) -> Row:
    raw, projected = [r.raw for r in some], [r.projected for r in some]
    ms = [result.ms for result in some]
    pages = {result.sample.file for result in some}
    base = [r.ms for r in results if r.reader == REFERENCE and r.sample.file in pages]
    return Row(
        set=name,
        extractor=reader,
        pages=len(some),
        f1=f1_of(raw),
        f1_interval=interval_of(raw, f1_of),
        exact=exact_of(raw),
        exact_interval=interval_of(raw, exact_of),
        precision=statistics.fmean(score.precision for score in raw),
        recall=statistics.fmean(score.recall for score in raw),
        projected_f1=f1_of(projected),
        projected_exact=exact_of(projected),
        no_article=sum(not result.has_article for result in some),
        ms_median=statistics.median(ms),
        ms_p90=quantile(ms, 0.9),
        ratio=statistics.median(ms) / statistics.median(base) if base else None,
        prepare_ms=statistics.median(result.prepare_ms for result in some),
    )


def _facts_row(name: str, reader: str, some: Sequence[Result]) -> FactsRow:
    return FactsRow(
        set=name,
        extractor=reader,
        pages=len(some),
        title=_hit(some, "title"),
        authors=_hit(some, "authors"),
        date=_hit(some, "date"),
    )


def _hit(some: Sequence[Result], fact: str) -> float | None:
    hits = [getattr(result.hits, fact) for result in some if result.hits]
    told = [hit for hit in hits if hit is not None]
    return statistics.fmean(told) if told else None


def _segments_row(reader: str, some: Sequence[Result]) -> SegmentsRow:
    return SegmentsRow(
        extractor=reader,
        pages=len(some),
        required=sum(r.required for r in some) / sum(len(r.sample.required) for r in some),
        forbidden=sum(r.forbidden for r in some) / sum(len(r.sample.forbidden) for r in some),
        no_article=sum(not result.has_article for result in some),
        ms_median=statistics.median(result.ms for result in some),
    )


def _quality(rows: Sequence[Row]) -> Iterator[str]:
    yield (
        "| set (pages) | extractor | F1 [95 %] | exact [95 %] | precision | recall "
        "| projected F1 / exact | no article | CPU ms median / p90 | ratio |"
    )
    yield "|---" * 10 + "|"
    for row in rows:
        (low, high), (least, most) = row.f1_interval, row.exact_interval
        yield (
            f"| {row.set} ({row.pages}) | {row.extractor} | {row.f1:.4f} [{low:.3f}, {high:.3f}] "
            f"| {row.exact:.3f} [{least:.2f}, {most:.2f}] | {row.precision:.4f} | {row.recall:.4f} "
            f"| {row.projected_f1:.4f} / {row.projected_exact:.3f} | {row.no_article} "
            f"| {row.ms_median:.1f} / {row.ms_p90:.1f} "
            f"| {'' if row.ratio is None else format(row.ratio, '.2f')} |"
        )


def _facts(rows: Sequence[FactsRow]) -> Iterator[str]:
    yield "| set (pages) | extractor | title | authors, exact set | date, to the day |"
    yield "|---" * 5 + "|"
    for row in rows:
        shares = (row.title, row.authors, row.date)
        told = " | ".join("-" if share is None else f"{share:.3f}" for share in shares)
        yield f"| {row.set} ({row.pages}) | {row.extractor} | {told} |"


def _segments(rows: Sequence[SegmentsRow]) -> Iterator[str]:
    yield (
        "| segments (pages) | extractor | has what it must | lacks what it must not | no article "
        "| CPU ms median |"
    )
    yield "|---" * 6 + "|"
    for row in rows:
        yield (
            f"| {row.pages} | {row.extractor} | {row.required:.3f} | {row.forbidden:.3f} "
            f"| {row.no_article} | {row.ms_median:.1f} |"
        )
