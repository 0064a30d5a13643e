"""Which of the sources that answered an outlet's entry needs: those that add what others lack.

It asks for nothing. Feeds come first, since they are small and fresh; then news sitemaps, sitemaps
and section pages, each only for what it adds.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from scraper.discover.likeness import is_ruled_out
from scraper.discover.sections import is_same_site
from scraper.model import Link
from scraper.survey.findings import Chosen, LeftOut, Yield, moment_of
from scraper.urls import canonical

_ORDER = {"feed": 0, "news-sitemap": 1, "sitemap": 2, "section": 3}
MANY = 200  # links that only a sitemap has: more than that, all of them old, are the past

PAST = "all that it adds is older than the feeds: the past, for `scraper backfill`"


def choose(found: Iterable[Yield], home: str) -> tuple[list[Chosen], list[LeftOut]]:
    """Return the sources that an entry needs, and those that it does not, each with its reason.

    Of one kind the one with the most links comes first, so that the others have to add to it.
    """
    chosen: list[Chosen] = []
    left_out: list[LeftOut] = []
    covered: set[str] = set()
    for each in sorted(found, key=lambda one: (_ORDER[one.type], -len(one.links))):
        adds = [link for link in _articles(each, home) if canonical(link.url) not in covered]
        reason = _why_not(each, adds, home, chosen)
        if reason is None:
            chosen.append(Chosen(found=each, adds=tuple(adds)))
            covered |= each.keys
        else:
            left_out.append(LeftOut(found=each, reason=reason))
    return chosen, left_out


def _articles(found: Yield, home: str) -> list[Link]:
    """Return the links that may be articles of the site: a feed's own word is taken for it."""
    is_feed = found.type in {"feed", "news-sitemap"}
    return [
        link
        for link in found.links
        if is_same_site(link.url, home) and (is_feed or not is_ruled_out(link.url))
    ]


def _why_not(found: Yield, adds: Sequence[Link], home: str, chosen: Sequence[Chosen]) -> str | None:
    if found.problem:
        return found.problem
    if not any(is_same_site(link.url, home) for link in found.links):
        return "its links lead to other sites"
    if not adds:
        return "it adds nothing to the sources above"
    if found.type == "sitemap" and len(adds) > MANY and _is_past(adds, chosen):
        return PAST
    return None


def _is_past(adds: Sequence[Link], chosen: Sequence[Chosen]) -> bool:
    since = _oldest(chosen)
    if since is None:
        return False
    moments = [moment for link in adds if (moment := moment_of(link)) is not None]
    return bool(moments) and max(moments) < since


def _oldest(chosen: Sequence[Chosen]) -> datetime | None:
    """Return how far the feeds and news sitemaps reach back."""
    fresh = (one.found for one in chosen if one.found.type in {"feed", "news-sitemap"})
    moments = (moment_of(link) for found in fresh for link in found.links)
    return min((moment for moment in moments if moment is not None), default=None)
