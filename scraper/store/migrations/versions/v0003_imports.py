"""Imports: which files of others were taken in, how far, and which captures came from them.

It is history: a change goes into a migration of its own.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "imports",
        sa.Column("id", KEY, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("begun", MOMENT),
        sa.Column("ended", MOMENT),
        sa.Column("done_offset", sa.BigInteger(), nullable=False),
        sa.Column("done_nth", sa.Integer(), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("unread", sa.Integer(), nullable=False),
        sa.Column("broken", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_imports"),
        sa.UniqueConstraint("sha256", name="uq_imports_sha256"),
    )
    op.create_table(
        "imported",
        sa.Column("capture_id", KEY, nullable=False),
        sa.Column("import_id", KEY, nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["capture_id"], ["captures.id"], name="fk_imported_capture_id"),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name="fk_imported_import_id"),
        sa.PrimaryKeyConstraint("capture_id", name="pk_imported"),
    )
    op.create_index("ix_imported_import_id", "imported", ["import_id"])
