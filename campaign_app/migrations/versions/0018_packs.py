"""rules of countries as packs; who calls, and with whose consent, on each campaign

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    op.create_table(
        "packs",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("version", sa.String(12), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("added_at", TIME, nullable=False),
        sa.Column("added_by", sa.String(254), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_packs"),
        sa.UniqueConstraint("name", "version", name="uq_packs_name_version"),
    )
    op.create_table(
        "pack_editions",
        sa.Column("id", BIG, nullable=False),
        sa.Column("packs", JSON, nullable=False),
        sa.Column("switches", JSON, nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("made_by", sa.String(254), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pack_editions"),
    )
    op.add_column(
        "campaigns", sa.Column("caller_name", sa.String(100), server_default=sa.text("''"), nullable=False)
    )
    op.add_column("campaigns", sa.Column("consent", JSON, nullable=True))


def downgrade() -> None:
    op.drop_column("campaigns", "consent")
    op.drop_column("campaigns", "caller_name")
    op.drop_table("pack_editions")
    op.drop_table("packs")
