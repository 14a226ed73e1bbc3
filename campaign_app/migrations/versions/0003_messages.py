"""messages with recordings, keys and variables; trunks' credentials

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("script", JSON, nullable=True))
    op.add_column("attempts", sa.Column("key", sa.String(length=1), nullable=True))
    op.add_column("attempts", sa.Column("detect_ms", sa.Integer(), nullable=True))
    op.add_column("attempts", sa.Column("script", JSON, nullable=True))
    op.add_column("attempts", sa.Column("test", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "ix_attempts_key",
        "attempts",
        ["campaign_id", "key", "id"],
        sqlite_where=sa.text("key IS NOT NULL"),
        postgresql_where=sa.text("key IS NOT NULL"),
    )
    op.add_column("trunks", sa.Column("secret", sa.Text(), nullable=True))
    op.add_column("trunks", sa.Column("caller_ids", JSON, nullable=True))
    op.create_table(
        "campaign_facets",
        sa.Column("campaign_id", BIG, nullable=False),
        sa.Column("facet", sa.String(length=64), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_campaign_facets_campaign_id_campaigns"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("campaign_id", "facet", name=op.f("pk_campaign_facets")),
    )


def downgrade() -> None:
    op.drop_table("campaign_facets")
    op.drop_column("trunks", "caller_ids")
    op.drop_column("trunks", "secret")
    op.drop_index("ix_attempts_key", table_name="attempts")
    for column in ("test", "script", "detect_ms", "key"):
        op.drop_column("attempts", column)
    op.drop_column("campaigns", "script")
