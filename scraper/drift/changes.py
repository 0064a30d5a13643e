"""What changed between the alarms that stood and those found now, and what is said of it.

It writes nothing down and tells nobody: it returns what is to be written and told.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from scraper.drift.causes import PAGES, Alarm
from scraper.extract.layout import line_of
from scraper.model import Outlet
from scraper.notify import checksum_of
from scraper.store.drift import AlarmRow, Change

_MOST_CHARS = 1000  # of a line


def changes_of(
    outlet: Outlet, before: Sequence[AlarmRow], found: Sequence[Alarm], now: datetime
) -> Iterator[Change]:
    """Yield each change of an outlet's alarms. Somebody is told of alarms that are raised, whose
    cause is another one, or that stand no more: not of those that go on."""
    standing = {row.subject: row for row in before}
    for alarm in found:
        was = standing.pop(alarm.subject, None)
        if was is None or was.cause != alarm.cause:
            row = _row(outlet, alarm, now)
            verb = "alarm" if was is None else f"no longer {was.cause}, but"
            yield _told(outlet, row.subject, row, f"{verb} {row.cause}", body_of(row))
        elif (row := _gone_on(was, alarm)) != was:
            yield Change(outlet=outlet.id, subject=row.subject, row=row, title="", body="")
    for row in standing.values():
        body = _said(f"It stood since {row.raised:%Y-%m-%d %H:%M}: {row.said}.")
        yield _told(outlet, row.subject, None, f"well again: no longer {row.cause}", body)


def standing_now(
    outlet: Outlet, before: Sequence[AlarmRow], found: Sequence[Alarm], now: datetime
) -> Iterator[AlarmRow]:
    """Yield alarms as rows; what stood before keeps the moment at which it was raised."""
    was = {(row.subject, row.cause): row for row in before}
    for alarm in found:
        known = was.get((alarm.subject, alarm.cause.value))
        yield _gone_on(known, alarm) if known else _row(outlet, alarm, now)


def alarm_over(standing: Iterable[AlarmRow], outlet: str, moment: datetime) -> AlarmRow | None:
    """Return the alarm on an outlet's pages that a capture of a moment stands under, if any."""
    for row in standing:
        began = row.since or row.raised
        if row.outlet == outlet and row.subject == PAGES and moment >= began:
            return row
    return None


def body_of(row: AlarmRow) -> str:
    """Return what there is to say of an alarm, a line for each fact."""
    lines = [f"{row.cause}: {row.said}."]
    if row.capture is not None and row.since is not None:
        lines.append(f"Since capture {row.capture} of {row.since:%Y-%m-%d %H:%M} UTC.")
    if row.instead is not None:
        lines.append(f"Now {row.instead} does what {row.selector} did.")
    return "\n".join(map(_said, (*lines, f"What to do: {row.remedy}.")))


def _said(line: str) -> str:
    """Return one printable line: a server's words must not look like another fact of ours."""
    line = line_of(line)
    return line if len(line) <= _MOST_CHARS else f"{line[: _MOST_CHARS - 1]}\u2026"


def _row(outlet: Outlet, alarm: Alarm, now: datetime) -> AlarmRow:
    return AlarmRow(
        outlet=outlet.id,
        subject=alarm.subject,
        cause=alarm.cause.value,
        said=alarm.said,
        remedy=alarm.remedy,
        raised=now,
        since=alarm.since,
        capture=alarm.capture,
        selector=alarm.selector,
        instead=alarm.instead,
    )


def _gone_on(was: AlarmRow, alarm: Alarm) -> AlarmRow:
    return replace(was, said=alarm.said, remedy=alarm.remedy, instead=was.instead or alarm.instead)


def _told(outlet: Outlet, subject: str, row: AlarmRow | None, title: str, body: str) -> Change:
    return Change(
        outlet=outlet.id,
        subject=subject,
        row=row,
        title=f"{outlet.name}: {title}",
        body=body,
        addresses=tuple(checksum_of(address) for address in outlet.alarm.notify),
    )
