"""how long before closing a trunk's last calls begin, as it is measured

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "trunks", sa.Column("guard_seconds", sa.Float(), server_default=sa.text("5"), nullable=False)
    )


def downgrade() -> None:
    op.drop_column("trunks", "guard_seconds")
