"""how long a campaign's calls ring and last, and how machines are told from people

Revision ID: 0030
Revises: 0029
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, default in (("ring_seconds", "30"), ("longest_call_seconds", "300")):
        op.add_column(
            "campaigns", sa.Column(name, sa.Integer(), server_default=sa.text(default), nullable=False)
        )
    op.add_column(
        "campaigns",
        sa.Column("machine_detection", sa.String(16), server_default=sa.text("'balanced'"), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("campaigns", "machine_detection")
    op.drop_column("campaigns", "longest_call_seconds")
    op.drop_column("campaigns", "ring_seconds")
