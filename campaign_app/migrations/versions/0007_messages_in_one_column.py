"""a message in one column; columns and tables under the words of the glossary

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")

# Renamed and added one by one, never in batch mode: there SQLite's table would be made anew, and what refers to it
# deleted. The renamed tables have nothing that refers to them; they are made under the new name and filled.
RENAMED_COLUMNS = (
    ("attempts", "second_line", "transfer_leg"),
    ("campaigns", "trouble", "last_error"),
    ("campaigns", "trouble_at", "last_error_at"),
    ("trunks", "trouble", "last_error"),
    ("trunks", "trouble_at", "last_error_at"),
)
TRANSFER_LEG_VALUES = (("asked", "waiting"), ("given", "granted"))


def response_counts(table: str, column: str) -> tuple[str, tuple[Any, ...]]:
    return table, (
        sa.Column("campaign_id", BIG, nullable=False),
        sa.Column(column, sa.String(length=64), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f(f"fk_{table}_campaign_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("campaign_id", column, name=op.f(f"pk_{table}")),
    )


def counters(table: str) -> tuple[str, tuple[Any, ...]]:
    return table, (
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", BIG, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f(f"pk_{table}")),
    )


def settings(table: str) -> tuple[str, tuple[Any, ...]]:
    return table, (
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f(f"pk_{table}")),
    )


def heartbeats(table: str, error: str) -> tuple[str, tuple[Any, ...]]:
    return table, (
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("last_tick_at", TIME, nullable=False),
        sa.Column("tick_ms", sa.Integer(), nullable=False),
        sa.Column("stopped_at", TIME, nullable=True),
        sa.Column(error, sa.Text(), nullable=True),
        sa.Column("role", sa.String(length=16), server_default=sa.text("'engine'"), nullable=False),
        sa.Column("lag_ms", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("timings", JSON, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f(f"pk_{table}")),
    )


def rename_table(old: tuple[str, tuple[Any, ...]], new: tuple[str, tuple[Any, ...]]) -> None:
    """Make the table `new` and move the rows of `old`, whose columns have the same order, into it."""
    (old_name, old_parts), (new_name, new_parts) = old, new
    old_columns, new_columns = (
        ", ".join(part.name for part in parts if isinstance(part, sa.Column))
        for parts in (old_parts, new_parts)
    )
    op.create_table(new_name, *new_parts)
    op.execute(f"INSERT INTO {new_name} ({new_columns}) SELECT {old_columns} FROM {old_name}")
    op.drop_table(old_name)


# A message that somebody broke by hand stays broken, with what it had in it: nobody is called with a part of it.
JOIN_MESSAGE = {
    "sqlite": """CASE WHEN script IS NULL THEN json_object('text', coalesce(text, ''))
          WHEN NOT json_valid(script) THEN json_object('text', coalesce(text, ''), 'script', script)
          WHEN json_type(script) = 'null' THEN json_object('text', coalesce(text, ''))
          WHEN json_type(script) = 'object' THEN json_set(script, '$.text', coalesce(text, ''))
          ELSE json_object('text', coalesce(text, ''), 'script', json(script)) END""",
    "postgresql": """CASE WHEN script IS NULL OR jsonb_typeof(script) = 'null'
            THEN jsonb_build_object('text', coalesce(text, ''))
          WHEN jsonb_typeof(script) = 'object' THEN script || jsonb_build_object('text', coalesce(text, ''))
          ELSE jsonb_build_object('text', coalesce(text, ''), 'script', script) END""",
}
TRANSFERS = {
    "sqlite": """EXISTS (SELECT 1 FROM json_each(message, '$.keys') AS item
          WHERE CASE WHEN item.type = 'object' THEN json_extract(item.value, '$.action') = 'transfer' END)""",
    "postgresql": """EXISTS (SELECT 1 FROM jsonb_array_elements(
            CASE WHEN jsonb_typeof(message -> 'keys') = 'array' THEN message -> 'keys' ELSE '[]' END) AS item
          WHERE item ->> 'action' = 'transfer')""",
}
TEXTS = {
    "sqlite": (
        "CASE WHEN json_extract(message, '$.recording') IS NULL THEN json_extract(message, '$.text') END",
        "CASE WHEN json_extract(message, '$.machine.recording') IS NULL"
        " THEN json_extract(message, '$.machine.text') END",
        "json_extract(message, '$.opt_out_text')",
        "json_extract(message, '$.thanks_text')",
    ),
    "postgresql": (
        "CASE WHEN message ->> 'recording' IS NULL THEN message ->> 'text' END",
        "CASE WHEN message #>> '{machine,recording}' IS NULL THEN message #>> '{machine,text}' END",
        "message ->> 'opt_out_text'",
        "message ->> 'thanks_text'",
    ),
}
SPLIT_MESSAGE = {
    "sqlite": (
        "coalesce(json_extract(message, '$.text'), '')",
        "nullif(json_remove(message, '$.text'), '{}')",
    ),
    "postgresql": ("coalesce(message ->> 'text', '')", "nullif(message - 'text', '{}')"),
}
RENAME_IN_QUARANTINE = {
    "sqlite": """UPDATE {table} SET value = json_remove(
          json_set(value, '$.{new}', json_extract(value, '$.{old}')), '$.{old}')
        WHERE key = 'quarantine' AND json_type(value, '$.{old}') IS NOT NULL""",
    "postgresql": """UPDATE {table} SET value = CAST(CAST(value AS jsonb) - '{old}'
          || jsonb_build_object('{new}', CAST(value AS jsonb) -> '{old}') AS text)
        WHERE key = 'quarantine' AND CAST(value AS jsonb) -> '{old}' IS NOT NULL""",
}


def has_variable(text: str) -> str:
    """SQL: whether a text has braces left once the doubled ones, which stand for themselves, are out."""
    return f"coalesce(replace(replace({text}, '{{{{', ''), '}}}}', ''), '') LIKE '%{{%'"


def upgrade() -> None:
    dialect = op.get_context().dialect.name
    for table, old, new in RENAMED_COLUMNS:
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")
    for old, new in TRANSFER_LEG_VALUES:
        op.execute(f"UPDATE attempts SET transfer_leg = '{new}' WHERE transfer_leg = '{old}'")
    rename_table(response_counts("campaign_facets", "facet"), response_counts("response_counts", "response"))
    rename_table(counters("tallies"), counters("counters"))
    rename_table(settings("facts"), settings("settings"))
    rename_table(heartbeats("engines", "trouble"), heartbeats("engine_heartbeats", "last_error"))
    op.execute(RENAME_IN_QUARANTINE[dialect].format(table="settings", old="trouble", new="last_error"))

    op.add_column("campaigns", sa.Column("message", JSON, server_default=sa.text("'{}'"), nullable=False))
    for column in ("transfers", "personal"):
        op.add_column("campaigns", sa.Column(column, sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("attempts", sa.Column("message", JSON, nullable=True))
    op.execute(f"UPDATE campaigns SET message = {JOIN_MESSAGE[dialect]}")
    if dialect == "postgresql":
        # SQLite can neither add the column without a default nor take the default away again.
        op.alter_column("campaigns", "message", server_default=None)
    personal = " OR ".join(has_variable(text) for text in TEXTS[dialect])
    op.execute(f"UPDATE campaigns SET transfers = {TRANSFERS[dialect]}, personal = ({personal})")
    op.execute(
        f"UPDATE attempts SET message = {JOIN_MESSAGE[dialect]} WHERE text IS NOT NULL OR script IS NOT NULL"
    )
    for table in ("campaigns", "attempts"):
        op.drop_column(table, "script")
        op.drop_column(table, "text")


def downgrade() -> None:
    dialect = op.get_context().dialect.name
    text, script = SPLIT_MESSAGE[dialect]
    op.add_column("campaigns", sa.Column("text", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("campaigns", sa.Column("script", JSON, nullable=True))
    op.add_column("attempts", sa.Column("text", sa.Text(), nullable=True))
    op.add_column("attempts", sa.Column("script", JSON, nullable=True))
    op.execute(f"UPDATE campaigns SET text = {text}, script = {script}")
    op.execute(f"UPDATE attempts SET text = {text}, script = {script} WHERE message IS NOT NULL")
    op.drop_column("attempts", "message")
    for column in ("personal", "transfers", "message"):
        op.drop_column("campaigns", column)

    op.execute(RENAME_IN_QUARANTINE[dialect].format(table="settings", old="last_error", new="trouble"))
    rename_table(heartbeats("engine_heartbeats", "last_error"), heartbeats("engines", "trouble"))
    rename_table(settings("settings"), settings("facts"))
    rename_table(counters("counters"), counters("tallies"))
    rename_table(response_counts("response_counts", "response"), response_counts("campaign_facets", "facet"))
    for old, new in TRANSFER_LEG_VALUES:
        op.execute(f"UPDATE attempts SET transfer_leg = '{old}' WHERE transfer_leg = '{new}'")
    for table, old, new in reversed(RENAMED_COLUMNS):
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {new} TO {old}")
