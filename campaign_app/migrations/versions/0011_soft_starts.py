"""soft starts: a campaign that calls a few people and then asks

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("soft_start", sa.Integer(), nullable=True))
    op.add_column("campaigns", sa.Column("soft_start_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """A campaign that waits to be asked is paused: the older version would call everybody."""
    op.execute("UPDATE campaigns SET status = 'paused' WHERE status = 'running' AND soft_start IS NOT NULL")
    op.drop_column("campaigns", "soft_start_at")
    op.drop_column("campaigns", "soft_start")
