"""pauses that end by themselves, drafts that come back, contacts that are called again, hand-over notes

Revision ID: 0023
Revises: 0022
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("resume_at", TIME, nullable=True))
    op.add_column("campaigns", sa.Column("deleted_at", TIME, nullable=True))
    op.add_column("campaigns", sa.Column("deleted_by", sa.String(254), nullable=True))
    op.add_column("contacts", sa.Column("again_at", TIME, nullable=True))
    op.create_table(
        "shift_notes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("made_by", sa.String(254), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_notes")),
    )


def downgrade() -> None:
    op.drop_table("shift_notes")
    op.drop_column("contacts", "again_at")
    # Drafts that wait to be gone: the older version would show them again.
    op.execute("DELETE FROM campaigns WHERE deleted_at IS NOT NULL")
    op.drop_column("campaigns", "deleted_by")
    op.drop_column("campaigns", "deleted_at")
    op.drop_column("campaigns", "resume_at")
