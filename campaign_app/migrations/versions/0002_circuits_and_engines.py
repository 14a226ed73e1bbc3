"""circuits of trunks, what engines tell of themselves, tallies

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")

# Added one by one, never in batch mode: there SQLite's table would be made anew, and what refers to it deleted.
TRUNKS: tuple[sa.Column[Any], ...] = (
    sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
    sa.Column("circuit_until", TIME, nullable=True),
    sa.Column("trouble", sa.Text(), nullable=True),
    sa.Column("trouble_at", TIME, nullable=True),
    sa.Column("paused_at", TIME, nullable=True),
    sa.Column("paused_by", sa.String(length=254), nullable=True),
    sa.Column("paused_reason", sa.Text(), nullable=True),
)
ENGINES: tuple[sa.Column[Any], ...] = (
    sa.Column("role", sa.String(length=16), server_default=sa.text("'engine'"), nullable=False),
    sa.Column("lag_ms", sa.Integer(), server_default=sa.text("0"), nullable=False),
    sa.Column("timings", JSON, nullable=True),
)


def upgrade() -> None:
    for column in TRUNKS:
        op.add_column("trunks", column)
    for column in ENGINES:
        op.add_column("engines", column)
    op.create_table(
        "tallies",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", BIG, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_tallies")),
    )


def downgrade() -> None:
    op.drop_table("tallies")
    for column in ENGINES:
        op.drop_column("engines", column.name)
    for column in TRUNKS:
        op.drop_column("trunks", column.name)
