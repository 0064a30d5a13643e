"""The first schema: outlets, links, articles, their URLs and texts, captures and exchanges.

It is history: a change goes into a migration of its own.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "outlets",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("home", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outlets"),
    )
    op.create_table(
        "articles",
        sa.Column("id", KEY, nullable=False),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("authors", sa.JSON(), nullable=False),
        sa.Column("published", MOMENT),
        sa.Column("modified", MOMENT),
        sa.Column("language", sa.Text()),
        sa.Column("canonical_url", sa.Text()),
        sa.Column("paywalled", sa.Boolean()),
        sa.Column("description", sa.Text()),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("first_captured", MOMENT, nullable=False),
        sa.Column("last_captured", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["outlet"], ["outlets.id"], name="fk_articles_outlet"),
        sa.PrimaryKeyConstraint("id", name="pk_articles"),
        sa.UniqueConstraint("url", name="uq_articles_url"),
    )
    op.create_index("ix_articles_last_captured", "articles", ["last_captured"])
    op.create_index("ix_articles_outlet_published", "articles", ["outlet", "published"])
    op.create_table(
        "links",
        sa.Column("id", KEY, nullable=False),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("title", sa.Text()),
        sa.Column("published", MOMENT),
        sa.Column("guid", sa.Text()),
        sa.Column("first_seen", MOMENT, nullable=False),
        sa.Column("last_seen", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["outlet"], ["outlets.id"], name="fk_links_outlet"),
        sa.PrimaryKeyConstraint("id", name="pk_links"),
        sa.UniqueConstraint("outlet", "source", "url", name="uq_links_outlet_source_url"),
    )
    op.create_index("ix_links_url", "links", ["url"])
    op.create_table(
        "article_urls",
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("article_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_article_urls_article_id"),
        sa.PrimaryKeyConstraint("url", name="pk_article_urls"),
    )
    op.create_index("ix_article_urls_article_id", "article_urls", ["article_id"])
    op.create_table(
        "texts",
        sa.Column("id", KEY, nullable=False),
        sa.Column("article_id", KEY, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("chars", sa.Integer(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_texts_article_id"),
        sa.PrimaryKeyConstraint("id", name="pk_texts"),
        sa.UniqueConstraint("article_id", "sha256", name="uq_texts_article_id_sha256"),
    )
    op.create_index("ix_texts_sha256", "texts", ["sha256"])
    op.create_table(
        "captures",
        sa.Column("id", KEY, nullable=False),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("article_id", KEY),
        sa.Column("started", MOMENT, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("final_url", sa.Text()),
        sa.Column("extract_status", sa.Text(), nullable=False),
        sa.Column("extract_detail", sa.Text(), nullable=False),
        sa.Column("charset", sa.Text()),
        sa.Column("charset_source", sa.Text()),
        sa.Column("decode_status", sa.Text()),
        sa.Column("body_by", sa.Text()),
        sa.Column("text_id", KEY),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_captures_article_id"),
        sa.ForeignKeyConstraint(["outlet"], ["outlets.id"], name="fk_captures_outlet"),
        sa.ForeignKeyConstraint(["text_id"], ["texts.id"], name="fk_captures_text_id"),
        sa.PrimaryKeyConstraint("id", name="pk_captures"),
    )
    op.create_index("ix_captures_article_id", "captures", ["article_id"])
    op.create_index("ix_captures_outcome_started", "captures", ["outcome", "started"])
    op.create_index("ix_captures_outlet_started", "captures", ["outlet", "started"])
    op.create_index("ix_captures_started", "captures", ["started"])
    op.create_index("ix_captures_url", "captures", ["url"])
    op.create_table(
        "exchanges",
        sa.Column("id", KEY, nullable=False),
        sa.Column("capture_id", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("peer", sa.Text()),
        sa.Column("started", MOMENT, nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("truncated", sa.Text()),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("request_file", sa.Text(), nullable=False),
        sa.Column("request_offset", sa.BigInteger(), nullable=False),
        sa.Column("request_length", sa.BigInteger(), nullable=False),
        sa.Column("response_id", sa.Text()),
        sa.Column("response_file", sa.Text()),
        sa.Column("response_offset", sa.BigInteger()),
        sa.Column("response_length", sa.BigInteger()),
        sa.Column("block_digest", sa.Text()),
        sa.Column("payload_digest", sa.Text()),
        sa.ForeignKeyConstraint(["capture_id"], ["captures.id"], name="fk_exchanges_capture_id"),
        sa.PrimaryKeyConstraint("id", name="pk_exchanges"),
        sa.UniqueConstraint("capture_id", "position", name="uq_exchanges_capture_id_position"),
        sa.UniqueConstraint("request_id", name="uq_exchanges_request_id"),
        sa.UniqueConstraint("response_id", name="uq_exchanges_response_id"),
    )
    op.create_index("ix_exchanges_payload_digest", "exchanges", ["payload_digest"])
