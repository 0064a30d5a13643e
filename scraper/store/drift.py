"""Drift in the catalog: what captures tell, which alarms stand, what is to be said of them.

It judges nothing: whoever does reads stories here, and writes alarms.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, select, update

from scraper.model import Extraction, ExtractStatus, Outcome, Signs
from scraper.store import schema
from scraper.store.database import Database
from scraper.store.statements import clean, in_chunks, upsert

LOOKED_AT = 240  # captures, rechecks among them


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The newest capture of a story that tells something of its page, and what it tells."""

    capture: int
    url: str
    started: datetime
    outcome: str
    status: int | None
    extract_status: str
    kind: str | None = None
    body_by: str | None = None
    language: str | None = None
    signs: Signs | None = None  # None where no article was read, or by a version before signs


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRow:
    """An alarm that stands: what it is about, why, since when, and what there is to be done."""

    outlet: str
    subject: str  # pages | silence | source <URL>
    cause: str
    said: str
    remedy: str
    raised: datetime
    since: datetime | None = None
    capture: int | None = None  # the first that showed it
    selector: str | None = None
    instead: str | None = None  # a selector that does what that one did


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """What is to be said to an address: a checksum of its entry in sources.toml."""

    id: int
    outlet: str
    address: str
    title: str
    body: str
    written: datetime
    tries: int
    next_try: datetime | None
    sent: datetime | None
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of an outlet's alarms, and to whom it is to be said."""

    outlet: str
    subject: str
    row: AlarmRow | None  # None: it stands no more
    title: str
    body: str
    addresses: tuple[str, ...] = ()


class Drift:
    """The drift of a catalog. Errors of every method: CatalogError, DiskFullError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def stories(self, outlet: str, *, most: int = LOOKED_AT) -> tuple[Story, ...]:
        """Return an outlet's newest stories, each as its newest capture tells, newest first.

        A story's `capture` and `started` are those of the first capture that told the same.
        """
        with self._database.reading() as connection:
            return tuple(_stories(connection, clean(outlet), most))

    def alarms(self, outlets: Iterable[str] | None = None) -> tuple[AlarmRow, ...]:
        """Return the alarms that stand, of some outlets or of all."""
        table = schema.alarms
        query = select(table).order_by(table.c.outlet, table.c.subject)
        with self._database.reading() as connection:
            if outlets is None:
                rows = connection.execute(query).mappings().all()
                return tuple(AlarmRow(**row) for row in rows)
            found: list[AlarmRow] = []
            for some in in_chunks(outlets):
                rows = connection.execute(query.where(table.c.outlet.in_(some))).mappings().all()
                found += [AlarmRow(**row) for row in rows]
            return tuple(found)

    def change(self, changes: Sequence[Change], now: datetime) -> None:
        """Write changes of alarms down, each with what is to be said of it: all or nothing."""
        if not changes:
            return
        with self._database.writing() as connection:
            for one in changes:
                _change(connection, one, now)

    def unsent(self, now: datetime, *, limit: int = 50) -> tuple[NoticeRow, ...]:
        """Return what is to be said now, the oldest first."""
        table = schema.notices
        query = select(table).where(table.c.next_try <= now).order_by(table.c.id).limit(limit)
        with self._database.reading() as connection:
            return tuple(NoticeRow(**row) for row in connection.execute(query).mappings())

    def tried(
        self, notice: int, *, sent: datetime | None, next_try: datetime | None, problem: str = ""
    ) -> None:
        """Write down what came of saying something."""
        table = schema.notices
        values = {
            "tries": table.c.tries + 1,
            "sent": sent,
            "next_try": next_try,
            "problem": clean(problem),
        }
        with self._database.writing() as connection:
            connection.execute(update(table).where(table.c.id == notice).values(values))


def save_signs(connection: Connection, capture_id: int, extraction: Extraction) -> None:
    """Keep what a capture tells, or what it tells now that it was read again."""
    if extraction.article is None:
        return
    insert = upsert(connection, schema.signs)
    insert = insert.on_conflict_do_update(
        index_elements=["capture_id"], set_={"told": insert.excluded.told}
    )
    told = {name: clean(value) for name, value in asdict(extraction.article.signs).items()}
    connection.execute(insert, {"capture_id": capture_id, "told": told})


def _change(connection: Connection, change: Change, now: datetime) -> None:
    table = schema.alarms
    at = (table.c.outlet == change.outlet, table.c.subject == change.subject)
    connection.execute(delete(table).where(*at))
    if change.row is not None:
        row = {name: clean(value) for name, value in asdict(change.row).items()}
        connection.execute(table.insert(), row)
    notices = [
        {
            "outlet": change.outlet,
            "address": address,
            "title": clean(change.title),
            "body": clean(change.body),
            "written": now,
            "tries": 0,
            "next_try": now,
            "problem": "",
        }
        for address in change.addresses
    ]
    if notices:
        connection.execute(schema.notices.insert(), notices)


def _stories(connection: Connection, outlet: str, most: int) -> Iterator[Story]:
    """Yield stories as their newest captures tell them, each at the moment of its last news.

    What is captured again and tells the same is no news: pages that hold no article are tried
    again and again, and would always be the newest.
    """
    found: dict[object, Story] = {}
    is_settled: set[object] = set()
    keys: dict[str, object] = {}  # by URL: what held no article at first knows of none
    for row in connection.execute(_query(outlet, most)):
        key = keys.setdefault(row.url, row.article_id or row.url)
        story = _story(row)
        newer = found.setdefault(key, story)
        if newer is story or key in is_settled:
            continue
        if _telling(newer) == _telling(story):
            found[key] = replace(newer, capture=story.capture, started=story.started)
        else:
            is_settled.add(key)
    yield from sorted(found.values(), key=lambda one: (one.started, one.capture), reverse=True)


def _telling(story: Story) -> tuple[object, ...]:
    """Return what a capture tells but for numbers that differ from reading to reading."""
    signs = story.signs
    told = (story.outcome, story.status, story.extract_status, story.kind, story.language)
    return (*told, (signs.missed, signs.missed_title, signs.fields, signs.shell) if signs else None)


def _query(outlet: str, most: int) -> Select[Any]:
    of, signs, articles = schema.captures, schema.signs, schema.articles
    told = (of.c.extract_status != ExtractStatus.SKIPPED.value) | (
        of.c.outcome == Outcome.HTTP_ERROR.value
    )
    return (
        select(
            of.c.id, of.c.url, of.c.article_id, of.c.started, of.c.outcome, of.c.status,
            of.c.extract_status, of.c.kind, of.c.body_by, articles.c.language, signs.c.told,
        )
        .outerjoin(signs, signs.c.capture_id == of.c.id)
        .outerjoin(articles, articles.c.id == of.c.article_id)
        .where(of.c.outlet == outlet, told)
        .order_by(of.c.started.desc(), of.c.id.desc())
        .limit(most)
    )  # fmt: skip


def _story(row: Row[Any]) -> Story:
    return Story(
        capture=row.id,
        url=row.url,
        started=row.started,
        outcome=row.outcome,
        status=row.status,
        extract_status=row.extract_status,
        kind=row.kind,
        body_by=row.body_by,
        language=row.language,
        signs=None if row.told is None else _signs(row.told),
    )


def _signs(told: Mapping[str, Any]) -> Signs:
    lists = {name: tuple(told[name]) for name in ("missed", "fields", "shell")}
    return Signs(**{**told, **lists})
