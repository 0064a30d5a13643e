"""One finding about an outlet's health, and what the reading of its latest captures says of rules.

It reads no archive: extractions come in.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scraper.config import rule_for
from scraper.model import Extraction, Outlet, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check found; `is_well` is None where there was nothing to judge by."""

    check: str  # sources | source | robots | rules | archive | tests | texts
    is_well: bool | None
    said: str
    remedy: str = ""


def rules_finding(outlet: Outlet, read: Sequence[tuple[int, Extraction]]) -> Finding:
    """Return whether the rules of today match on captures, each with its number and reading.

    A rule without a body is well where an article was read; so is one that no URL of them fits.
    """
    if not read:
        return Finding(check="rules", is_well=None, said="no capture yet to try the rules on")
    missed = [capture for capture, reading in read if not _is_match(outlet, reading)]
    said = f"rules match on {len(read) - len(missed)} of {len(read)} captures"
    if not missed:
        idle = _idle(outlet, [reading for _, reading in read])
        return Finding(check="rules", is_well=True, said=", ".join((said, *idle)))
    remedy = f"`scraper show {missed[0]} --explain` shows the page; mend [[outlet.rules]]"
    return Finding(
        check="rules", is_well=False, said=f"{said}; not on {_listed(missed)}", remedy=remedy
    )


def _is_match(outlet: Outlet, reading: Extraction) -> bool:
    article = reading.article
    if article is None:
        return False
    rule = rule_for(outlet, article.url, None)
    return rule is None or not rule.body or article.body_by.startswith("rule ")


def _idle(outlet: Outlet, readings: Sequence[Extraction]) -> Iterator[str]:
    """Yield a clause where strip selectors took nothing away on any page: maybe they are dead."""
    used: Counter[str] = Counter()
    rules: set[Rule] = set()
    for reading in readings:
        if reading.article is not None and (rule := rule_for(outlet, reading.article.url, None)):
            rules.add(rule)
            used.update(block.reason for block in reading.article.blocks)
    selectors = {selector for rule in rules for selector in rule.strip}
    idle = [one for one in selectors if not used[f"rule strip {one}"]]
    if idle:
        yield f"{len(idle)} of {len(selectors)} strip selectors took nothing away"


def _listed(captures: Sequence[int]) -> str:
    return "captures " + ", ".join(str(capture) for capture in captures)
