"""Questions to the catalog, answered with the values of `scraper.store.rows`.

It changes nothing.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, RowMapping, Select, select

from scraper.cadence import Verdict
from scraper.model import Outcome
from scraper.store import prepared, schema
from scraper.store.parts import parts_of
from scraper.store.rows import ArticleRow, CaptureDetail, CaptureRow, ExchangeRow, TextRow
from scraper.store.statements import clean, in_chunks, url_key

_GREATEST_ID = 2**63 - 1  # more is no number to a database, but a driver's error


def captures(
    connection: Connection,
    *,
    outlet: str | None,
    url: str | None,
    since: datetime | None,
    outcome: str | None,
    limit: int | None,
    newest_first: bool,
) -> tuple[CaptureRow, ...]:
    """Return captures by their start; `url` finds those of its article under other URLs, too."""
    table = schema.captures
    query = select(table).limit(limit)
    if outlet is not None:
        query = query.where(table.c.outlet == clean(outlet))
    if url is not None:
        query = query.where(
            (table.c.url == url_key(url)) | table.c.article_id.in_(_article_at(url))
        )
    if since is not None:
        query = query.where(table.c.started >= since)
    if outcome is not None:
        query = query.where(table.c.outcome == outcome)
    order = (table.c.started, table.c.id)
    query = query.order_by(*(column.desc() for column in order) if newest_first else order)
    return tuple(CaptureRow(**row) for row in connection.execute(query).mappings())


def articles(
    connection: Connection,
    *,
    outlet: str | None,
    since: datetime | None,
    limit: int | None,
    offset: int,
    newest_first: bool,
) -> tuple[ArticleRow, ...]:
    """Return articles by their last capture."""
    table = schema.articles
    query = select(table).limit(limit).offset(offset)
    if outlet is not None:
        query = query.where(table.c.outlet == clean(outlet))
    if since is not None:
        query = query.where(table.c.last_captured >= since)
    order = (table.c.last_captured, table.c.id)
    query = query.order_by(*(column.desc() for column in order) if newest_first else order)
    return tuple(_article(row) for row in connection.execute(query).mappings())


def article_by(connection: Connection, key: int | str) -> ArticleRow | None:
    """Return the article of a number or of any URL it is known under."""
    if isinstance(key, int) and not 0 < key <= _GREATEST_ID:
        return None
    table = schema.articles
    chosen = table.c.id == key if isinstance(key, int) else table.c.id.in_(_article_at(key))
    row = connection.execute(select(table).where(chosen)).mappings().one_or_none()
    return None if row is None else _article(row)


def texts_of(connection: Connection, article_id: int) -> tuple[TextRow, ...]:
    """Return the versions of an article's text, oldest first."""
    table = schema.texts
    query = select(table).where(table.c.article_id == article_id)
    rows = connection.execute(query.order_by(table.c.created, table.c.id)).mappings()
    return tuple(TextRow(**row) for row in rows)


def text_by(connection: Connection, sha256: str, *, outlet: str | None) -> TextRow | None:
    """Return the oldest text with a digest, of whichever article, or of an outlet's."""
    chosen = {"sha256": sha256, "outlet": outlet}
    query = prepared.TEXT if outlet is None else prepared.TEXT_OF_OUTLET
    row = connection.execute(query, chosen).mappings().one_or_none()
    return None if row is None else TextRow(**row)


def capture(connection: Connection, capture_id: int) -> CaptureDetail | None:
    """Return a capture with what belongs to it."""
    if not 0 < capture_id <= _GREATEST_ID:
        return None
    table = schema.captures
    query = select(table).where(table.c.id == capture_id)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    found = CaptureRow(**row)
    return CaptureDetail(
        capture=found,
        exchanges=_exchanges_of(connection, capture_id),
        text=None if found.text_id is None else _text(connection, found.text_id),
        article=None if found.article_id is None else article_by(connection, found.article_id),
        parts=tuple(parts_of(connection, [capture_id]).get(capture_id, ())),
    )


def last_exchange(connection: Connection, key: int | str) -> ExchangeRow | None:
    """Return the last whole 200 response that is stored of a URL, or of a link's: None where what
    it showed last is stored with another URL.

    A URL that redirects has the response in which the chain ended.
    """
    query = _wholes(key)
    last = _first_of(connection, query)
    if last is None or last.response_type == "response":
        return last
    table = schema.exchanges
    stored = table.c.response_type == "response", table.c.payload_digest == last.payload_digest
    return _first_of(connection, query.where(*stored))


def is_cut(connection: Connection, link_id: int) -> bool:
    """Say whether the text of a link's last good page ends early: a page that came was put down as
    a bad moment."""
    table, link = schema.captures, schema.links
    url = select(link.c.url).where(link.c.id == link_id).scalar_subquery()
    query = select(table.c.verdict).where(table.c.url == url, table.c.outcome == Outcome.OK.value)
    query = query.order_by(table.c.started.desc(), table.c.id.desc()).limit(1)
    return connection.execute(query).scalar() == Verdict.TEMPORARY.value


def last_digest(connection: Connection, key: int | str) -> str | None:
    """Return the payload digest of what a URL, or a link's, showed last, wherever it is stored."""
    last = _first_of(connection, _wholes(key))
    return None if last is None else last.payload_digest


def same_payload(
    connection: Connection, outlet: str, url: str, digest: str, status: int | None
) -> ExchangeRow | None:
    """Return an outlet's response that has a payload digest: the URL's own, else the oldest."""
    asked = {"outlet": clean(outlet), "url": url, "digest": digest, "status": status}
    row = connection.execute(prepared.SAME_PAYLOAD, asked).mappings().one_or_none()
    return None if row is None else ExchangeRow(**row)


def _wholes(key: int | str) -> Select[tuple[object, ...]]:
    """Return the query for whole 200 responses and revisits of a URL or a link's, newest first."""
    table, asked, link = schema.exchanges, schema.captures, schema.links
    if isinstance(key, int):
        urls = select(link.c.url).where(link.c.id == key)
        own, led_there = table.c.url.in_(urls), asked.c.url.in_(urls)
    else:
        own, led_there = table.c.url.in_({key, url_key(key)}), asked.c.url.in_({url_key(key)})
    place = own | table.c.capture_id.in_(select(asked.c.id).where(led_there))
    stored = (
        table.c.status == 200,
        table.c.truncated.is_(None),
        table.c.payload_digest.is_not(None),
    )
    query = select(table).where(place, *stored)
    return query.order_by(table.c.started.desc(), table.c.id.desc())


def _first_of(connection: Connection, query: Select[tuple[object, ...]]) -> ExchangeRow | None:
    row = connection.execute(query.limit(1)).mappings().one_or_none()
    return None if row is None else ExchangeRow(**row)


def exchange_of(connection: Connection, response_id: str) -> ExchangeRow | None:
    """Return the exchange whose response is the record of an ID."""
    table = schema.exchanges
    query = select(table).where(table.c.response_id == response_id)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else ExchangeRow(**row)


def exchange_at(connection: Connection, url: str, date: datetime | None) -> ExchangeRow | None:
    """Return the exchange with a whole response that was made of a URL at a moment, or if that is
    not said, the last one."""
    table = schema.exchanges
    query = select(table).where(
        table.c.url.in_({url, url_key(url)}), table.c.response_type == "response"
    )
    if date is not None:
        query = query.where(table.c.started == date)
    query = query.order_by(table.c.started.desc(), table.c.id.desc()).limit(1)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else ExchangeRow(**row)


def unknown_requests(connection: Connection, ids: Collection[str]) -> set[str]:
    """Return those of some request records, by their IDs, of which there is no exchange."""
    column = schema.exchanges.c.request_id
    known: set[str] = set()
    for some in in_chunks(ids):
        known |= set(connection.execute(select(column).where(column.in_(some))).scalars())
    return set(ids) - known


def _exchanges_of(connection: Connection, capture_id: int) -> tuple[ExchangeRow, ...]:
    table = schema.exchanges
    query = select(table).where(table.c.capture_id == capture_id).order_by(table.c.position)
    return tuple(ExchangeRow(**row) for row in connection.execute(query).mappings())


def _text(connection: Connection, text_id: int) -> TextRow:
    table = schema.texts
    row = connection.execute(select(table).where(table.c.id == text_id)).mappings().one()
    return TextRow(**row)


def _article_at(url: str) -> Select[tuple[int]]:
    table = schema.article_urls
    return select(table.c.article_id).where(table.c.url == url_key(url))


def _article(row: RowMapping) -> ArticleRow:
    values = dict(row)
    return ArticleRow(**values | {key: tuple(values[key]) for key in ("authors", "tags")})
