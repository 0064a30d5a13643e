"""Sources in the catalog: which there are, which are due, what came of asking one.

It asks none, and begins and ends no transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, bindparam, select, update

from scraper.cadence import failure_pause, fraction, next_interval
from scraper.errors import CatalogError
from scraper.model import Outlet, Source
from scraper.store import schema
from scraper.store.hosts import is_paused
from scraper.store.schedule_rows import SourceResult, SourceRow
from scraper.store.statements import clean, save_outlet, upsert, url_key
from scraper.urls import host_of

GOOD_ANSWERS = frozenset({"ok", "not-modified", "unchanged"})

_AT_ONCE = 20  # that many new sources are asked straight away, more are spread out
_SPREAD = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between which pauses the polls of a source adapt."""

    every_min: timedelta = timedelta(minutes=10)
    every_max: timedelta = timedelta(days=1)


DEFAULT_BOUNDS = Bounds()


def sync(connection: Connection, outlets: Sequence[Outlet], now: datetime) -> None:
    """Let the catalog's outlets and sources be those of sources.toml."""
    _sync_outlets(connection, outlets)
    rows = connection.execute(select(schema.sources)).mappings()
    known = {(row["outlet"], row["url"]): SourceRow(**row) for row in rows}
    wanted = {
        (outlet.id, url_key(source.url)): (outlet, source)
        for outlet in outlets
        for source in outlet.sources
    }
    fresh = sorted(wanted.keys() - known.keys())
    spread = _SPREAD if len(fresh) > _AT_ONCE else timedelta(0)
    if fresh:
        new = [_new_source(*wanted[at], now, spread) for at in fresh]
        insert = upsert(connection, schema.sources)  # another process may do the same now
        connection.execute(insert.on_conflict_do_nothing(index_elements=["outlet", "url"]), new)
    for at in wanted.keys() & known.keys():
        _follow(connection, known[at], *wanted[at], now)
    removed = [row.id for at, row in known.items() if row.active and at not in wanted]
    _set_active(connection, schema.sources, "id", removed, active=False)


def source_done(
    connection: Connection,
    outlet: Outlet,
    url: str,
    result: SourceResult,
    now: datetime,
    bounds: Bounds,
) -> SourceRow:
    """Write down what asking a source came to, and when it's asked again."""
    table = schema.sources
    row = source_of(connection, outlet.id, url)
    if row is None:
        raise CatalogError(f"{outlet.id} has no source {url}; sync the catalog with sources.toml")
    values = _failed(result) if result.outcome not in GOOD_ANSWERS else _answered(row, result, now)
    failures = 0 if result.outcome in GOOD_ANSWERS else row.failures + 1
    every, hint_s = _every(outlet, row.url), values.get("hint_s", row.hint_s)
    hint = None if hint_s is None else timedelta(seconds=hint_s)
    interval = _interval(row, every, result, hint, bounds)
    values |= {
        "last_asked": now,
        "last_detail": clean(result.detail),
        "asked": table.c.asked + 1,
        "new": table.c.new + result.new,
        "failures": failures,
        "interval_s": interval.total_seconds(),
        "next_due": _next_due(row, every, interval, failures, now, bounds),
    }
    changed = update(table).where(table.c.id == row.id).values(values).returning(table)
    return SourceRow(**connection.execute(changed).mappings().one())


def due_sources(connection: Connection, now: datetime, limit: int) -> tuple[SourceRow, ...]:
    """Return the sources to ask now, longest due first; none of a paused host."""
    table = schema.sources
    due = (table.c.active.is_(True), table.c.next_due <= now, ~is_paused(table.c.host, now))
    query = select(table).where(*due).order_by(table.c.next_due, table.c.id).limit(limit)
    return tuple(SourceRow(**row) for row in connection.execute(query).mappings())


def source_of(connection: Connection, outlet: str, url: str) -> SourceRow | None:
    """Return a source of an outlet by its URL."""
    table = schema.sources
    query = select(table).where(table.c.outlet == outlet, table.c.url == url_key(url))
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else SourceRow(**row)


def source_id(connection: Connection, outlet: Outlet, source: Source, now: datetime) -> int:
    """Return the number of a source; one that no sources.toml names becomes one never asked."""
    known = source_of(connection, outlet.id, source.url)
    if known is not None:
        return known.id
    save_outlet(connection, outlet)
    row = _new_source(outlet, source, now, timedelta(0)) | {"active": False}
    table = schema.sources
    insert = upsert(connection, table)
    insert = insert.on_conflict_do_update(
        index_elements=["outlet", "url"], set_={"url": insert.excluded.url}
    )
    return int(connection.execute(insert.returning(table.c.id), row).scalar_one())


def _sync_outlets(connection: Connection, outlets: Sequence[Outlet]) -> None:
    table = schema.outlets
    was = {row["id"]: dict(row) for row in connection.execute(select(table)).mappings()}
    rows = {
        outlet.id: {
            "id": outlet.id,
            "name": clean(outlet.name),
            "home": clean(outlet.home),
            "active": True,
        }
        for outlet in outlets
    }
    changed = [row for outlet, row in rows.items() if was.get(outlet) != row]
    if changed:
        insert = upsert(connection, table)
        newest = {name: insert.excluded[name] for name in ("name", "home", "active")}
        insert = insert.on_conflict_do_update(index_elements=["id"], set_=newest)
        connection.execute(insert, changed)
    gone = [outlet for outlet, row in was.items() if row["active"] and outlet not in rows]
    back = [outlet for outlet, row in was.items() if not row["active"] and outlet in rows]
    _set_active(connection, table, "id", gone, active=False)
    _set_active(connection, schema.links, "outlet", gone, active=False)
    _set_active(connection, schema.links, "outlet", back, active=True)


def _set_active(
    connection: Connection, table: Table, column: str, values: Sequence[object], *, active: bool
) -> None:
    if values:
        change = update(table).where(table.c[column] == bindparam("at")).values(active=active)
        connection.execute(change, [{"at": value} for value in values])


def _new_source(
    outlet: Outlet, source: Source, now: datetime, spread: timedelta
) -> dict[str, object]:
    url = url_key(source.url)
    every = source.every or outlet.every
    return {
        "outlet": outlet.id,
        "url": url,
        "host": host_of(url),
        "type": source.type,
        "every": _every_text(every),
        "active": True,
        "added": now,
        "next_due": now + spread * fraction(url),
        "interval_s": _pause(every).total_seconds(),
        "last_detail": "",
        "failures": 0,
        "asked": 0,
        "new": 0,
        "unchanged": 0,
        "failed": 0,
    }


def _follow(
    connection: Connection, row: SourceRow, outlet: Outlet, source: Source, now: datetime
) -> None:
    """Let a source be as sources.toml has it; a new `every` holds from now on."""
    every = source.every or outlet.every
    wanted = (source.type, _every_text(every), True)
    if (row.type, row.every, row.active) == wanted:
        return
    values: dict[str, object] = dict(zip(("type", "every", "active"), wanted, strict=True))
    if row.every != values["every"]:
        values |= {
            "interval_s": _pause(every).total_seconds(),
            "next_due": min(row.next_due, _next_time(every, now)),
        }
    connection.execute(update(schema.sources).where(schema.sources.c.id == row.id).values(values))


def _every(outlet: Outlet, url: str) -> timedelta | str:
    own = (source.every for source in outlet.sources if url_key(source.url) == url)
    return next(own, None) or outlet.every


def _every_text(every: timedelta | str) -> str:
    return every if isinstance(every, str) else f"{every.total_seconds():g}s"


def _pause(every: timedelta | str) -> timedelta:
    return every if isinstance(every, timedelta) else timedelta(0)


def _next_time(every: timedelta | str, now: datetime) -> datetime:
    if isinstance(every, timedelta):
        return now + every
    from scraper.config import next_time  # loads pydantic, and few write cron expressions

    return next_time(every, now)


def _answered(row: SourceRow, result: SourceResult, now: datetime) -> dict[str, Any]:
    """Return what an answer changes; what a 304 does not repeat holds on (RFC 9111, 4.3.4)."""
    same = result.digest is not None and result.digest == row.payload_digest
    unchanged = same or result.outcome != "ok"
    hint = result.hint
    values: dict[str, Any] = {
        "last_outcome": "unchanged" if same and result.outcome == "ok" else result.outcome,
        "etag": result.etag or (row.etag if unchanged else None),
        "last_modified": result.last_modified or (row.last_modified if unchanged else None),
        "payload_digest": result.digest or (row.payload_digest if unchanged else None),
        "moved_to": result.moved_to,
    }
    if hint is not None or not unchanged:
        values["hint_s"] = None if hint is None else hint.total_seconds()
    if unchanged:
        values["unchanged"] = schema.sources.c.unchanged + 1
    if result.new:
        values["last_new"] = now
    return {name: clean(value) for name, value in values.items()}


def _failed(result: SourceResult) -> dict[str, Any]:
    return {"last_outcome": clean(result.outcome), "failed": schema.sources.c.failed + 1}


def _interval(
    row: SourceRow,
    every: timedelta | str,
    result: SourceResult,
    hint: timedelta | None,
    bounds: Bounds,
) -> timedelta:
    current = timedelta(seconds=row.interval_s)
    if isinstance(every, str) or result.outcome not in GOOD_ANSWERS:
        return current
    return next_interval(
        current,
        every=every,
        every_min=bounds.every_min,
        every_max=bounds.every_max,
        brought_news=result.new > 0,
        hint=hint,
    )


def _next_due(
    row: SourceRow,
    every: timedelta | str,
    interval: timedelta,
    failures: int,
    now: datetime,
    bounds: Bounds,
) -> datetime:
    """Return when a source is due again; a rare cron moment that failed isn't waited for."""
    regular = _next_time(every, now) if isinstance(every, str) else now + interval
    if not failures:
        return regular
    base = max(interval, bounds.every_min)
    pause = failure_pause(base, failures, most=max(base, bounds.every_max), seed=row.url)
    return min(regular, now + pause) if isinstance(every, str) else now + pause
