"""Which links are due now, whose turn it is, and who has taken which.

It fetches none, and begins and ends no transaction.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, ScalarSelect, func, or_, select, update

from scraper.store import schema
from scraper.store.hosts import is_paused
from scraper.store.schedule_rows import LinkRow
from scraper.store.statements import in_chunks

CLAIM = timedelta(minutes=15)  # how long a link stays with who took it

_MOMENTS = ("next_try", "next_recheck")  # rechecks after all that was never captured


def due_links(
    connection: Connection, now: datetime, limit: int, per_host: int
) -> tuple[LinkRow, ...]:
    """Return links to fetch now: new ones and retries, then rechecks.

    Hosts take turns, the one longest without a turn first; each gives the first `per_host` links of
    its queue, less those that somebody has taken. None is of a paused host or an outlet that isn't
    in sources.toml.
    """
    found: list[LinkRow] = []
    for moment in _MOMENTS:
        if (room := limit - len(found)) > 0:
            ids = _fronts(connection, moment, now, room, per_host)
            found += _untaken(connection, ids, now, room)
    return tuple(found)


def claim(
    connection: Connection,
    links: Collection[LinkRow],
    owner: str,
    now: datetime,
    hold: timedelta = CLAIM,
) -> tuple[LinkRow, ...]:
    """Take links; return those that are still due and that nobody else has, in the order given."""
    table = schema.links
    taken: dict[int, LinkRow] = {}
    for some in in_chunks(sorted({link.id for link in links})):
        free = select(table.c.id).where(
            table.c.id.in_(some), _is_free(now), _is_due(now), table.c.active.is_(True)
        )
        # PostgreSQL: two claims at once share out the rows instead of waiting for each other.
        free = free.order_by(table.c.id).with_for_update(skip_locked=True)
        change = update(table).where(table.c.id.in_(free))
        change = change.values(claimed_by=owner, claimed_until=now + hold)
        rows = connection.execute(change.returning(table)).mappings()
        taken |= {row["id"]: LinkRow(**row) for row in rows}
    hosts = sorted({row.host for row in taken.values()})
    for names in in_chunks(hosts):
        turn = update(schema.hosts).where(schema.hosts.c.host.in_(names))
        connection.execute(turn.values(last_turn=now))
    return tuple(taken[link.id] for link in links if link.id in taken)


def owners(connection: Connection) -> tuple[str, ...]:
    """Return who has taken links."""
    table = schema.links
    query = select(table.c.claimed_by).distinct().where(table.c.claimed_until.is_not(None))
    return tuple(sorted(name for (name,) in connection.execute(query) if name is not None))


def release(connection: Connection, owner: str | None) -> int:
    """Give back what somebody took, or what anybody did; return how many links that were."""
    table = schema.links
    change = update(table).where(table.c.claimed_until.is_not(None))
    if owner is not None:
        change = change.where(table.c.claimed_by == owner)
    return connection.execute(change.values(claimed_by=None, claimed_until=None)).rowcount


def next_due(connection: Connection, now: datetime) -> datetime | None:
    """Return the earliest moment, maybe past, at which there is something to ask or fetch.

    The end of a pause or of a claim is such a moment, too: what waits for it is due then.
    """
    sources, links, hosts = schema.sources, schema.links, schema.hosts
    waiting = select(func.min(sources.c.next_due)).where(
        sources.c.active.is_(True), ~is_paused(sources.c.host, now)
    )
    ends = [
        select(func.min(hosts.c.paused_until)).where(hosts.c.paused_until > now),
        select(func.min(links.c.claimed_until)).where(links.c.claimed_until > now),
    ]
    moments = [connection.execute(query).scalar() for query in (waiting, *ends)]
    for name in _MOMENTS:
        column = links.c[name]
        first = select(column).where(links.c.active.is_(True), column.is_not(None), _is_free(now))
        first = first.where(~is_paused(links.c.host, now)).order_by(column).limit(1)
        moments.append(connection.execute(first).scalar())
    return min((moment for moment in moments if moment is not None), default=None)


def _fronts(
    connection: Connection, moment: str, now: datetime, hosts_at_most: int, per_host: int
) -> Sequence[int]:
    """Return the numbers of the first due links of each host: all firsts, all seconds, ..."""
    hosts = schema.hosts
    places = [_place(moment, now, number).label(f"place_{number}") for number in range(per_host)]
    open_now = or_(hosts.c.paused_until.is_(None), hosts.c.paused_until <= now)
    query = select(*places).where(open_now, _place(moment, now, 0).is_not(None))
    query = query.order_by(hosts.c.last_turn, hosts.c.host).limit(hosts_at_most)
    rows = connection.execute(query).all()
    return [row[number] for number in range(per_host) for row in rows if row[number] is not None]


def _place(moment: str, now: datetime, number: int) -> ScalarSelect[int]:
    """Return the number of a host's n-th due link, from 0."""
    links = schema.links
    column = links.c[moment]
    query = select(links.c.id).where(
        links.c.host == schema.hosts.c.host, links.c.active.is_(True), column <= now
    )
    first = query.order_by(column, links.c.id).limit(1).offset(number)
    return first.correlate(schema.hosts).scalar_subquery()


def _untaken(
    connection: Connection, ids: Sequence[int], now: datetime, limit: int
) -> list[LinkRow]:
    """Return the first links in a queue of numbers that nobody has taken."""
    table = schema.links
    found: list[LinkRow] = []
    for some in in_chunks(ids, at_most=limit):
        query = select(table).where(table.c.id.in_(some), _is_free(now))
        rows = {row["id"]: row for row in connection.execute(query).mappings()}
        found += [LinkRow(**rows[number]) for number in some if number in rows]
        if len(found) >= limit:
            break
    return found[:limit]


def _is_free(now: datetime) -> ColumnElement[bool]:
    table = schema.links
    return or_(table.c.claimed_until.is_(None), table.c.claimed_until <= now)


def _is_due(now: datetime) -> ColumnElement[bool]:
    table = schema.links
    return or_(table.c.next_try <= now, table.c.next_recheck <= now)
