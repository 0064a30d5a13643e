"""What each capture tells of drift, which alarms stand, and who is to hear of them.

It is history: a change goes into a migration of its own.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_MOMENT = sa.DateTime(timezone=True)
_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables; of captures made before, nothing is told."""
    op.add_column("sources", sa.Column("moved_to", sa.Text()))
    op.create_table(
        "signs",
        sa.Column("capture_id", _KEY, nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("capture_id", name="pk_signs"),
        sa.ForeignKeyConstraint(
            ["capture_id"], ["captures.id"], name="fk_signs_capture_id_captures"
        ),
    )
    op.create_table(
        "alarms",
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("since", _MOMENT),
        sa.Column("capture", sa.BigInteger()),
        sa.Column("selector", sa.Text()),
        sa.Column("instead", sa.Text()),
        sa.Column("raised", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("outlet", "subject", name="pk_alarms"),
        sa.ForeignKeyConstraint(["outlet"], ["outlets.id"], name="fk_alarms_outlet_outlets"),
    )
    op.create_table(
        "notices",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("outlet", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("written", _MOMENT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try", _MOMENT),
        sa.Column("sent", _MOMENT),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.ForeignKeyConstraint(["outlet"], ["outlets.id"], name="fk_notices_outlet_outlets"),
    )
    op.create_index("ix_notices_next_try", "notices", ["next_try"])
