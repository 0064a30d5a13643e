"""Hosts in the catalog: pauses they asked for, and their robots.txt.

It judges neither, and begins and ends no transaction.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, select, update

from scraper.store import schema
from scraper.store.schedule_rows import HostRow
from scraper.store.statements import clean, upsert

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def is_paused(host: Any, now: datetime) -> ColumnElement[bool]:
    """Return the condition that a column's host must not be asked now."""
    table = schema.hosts
    return exists().where(table.c.host == host, table.c.paused_until > now)


def host_row(connection: Connection, host: str) -> HostRow | None:
    """Return what is known of a host."""
    table = schema.hosts
    row = connection.execute(select(table).where(table.c.host == host)).mappings().one_or_none()
    return None if row is None else HostRow(**row)


def add_hosts(connection: Connection, hosts: Iterable[str]) -> None:
    """Give a row to each host that has none."""
    rows = [{"host": host, "last_turn": NEVER, "pause_reason": ""} for host in sorted(set(hosts))]
    if rows:
        insert = upsert(connection, schema.hosts)
        connection.execute(insert.on_conflict_do_nothing(index_elements=["host"]), rows)


def pause_host(connection: Connection, host: str, until: datetime, reason: str) -> None:
    """Let a host rest until a moment; a longer pause is not shortened."""
    add_hosts(connection, [host])
    table = schema.hosts
    shorter = table.c.paused_until.is_(None) | (table.c.paused_until < until)
    change = update(table).where(table.c.host == host, shorter)
    connection.execute(change.values(paused_until=until, pause_reason=clean(reason)))


def keep_robots(
    connection: Connection,
    host: str,
    *,
    outcome: str,
    fetched_at: datetime,
    expires: datetime,
    status: int | None,
    body: bytes | None,
) -> None:
    """Keep what came of asking for a robots.txt; without a body the last good copy stays."""
    add_hosts(connection, [host])
    values = {
        "robots_outcome": clean(outcome),
        "robots_status": status,
        "robots_fetched_at": fetched_at,
        "robots_expires": expires,
    }
    if body is not None:
        values |= {"robots_body": body, "robots_good_at": fetched_at}
    table = schema.hosts
    connection.execute(update(table).where(table.c.host == host).values(values))
