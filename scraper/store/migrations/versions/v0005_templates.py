"""What was learnt of each outlet's pages, and how its last pages were read with it.

It is history: a change goes into a migration of its own.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the table; templates are learnt from what the archive holds."""
    op.create_table(
        "templates",
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("stories", sa.Integer(), nullable=False),
        sa.Column("learnt", sa.DateTime(timezone=True)),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("learnt_at", sa.Integer(), nullable=False),
        sa.Column("patience", sa.Integer(), nullable=False),
        sa.Column("recent", sa.JSON(), nullable=False),
        sa.Column("audits", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("outlet", name="pk_templates"),
        sa.ForeignKeyConstraint(["outlet"], ["outlets.id"], name="fk_templates_outlet_outlets"),
    )
