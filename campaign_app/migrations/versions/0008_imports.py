"""imports that are checked and confirmed, what files say of people, removals from the do-not-call list, rules of trunks

Revision ID: 0008
Revises: 0006
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")

CONTACTS: tuple[sa.Column[Any], ...] = (
    sa.Column("second_numbers", JSON, nullable=True),
    sa.Column("extension", sa.String(length=16), nullable=True),
    sa.Column("timezone", sa.String(length=64), nullable=True),
    sa.Column("region", sa.String(length=3), nullable=True),
    sa.Column("state", sa.String(length=64), nullable=True),
    sa.Column("postal_code", sa.String(length=16), nullable=True),
    sa.Column("language", sa.String(length=35), nullable=True),
    sa.Column("external_id", sa.String(length=128), nullable=True),
    sa.Column("consent", JSON, nullable=True),
)
OLD_STATUSES = "status IN ('completed', 'failed', 'queued', 'running')"
STATUSES = "status IN ('checked', 'completed', 'discarded', 'failed', 'needs_mapping', 'queued', 'running', 'undone')"
CHECKS = {
    "status": STATUSES,
    "phase": "phase IN ('add', 'check')",
    "mode": "mode IN ('contacts', 'do_not_call')",
    "on_known": "on_known IN ('skip', 'update')",
    "campaign": "mode = 'do_not_call' OR campaign_id IS NOT NULL",
}


def import_columns() -> tuple[sa.Column[Any], ...]:
    """Made anew each time: a column belongs to one table."""
    return (
        sa.Column("mode", sa.String(length=16), server_default=sa.text("'contacts'"), nullable=False),
        sa.Column("phase", sa.String(length=8), server_default=sa.text("'add'"), nullable=False),
        sa.Column("dry_run", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("on_known", sa.String(length=8), server_default=sa.text("'skip'"), nullable=False),
        sa.Column("reading", JSON, nullable=True),
        sa.Column("understanding", JSON, nullable=True),
        sa.Column("questions", JSON, nullable=True),
        sa.Column("mapping", JSON, nullable=True),
        sa.Column("signature", sa.String(length=64), nullable=True),
        sa.Column("listing", JSON, nullable=True),
        sa.Column("check_result", JSON, nullable=True),
        sa.Column("reasons", JSON, nullable=True),
        sa.Column("updated", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("confirmed_by", sa.String(length=254), nullable=True),
        sa.Column("confirmed_at", TIME, nullable=True),
        sa.Column("undone_at", TIME, nullable=True),
        sa.Column("removed", sa.Integer(), server_default=sa.text("0"), nullable=False),
    )


def upgrade() -> None:
    # NULL in both: it keeps every country, and its page says so until somebody chooses.
    op.add_column("trunks", sa.Column("countries", JSON, nullable=True))
    op.add_column("trunks", sa.Column("number_types", JSON, nullable=True))
    for column in CONTACTS:
        op.add_column("contacts", column)
    op.create_index(
        "ix_contacts_external_id",
        "contacts",
        ["campaign_id", "external_id"],
        sqlite_where=sa.text("external_id IS NOT NULL"),
        postgresql_where=sa.text("external_id IS NOT NULL"),
    )
    with op.batch_alter_table("imports") as batch:
        for column in import_columns():
            batch.add_column(column)
        batch.alter_column("campaign_id", existing_type=BIG, nullable=True)
        batch.drop_constraint(op.f("ck_imports_status"), type_="check")
        for name, condition in CHECKS.items():
            batch.create_check_constraint(op.f(f"ck_imports_{name}"), condition)
    op.create_table(
        "import_choices",
        sa.Column("signature", sa.String(length=64), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("mapping", JSON, nullable=False),
        sa.Column("used_by", sa.String(length=254), nullable=False),
        sa.Column("used_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("signature", "mode", name=op.f("pk_import_choices")),
    )
    with op.batch_alter_table("do_not_call") as batch:
        batch.alter_column("source", existing_type=sa.String(length=16), type_=sa.String(length=100))
        batch.add_column(sa.Column("listed_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("import_id", BIG, nullable=True))
        batch.create_foreign_key(
            op.f("fk_do_not_call_import_id"), "imports", ["import_id"], ["id"], ondelete="SET NULL"
        )
    op.create_table(
        "do_not_call_removals",
        sa.Column("id", BIG, nullable=False),
        sa.Column("phone", sa.String(length=16), nullable=False),
        sa.Column("campaign_id", BIG, nullable=True),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("listed_on", sa.Date(), nullable=True),
        sa.Column("added_by", sa.String(length=254), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("removed_at", TIME, nullable=False),
        sa.Column("removed_by", sa.String(length=254), nullable=False),
        sa.Column("removal_reason", sa.Text(), nullable=False),
        sa.Column("unsuppressed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_do_not_call_removals_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_do_not_call_removals")),
    )
    op.create_index("ix_do_not_call_removals_phone", "do_not_call_removals", ["phone"])


def downgrade() -> None:
    """What the older version has no word for is lost: removals, choices, lists uploaded for all campaigns. A file that
    waits for a person fails, and can be uploaded again."""
    op.drop_index("ix_do_not_call_removals_phone", table_name="do_not_call_removals")
    op.drop_table("do_not_call_removals")
    op.execute("UPDATE do_not_call SET source = 'import' WHERE length(source) > 16")
    with op.batch_alter_table("do_not_call") as batch:
        batch.drop_constraint(op.f("fk_do_not_call_import_id"), type_="foreignkey")
        batch.drop_column("import_id")
        batch.drop_column("listed_on")
        batch.alter_column("source", existing_type=sa.String(length=100), type_=sa.String(length=16))
    op.drop_table("import_choices")
    op.execute(
        "DELETE FROM rejected_rows WHERE import_id IN (SELECT id FROM imports WHERE mode = 'do_not_call')"
    )
    op.execute("DELETE FROM imports WHERE mode = 'do_not_call'")
    op.execute(
        "UPDATE imports SET status = 'failed', error = 'The file was not added before Switchboard was downgraded.'"
        " WHERE status IN ('checked', 'needs_mapping', 'discarded') OR (phase = 'check' AND status <> 'completed')"
    )
    op.execute("UPDATE imports SET status = 'completed' WHERE status = 'undone'")
    with op.batch_alter_table("imports") as batch:
        for name in CHECKS:
            batch.drop_constraint(op.f(f"ck_imports_{name}"), type_="check")
        batch.create_check_constraint(op.f("ck_imports_status"), OLD_STATUSES)
        batch.alter_column("campaign_id", existing_type=BIG, nullable=False)
        for column in import_columns():
            batch.drop_column(column.name)
    op.drop_index("ix_contacts_external_id", table_name="contacts")
    for column in CONTACTS:
        op.drop_column("contacts", column.name)
    op.drop_column("trunks", "number_types")
    op.drop_column("trunks", "countries")
