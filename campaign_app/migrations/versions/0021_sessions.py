"""sessions: their browser, address and last use, and when their person last proved who they are

Revision ID: 0021
Revises: 0020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

NEW = ("last_used_at", "proved_at", "address", "browser", "renew", "old_key_hash", "old_key_until")


def upgrade() -> None:
    with op.batch_alter_table("user_sessions") as batch:
        batch.add_column(sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("address", sa.String(45), nullable=True))
        batch.add_column(sa.Column("browser", sa.String(100), nullable=True))
        batch.add_column(sa.Column("renew", sa.Boolean(), nullable=False, server_default=sa.text("false")))
        batch.add_column(sa.Column("old_key_hash", sa.String(64), nullable=True))
        batch.add_column(sa.Column("old_key_until", sa.DateTime(timezone=True), nullable=True))
        batch.create_index("ix_user_sessions_old_key_hash", ["old_key_hash"])
    # Nobody knows when they were last used; the sign-in is what is certain.
    op.execute("UPDATE user_sessions SET last_used_at = created_at, proved_at = created_at")
    with op.batch_alter_table("user_sessions") as batch:
        batch.alter_column("last_used_at", nullable=False, existing_type=sa.DateTime(timezone=True))
        batch.alter_column("proved_at", nullable=False, existing_type=sa.DateTime(timezone=True))
        batch.alter_column("renew", server_default=None, existing_type=sa.Boolean())


def downgrade() -> None:
    with op.batch_alter_table("user_sessions") as batch:
        batch.drop_index("ix_user_sessions_old_key_hash")
        for name in NEW:
            batch.drop_column(name)
