"""exports: files of whole campaigns and of the audit trail

Revision ID: 0036
Revises: 0035
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
OPEN = sa.text("status IN ('queued', 'running')")


def upgrade() -> None:
    op.create_table(
        "exports",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("campaign_id", ID, nullable=True),
        sa.Column("format", sa.String(8), nullable=False),
        sa.Column("search", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=True),
        sa.Column("prefix", sa.String(255), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("rows_done", sa.BigInteger(), nullable=False),
        sa.Column("bytes_done", sa.BigInteger(), nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.Column("stored_as", sa.String(64), nullable=True),
        sa.Column("requested_by", sa.String(254), nullable=False),
        sa.Column("requested_at", TIME, nullable=False),
        sa.Column("heartbeat_at", TIME, nullable=True),
        sa.Column("finished_at", TIME, nullable=True),
        sa.Column("expires_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_exports_campaign_id"), ondelete="CASCADE"
        ),
        sa.CheckConstraint(
            "status IN ('completed', 'deleted', 'failed', 'queued', 'running')",
            name=op.f("ck_exports_status"),
        ),
        sa.CheckConstraint("kind IN ('audit', 'campaign')", name=op.f("ck_exports_kind")),
        sa.CheckConstraint(
            "(kind = 'campaign') = (campaign_id IS NOT NULL)", name=op.f("ck_exports_campaign")
        ),
    )
    op.create_index("ix_exports_campaign", "exports", ["campaign_id", "id"])
    op.create_index("ix_exports_open", "exports", ["id"], sqlite_where=OPEN, postgresql_where=OPEN)


def downgrade() -> None:
    op.drop_table("exports")
