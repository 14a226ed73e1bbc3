"""people who asked to be forgotten, and campaigns whose records retention removed

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from campaign_app.models.base import BigId, Json

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "forgotten_numbers",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("keep_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_forgotten_numbers"),
    )
    op.create_table(
        "erasures",
        sa.Column("id", BigId, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("phone", sa.String(16), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("keep_on_do_not_call", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("waits_for", sa.Text(), nullable=True),
        sa.Column("counts", Json, nullable=False),
        sa.Column("kept", Json, nullable=False),
        sa.Column("kept_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("requested_by", sa.String(254), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('done', 'erasing', 'reclaiming')", name="ck_erasures_state"),
        sa.PrimaryKeyConstraint("id", name="pk_erasures"),
    )
    op.create_index(
        "ix_erasures_open",
        "erasures",
        ["id"],
        sqlite_where=sa.text("state <> 'done'"),
        postgresql_where=sa.text("state <> 'done'"),
    )
    op.create_index("ix_erasures_hash", "erasures", ["hash"])
    op.add_column("campaigns", sa.Column("records_removed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """The older version knows no hashes: it would call those who were forgotten, so it gets no database that has any."""
    if op.get_bind().execute(sa.text("SELECT count(*) FROM forgotten_numbers")).scalar_one():
        raise RuntimeError(
            "there are forgotten numbers, which the older version would call again: it cannot have this database"
        )
    op.drop_column("campaigns", "records_removed_at")
    op.drop_index("ix_erasures_hash", "erasures")
    op.drop_index("ix_erasures_open", "erasures")
    op.drop_table("erasures")
    op.drop_table("forgotten_numbers")
