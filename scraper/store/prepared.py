"""The statements that every capture runs, built once: SQLAlchemy takes longer to build one than
SQLite to run it.

It runs none of them, and knows nothing of captures but their tables.
"""

from functools import cache
from typing import Any

from sqlalchemy import Table, bindparam, case, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from scraper.store import schema

_articles, _aliases, _exchanges = schema.articles, schema.article_urls, schema.exchanges
_captures, _links, _texts = schema.captures, schema.links, schema.texts
_moment = bindparam("moment", type_=schema.Moment())

CAPTURE_OF = select(_exchanges.c.capture_id).where(
    _exchanges.c.request_id == bindparam("request"),
)

ARTICLES_AT = select(_aliases).where(
    or_(_aliases.c.url == bindparam("identity"), _aliases.c.url == bindparam("final"))
)

ARTICLE_CALLED = select(_articles.c.id).where(_articles.c.url == bindparam("identity"))

# The newest capture describes its article; `values` are given when it is run.
NEWEST_WORDS = update(_articles).where(
    _articles.c.id == bindparam("article"), _articles.c.last_captured <= _moment
)

PERIOD = (
    update(_articles)
    .where(_articles.c.id == bindparam("article"))
    .values(
        first_captured=case(
            (_articles.c.first_captured > _moment, _moment), else_=_articles.c.first_captured
        ),
        last_captured=case(
            (_articles.c.last_captured < _moment, _moment), else_=_articles.c.last_captured
        ),
    )
)

LAST_DIGEST = (
    select(_exchanges.c.payload_digest)
    .where(_exchanges.c.url == bindparam("final"), _exchanges.c.status == 200)
    .order_by(_exchanges.c.started.desc(), _exchanges.c.id.desc())
    .limit(literal(1))
)

SAME_PAYLOAD = (
    select(_exchanges)
    .join(_captures, _captures.c.id == _exchanges.c.capture_id)
    .where(
        _exchanges.c.payload_digest == bindparam("digest"),
        _exchanges.c.response_type == "response",
        _exchanges.c.truncated.is_(None),
        _exchanges.c.status == bindparam("status"),
        _captures.c.outlet == bindparam("outlet"),
    )
    .order_by(
        case((_exchanges.c.url == bindparam("url"), 0), else_=1),
        _exchanges.c.started,
        _exchanges.c.id,
    )
    .limit(literal(1))
)

LINK = select(_links).where(_links.c.id == bindparam("at"))
LOCKED_LINK = LINK.with_for_update()
LINK_AT = select(_links).where(_links.c.key == bindparam("at"))

# `values` are given when it is run.
LINK_DONE = update(_links).where(_links.c.id == bindparam("link")).returning(_links)

_first = select(_links.c.captured_at).where(_links.c.id == bindparam("link")).scalar_subquery()

# The link of an article that a link which was never captured is a duplicate of.
OTHER_LINK = (
    select(_links.c.id)
    .where(
        _links.c.article_id == bindparam("article"),
        _links.c.id != bindparam("link"),
        _links.c.captured_at.is_not(None),
        _first.is_(None),
    )
    .limit(literal(1))
)

TEXT = (
    select(_texts)
    .where(_texts.c.sha256 == bindparam("sha256"))
    .order_by(_texts.c.id)
    .limit(literal(1))
)
TEXT_OF_OUTLET = TEXT.join(_articles, _articles.c.id == _texts.c.article_id).where(
    _articles.c.outlet == bindparam("outlet")
)


def insert_into(dialect: str, table: Table) -> Any:
    """Return an INSERT that may say what happens on conflict: two dialects, one syntax."""
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)


@cache
def numbered(table: Table) -> Any:
    """Return an INSERT that returns the row's number."""
    return table.insert().returning(table.c.id)


@cache
def plain(table: Table) -> Any:
    """Return an INSERT of any number of rows."""
    return table.insert()


@cache
def new_article(dialect: str) -> Any:
    """Return an INSERT of an article, which returns nothing where another writer was faster."""
    insert = insert_into(dialect, _articles).on_conflict_do_nothing(index_elements=["url"])
    return insert.returning(_articles.c.id)


@cache
def new_aliases(dialect: str) -> Any:
    """Return an INSERT of URLs that an article is known under; those that are known stay."""
    return insert_into(dialect, _aliases).on_conflict_do_nothing(index_elements=["url"])


@cache
def text_kept(dialect: str) -> Any:
    """Return an INSERT of a version of a text, or of nothing, which returns its number."""
    insert = insert_into(dialect, _texts)
    insert = insert.on_conflict_do_update(
        index_elements=["article_id", "sha256"], set_={"sha256": insert.excluded.sha256}
    )
    return insert.returning(_texts.c.id)


@cache
def outlet_kept(dialect: str) -> Any:
    """Return an INSERT of an outlet, or an UPDATE with its newest name and home."""
    insert = insert_into(dialect, schema.outlets)
    newest = {"name": insert.excluded.name, "home": insert.excluded.home}
    return insert.on_conflict_do_update(index_elements=["id"], set_=newest)
