"""What kind of page each capture met, and what else pages say of their articles.

It is history: a change goes into a migration of its own.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns; of pages read before, nothing is known."""
    for name in ("kind", "section", "image", "agency"):
        op.add_column("articles", sa.Column(name, sa.Text()))
    op.add_column("captures", sa.Column("kind", sa.Text()))
