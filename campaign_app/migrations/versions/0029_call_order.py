"""in which order people are called, and versions of a campaign's fields

Revision ID: 0029
Revises: 0028
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

RETRIES = "ix_contacts_retries"
RETRIES_WHERE = sa.text("tries > 0 AND due_at IS NOT NULL")


def upgrade() -> None:
    op.add_column(
        "campaigns", sa.Column("call_order", sa.String(16), server_default=sa.text("'file'"), nullable=False)
    )
    op.add_column(
        "campaigns", sa.Column("retries_first", sa.Boolean(), server_default=sa.true(), nullable=False)
    )
    op.add_column(
        "campaigns", sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False)
    )
    op.create_index(
        RETRIES,
        "contacts",
        ["campaign_id", "profile_id", "due_at", "id"],
        sqlite_where=RETRIES_WHERE,
        postgresql_where=RETRIES_WHERE,
    )


def downgrade() -> None:
    op.drop_index(RETRIES, table_name="contacts")
    op.drop_column("campaigns", "version")
    op.drop_column("campaigns", "retries_first")
    op.drop_column("campaigns", "call_order")
