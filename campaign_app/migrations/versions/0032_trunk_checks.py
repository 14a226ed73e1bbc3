"""what the last check of a trunk found

Revision ID: 0032
Revises: 0031
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("trunks", sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True))
    json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
    op.add_column("trunks", sa.Column("check_steps", json, nullable=True))
    op.add_column("trunks", sa.Column("check_error", sa.Text(), nullable=True))


def downgrade() -> None:
    for column in ("check_error", "check_steps", "checked_at"):
        op.drop_column("trunks", column)
