"""indexes for every filter, order and search of the tables on pages

Revision ID: 0034
Revises: 0033
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

ENDING = sa.text("substr(phone, length(phone) - 3)")
NOT_DIALED = sa.text("status <> 'dialing'")
ENDED = sa.text("ended_at IS NOT NULL")
SINGLE = sa.text("contact_id IS NULL")
INDEXES: tuple[tuple[str, str, list[str | sa.TextClause], sa.TextClause | None], ...] = (
    ("ix_contacts_campaign", "contacts", ["campaign_id", "id"], None),
    ("ix_contacts_status", "contacts", ["campaign_id", "status", "id"], NOT_DIALED),
    ("ix_contacts_ending", "contacts", [ENDING, "campaign_id", "id"], None),
    ("ix_attempts_outcome", "attempts", ["campaign_id", "status", "id"], ENDED),
    ("ix_attempts_single_ending", "attempts", [ENDING, "id"], SINGLE),
    ("ix_do_not_call_ending", "do_not_call", [ENDING], None),
    ("ix_do_not_call_removals_ending", "do_not_call_removals", [ENDING], None),
    ("ix_audit_type", "audit", ["object_type", "id"], None),
)


def upgrade() -> None:
    for name, table, columns, where in INDEXES:
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name, table, _, _ in INDEXES:
        op.drop_index(name, table)
