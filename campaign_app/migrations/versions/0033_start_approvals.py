"""start approvals: for whom two people agreed that a campaign calls them

Revision ID: 0033
Revises: 0032
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "start_approvals",
        sa.Column(
            "campaign_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.ForeignKey("campaigns.id", name=op.f("fk_start_approvals_campaign_id"), ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("last_contact", sa.BigInteger(), nullable=False),
        sa.Column("approved_by", sa.String(254), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_start_approvals")),
    )


def downgrade() -> None:
    op.drop_table("start_approvals")
