"""audit: find days, what one person did to one type of object, and decisions among thousands of added contacts

Revision ID: 0042
Revises: 0041
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

BY_PERSON = {"ix_audit_type_actor": "actor", "ix_audit_type_address": "address"}
DECISIONS = "ix_audit_decisions"
IS_DECISION = sa.text("substr(action, 1, 9) <> 'contacts.'")


def upgrade() -> None:
    op.create_index("ix_audit_at", "audit", ["at", "id"])
    for name, column in BY_PERSON.items():
        op.create_index(name, "audit", ["object_type", column, "id"])
    op.create_index(
        DECISIONS,
        "audit",
        ["object_type", "object_id", "id"],
        sqlite_where=IS_DECISION,
        postgresql_where=IS_DECISION,
    )


def downgrade() -> None:
    for name in (DECISIONS, *reversed(BY_PERSON), "ix_audit_at"):
        op.drop_index(name, "audit")
