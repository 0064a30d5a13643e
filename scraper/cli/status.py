"""`scraper status`: per outlet what was done, what is due, and what stands out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

import click

from scraper.cli.options import (
    archive_from,
    json_option,
    no_outlet,
    open_catalog,
    sources_from,
    with_places,
)
from scraper.cli.terminal import safe, say, say_json

if TYPE_CHECKING:
    from scraper.model import Outlet
    from scraper.store.drift import AlarmRow
    from scraper.store.schedule_rows import OutletStatus, SourceStatus

_HEADER = (
    f"{'outlet':<22}{'last':>7}{'new':>6}{'same':>6}{'fail':>6}{'queue':>7}{'next':>7}  remarks"
)
_WIDTH = 80
_REMARK = _WIDTH - 63  # columns that are left for it


@click.command(name="status")
@click.option("--outlet", "outlet_id", metavar="ID", help="Only this outlet, source by source.")
@json_option
@with_places
def command(
    outlet_id: str | None, as_json: bool, sources_file: Path | None, archive_dir: Path | None
) -> int:
    """Say how every outlet fares: the last pass, captures of 24 hours, what is due, alarms.

    Exit code 1 where an alarm stands, so that cron mails it: pages are blocked, walled, sold or
    laid out anew, a rule is dead, a source fails or has moved, an outlet fell silent. Each comes
    with what there is to do.

    \b
    Example:
      scraper status
      scraper status --outlet moscow-times
    """
    from scraper import clock

    sources = sources_from(sources_file)
    outlets = [one for one in sources.outlets if outlet_id in {None, one.id}]
    if outlet_id is not None and not outlets:
        raise no_outlet(outlet_id, [one.id for one in sources.outlets])
    now = clock.now()
    with open_catalog(archive_from(archive_dir, sources), sources) as catalog:
        rows = catalog.schedule.status(now, outlets)
        standing = catalog.drift.alarms([outlet.id for outlet in outlets])
    alarms = alarms_of(outlets, rows, standing, now)
    if as_json:
        for row in rows:
            say_json(asdict(row) | {"alarms": [asdict(one) for one in alarms[row.outlet]]})
    else:
        for line in table(rows, now, alarms):
            say(line)
        if outlet_id is not None:
            for row in rows:
                for line in source_lines(row, now):
                    say(line)
    return 1 if any(alarms.values()) else 0


def alarms_of(
    outlets: "Sequence[Outlet]",
    rows: "Sequence[OutletStatus]",
    standing: "Sequence[AlarmRow]",
    now: datetime,
) -> "dict[str, tuple[AlarmRow, ...]]":
    """Return the alarms of each outlet: those of its pages as they were found at the last look, of
    its sources and of its silence as they are now."""
    from scraper.drift.causes import PAGES
    from scraper.drift.changes import standing_now
    from scraper.drift.sources import source_alarms

    found: dict[str, tuple[AlarmRow, ...]] = {}
    for outlet, row in zip(outlets, rows, strict=True):
        before = [one for one in standing if one.outlet == outlet.id]
        pages = [one for one in before if one.subject == PAGES]
        fresh = standing_now(outlet, before, source_alarms(outlet, row), now)
        found[outlet.id] = (*pages, *fresh)
    return found


def table(
    rows: "Sequence[OutletStatus]",
    now: datetime,
    alarms: "Mapping[str, Sequence[AlarmRow]] | None" = None,
) -> Iterator[str]:
    """Yield a line for each outlet, at most 80 columns wide, and below it what stands out."""
    yield _HEADER
    for row in rows:
        due = "-" if row.next_due is None else distance(row.next_due - now)
        last = "never" if row.last_pass is None else distance(now - row.last_pass)
        counts = amount(row.new + row.changed), amount(row.unchanged), amount(row.failed)
        numbers = "".join(f"{count:>6}" for count in counts) + f"{amount(row.queued):>7}"
        found = (alarms or {}).get(row.outlet, ())
        remark = "ALARM" if found else safe(row.top_reason or "", width=_REMARK)
        yield f"{safe(row.outlet, width=21):<22}{last:>7}{numbers}{due:>7}  {remark}".rstrip()
        for alarm in found:
            yield from alarm_lines(alarm)


def alarm_lines(alarm: "AlarmRow") -> Iterator[str]:
    """Yield an alarm's cause, since when it stands, and what there is to do."""
    since = ""
    if alarm.capture is not None and alarm.since is not None:
        since = f", since capture {alarm.capture} of {alarm.since:%Y-%m-%d %H:%M}"
    yield from _wrapped(f"{alarm.cause}: {alarm.said}{since}", "    ")
    if alarm.instead is not None and alarm.capture is not None:
        yield from _wrapped(f"now {alarm.instead} holds the text", "      ")
    yield from _wrapped(f"-> {alarm.remedy}", "      ")


def _wrapped(text: str, indent: str) -> list[str]:
    return wrap(
        safe(text),
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def source_lines(row: "OutletStatus", now: datetime) -> Iterator[str]:
    """Yield what there is to say of the sources of an outlet."""
    for source in row.sources:
        yield ""
        yield f"{source.type} {safe(source.url)}"
        asked = "never" if source.last_asked is None else f"{distance(now - source.last_asked)} ago"
        news = "never" if source.last_new is None else f"{distance(now - source.last_new)} ago"
        came = f"{source.last_outcome or '-'} {source.last_detail}"
        yield f"    asked {asked}: {safe(came)}"
        yield f"    brought something new {news}; next in {distance(source.next_due - now)}"
        yield f"    {_of_the_week(source)}"


def _of_the_week(source: "SourceStatus") -> str:
    seen = f"of a week: {source.announced} links, {source.not_captured} not captured"
    if source.type == "feed":
        return seen
    return f"{seen}, {source.not_in_feed} missing from the feeds"


def amount(count: int) -> str:
    """Return a count in at most five characters, up to ten million: 99999, 100k, 9999k."""
    return str(count) if count < 100_000 else f"{count // 1_000}k"


def distance(span: timedelta) -> str:
    """Return a span of time in its largest unit: 45s, 12m, 5h, 3d; what is past is due now."""
    seconds = int(span.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s" if seconds > 0 else "now"
