"""audit: indexes of who did something, and from where

Revision ID: 0037
Revises: 0036
"""

from __future__ import annotations

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_audit_actor", "audit", ["actor", "id"])
    op.create_index("ix_audit_address", "audit", ["address", "id"])


def downgrade() -> None:
    op.drop_index("ix_audit_address", "audit")
    op.drop_index("ix_audit_actor", "audit")
