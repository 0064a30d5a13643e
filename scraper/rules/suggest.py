"""Pages of an outlet -> the rule that a maintainer would write for them, with evidence.

It is made of what the template learnt, and held against the pages before it is shown. It applies
nothing and writes no file; pages are parsed in this process: those alone that a worker has read.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from scraper.extract import extract_article, learn_template
from scraper.extract.matching import matches_on
from scraper.extract.template.values import Proposal, Selectors, Template
from scraper.model import Article, Outlet, Page, Rule
from scraper.rules.beside import keeps_of, strips_of

LEAST = 3  # stories: what two have in common may be chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What speaks for a selector: how many elements it chose, on how many of the pages."""

    key: str  # title | body | strip | keep
    css: str
    pages: int
    of: int
    most: int  # elements on one page, at most
    samples: tuple[str, ...] = ()

    def __str__(self) -> str:
        told = f"matches {_elements(self.most)} on {self.pages} of {self.of} captures"
        if not self.samples or self.key in {"title", "body"}:
            return told
        verb = "removes" if self.key == "strip" else "keeps"
        return f"{verb} '{self.samples[0]}' and the like on {self.pages} of {self.of} captures"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A rule for an outlet, or the reason why there is none."""

    pages: int
    reason: str = ""
    rule: Rule | None = None
    evidence: tuple[Evidence, ...] = ()
    changed: tuple[str, ...] = field(default=(), repr=False)  # URLs that are read otherwise with it


def suggestion_for(pages: Sequence[Page]) -> Suggestion:
    """Return the rule that the pages of an outlet's stories speak for."""
    template = learn_template((page.body, page.url) for page in pages)
    if template.stories < LEAST:
        reason = f"{template.stories} different stories are too few to learn from; {LEAST} at least"
        return Suggestion(pages=len(pages), reason=reason)
    found = template.selectors()
    if not found.body:
        reason = "no element holds the story on all of these pages, and nothing else"
        return Suggestion(pages=len(pages), reason=reason)
    plain = _read(pages)
    rule = _rule(found)
    ruled = _read(pages, rule)
    taught = _read(pages, template=template)
    more = strips_of(taught, ruled)
    keeps = keeps_of(plain, ruled, taught, _leads(found))
    rule = replace(rule, strip=(*rule.strip, *more), keep=keeps)
    evidence = tuple(_evidence(pages, rule, found))
    ruled = _read(pages, rule)
    changed = tuple(
        page.url
        for page, before, after in zip(pages, plain, ruled, strict=True)
        if _text(before) != _text(after)
    )
    return Suggestion(pages=len(pages), rule=rule, evidence=evidence, changed=changed)


def _rule(found: Selectors) -> Rule:
    titles = [one.css for one in found.title]
    return Rule(
        title=titles[0] if titles else None,
        body=tuple(dict.fromkeys(one.css for one in found.body)),
        strip=tuple(dict.fromkeys(one.css for one in found.strip)),
        origin="learned",
    )


def _leads(found: Selectors) -> tuple[str, ...]:
    """Return the selectors of standfirsts that more than one page has."""
    return tuple(one.css for one in found.standfirst if one.pages > 1)


def _read(
    pages: Sequence[Page], rule: Rule | None = None, template: Template | None = None
) -> list[Article | None]:
    home = "https://outlet.invalid/"  # rules are found by the outlet, not by its address
    outlet = Outlet(id="tried", name="tried", home=home, rules=(rule,)) if rule else None
    return [
        extract_article(page.body, page.url, headers=page.headers, outlet=outlet, template=template)
        for page in pages
    ]


def _text(article: Article | None) -> str:
    return article.text if article else ""


def _evidence(pages: Sequence[Page], rule: Rule, found: Selectors) -> Iterator[Evidence]:
    chosen = [("title", css) for css in filter(None, [rule.title])]
    chosen += [("body", css) for css in rule.body]
    chosen += [("strip", css) for css in rule.strip] + [("keep", css) for css in rule.keep]
    counts = [
        matches_on(page.body, {css for _, css in chosen}, headers=page.headers) for page in pages
    ]
    samples = _samples((*found.strip, *found.standfirst))
    for key, css in chosen:
        numbers = [count[css] for count in counts]
        yield Evidence(
            key=key,
            css=css,
            pages=sum(number > 0 for number in numbers),
            of=len(pages),
            most=max(numbers),
            samples=samples.get(css, ()),
        )


def _samples(proposals: Sequence[Proposal]) -> Mapping[str, tuple[str, ...]]:
    return {one.css: one.samples for one in proposals}


def _elements(count: int) -> str:
    return "1 element" if count == 1 else f"up to {count} elements"
