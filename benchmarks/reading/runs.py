"""Every page read by every extractor, in several processes, with the CPU time of each reading.

It prints nothing but progress, and keeps no text but ours.
"""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from reading.facts import Hits, hits_of
from reading.measure import Score, score_of
from reading.pages import Sample, html_of
from reading.readers import OURS, Found, Prepared, Reader, Task, reader_named


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one extractor made of one page; `ms` is CPU time of its process."""

    reader: str
    sample: Sample
    ms: float
    prepare_ms: float
    raw: Score
    projected: Score
    hits: Hits | None
    has_article: bool
    required: int = 0
    forbidden: int = 0  # strings that the text rightly lacks
    lines: tuple[str, ...] = ()
    said: str = ""  # the facts as they were found, for the list of what is wrong
    crash: str = ""


def results_of(samples: Sequence[Sample], readers: Sequence[Reader], jobs: int) -> list[Result]:
    """Return the results of all pages, in their order."""
    names = [reader.name for reader in readers]
    found: list[Result] = []
    with ProcessPoolExecutor(jobs, initializer=_begin, initargs=(samples[0], names)) as pool:
        tasks = ((sample, names) for sample in samples)
        for results in _shown(pool.map(_read, *zip(*tasks, strict=True)), len(samples)):
            found += results
    return found


def _shown(stream: Iterator[list[Result]], total: int) -> Iterator[list[Result]]:
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import track

        console = Console(stderr=True)
        yield from track(stream, "reading", total=total, console=console, transient=True)
        return
    for done, results in enumerate(stream, 1):
        if done % 100 == 0 or done == total:
            print(f"{done} of {total} pages", file=sys.stderr)
        yield results


def _begin(sample: Sample, names: Sequence[str]) -> None:
    """Be modest, and import what is to be measured before it is measured."""
    os.nice(10)
    _read(sample, names)


def _read(sample: Sample, names: Sequence[str]) -> list[Result]:
    html = html_of(sample.file)
    task = Task(sample=sample, html=html, text=html.decode("utf-8", "replace"))
    found = (_result(task, reader_named(name)) for name in names)
    return [result for result in found if result is not None]


def _result(task: Task, reader: Reader) -> Result | None:
    start = time.process_time()
    prepared = reader.prepare(task)
    if prepared is None:
        return None
    prepare_ms = (time.process_time() - start) * 1000
    found, ms, crash = _timed(task, reader, prepared)
    return _scored(task.sample, reader, found, ms=ms, prepare_ms=prepare_ms, crash=crash)


def _timed(task: Task, reader: Reader, prepared: Prepared) -> tuple[Found, float, str]:
    """Return what an extractor reads, in how many milliseconds; one that crashes reads nothing."""
    start = time.process_time()
    crash = ""
    try:
        found = reader.read(task, prepared)
    except Exception as exc:  # noqa: BLE001 - one extractor's bug on one page is its own loss
        found, crash = Found(has_article=False), f"{type(exc).__name__}: {exc}"[:200]
    return found, (time.process_time() - start) * 1000, crash


def _scored(
    sample: Sample, reader: Reader, found: Found, *, ms: float, prepare_ms: float, crash: str
) -> Result:
    gold, text = "\n".join(sample.paragraphs), "\n".join(found.lines)
    raw = score_of(gold, text)
    facts = found.facts
    return Result(
        reader=reader.name,
        sample=sample,
        ms=ms,
        prepare_ms=prepare_ms,
        raw=raw,
        projected=raw if found.projected is None else score_of(gold, "\n".join(found.projected)),
        hits=None if facts is None else hits_of(sample, facts),
        has_article=found.has_article,
        required=sum(part in text for part in sample.required),
        forbidden=sum(part not in text for part in sample.forbidden),
        lines=tuple(found.lines) if reader.name.startswith(OURS) else (),
        said="" if facts is None else f"{facts.title!r} {facts.authors} {facts.published}",
        crash=crash,
    )
