"""Links in the catalog: where each stands, and what came of each try.

It fetches none, and begins and ends no transaction.
"""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, case, literal, null, select, update

from scraper.cadence import (
    GOOD,
    LinkState,
    Standing,
    Verdict,
    next_standing,
)
from scraper.errors import CatalogError
from scraper.model import Outlet
from scraper.store import prepared, schema
from scraper.store.schedule_rows import LinkResult, LinkRow
from scraper.store.statements import clean, in_chunks
from scraper.urls import canonical

_GIVEN_UP = (
    LinkState.QUARANTINED.value,
    LinkState.GONE.value,
    LinkState.DISALLOWED.value,
    LinkState.EXCLUDED.value,
)


def link_done(connection: Connection, outlet: Outlet, result: LinkResult) -> LinkRow:
    """Write down what a try at a link came to, and when it's tried or looked at again."""
    row = link_of(connection, result.link_id, lock=True)
    if row is None:
        raise CatalogError(f"there is no link {result.link_id}")
    if result.verdict is None:
        raise ValueError("a result without a verdict says nothing")
    if result.claimed_by is not None and row.claimed_by != result.claimed_by:
        return row
    after = next_standing(
        _standing(row), result.verdict, result.at, ages=outlet.fetch.recheck, seed=row.key
    )
    values = asdict(after) | {
        "link": row.id,
        "reason": clean(result.reason),
        "article_id": result.article_id or row.article_id,
        "claimed_by": None,
        "claimed_until": None,
    }
    if result.verdict in GOOD:
        values |= _validators(row, result)
    return LinkRow(**connection.execute(prepared.LINK_DONE, values).mappings().one())


def is_duplicate(
    connection: Connection, link_id: int, article_id: int | None, verdict: Verdict
) -> bool:
    """Say whether a link that was never captured has led to the article of another link."""
    if article_id is None or verdict not in GOOD:
        return False
    chosen = {"link": link_id, "article": article_id}
    return connection.execute(prepared.OTHER_LINK, chosen).scalar() is not None


def link_of(connection: Connection, key: int | str, *, lock: bool = False) -> LinkRow | None:
    """Return a link by its number or by any spelling of its URL."""
    query, chosen = prepared.LINK_AT, {"at": key if isinstance(key, int) else link_key(key)}
    if isinstance(key, int):
        query = prepared.LOCKED_LINK if lock else prepared.LINK
    row = connection.execute(query, chosen).mappings().one_or_none()
    return None if row is None else LinkRow(**row)


def links(
    connection: Connection,
    *,
    outlet: str | None,
    state: LinkState | str | None,
    limit: int | None,
) -> tuple[LinkRow, ...]:
    """Return links, newest first."""
    table = schema.links
    query = select(table).order_by(table.c.first_seen.desc(), table.c.id.desc()).limit(limit)
    if outlet is not None:
        query = query.where(table.c.outlet == outlet)
    if state is not None:
        query = query.where(table.c.state == str(state))
    return tuple(LinkRow(**row) for row in connection.execute(query).mappings())


def requeue(
    connection: Connection, *, ids: Collection[int], outlet: str | None, now: datetime
) -> int:
    """Let links be tried at once that were given up; return how many there were."""
    table = schema.links
    chosen = [table.c.id.in_(some) & table.c.state.in_(_GIVEN_UP) for some in in_chunks(ids)]
    if outlet is not None:
        quarantined = table.c.state == LinkState.QUARANTINED.value
        chosen.append((table.c.outlet == outlet) & quarantined)
    was_captured, moment = table.c.captured_at.is_not(None), literal(now, schema.Moment())
    change = update(table).values(
        state=case((was_captured, LinkState.CAPTURED.value), else_=LinkState.NEW.value),
        next_try=case((was_captured, null()), else_=moment),
        next_recheck=case((was_captured, moment), else_=null()),
        attempts=0,
        streak=0,
        reason="",
    )
    return sum(connection.execute(change.where(which)).rowcount for which in chosen)


def link_key(url: str) -> str | None:
    """Return what makes a URL one link, or None where it is no URL."""
    try:
        return canonical(str(clean(url)))
    except ValueError:
        return None


def _standing(row: LinkRow) -> Standing:
    return Standing(
        state=LinkState(row.state),
        verdict=None if row.verdict is None else Verdict(row.verdict),
        attempts=row.attempts,
        streak=row.streak,
        next_try=row.next_try,
        captured_at=row.captured_at,
        recheck_step=row.recheck_step,
        next_recheck=row.next_recheck,
    )


def _validators(row: LinkRow, result: LinkResult) -> dict[str, str | None]:
    """Return the validators of a good try; what an unchanged page does not repeat holds on."""
    if result.verdict is Verdict.UNCHANGED:
        return {
            "etag": clean(result.etag or row.etag),
            "last_modified": clean(result.last_modified or row.last_modified),
        }
    return {"etag": clean(result.etag), "last_modified": clean(result.last_modified)}
