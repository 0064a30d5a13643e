"""A survey -> the [[outlet]] that it speaks for, each line of it with its evidence.

It decides what is proposed, and writes nothing.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from scraper.config.entry import Entry, Section, Value
from scraper.survey.findings import Chosen, Survey


def entry_of(
    survey: Survey, outlet_id: str, *, name: str, today: date, allow_private: Sequence[str] = ()
) -> Entry:
    """Return the entry that a survey speaks for."""
    outlet: dict[str, Value] = {"id": outlet_id, "name": name, "home": survey.home}
    if survey.language:
        outlet["language"] = survey.language
    fetch: dict[str, Value] = {"allow_private": list(allow_private)} if allow_private else {}
    return Entry(
        outlet=Section(values=outlet, notes=(_summary(survey, today),)),
        sources=tuple(_source(one) for one in survey.chosen),
        fetch=Section(values=fetch) if fetch else None,
        rules=tuple(_rules(survey)),
    )


def _rules(survey: Survey) -> Iterator[Section]:
    rule = survey.learnt.rule
    if rule is not None:
        lists: dict[str, Value] = {"body": list(rule.body), "strip": list(rule.strip)}
        values = {key: value for key, value in lists.items() if value}
        yield Section(values={**values, "origin": rule.origin}, notes=survey.learnt.evidence)


def _summary(survey: Survey, today: date) -> str:
    read, tried = len(survey.articles), len(survey.samples)
    return f"Surveyed {today}: {read} of {tried} pages that were tried are articles."


def _source(chosen: Chosen) -> Section:
    found = chosen.found
    return Section(
        values={"type": found.type, "url": found.url}, notes=(", ".join(evidence_of(chosen)) + ".",)
    )


def evidence_of(chosen: Chosen) -> Iterator[str]:
    """Yield what speaks for a source, in clauses."""
    found = chosen.found
    yield f"{found.candidate.found_by[:1].upper()}{found.candidate.found_by[1:]}"
    yield f"{len(found.links)} links"
    if found.newest is not None:
        yield f"the newest of {_day(found.newest)}"
    if len(chosen.adds) < len(found.links):
        yield f"{len(chosen.adds)} of them in no source above"
    yield from found.remarks


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"
