"""What a survey found, as lines for a person and as JSON for a script; all of it made safe.

It decides nothing.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict

from scraper.cli.terminal import safe
from scraper.model import Article, Block
from scraper.survey.findings import Sample, Survey
from scraper.survey.proposal import evidence_of

_WIDTH = 96
_MOST_CHANGES = 20
_MOST_LINES = 6  # of what was stripped within a story


def reported(survey: Survey) -> Iterator[str]:
    """Yield what a survey found: the host's manners, the sources, what would be kept of pages."""
    yield from _manners(survey)
    yield ""
    yield from _sources(survey)
    yield ""
    yield from _samples(survey)
    yield ""
    yield from _learnt(survey)
    for problem in survey.problems:
        yield f"note: {safe(problem)}"


def _manners(survey: Survey) -> Iterator[str]:
    manners = survey.manners
    language = survey.language or "several, or none said"
    yield f"{safe(survey.name)} <{safe(survey.home)}>, language: {safe(language)}"
    yield f"  {safe(manners.robots)}"
    if manners.disallowed:
        shown = "; ".join(safe(line, width=60) for line in manners.disallowed[:8])
        more = f"; and {len(manners.disallowed) - 8} more" if len(manners.disallowed) > 8 else ""
        yield f"  it tells us to keep out of: {shown}{more}"
    if manners.crawl_delay is not None:
        seconds = manners.crawl_delay.total_seconds()
        yield f"  it asks for {seconds:g} s between requests, which is kept without a key for it"
    for language, url in survey.editions[:6]:
        yield f"  another edition ({safe(language)}): {safe(url)}"


def _sources(survey: Survey) -> Iterator[str]:
    yield "Sources:" if survey.chosen else "Sources: none that would serve"
    for one in survey.chosen:
        yield f"  + {one.found.type} {safe(one.found.url)}"
        yield f"      {safe(', '.join(evidence_of(one)))}"
    for left in survey.left_out:
        yield f"  - {left.found.type} {safe(left.found.url)}"
        yield f"      left out: {safe(left.reason, width=_WIDTH)}"


def _samples(survey: Survey) -> Iterator[str]:
    yield f"Pages: {len(survey.articles)} of {len(survey.samples)} that were tried are articles"
    for sample in survey.samples:
        yield from _sample(sample)


def _sample(sample: Sample) -> Iterator[str]:
    article = sample.extraction.article if sample.extraction else None
    if article is None:
        yield f"  {safe(sample.link.url)}"
        yield f"      {safe(sample.problem, width=_WIDTH)}"
        return
    stripped = list(article.stripped())
    yield f"  {safe(article.title, width=_WIDTH)}"
    yield (
        f"      {safe(article.url, width=_WIDTH)}: {len(article.paragraphs)} paragraphs kept, "
        f"{len(stripped)} blocks stripped"
    )
    yield from _difference(article)


def _difference(article: Article) -> Iterator[str]:
    """Yield where a story begins and ends, and what was stripped in between."""
    inside = list(_inside(article))
    if article.paragraphs:
        yield f"      + {safe(article.paragraphs[0], width=_WIDTH)}"
    for block in inside[:_MOST_LINES]:
        yield f"      - {safe(block.text, width=60)}  <- {block.role}: {safe(block.reason)}"
    if len(inside) > _MOST_LINES:
        yield f"      - and {len(inside) - _MOST_LINES} more within the story"
    if len(article.paragraphs) > 1:
        yield f"      + {safe(article.paragraphs[-1], width=_WIDTH)}"


def _inside(article: Article) -> Iterator[Block]:
    kept = [at for at, block in enumerate(article.blocks) if block.kept]
    if kept:
        span = article.blocks[kept[0] : kept[-1]]
        yield from (block for block in span if not block.kept)


def _learnt(survey: Survey) -> Iterator[str]:
    """Yield whether there is a rule and why, and what it changes of the texts above."""
    learnt = survey.learnt
    yield f"Rules: {safe(learnt.reason)}"
    counts = Counter((change.is_kept, change.text) for change in learnt.changes)
    for (is_kept, text), count in counts.most_common(_MOST_CHANGES):
        times = f"  (on {count} pages)" if count > 1 else ""
        yield f"      {'+' if is_kept else '-'} {safe(text, width=_WIDTH)}{times}"
    if len(counts) > _MOST_CHANGES:
        yield f"      and {len(counts) - _MOST_CHANGES} more"


def as_record(survey: Survey) -> dict[str, object]:
    """Return a survey as JSON values."""
    return {
        "asked": survey.asked,
        "home": survey.home,
        "name": survey.name,
        "language": survey.language,
        "robots": survey.manners.robots,
        "disallowed": survey.manners.disallowed,
        "crawl_delay_s": survey.manners.crawl_delay and survey.manners.crawl_delay.total_seconds(),
        "sources": [
            {
                "type": one.found.type,
                "url": one.found.url,
                "found_by": one.found.candidate.found_by,
                "links": len(one.found.links),
                "adds": len(one.adds),
                "newest": one.found.newest,
            }
            for one in survey.chosen
        ],
        "left_out": [
            {"type": one.found.type, "url": one.found.url, "reason": one.reason}
            for one in survey.left_out
        ],
        "pages": [
            {
                "url": sample.link.url,
                "problem": sample.problem,
                "title": article and article.title,
                "paragraphs": article and len(article.paragraphs),
                "stripped": article and sum(1 for _ in article.stripped()),
            }
            for sample in survey.samples
            for article in (sample.extraction.article if sample.extraction else None,)
        ],
        "rules": survey.learnt.reason,
        "changes": [asdict(change) for change in survey.learnt.changes],
        "problems": survey.problems,
    }
