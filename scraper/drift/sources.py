"""Alarms that an outlet's sources and its silence give.

It asks no source: what came of asking is in the catalog.
"""

from collections.abc import Iterator

from scraper.drift.causes import SILENCE, Alarm, Cause
from scraper.model import Outcome, Outlet
from scraper.store.schedule_rows import OutletStatus, SourceStatus

FAILURES = 3  # in a row
_GONE = ("404", "410")
_UNREADABLE = "unreadable"


def source_alarms(outlet: Outlet, status: OutletStatus) -> tuple[Alarm, ...]:
    """Return the alarms of an outlet's sources, and that of its silence where they answer."""
    found = tuple(_of_sources(outlet, status))
    if status.quiet is None or (status.sources and len(found) == len(status.sources)):
        return found  # it is silent because none of its sources can be read
    quiet = Alarm(
        subject=SILENCE,
        cause=Cause.QUIET,
        said=f"silent since {status.quiet.since:%Y-%m-%d %H:%M}: {status.quiet.reason}",
        remedy=f"`scraper outlets check {outlet.id}` says whether its sources are fresh",
        since=status.quiet.since,
    )
    return (*found, quiet)


def _of_sources(outlet: Outlet, status: OutletStatus) -> Iterator[Alarm]:
    for source in status.sources:
        if source.failures >= FAILURES:
            yield _failing(outlet, source)
        elif source.failures == 0 and source.moved_to is not None:
            yield Alarm(
                subject=f"source {source.url}",
                cause=Cause.FEED,
                said=f"{source.url} has moved to {source.moved_to} for good; it is still read",
                remedy="write the new url under [[outlet.source]]",
                selector=source.url,
                instead=source.moved_to,
            )


def _failing(outlet: Outlet, source: SourceStatus) -> Alarm:
    why = f"{source.last_outcome} {source.last_detail}".strip()
    is_gone = source.last_outcome == Outcome.HTTP_ERROR and source.last_detail.startswith(_GONE)
    is_moved = is_gone or source.last_outcome == _UNREADABLE
    look = f"`scraper outlets add {outlet.home} --id {outlet.id}-new --dry-run` finds its sources"
    return Alarm(
        subject=f"source {source.url}",
        cause=Cause.FEED if is_moved else Cause.FAILING,
        said=f"{source.url} failed {source.failures} times: {why}",
        remedy=look if is_moved else "it is asked again at longer and longer pauses",
        selector=source.url,
    )
