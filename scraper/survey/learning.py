"""What can be learnt from an outlet's sampled pages, and whether that is worth a rule.

A rule is proposed only where the pages are read better with it than without: where what the learnt
template does differs from the general reading, and plain selectors do the same on every page. It
parses pages in this process: those alone that a worker has read to their end.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from scraper.extract import extract_article, learn_template
from scraper.extract.template.values import Proposal, Selectors
from scraper.model import Article, Outlet, Rule
from scraper.survey.findings import Change, Learnt, Sample

LEAST = 6  # articles: what fewer have in common may be chance


def learnt_from(samples: Sequence[Sample], outlet: Outlet) -> Learnt:
    """Return what the articles among some samples teach about the outlet's pages."""
    articles = [sample for sample in samples if sample.is_article]
    if len(articles) < LEAST:
        return Learnt(reason=f"none: {len(articles)} articles are too few to learn from")
    pages = [sample.page for sample in articles if sample.page is not None]
    template = learn_template((page.body, page.url) for page in pages)
    plain = [sample.extraction.article for sample in articles if sample.extraction]
    taught = [
        extract_article(page.body, page.url, headers=page.headers, template=template)
        for page in pages
    ]
    changes = tuple(_changes(plain, taught))
    if not changes:
        reason = (
            f"none: all {len(pages)} articles are read alike with what they have in common known"
        )
        return Learnt(reason=reason)
    rule = _rule(template.selectors())
    ruled = [
        extract_article(
            page.body, page.url, headers=page.headers, outlet=replace(outlet, rules=(rule,))
        )
        for page in pages
    ]
    if list(_changes(taught, ruled)):
        reason = "none: no plain selectors do what a template learnt from these pages does"
        return Learnt(reason=reason, changes=changes)
    count = len({change.url for change in changes})
    reason = f"one, since it reads {count} of {len(pages)} articles better"
    evidence = tuple(_evidence(template.selectors()))
    return Learnt(reason=reason, rule=rule, evidence=evidence, changes=changes)


def _rule(selectors: Selectors) -> Rule:
    return Rule(
        body=tuple(one.css for one in selectors.body),
        strip=tuple(one.css for one in selectors.strip),
        origin="learned",
    )


def _evidence(selectors: Selectors) -> Iterator[str]:
    yield from (f"body {one.css}: on {one.pages} of {one.of} articles" for one in selectors.body)
    yield from (f"strip {_stripped(one)}" for one in selectors.strip)


def _stripped(one: Proposal) -> str:
    sample = f', as "{one.samples[0]}"' if one.samples else ""
    return f"{one.css}: on {one.pages} of {one.of} articles{sample}"


def _changes(before: Sequence[Article | None], after: Sequence[Article | None]) -> Iterator[Change]:
    """Yield the paragraphs by which two readings of the same pages differ."""
    for one, other in zip(before, after, strict=True):
        if one is None or other is None:
            if one is not other:
                found = one or other
                assert found is not None
                yield Change(url=found.url, text=found.title, is_kept=one is None)
            continue
        yield from _differences(one, other)


def _differences(one: Article, other: Article) -> Iterator[Change]:
    old, new = (one.title, *one.paragraphs), (other.title, *other.paragraphs)
    for tag, i, j, k, m in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield from (Change(url=one.url, text=text, is_kept=False) for text in old[i:j])
            yield from (Change(url=one.url, text=text, is_kept=True) for text in new[k:m])
