"""attempts: index the outcome, a column that is empty while a call is open

When an update changes a column that any index uses, PostgreSQL writes new entries for the row into all its indexes: the
three that used `status` made each step of a call do so. On PostgreSQL the upgrade rewrites the table of calls once.

Revision ID: 0038
Revises: 0037
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

OUTCOME = "CASE WHEN ended_at IS NOT NULL THEN status END"
BY_OUTCOME = (
    ("ix_attempts_unresolved", ["campaign_id", "id"], "outcome = 'unresolved'"),
    ("ix_attempts_undecided", ["campaign_id", "id"], "outcome = 'unresolved' AND decision IS NULL"),
    ("ix_attempts_outcome", ["campaign_id", "outcome", "id"], "ended_at IS NOT NULL"),
)
BY_STATUS = (
    ("ix_attempts_unresolved", ["campaign_id", "id"], "status = 'unresolved'"),
    ("ix_attempts_undecided", ["campaign_id", "id"], "status = 'unresolved' AND decision IS NULL"),
    ("ix_attempts_outcome", ["campaign_id", "status", "id"], "ended_at IS NOT NULL"),
)


def upgrade() -> None:
    _drop_indexes()
    # SQLite cannot add a stored column to an existing table; this one is computed when it is read or indexed.
    is_stored = op.get_bind().dialect.name != "sqlite"
    op.add_column("attempts", sa.Column("outcome", sa.String(16), sa.Computed(OUTCOME, persisted=is_stored)))
    if is_stored:
        # Only after the rewrite, so that ended calls stay densely packed: it applies to rows written from now on.
        op.execute("ALTER TABLE attempts SET (fillfactor = 50)")
    _make_indexes(BY_OUTCOME)


def downgrade() -> None:
    _drop_indexes()
    if op.get_bind().dialect.name != "sqlite":
        op.execute("ALTER TABLE attempts SET (fillfactor = 80)")
    op.drop_column("attempts", "outcome")
    _make_indexes(BY_STATUS)


def _drop_indexes() -> None:
    for name, _, _ in BY_OUTCOME:
        op.drop_index(name, "attempts")


def _make_indexes(indexes: tuple[tuple[str, list[str], str], ...]) -> None:
    for name, columns, where in indexes:
        op.create_index(
            name, "attempts", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
        )
