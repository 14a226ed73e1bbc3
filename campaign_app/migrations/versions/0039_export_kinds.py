"""exports: files of the do-not-call list

Revision ID: 0039
Revises: 0038
"""

from __future__ import annotations

from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

KINDS = "kind IN ('audit', 'campaign', 'do-not-call')"
OLD_KINDS = "kind IN ('audit', 'campaign')"


def upgrade() -> None:
    _allow(KINDS)


def downgrade() -> None:
    op.execute("DELETE FROM exports WHERE kind = 'do-not-call'")
    _allow(OLD_KINDS)


def _allow(kinds: str) -> None:
    with op.batch_alter_table("exports") as batch:
        batch.drop_constraint(op.f("ck_exports_kind"), type_="check")
        batch.create_check_constraint(op.f("ck_exports_kind"), kinds)
