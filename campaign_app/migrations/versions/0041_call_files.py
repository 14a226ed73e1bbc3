"""exports: files of calls, of one campaign or of all

Revision ID: 0041
Revises: 0040
"""

from __future__ import annotations

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

KINDS = "kind IN ('audit', 'calls', 'campaign', 'do-not-call')"
OLD_KINDS = "kind IN ('audit', 'campaign', 'do-not-call')"
CAMPAIGN = "kind = 'calls' OR (kind = 'campaign') = (campaign_id IS NOT NULL)"
OLD_CAMPAIGN = "(kind = 'campaign') = (campaign_id IS NOT NULL)"


def upgrade() -> None:
    _allow(KINDS, CAMPAIGN)


def downgrade() -> None:
    op.execute("DELETE FROM exports WHERE kind = 'calls'")
    _allow(OLD_KINDS, OLD_CAMPAIGN)


def _allow(kinds: str, campaign: str) -> None:
    with op.batch_alter_table("exports") as batch:
        batch.drop_constraint(op.f("ck_exports_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_exports_kind"), kinds)
        batch.drop_constraint(op.f("ck_exports_campaign"), type_="check")
        batch.create_check_constraint(op.f("ck_exports_campaign"), campaign)
