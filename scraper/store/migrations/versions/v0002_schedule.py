"""The schedule: sources, links and who announced them, hosts; captures say what they came to.

It is history: a change goes into a migration of its own. The links of the first schema go: nothing
ever filled them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables, and say of old captures and exchanges what is known of them."""
    op.drop_table("links")
    op.add_column(
        "outlets", sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    op.add_column("captures", sa.Column("verdict", sa.Text()))
    op.add_column("exchanges", sa.Column("response_type", sa.Text()))
    op.create_index("ix_exchanges_url_started", "exchanges", ["url", "started"])
    op.create_index("ix_articles_outlet_first_captured", "articles", ["outlet", "first_captured"])
    op.execute("UPDATE captures SET verdict = 'captured' WHERE extract_status = 'ok'")
    op.execute("UPDATE captures SET verdict = 'unchanged' WHERE outcome = 'not-modified'")
    op.execute("UPDATE exchanges SET response_type = 'response' WHERE response_id IS NOT NULL")
    create_sources()
    create_links()
    create_announcements()
    create_hosts()


def create_sources() -> None:
    op.create_table(
        "sources",
        sa.Column("id", KEY, nullable=False),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("every", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("added", MOMENT, nullable=False),
        sa.Column("next_due", MOMENT, nullable=False),
        sa.Column("interval_s", sa.Float(), nullable=False),
        sa.Column("hint_s", sa.Float()),
        sa.Column("last_asked", MOMENT),
        sa.Column("last_outcome", sa.Text()),
        sa.Column("last_detail", sa.Text(), nullable=False),
        sa.Column("last_new", MOMENT),
        sa.Column("etag", sa.Text()),
        sa.Column("last_modified", sa.Text()),
        sa.Column("payload_digest", sa.Text()),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["outlet"], ["outlets.id"], name="fk_sources_outlet"),
        sa.PrimaryKeyConstraint("id", name="pk_sources"),
        sa.UniqueConstraint("outlet", "url", name="uq_sources_outlet_url"),
    )
    op.create_index("ix_sources_active_next_due", "sources", ["active", "next_due"])


def create_links() -> None:
    op.create_table(
        "links",
        sa.Column("id", KEY, nullable=False),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("streak", sa.Integer(), nullable=False),
        sa.Column("next_try", MOMENT),
        sa.Column("first_seen", MOMENT, nullable=False),
        sa.Column("last_seen", MOMENT, nullable=False),
        sa.Column("captured_at", MOMENT),
        sa.Column("recheck_step", sa.Integer(), nullable=False),
        sa.Column("next_recheck", MOMENT),
        sa.Column("etag", sa.Text()),
        sa.Column("last_modified", sa.Text()),
        sa.Column("article_id", KEY),
        sa.Column("claimed_by", sa.Text()),
        sa.Column("claimed_until", MOMENT),
        sa.ForeignKeyConstraint(["outlet"], ["outlets.id"], name="fk_links_outlet"),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_links_article_id"),
        sa.PrimaryKeyConstraint("id", name="pk_links"),
        sa.UniqueConstraint("key", name="uq_links_key"),
    )
    for columns in (
        ["article_id"],
        ["claimed_until"],
        ["host", "active", "next_try"],
        ["host", "active", "next_recheck"],
        ["active", "next_try"],
        ["active", "next_recheck"],
        ["outlet", "state"],
    ):
        op.create_index("_".join(["ix_links", *columns]), "links", columns)


def create_announcements() -> None:
    op.create_table(
        "announcements",
        sa.Column("link_id", KEY, nullable=False),
        sa.Column("source_id", KEY, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text()),
        sa.Column("published", MOMENT),
        sa.Column("guid", sa.Text()),
        sa.Column("teaser", sa.Text()),
        sa.Column("first_seen", MOMENT, nullable=False),
        sa.Column("last_seen", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name="fk_announcements_link_id"),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name="fk_announcements_source_id"),
        sa.PrimaryKeyConstraint("link_id", "source_id", name="pk_announcements"),
    )
    op.create_index(
        "ix_announcements_source_id_last_seen", "announcements", ["source_id", "last_seen"]
    )


def create_hosts() -> None:
    op.create_table(
        "hosts",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("last_turn", MOMENT, nullable=False),
        sa.Column("paused_until", MOMENT),
        sa.Column("pause_reason", sa.Text(), nullable=False),
        sa.Column("robots_outcome", sa.Text()),
        sa.Column("robots_status", sa.Integer()),
        sa.Column("robots_body", sa.LargeBinary()),
        sa.Column("robots_good_at", MOMENT),
        sa.Column("robots_fetched_at", MOMENT),
        sa.Column("robots_expires", MOMENT),
        sa.PrimaryKeyConstraint("host", name="pk_hosts"),
    )
    op.create_index("ix_hosts_last_turn_host", "hosts", ["last_turn", "host"])
    op.create_index("ix_hosts_paused_until", "hosts", ["paused_until"])
