"""by whom calls were answered, in the figures

Revision ID: 0031
Revises: 0030
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

KNOWN = "status = 'completed' AND answered_by IN ('human', 'machine', 'fax') AND campaign_id IS NOT NULL"


def upgrade() -> None:
    for name in ("human", "machine"):
        op.add_column(
            "outcome_slots", sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False)
        )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    slot = (
        "substr(ended_at, 1, 15) || '0:00.000000'"
        if is_sqlite
        else "date_bin('10 minutes', ended_at, TIMESTAMPTZ 'epoch')"
    )
    op.execute(
        f"""UPDATE outcome_slots SET human = a.human, machine = a.machine FROM (
              SELECT campaign_id, {slot} AS slot_at,
                sum(CASE WHEN answered_by = 'human' THEN 1 ELSE 0 END) AS human,
                sum(CASE WHEN answered_by = 'human' THEN 0 ELSE 1 END) AS machine
              FROM attempts WHERE {KNOWN} GROUP BY 1, 2) AS a
            WHERE outcome_slots.campaign_id = a.campaign_id AND outcome_slots.slot_at = a.slot_at"""
    )
    op.execute(
        f"""INSERT INTO response_counts (campaign_id, response, n)
            SELECT campaign_id, 'answered-by:' || answered_by, count(*) FROM attempts WHERE {KNOWN}
            GROUP BY campaign_id, answered_by"""
    )


def downgrade() -> None:
    op.execute("DELETE FROM response_counts WHERE response LIKE 'answered-by:%'")
    op.drop_column("outcome_slots", "machine")
    op.drop_column("outcome_slots", "human")
