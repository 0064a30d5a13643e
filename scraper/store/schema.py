"""The tables of the catalog, for SQLite and PostgreSQL alike.

It runs no statement. A change here needs a migration beside it; a test compares the two.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    true,
)

VERSION = "0008"  # of the newest migration; four digits, so that a newer one sorts after it

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=_NAMES)


class Moment(TypeDecorator[datetime]):
    """An aware datetime in UTC; SQLite keeps no zone, so it goes in and comes out as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return a moment in UTC; a naive datetime is a bug of the caller."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return an aware datetime in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite numbers rows by itself only in a column of the very type INTEGER.
_Key = BigInteger().with_variant(Integer, "sqlite")

outlets = Table(
    "outlets",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("home", Text, nullable=False),
    Column("active", Boolean, nullable=False, server_default=true()),  # stands in sources.toml
)

articles = Table(
    "articles",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("outlet", Text, ForeignKey("outlets.id"), nullable=False),
    Column("url", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("authors", JSON, nullable=False),
    Column("published", Moment),
    Column("modified", Moment),
    Column("language", Text),
    Column("canonical_url", Text),
    Column("paywalled", Boolean),
    Column("description", Text),
    Column("tags", JSON, nullable=False),
    Column("first_captured", Moment, nullable=False),
    Column("last_captured", Moment, nullable=False),
    Column("kind", Text),  # of the page, in the words of `model.Kind`
    Column("section", Text),
    Column("image", Text),
    Column("agency", Text),
    Index(None, "outlet", "published"),
    Index(None, "last_captured"),
    Index(None, "outlet", "first_captured"),
)

article_urls = Table(
    "article_urls",
    metadata,
    Column("url", Text, primary_key=True),
    Column("article_id", _Key, ForeignKey("articles.id"), nullable=False, index=True),
)

texts = Table(
    "texts",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("article_id", _Key, ForeignKey("articles.id"), nullable=False),
    Column("sha256", Text, nullable=False, index=True),
    Column("file", Text, nullable=False),
    Column("chars", Integer, nullable=False),
    Column("words", Integer, nullable=False),
    Column("created", Moment, nullable=False),
    UniqueConstraint("article_id", "sha256"),
)

captures = Table(
    "captures",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("outlet", Text, ForeignKey("outlets.id"), nullable=False),
    Column("url", Text, nullable=False, index=True),
    Column("article_id", _Key, ForeignKey("articles.id"), index=True),
    Column("started", Moment, nullable=False, index=True),
    Column("outcome", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("status", Integer),
    Column("final_url", Text),
    Column("extract_status", Text, nullable=False),
    Column("extract_detail", Text, nullable=False),
    Column("charset", Text),
    Column("charset_source", Text),
    Column("decode_status", Text),
    Column("body_by", Text),
    Column("text_id", _Key, ForeignKey("texts.id")),
    Column("bytes", BigInteger, nullable=False),
    Column("verdict", Text),  # in the words of `scraper.cadence`
    Column("kind", Text),  # of the page; none where it was not looked at
    Column("pages", Integer),  # of the article that the text was read from, where it is several
    Index(None, "outlet", "started"),
    Index(None, "outcome", "started"),
)

exchanges = Table(
    "exchanges",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("capture_id", _Key, ForeignKey("captures.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("url", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("status", Integer),
    Column("peer", Text),
    Column("started", Moment, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("truncated", Text),
    Column("request_id", Text, nullable=False, unique=True),
    Column("request_file", Text, nullable=False),
    Column("request_offset", BigInteger, nullable=False),
    Column("request_length", BigInteger, nullable=False),
    Column("response_id", Text, unique=True),
    Column("response_file", Text),
    Column("response_offset", BigInteger),
    Column("response_length", BigInteger),
    Column("block_digest", Text),
    Column("payload_digest", Text, index=True),
    Column("response_type", Text),  # response | revisit
    UniqueConstraint("capture_id", "position"),
    Index(None, "url", "started"),
)

sources = Table(
    "sources",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("outlet", Text, ForeignKey("outlets.id"), nullable=False),
    Column("url", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("every", Text, nullable=False),  # as sources.toml has it: a pause or a cron expression
    Column("active", Boolean, nullable=False),
    Column("added", Moment, nullable=False),
    Column("next_due", Moment, nullable=False),
    Column("interval_s", Float, nullable=False),  # now in force
    Column("hint_s", Float),  # what the source says of itself
    Column("last_asked", Moment),
    Column("last_outcome", Text),
    Column("last_detail", Text, nullable=False),
    Column("last_new", Moment),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("payload_digest", Text),
    Column("failures", Integer, nullable=False),  # in a row
    Column("asked", Integer, nullable=False),
    Column("new", Integer, nullable=False),  # links
    Column("unchanged", Integer, nullable=False),  # answers
    Column("failed", Integer, nullable=False),
    Column("moved_to", Text),  # where it says that it is from now on
    UniqueConstraint("outlet", "url"),
    Index(None, "active", "next_due"),
)

links = Table(
    "links",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("outlet", Text, ForeignKey("outlets.id"), nullable=False),
    Column("key", Text, nullable=False, unique=True),  # `canonical` of its URL
    Column("url", Text, nullable=False),  # to fetch
    Column("host", Text, nullable=False),
    Column("active", Boolean, nullable=False),  # its outlet is
    Column("state", Text, nullable=False),
    Column("verdict", Text),
    Column("reason", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("streak", Integer, nullable=False),
    Column("next_try", Moment),
    Column("first_seen", Moment, nullable=False),
    Column("last_seen", Moment, nullable=False),
    Column("captured_at", Moment),
    Column("recheck_step", Integer, nullable=False),
    Column("next_recheck", Moment),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("article_id", _Key, ForeignKey("articles.id"), index=True),
    Column("claimed_by", Text),
    Column("claimed_until", Moment, index=True),
    # A host's queue is read from its front, however long it is; so is the queue of all hosts.
    Index(None, "host", "active", "next_try"),
    Index(None, "host", "active", "next_recheck"),
    Index(None, "active", "next_try"),
    Index(None, "active", "next_recheck"),
    Index(None, "outlet", "state"),
)

announcements = Table(
    "announcements",
    metadata,
    Column("link_id", _Key, ForeignKey("links.id"), nullable=False),
    Column("source_id", _Key, ForeignKey("sources.id"), nullable=False),
    Column("url", Text, nullable=False),  # as this source spells it
    Column("title", Text),
    Column("published", Moment),
    Column("guid", Text),
    Column("teaser", Text),
    Column("first_seen", Moment, nullable=False),
    Column("last_seen", Moment, nullable=False),
    PrimaryKeyConstraint("link_id", "source_id"),
    Index(None, "source_id", "last_seen"),
)

hosts = Table(
    "hosts",
    metadata,
    Column("host", Text, primary_key=True),
    Column("last_turn", Moment, nullable=False),  # when links of it were last claimed
    Column("paused_until", Moment, index=True),
    Column("pause_reason", Text, nullable=False),
    Column("robots_outcome", Text),
    Column("robots_status", Integer),
    Column("robots_body", LargeBinary),  # the last good copy
    Column("robots_good_at", Moment),  # when it was fetched
    Column("robots_fetched_at", Moment),
    Column("robots_expires", Moment),
    Index(None, "last_turn", "host"),
)

imports = Table(
    "imports",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("sha256", Text, nullable=False, unique=True),  # of the file
    Column("file", Text, nullable=False),  # its name when it came
    Column("bytes", BigInteger, nullable=False),
    Column("begun", Moment),
    Column("ended", Moment),
    Column("done_offset", BigInteger, nullable=False),  # of the last page that is done with
    Column("done_nth", Integer, nullable=False),
    Column("records", BigInteger, nullable=False),
    Column("known", Integer, nullable=False),  # pages that the archive had
    Column("unread", Integer, nullable=False),  # pages from which no article was read
    Column("broken", Integer, nullable=False),  # records
)

imported = Table(
    "imported",
    metadata,
    Column("capture_id", _Key, ForeignKey("captures.id"), primary_key=True),
    Column("import_id", _Key, ForeignKey("imports.id"), nullable=False, index=True),
    Column("offset", BigInteger, nullable=False),  # of the response, in the file that was imported
    Column("nth", Integer, nullable=False),
)

templates = Table(
    "templates",
    metadata,
    Column("outlet", Text, ForeignKey("outlets.id"), primary_key=True),
    Column("template", Text, nullable=False),  # as it is written down; empty where there is none
    Column("stories", Integer, nullable=False),  # that it was learnt from
    Column("learnt", Moment),
    Column("seen", Integer, nullable=False),  # articles of the outlet
    Column("learnt_at", Integer, nullable=False),  # how many were seen then
    Column("patience", Integer, nullable=False),
    Column("recent", JSON, nullable=False),  # whether the last pages were odd
    Column("audits", JSON, nullable=False),  # how far the last audits agreed
)

requisites = Table(
    "requisites",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("outlet", Text, nullable=False),
    Column("url", Text, nullable=False),  # asked for
    Column("started", Moment, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("status", Integer),
    Column("first_id", Text, nullable=False, unique=True),  # of its records, which lie together
    Column("file", Text, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("records", JSON, nullable=False),  # IDs of requests and responses
    Index(None, "url", "started"),
)

parts = Table(
    "parts",
    metadata,
    Column("capture_id", _Key, ForeignKey("captures.id"), nullable=False),
    Column("number", Integer, nullable=False),  # of the page; the first of them is 2
    Column("url", Text, nullable=False),  # asked for
    Column("started", Moment, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("status", Integer),
    Column("first_id", Text, nullable=False),  # of its records, which lie together
    Column("file", Text, nullable=False, index=True),
    Column("offset", BigInteger, nullable=False),
    Column("records", JSON, nullable=False),  # IDs of requests and responses
    PrimaryKeyConstraint("capture_id", "number"),
)

signs = Table(
    "signs",
    metadata,
    Column("capture_id", _Key, ForeignKey("captures.id"), primary_key=True),
    Column("told", JSON, nullable=False),  # a `model.Signs`
)

alarms = Table(
    "alarms",
    metadata,
    Column("outlet", Text, ForeignKey("outlets.id"), nullable=False),
    Column("subject", Text, nullable=False),  # pages | silence | source <URL>
    Column("cause", Text, nullable=False),
    Column("said", Text, nullable=False),
    Column("remedy", Text, nullable=False),
    Column("since", Moment),
    Column("capture", BigInteger),  # the first that showed it
    Column("selector", Text),
    Column("instead", Text),  # a selector that does what that one did
    Column("raised", Moment, nullable=False),
    PrimaryKeyConstraint("outlet", "subject"),
)

notices = Table(
    "notices",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("outlet", Text, ForeignKey("outlets.id"), nullable=False),
    Column("address", Text, nullable=False),  # checksum of an entry of `notify`, which is a secret
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("written", Moment, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_try", Moment, index=True),  # none: it was sent, or nobody is there to hear it
    Column("sent", Moment),
    Column("problem", Text, nullable=False),
)
