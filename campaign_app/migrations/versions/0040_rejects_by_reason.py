"""an index for the rows of a file that were left out for one reason

Revision ID: 0040
Revises: 0039
"""

from __future__ import annotations

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

NAME, TABLE = "ix_rejected_rows_code", "rejected_rows"


def upgrade() -> None:
    op.create_index(NAME, TABLE, ["import_id", "code", "id"])


def downgrade() -> None:
    op.drop_index(NAME, TABLE)
