"""A handful of an outlet's articles, fetched politely and read as the program would read them.

It keeps none of them.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import zip_longest

from scraper.clock import now
from scraper.line import Line
from scraper.model import Link, Outcome, Outlet
from scraper.survey.asking import Say
from scraper.survey.findings import Chosen, LeftOut, Sample, moment_of
from scraper.urls import canonical

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_SPARE = 2  # as many links are tried as there are samples wanted, and so many more

FRUITLESS = "what it adds are no articles: none of the {count} that were tried is one"


async def sampled(
    line: Line,
    outlet: Outlet,
    chosen: Sequence[Chosen],
    before: Sequence[Sample],
    most: int,
    say: Say,
) -> list[Sample]:
    """Return some pages that the sources announce, each source's newest first, taken in turn.

    Pages that cannot be had or are no articles are among them, and are made up for by a few more;
    those of `before` count, and are not fetched again.
    """
    samples: list[Sample] = []
    seen = {canonical(sample.link.url) for sample in before}
    for link, source in _in_turn(chosen):
        tried = [*before, *samples]
        if sum(one.is_article for one in tried) >= most or len(tried) >= most + _SPARE:
            break
        if canonical(link.url) not in seen:
            say(f"reading {link.url}")
            samples.append(await _sample(line, outlet, link, source))
    return samples


def without_fruitless(
    chosen: Sequence[Chosen], samples: Sequence[Sample]
) -> tuple[list[Chosen], list[LeftOut]]:
    """Return the sources whose samples hold at least one article, and the others with the reason.

    A source whose pages could not be fetched, or of which none was tried, is given the benefit of
    the doubt.
    """
    kept, dropped = [], []
    for one in chosen:
        own = [sample for sample in samples if sample.source == one.found.url]
        tried = [sample for sample in own if sample.is_telling]
        if tried and not any(sample.is_article for sample in tried):
            dropped.append(LeftOut(found=one.found, reason=FRUITLESS.format(count=len(tried))))
        else:
            kept.append(one)
    return kept, dropped


def _in_turn(chosen: Sequence[Chosen]) -> Iterator[tuple[Link, str]]:
    """Yield the links that the sources add, the first of each, then the second, each once."""
    seen: set[str] = set()
    queues = [[(link, one.found.url) for link in _newest(one.adds)] for one in chosen]
    for row in zip_longest(*queues):
        for entry in row:
            if entry is not None and (key := canonical(entry[0].url)) not in seen:
                seen.add(key)
                yield entry


def _newest(links: Sequence[Link]) -> list[Link]:
    return sorted(links, key=lambda link: moment_of(link) or _LONG_AGO, reverse=True)


async def _sample(line: Line, outlet: Outlet, link: Link, source: str) -> Sample:
    capture = await line.politely.fetch(link.url, outlet)
    if capture.page is None or capture.outcome is not Outcome.OK:
        return Sample(
            link=link,
            source=source,
            problem=f"{capture.outcome}: {capture.detail}".rstrip(": "),
            is_disallowed=capture.outcome is Outcome.DISALLOWED,
        )
    extraction = await line.extractor.extract(capture.page, outlet, now().date(), with_blocks=True)
    problem = "" if extraction.article else f"{extraction.status}: {extraction.detail}"
    return Sample(
        link=link, source=source, problem=problem, page=capture.page, extraction=extraction
    )
