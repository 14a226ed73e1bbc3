"""when each call must have ended, what a person decided about an unknown outcome, and why a trunk cannot dial

Revision ID: 0024
Revises: 0023
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

UNDECIDED = sa.text("status = 'unresolved' AND decision IS NULL")


def upgrade() -> None:
    op.add_column("attempts", sa.Column("overdue_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("attempts", sa.Column("decision", sa.String(8), nullable=True))
    # Of calls that are up the horizon may have been put off; it is no earlier than what is asked for here.
    op.execute("UPDATE attempts SET overdue_at = horizon_at WHERE ended_at IS NULL")
    op.add_column("trunks", sa.Column("not_ready", sa.Text(), nullable=True))
    op.create_index(
        "ix_attempts_undecided",
        "attempts",
        ["campaign_id", "id"],
        sqlite_where=UNDECIDED,
        postgresql_where=UNDECIDED,
    )


def downgrade() -> None:
    op.drop_index("ix_attempts_undecided", "attempts")
    op.drop_column("trunks", "not_ready")
    # Batch mode would copy the table: SQLite drops a column in place.
    op.drop_column("attempts", "decision")
    op.drop_column("attempts", "overdue_at")
