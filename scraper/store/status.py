"""What there is to say of outlets: what came of the last day, what waits, who fell silent.

It changes nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, case, exists, func, select

from scraper.cadence import GOOD, WEEKS, LinkState, Verdict, silence
from scraper.model import Outcome, Outlet
from scraper.store import schema
from scraper.store.schedule_rows import OutletStatus, SourceRow, SourceStatus
from scraper.store.statements import in_chunks

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)


@dataclass(slots=True)
class _Facts:
    """What a few questions to the catalog found, by outlet."""

    tried: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    reasons: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    states: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    queued: Counter[str] = field(default_factory=Counter)
    due: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    days: dict[str, dict[date, int]] = field(default_factory=lambda: defaultdict(dict))
    newest: dict[str, datetime] = field(default_factory=dict)
    last_capture: dict[str, datetime | None] = field(default_factory=dict)
    sources: dict[str, list[SourceRow]] = field(default_factory=lambda: defaultdict(list))
    announced: dict[int, Sequence[int]] = field(default_factory=dict)


def outlet_status(
    connection: Connection, now: datetime, outlets: Sequence[Outlet]
) -> tuple[OutletStatus, ...]:
    """Return what there is to say of outlets, in their order."""
    facts = _Facts()
    ids = [outlet.id for outlet in outlets]
    for find in (_find_tries, _find_links, _find_articles, _find_captures, _find_sources):
        for some in in_chunks(ids):
            find(connection, facts, some, now)
    return tuple(_status(facts, outlet, now) for outlet in outlets)


def _status(facts: _Facts, outlet: Outlet, now: datetime) -> OutletStatus:
    at = outlet.id
    tried, states, sources, days = (
        facts.tried[at], facts.states[at], facts.sources[at], facts.days[at],
    )  # fmt: skip
    top = facts.reasons[at].most_common(1)
    due = facts.due[at] + [source.next_due for source in sources]
    has_feed = any(source.type == "feed" for source in sources)
    return OutletStatus(
        outlet=at,
        name=outlet.name,
        last_pass=max((each.last_asked for each in sources if each.last_asked), default=None),
        last_capture=facts.last_capture.get(at),
        new=tried[Verdict.CAPTURED],
        changed=tried[Verdict.CHANGED],
        unchanged=tried[Verdict.UNCHANGED] + tried[Verdict.DUPLICATE],
        failed=facts.reasons[at].total(),
        top_reason=top[0][0] if top else None,
        next_due=min(due, default=None),
        queued=facts.queued[at],
        quarantined=states[LinkState.QUARANTINED],
        gone=states[LinkState.GONE],
        disallowed=states[LinkState.DISALLOWED],
        sources=tuple(_source_status(facts, source, has_feed) for source in sources),
        weekdays=tuple(
            sum(count for day, count in days.items() if day.weekday() == weekday)
            for weekday in range(7)
        ),
        quiet=silence(
            days,
            now,
            last=facts.newest.get(at),
            since=min((source.added for source in sources), default=None),
            quiet_after=outlet.alarm.quiet_after,
        ),
    )


def _source_status(facts: _Facts, source: SourceRow, has_feed: bool) -> SourceStatus:
    announced, not_captured, not_in_feed = facts.announced.get(source.id, (0, 0, 0))
    return SourceStatus(
        url=source.url,
        type=source.type,
        last_asked=source.last_asked,
        last_outcome=source.last_outcome,
        last_detail=source.last_detail,
        last_new=source.last_new,
        next_due=source.next_due,
        failures=source.failures,
        moved_to=source.moved_to,
        announced=announced,
        not_captured=not_captured,
        not_in_feed=not_in_feed if has_feed and source.type != "feed" else 0,
    )


def _find_tries(connection: Connection, facts: _Facts, ids: list[str], now: datetime) -> None:
    table = schema.captures
    kinds = (table.c.verdict, table.c.outcome, table.c.status, table.c.extract_status)
    query = select(table.c.outlet, *kinds, func.count().label("number"))
    query = query.where(table.c.outlet.in_(ids), table.c.started > now - _DAY)
    for row in connection.execute(query.group_by(table.c.outlet, *kinds)):
        if row.verdict in GOOD:
            facts.tried[row.outlet][row.verdict] += row.number
        else:
            reason = _reason(row.outcome, row.status, row.extract_status)
            facts.reasons[row.outlet][reason] += row.number


def _reason(outcome: str, status: int | None, extract_status: str) -> str:
    if outcome == Outcome.HTTP_ERROR:
        return f"HTTP {status}"
    return outcome if outcome != Outcome.OK else extract_status


def _find_links(connection: Connection, facts: _Facts, ids: list[str], now: datetime) -> None:
    table = schema.links
    query = select(
        table.c.outlet,
        table.c.state,
        func.count().label("number"),
        func.count(table.c.next_try).label("queued"),
        func.min(table.c.next_try).label("next_try"),
        func.min(table.c.next_recheck).label("next_recheck"),
    ).where(table.c.outlet.in_(ids))
    for row in connection.execute(query.group_by(table.c.outlet, table.c.state)):
        facts.states[row.outlet][row.state] += row.number
        facts.queued[row.outlet] += row.queued
        facts.due[row.outlet] += [at for at in (row.next_try, row.next_recheck) if at is not None]


def _find_articles(connection: Connection, facts: _Facts, ids: list[str], now: datetime) -> None:
    """Count the new articles of each day, in the weeks before each outlet's last one."""
    of, table = schema.outlets, schema.articles
    newest = select(func.max(table.c.first_captured)).where(table.c.outlet == of.c.id)
    query = select(of.c.id, newest.correlate(of).scalar_subquery()).where(of.c.id.in_(ids))
    by_age: dict[int, list[str]] = defaultdict(list)
    for outlet, moment in connection.execute(query):
        if moment is not None:
            facts.newest[outlet] = moment
            by_age[(now - moment) // _WEEK].append(outlet)
    for weeks, some in by_age.items():
        _count_days(connection, facts, some, now - (weeks + 1 + WEEKS) * _WEEK)


def _count_days(connection: Connection, facts: _Facts, ids: Sequence[str], since: datetime) -> None:
    table = schema.articles
    day = _day_of(connection, table.c.first_captured).label("day")
    query = select(table.c.outlet, day, func.count().label("number"))
    query = query.where(table.c.outlet.in_(ids), table.c.first_captured > since)
    for row in connection.execute(query.group_by(table.c.outlet, day)):
        on = row.day if isinstance(row.day, date) else date.fromisoformat(row.day)
        if on > facts.newest[row.outlet].date() - WEEKS * _WEEK:
            facts.days[row.outlet][on] = row.number


def _day_of(connection: Connection, column: ColumnElement[datetime]) -> ColumnElement[Any]:
    is_postgresql = connection.dialect.name == "postgresql"
    return func.date(func.timezone("UTC", column) if is_postgresql else column)


def _find_captures(connection: Connection, facts: _Facts, ids: list[str], now: datetime) -> None:
    of, table = schema.outlets, schema.captures
    last = select(func.max(table.c.started)).where(table.c.outlet == of.c.id, _is_good(table))
    query = select(of.c.id, last.correlate(of).scalar_subquery()).where(of.c.id.in_(ids))
    facts.last_capture |= {row[0]: row[1] for row in connection.execute(query)}


def _is_good(table: Table) -> ColumnElement[bool]:
    return table.c.verdict.in_([str(verdict) for verdict in GOOD])


def _find_sources(connection: Connection, facts: _Facts, ids: list[str], now: datetime) -> None:
    table = schema.sources
    query = select(table).where(table.c.outlet.in_(ids), table.c.active.is_(True))
    for row in connection.execute(query.order_by(table.c.id)).mappings():
        facts.sources[row["outlet"]].append(SourceRow(**row))
    query = _announced(now).where(table.c.outlet.in_(ids), table.c.active.is_(True))
    for found in connection.execute(query).all():
        facts.announced[found[0]] = found[1:]


def _announced(now: datetime) -> Select[Any]:
    """Return the question how many links of the last week each source announced, how many of them
    were not captured, and how many no feed announced."""
    said, link, source = schema.announcements, schema.links, schema.sources
    also, feed = said.alias(), source.alias()
    in_feed = exists().where(
        also.c.link_id == said.c.link_id, feed.c.id == also.c.source_id, feed.c.type == "feed"
    )
    is_captured = link.c.state == LinkState.CAPTURED.value
    since = now - _WEEK
    return (
        select(
            source.c.id,
            func.count(),
            func.sum(case((is_captured, 0), else_=1)),
            func.sum(case((in_feed, 0), else_=1)),
        )
        .join(said, said.c.source_id == source.c.id)
        .join(link, link.c.id == said.c.link_id)
        .where(said.c.last_seen > since, func.coalesce(said.c.published, said.c.first_seen) > since)
        .group_by(source.c.id)
    )
