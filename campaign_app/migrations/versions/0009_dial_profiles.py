"""dial profiles, rulebooks, caps: the called person's clock

Campaigns that exist keep their own clock, and their pages say so until they are edited.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from campaign_app.domain.dial_profile import DialProfile, derive_profile
from campaign_app.domain.errors import InvalidInput

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
PIECE = 5_000
QUEUED = sa.text("due_at IS NOT NULL")
DEFAULT_CAPS = [{"most": 3, "per_hours": 24, "scope": "number"}]
DEFAULT_GAP = 240
DEFAULT_GUARD = 60
OLD_ACTOR = "upgrade"


def upgrade() -> None:
    _create_tables()
    _add_columns()
    _write_rulebooks()
    _write_profiles()
    op.drop_index("ix_contacts_claim", table_name="contacts")
    op.create_index(
        "ix_contacts_claim",
        "contacts",
        ["campaign_id", "profile_id", "due_at", "id"],
        sqlite_where=QUEUED,
        postgresql_where=QUEUED,
    )
    op.create_index("ix_attempts_phone", "attempts", ["phone", "id"])


def _create_tables() -> None:
    op.create_table(
        "dial_profiles",
        sa.Column("id", BIG, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("body", JSON, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dial_profiles")),
        sa.UniqueConstraint("key", name=op.f("uq_dial_profiles_key")),
    )
    op.create_table(
        "rulebooks",
        sa.Column("id", BIG, nullable=False),
        sa.Column("campaign_id", BIG, nullable=True),
        sa.Column("body", JSON, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("made_by", sa.String(length=254), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_rulebooks_campaign_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rulebooks")),
    )
    op.create_index("ix_rulebooks_campaign", "rulebooks", ["campaign_id", "id"])
    op.create_index("ix_rulebooks_sha256", "rulebooks", ["sha256"])
    op.create_table(
        "confirmed_numbers",
        sa.Column("id", BIG, nullable=False),
        sa.Column("phone", sa.String(length=16), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("asked_by", sa.String(length=254), nullable=False),
        sa.Column("asked_at", TIME, nullable=False),
        sa.Column("guesses", sa.Integer(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=254), nullable=True),
        sa.Column("confirmed_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confirmed_numbers")),
        sa.UniqueConstraint("phone", name=op.f("uq_confirmed_numbers_phone")),
    )


def _add_columns() -> None:
    for column in (
        sa.Column("profile_id", BIG, server_default=sa.text("0"), nullable=False),
        sa.Column("line_type", sa.String(length=16), nullable=True),
        sa.Column("suppressed_by", sa.String(length=32), nullable=True),
    ):
        op.add_column("contacts", column)
    op.execute("UPDATE contacts SET suppressed_by = 'do-not-call' WHERE status = 'suppressed'")
    for name in ("profile_id", "rulebook_id"):
        op.add_column("attempts", sa.Column(name, BIG, nullable=True))
    caps = sa.text("'" + json.dumps(DEFAULT_CAPS) + "'")
    with op.batch_alter_table("campaigns") as batch:
        batch.add_column(sa.Column("purpose", sa.String(length=16), nullable=True))
        batch.add_column(sa.Column("subject", sa.String(length=100), server_default="", nullable=False))
        # What is there goes on by its own clock.
        batch.add_column(sa.Column("clock", sa.String(length=16), server_default="campaign", nullable=False))
        batch.add_column(sa.Column("caps", JSON, server_default=caps, nullable=False))
        batch.add_column(
            sa.Column(
                "min_gap_minutes", sa.Integer(), server_default=sa.text(str(DEFAULT_GAP)), nullable=False
            )
        )
        batch.add_column(
            sa.Column(
                "guard_seconds", sa.Integer(), server_default=sa.text(str(DEFAULT_GUARD)), nullable=False
            )
        )
        batch.add_column(sa.Column("rulebook_id", BIG, nullable=True))
        batch.alter_column("timezone", existing_type=sa.String(length=64), nullable=True)
    with op.batch_alter_table("campaigns") as batch:
        batch.alter_column("clock", existing_type=sa.String(length=16), server_default="both")
        for name, kind in (
            ("caps", JSON),
            ("min_gap_minutes", sa.Integer()),
            ("guard_seconds", sa.Integer()),
        ):
            batch.alter_column(name, existing_type=kind, server_default=None)


def _write_rulebooks() -> None:
    """A first rulebook for each campaign: its own windows, on its own clock alone."""
    connection = op.get_bind()
    now = connection.execute(sa.select(sa.func.now())).scalar_one()
    campaigns = sa.table(
        "campaigns",
        sa.column("id", BIG),
        sa.column("timezone", sa.String),
        sa.column("calling_windows", JSON),
        sa.column("rulebook_id", BIG),
    )
    rulebooks = sa.table(
        "rulebooks",
        sa.column("id", BIG),
        sa.column("campaign_id", BIG),
        sa.column("body", JSON),
        sa.column("sha256", sa.String),
        sa.column("made_at", TIME),
        sa.column("made_by", sa.String),
    )
    for row in connection.execute(
        sa.select(campaigns.c.id, campaigns.c.timezone, campaigns.c.calling_windows)
    ).all():
        body = {
            "purpose": None,
            "subject": "",
            "clock": "campaign",
            "timezone": row.timezone,
            "windows": row.calling_windows,
            "packs": [],
            "lists": [],
            "caps": DEFAULT_CAPS,
            "min_gap_minutes": DEFAULT_GAP,
            "guard_seconds": DEFAULT_GUARD,
        }
        canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        rulebook_id = connection.execute(
            sa.insert(rulebooks)
            .values(
                campaign_id=row.id,
                body=body,
                sha256=hashlib.sha256(canonical.encode()).hexdigest(),
                made_at=now,
                made_by=OLD_ACTOR,
            )
            .returning(rulebooks.c.id)
        ).scalar_one()
        connection.execute(
            sa.update(campaigns).where(campaigns.c.id == row.id).values(rulebook_id=rulebook_id)
        )


def _write_profiles() -> None:
    """Every contact's profile, in pieces by id."""
    connection = op.get_bind()
    profile_ids: dict[DialProfile, int] = {}
    last_id = 0
    while True:
        rows = connection.execute(
            sa.text(
                "SELECT id, phone, timezone, state, postal_code FROM contacts WHERE id > :last ORDER BY id LIMIT :most"
            ),
            {"last": last_id, "most": PIECE},
        ).all()
        if not rows:
            return
        last_id = rows[-1].id
        by_profile: dict[int, list[int]] = {}
        for row in rows:
            profile = _derive(row)
            profile_id = profile_ids.get(profile)
            if profile_id is None:
                profile_id = profile_ids[profile] = _insert_profile(connection, profile)
            by_profile.setdefault(profile_id, []).append(row.id)
        statement = sa.text("UPDATE contacts SET profile_id = :profile WHERE id IN :ids").bindparams(
            sa.bindparam("ids", expanding=True)
        )
        for profile_id, ids in by_profile.items():
            connection.execute(statement, {"profile": profile_id, "ids": ids})


def _derive(row: sa.Row[Any]) -> DialProfile:
    """By all that is known; by the number alone where a stored value cannot be read."""
    try:
        return derive_profile(
            row.phone, timezone=row.timezone, state=row.state, postal_code=row.postal_code
        ).profile
    except InvalidInput:
        return derive_profile(row.phone, timezone=row.timezone).profile


def _insert_profile(connection: sa.Connection, profile: DialProfile) -> int:
    now = connection.execute(sa.select(sa.func.now())).scalar_one()
    profiles = sa.table(
        "dial_profiles",
        sa.column("id", BIG),
        sa.column("key", sa.String),
        sa.column("body", JSON),
        sa.column("created_at", TIME),
    )
    profile_id: int = connection.execute(
        sa.insert(profiles)
        .values(
            key=profile.key,
            body=profile.to_json(),
            created_at=now,
        )
        .returning(profiles.c.id)
    ).scalar_one()
    return profile_id


def downgrade() -> None:
    """A campaign without a zone of its own gets UTC; purposes, caps and profiles have no word in the older version."""
    op.drop_index("ix_attempts_phone", table_name="attempts")
    op.drop_index("ix_contacts_claim", table_name="contacts")
    op.create_index(
        "ix_contacts_claim",
        "contacts",
        ["campaign_id", "due_at", "id"],
        sqlite_where=QUEUED,
        postgresql_where=QUEUED,
    )
    op.execute("UPDATE campaigns SET timezone = 'UTC' WHERE timezone IS NULL")
    with op.batch_alter_table("campaigns") as batch:
        for name in (
            "rulebook_id",
            "guard_seconds",
            "min_gap_minutes",
            "caps",
            "clock",
            "subject",
            "purpose",
        ):
            batch.drop_column(name)
        batch.alter_column("timezone", existing_type=sa.String(length=64), nullable=False)
    for name in ("rulebook_id", "profile_id"):
        op.drop_column("attempts", name)
    for name in ("suppressed_by", "line_type", "profile_id"):
        op.drop_column("contacts", name)
    op.drop_table("confirmed_numbers")
    op.drop_index("ix_rulebooks_sha256", table_name="rulebooks")
    op.drop_index("ix_rulebooks_campaign", table_name="rulebooks")
    op.drop_table("rulebooks")
    op.drop_table("dial_profiles")
