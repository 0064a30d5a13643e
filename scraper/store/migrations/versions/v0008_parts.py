"""The further pages of captured articles: what came of each, and where its records lie.

It is history: a change goes into a migration of its own.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the table and the column; until now nobody had followed an article that goes on."""
    op.add_column("captures", sa.Column("pages", sa.Integer()))
    op.create_table(
        "parts",
        sa.Column(
            "capture_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.ForeignKey("captures.id", name="fk_parts_capture_id"),
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("first_id", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("records", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("capture_id", "number", name="pk_parts"),
    )
    op.create_index("ix_parts_file", "parts", ["file"])
