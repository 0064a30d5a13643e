"""Who decides about each piece of a page, and why: steps in order, later ones overruling.

It changes no text.
"""

from collections.abc import Callable

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
)
from scraper.extract.reading import Reading
from scraper.extract.striking import (
    give_reasons,
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
    add_siblings,
    fill_gaps,
    keep_tables,
    strike_before_headline,
    strike_related_runs,
    strike_letters,
    strike_tail,
    keep_closings,
    strike_link_lists,
    strike_copies,
    strike_pull_quotes,
    strike_bare_headings,
    mark_items,
    give_reasons,
)


def verdicts_on(reading: Reading) -> Verdicts:
    """Return a verdict for each piece, in order."""
    verdicts = [Verdict() for _ in reading.pieces]
    for step in STEPS:
        step(reading, verdicts)
    return verdicts
