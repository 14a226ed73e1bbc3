"""lists of numbers that may not be called, in versions

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from campaign_app.models import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(sa.dialects.postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "lists",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("countries", JSON, nullable=True),
        sa.Column("purposes", JSON, nullable=True),
        sa.Column("max_age_days", sa.Integer(), nullable=True),
        sa.Column("on_stale", sa.String(length=8), nullable=False),
        sa.Column("version_id", ID, nullable=True),
        sa.Column("swept_to", ID, server_default=sa.text("0"), nullable=False),
        sa.Column("gone", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_by", sa.String(length=254), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('litigators', 'other', 'reassigned', 'registry')", name=op.f("ck_lists_kind")
        ),
        sa.CheckConstraint("on_stale IN ('block', 'warn')", name=op.f("ck_lists_on_stale")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lists")),
        sa.UniqueConstraint("name", name=op.f("uq_lists_name")),
    )
    op.create_table(
        "list_versions",
        sa.Column("id", ID, nullable=False),
        sa.Column("list_id", ID, nullable=False),
        sa.Column("import_id", ID, nullable=True),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("filename", sa.String(length=255), nullable=False),
        sa.Column("numbers", sa.BigInteger(), nullable=False),
        sa.Column("added", sa.BigInteger(), nullable=True),
        sa.Column("removed", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("loaded_by", sa.String(length=254), nullable=False),
        sa.Column("loaded_at", UtcDateTime(), nullable=False),
        sa.Column("in_force_at", UtcDateTime(), nullable=True),
        sa.Column("replaced_at", UtcDateTime(), nullable=True),
        sa.Column("emptied_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('current', 'failed', 'loading', 'replaced')", name=op.f("ck_list_versions_state")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["imports.id"],
            name=op.f("fk_list_versions_import_id_imports"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_versions")),
    )
    op.create_index("ix_list_versions_list", "list_versions", ["list_id", "id"])
    op.create_table(
        "list_numbers",
        sa.Column("version_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("phone", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("version_id", "phone", name=op.f("pk_list_numbers")),
        sqlite_with_rowid=False,
    )
    op.add_column("imports", sa.Column("list_id", ID, nullable=True))


def downgrade() -> None:
    # Who was held back by a list stays so: nobody is called because the program went back.
    op.drop_column("imports", "list_id")
    op.drop_table("list_numbers")
    op.drop_index("ix_list_versions_list", table_name="list_versions")
    op.drop_table("list_versions")
    op.drop_table("lists")
