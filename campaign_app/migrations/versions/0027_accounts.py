"""accounts: links, second factors, passkeys, the role compliance; tokens with an end, a maker and campaigns

Revision ID: 0027
Revises: 0026
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
OLD_ROLES = "role IN ('admin', 'operator', 'viewer')"
ROLES = "role IN ('admin', 'compliance', 'operator', 'viewer')"


def users_and_tokens() -> dict[str, list[sa.Column]]:
    return {
        "users": [
            sa.Column("totp_secret", sa.Text(), nullable=True),
            sa.Column("totp_counter", sa.BigInteger(), nullable=True),
            sa.Column("second_factor_since", TIME, nullable=True),
            sa.Column("oidc_subject", sa.String(500), nullable=True),
        ],
        "api_tokens": [
            sa.Column("last_address", sa.String(45), nullable=True),
            sa.Column("expires_at", TIME, nullable=True),
            sa.Column("maker_id", BIG, nullable=True),
            sa.Column(
                "campaigns",
                sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
                nullable=True,
            ),
        ],
    }


def upgrade() -> None:
    for table, columns in users_and_tokens().items():
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.add_column(column)
            batch.drop_constraint(op.f(f"ck_{table}_role"), type_="check")
            batch.create_check_constraint(op.f(f"ck_{table}_role"), ROLES)
            if table == "users":
                batch.create_unique_constraint(op.f("uq_users_oidc_subject"), ["oidc_subject"])
            else:
                batch.create_foreign_key(
                    op.f("fk_api_tokens_maker_id"), "users", ["maker_id"], ["id"], ondelete="SET NULL"
                )
                batch.create_index("ix_api_tokens_maker_id", ["maker_id"])
    # Tokens that are there end with their maker from now on, as new ones do.
    op.execute(
        "UPDATE api_tokens SET maker_id = (SELECT id FROM users WHERE 'user:' || users.email = api_tokens.created_by)"
    )
    op.add_column(
        "user_sessions",
        sa.Column("method", sa.String(16), nullable=False, server_default=sa.text("'password'")),
    )
    op.create_table(
        "account_links",
        sa.Column("id", BIG, nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        _user_id("account_links"),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.CheckConstraint("kind IN ('invitation', 'reset')", name=op.f("ck_account_links_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_links")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_account_links_key_hash")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("id", BIG, nullable=False),
        _user_id("recovery_codes"),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("used_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
    )
    op.create_table(
        "passkeys",
        sa.Column("id", BIG, nullable=False),
        _user_id("passkeys"),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("credential_id", sa.String(1400), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("last_used_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
    )
    op.create_table(
        "start_requests",
        sa.Column(
            "campaign_id",
            BIG,
            sa.ForeignKey("campaigns.id", name=op.f("fk_start_requests_campaign_id"), ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("asked_by", sa.String(254), nullable=False),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("contacts", sa.Integer(), nullable=False),
        sa.Column("last_change", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_start_requests")),
    )
    for table in ("account_links", "recovery_codes", "passkeys"):
        op.create_index(f"ix_{table}_user_id", table, ["user_id"])


def _user_id(table: str) -> sa.Column:
    return sa.Column(
        "user_id",
        BIG,
        sa.ForeignKey("users.id", name=op.f(f"fk_{table}_user_id"), ondelete="CASCADE"),
        nullable=False,
    )


def downgrade() -> None:
    for table in ("account_links", "recovery_codes", "passkeys", "start_requests"):
        op.drop_table(table)
    op.drop_column("user_sessions", "method")
    # Who answers for rules may see everything still, and change nothing.
    for table in ("users", "api_tokens"):
        op.execute(f"UPDATE {table} SET role = 'viewer' WHERE role = 'compliance'")
    for table, columns in users_and_tokens().items():
        with op.batch_alter_table(table) as batch:
            if table == "users":
                batch.drop_constraint(op.f("uq_users_oidc_subject"), type_="unique")
            else:
                batch.drop_index("ix_api_tokens_maker_id")
                batch.drop_constraint(op.f("fk_api_tokens_maker_id"), type_="foreignkey")
            for column in columns:
                batch.drop_column(column.name)
            batch.drop_constraint(op.f(f"ck_{table}_role"), type_="check")
            batch.create_check_constraint(op.f(f"ck_{table}_role"), OLD_ROLES)
