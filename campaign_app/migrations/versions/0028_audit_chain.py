"""audit trail: the browser, seals, and on PostgreSQL append-only; the upkeep seals what is there

Revision ID: 0028
Revises: 0027
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FUNCTION = """
CREATE OR REPLACE FUNCTION switchboard_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('switchboard.audit', true) IS DISTINCT FROM 'maintain' THEN
    RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD WHEN 'UPDATE' THEN NEW END;
END $$
"""
TABLES = ("audit", "audit_seals")


def upgrade() -> None:
    op.add_column("audit", sa.Column("browser", sa.String(100), nullable=True))
    op.create_table(
        "audit_seals",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("nonce", sa.String(32), nullable=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.CheckConstraint("kind IN ('entry', 'change', 'removal')", name=op.f("ck_audit_seals_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_seals")),
    )
    op.create_index("ix_audit_seals_entry_id", "audit_seals", ["entry_id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(FUNCTION)
        for table in TABLES:
            op.execute(
                f"CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION switchboard_audit_is_append_only()"
            )
            op.execute(
                f"CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION switchboard_audit_is_append_only()"
            )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            op.execute(f"DROP TRIGGER audit_append_only ON {table}")
            op.execute(f"DROP TRIGGER audit_no_truncate ON {table}")
        op.execute("DROP FUNCTION switchboard_audit_is_append_only()")
    op.drop_table("audit_seals")
    op.drop_column("audit", "browser")
