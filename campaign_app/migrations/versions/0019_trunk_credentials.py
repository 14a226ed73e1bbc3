"""trunks: whether the environment's credentials are used; trunks that exist go on as before

Revision ID: 0019
Revises: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "trunks",
        sa.Column("inherits_credentials", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    )
    op.execute("UPDATE trunks SET inherits_credentials = true")


def downgrade() -> None:
    op.drop_column("trunks", "inherits_credentials")
