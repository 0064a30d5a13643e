"""What is due all in all: how many sources and links, since when, and how many hosts are paused.

It begins and ends no transaction.
"""

from datetime import datetime

from sqlalchemy import Connection, func, select

from scraper.store import schema
from scraper.store.schedule_rows import Backlog
from scraper.store.sources import GOOD_ANSWERS

_MOMENTS = ("next_try", "next_recheck")


def backlog(connection: Connection, now: datetime) -> Backlog:
    """Return what is due now, that of paused hosts and what somebody has taken included."""
    sources, hosts = schema.sources, schema.hosts
    due_sources = select(func.count()).where(sources.c.active.is_(True), sources.c.next_due <= now)
    paused = select(func.count()).select_from(hosts).where(hosts.c.paused_until > now)
    answered = select(sources.c.outlet, func.max(sources.c.last_asked)).where(
        sources.c.active.is_(True), sources.c.last_outcome.in_(GOOD_ANSWERS)
    )
    links, oldest = _due_links(connection, now)
    return Backlog(
        due_sources=connection.execute(due_sources).scalar_one(),
        due_links=links,
        oldest_due_link=oldest,
        paused_hosts=connection.execute(paused).scalar_one(),
        answered={
            outlet: moment
            for outlet, moment in connection.execute(answered.group_by(sources.c.outlet))
            if moment is not None
        },
    )


def _due_links(connection: Connection, now: datetime) -> tuple[int, datetime | None]:
    table = schema.links
    count, oldest = 0, None
    for name in _MOMENTS:  # each has an index of its own; a link has at most one of them
        moment = table.c[name]
        due = select(func.count(), func.min(moment)).where(table.c.active.is_(True), moment <= now)
        some, first = connection.execute(due).one()
        count += some
        oldest = min(filter(None, (oldest, first)), default=None)
    return count, oldest
