"""trunks: limits of a day, listed transfers; API tokens: calls of a day. Those that exist have none

Revision ID: 0035
Revises: 0034
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)

TRUNKS = (
    ("max_calls_per_day", sa.Integer()),
    ("max_minutes_per_day", sa.Integer()),
    ("max_spend_per_day", sa.Float()),
    ("transfer_targets", sa.JSON().with_variant(JSONB(), "postgresql")),
)
TOKENS = (("max_calls_per_day", sa.Integer()), ("calls_day", TIME), ("calls_made", sa.Integer()))


def upgrade() -> None:
    for name, kind in TRUNKS:
        op.add_column("trunks", sa.Column(name, kind, nullable=True))
    for name, token_kind in TOKENS:
        op.add_column("api_tokens", sa.Column(name, token_kind, nullable=True))
    op.create_table(
        "trunk_days",
        sa.Column("trunk_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", TIME, nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("first_attempt_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("measured_at", TIME, nullable=True),
        sa.Column("alarm_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["trunk_id"], ["trunks.id"], name=op.f("fk_trunk_days_trunk_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("trunk_id", "day", name=op.f("pk_trunk_days")),
    )


def downgrade() -> None:
    op.drop_table("trunk_days")
    for name, _ in TOKENS:
        op.drop_column("api_tokens", name)
    for name, _ in TRUNKS:
        op.drop_column("trunks", name)
