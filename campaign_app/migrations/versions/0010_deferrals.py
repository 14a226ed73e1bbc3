"""contacts that were put off without a call say why

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

DEFERRED = sa.text("deferred_by IS NOT NULL AND due_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("contacts", sa.Column("deferred_by", sa.String(length=8), nullable=True))
    op.create_index(
        "ix_contacts_deferred",
        "contacts",
        ["campaign_id", "deferred_by", "profile_id", "due_at"],
        sqlite_where=DEFERRED,
        postgresql_where=DEFERRED,
    )


def downgrade() -> None:
    op.drop_index("ix_contacts_deferred", table_name="contacts")
    op.drop_column("contacts", "deferred_by")
