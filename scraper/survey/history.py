"""What the catalog says of an outlet's past: its latest captures, and how long its texts are.

It changes nothing.
"""

from statistics import median

from scraper.model import ExtractStatus, Outcome, Outlet
from scraper.store.catalog import Catalog
from scraper.store.rows import CaptureRow
from scraper.survey.verdict import Finding

NEWEST, EARLIER = 8, 40  # texts that are held against each other
LEAST = 4  # of either: fewer tell nothing
LENGTH_DROP = 0.5  # where [outlet.alarm] has no length_drop


def recent_captures(catalog: Catalog, outlet: str, most: int) -> tuple[CaptureRow, ...]:
    """Return the newest captures of an outlet that have a page."""
    return catalog.captures(outlet=outlet, outcome=Outcome.OK, limit=most)


def lengths_finding(catalog: Catalog, outlet: Outlet) -> Finding:
    """Return whether the newest texts are about as long as those before them were."""
    lengths = _lengths(catalog, outlet.id)
    newest, earlier = lengths[:NEWEST], lengths[NEWEST:]
    if len(newest) < LEAST or len(earlier) < LEAST:
        said = f"{len(lengths)} texts, too few to know their usual length"
        return Finding(check="texts", is_well=None, said=said)
    is_now, was = median(newest), median(earlier)
    said = f"texts of {is_now:,.0f} characters, {was:,.0f} before"
    drop = outlet.alarm.length_drop or LENGTH_DROP
    if is_now >= (1 - drop) * was:
        return Finding(check="texts", is_well=True, said=said)
    remedy = "`scraper list` shows the latest; look for a paywall, or for a rule that cuts too much"
    return Finding(check="texts", is_well=False, said=said, remedy=remedy)


def _lengths(catalog: Catalog, outlet: str) -> list[int]:
    """Return the lengths of an outlet's newest texts in characters, the newest first."""
    rows = catalog.captures(outlet=outlet, outcome=Outcome.OK, limit=3 * (NEWEST + EARLIER))
    seen: dict[int, int] = {}
    for row in rows:
        if row.extract_status != ExtractStatus.OK or row.article_id is None:
            continue
        if row.article_id not in seen and (texts := catalog.texts_of(row.article_id)):
            seen[row.article_id] = texts[-1].chars
        if len(seen) == NEWEST + EARLIER:
            break
    return list(seen.values())
