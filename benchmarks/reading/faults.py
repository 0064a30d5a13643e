"""What is wrong on the worst pages: paragraphs that are missing, and those that are too many.

It quotes a line of each at most, and prints nothing.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from reading.measure import grams_of, tokens_of
from reading.pages import SEGMENTS
from reading.runs import Result

_CUT = 100  # characters of a line
_MOST_LINES = 6  # of each kind and page
_IS_THERE = 0.5  # share of a paragraph's 4-grams


def worst_pages(results: Sequence[Result], reader: str, count: int) -> Iterator[str]:
    """Yield lines about the pages with the least F1 (projected), worst first."""
    ours = [r for r in results if r.reader == reader and r.sample.set != SEGMENTS]
    for result in sorted(ours, key=lambda result: result.projected.f1)[:count]:
        score = result.projected
        yield ""
        yield (
            f"{result.sample.name}  F1 {score.f1:.3f}  precision {score.precision:.3f}  "
            f"recall {score.recall:.3f}{'' if result.has_article else '  no article'}"
            f"  {result.crash}"
        )
        yield f"  {result.sample.url}"
        yield from _quoted("missing", result.sample.paragraphs, result.lines)
        yield from _quoted("extra", result.lines, result.sample.paragraphs)


def wrong_facts(results: Sequence[Result], reader: str) -> Iterator[str]:
    """Yield lines about the pages whose title, authors or date are not the gold's."""
    for result in results:
        if result.reader != reader or result.hits is None:
            continue
        wrong = [name for name in ("title", "authors", "date") if not _is_right(result, name)]
        if wrong:
            sample = result.sample
            yield f"{sample.name}  wrong: {', '.join(wrong)}  {sample.url}"
            yield f"  gold  {sample.title!r} {sample.authors} {sample.published}"
            yield f"  found {result.said}"


def _is_right(result: Result, fact: str) -> bool:
    return getattr(result.hits, fact) is not False


def _quoted(label: str, lines: Sequence[str], text: Sequence[str]) -> Iterator[str]:
    have = grams_of(tokens_of("\n".join(text)))
    wrong = [line for line in lines if not _is_in(line, have)]
    for line in islice(wrong, _MOST_LINES):
        yield f"  {label:8}{' '.join(line.split())[:_CUT]}"
    if len(wrong) > _MOST_LINES:
        yield f"  {label:8}... and {len(wrong) - _MOST_LINES} more"


def _is_in(line: str, have: Counter[tuple[str, ...]]) -> bool:
    grams = grams_of(tokens_of(line))
    short = len(next(iter(grams), ())) < 4  # a part of longer grams: not worth a line
    return short or (grams & have).total() >= grams.total() * _IS_THERE
