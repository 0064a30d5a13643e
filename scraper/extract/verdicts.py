"""Who decides about each piece of a page, and why: steps in order, later ones overruling.

It changes no text.
"""

from collections.abc import Callable

from scraper.extract.appeals import strike_appeals
from scraper.extract.evidence.place import role_afar
from scraper.extract.keeping import (
    add_siblings,
    even_out,
    fall_back,
    fill_gaps,
    follow_rule,
    keep_body,
    keep_closings,
    keep_standfirst,
    keep_tables,
    mark_items,
    sign_quotations,
)
from scraper.extract.reading import Reading
from scraper.extract.striking import (
    name_headlines,
    strike_bare_headings,
    strike_before_headline,
    strike_copies,
    strike_furniture,
    strike_letters,
    strike_link_lists,
    strike_names,
    strike_pull_quotes,
    strike_related_runs,
    strike_tail,
)
from scraper.extract.verdict import Verdict, Verdicts

STEPS: tuple[Callable[[Reading, Verdicts], None], ...] = (
    follow_rule,
    keep_body,
    name_headlines,
    keep_standfirst,
    strike_furniture,
    strike_names,
    fall_back,
    even_out,
    sign_quotations,
    add_siblings,
    fill_gaps,
    keep_tables,
    strike_before_headline,
    strike_related_runs,
    strike_letters,
    strike_appeals,
    strike_tail,
    keep_closings,
    strike_link_lists,
    strike_copies,
    strike_pull_quotes,
    strike_bare_headings,
    mark_items,
)


def explained(reading: Reading, verdicts: Verdicts) -> Verdicts:
    """Say of what no step named what it is, and what weighed most; for those who look at blocks."""
    for index, verdict in enumerate(verdicts):
        if verdict.reason:
            continue
        if verdict.role == "navigation":
            verdict.role = role_afar(reading.ground, reading.pieces[index])
        verdict.reason = reading.weighed.reason(index, kept=verdict.kept)
    return verdicts


def verdicts_on(reading: Reading) -> Verdicts:
    """Return a verdict for each piece, in order; `explained` gives those a reason that lack one."""
    verdicts = [Verdict() for _ in reading.pieces]
    for step in STEPS:
        step(reading, verdicts)
    return verdicts
