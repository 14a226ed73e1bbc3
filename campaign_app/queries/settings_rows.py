"""Settings rows: facts that are kept under a key, one text each."""

from __future__ import annotations

from sqlalchemy import Connection

from .sets import locking_clause, run


def read_settings_row(connection: Connection, key: str, *, for_update: bool = False) -> str | None:
    clause = locking_clause(connection, " FOR UPDATE") if for_update else ""
    value: str | None = run(
        connection, "SELECT value FROM settings WHERE key = :key" + clause, {"key": key}
    ).scalar_one_or_none()
    return value


def write_settings_row(connection: Connection, key: str, value: str) -> None:
    run(
        connection,
        """INSERT INTO settings (key, value) VALUES (:key, :value)
           ON CONFLICT (key) DO UPDATE SET value = excluded.value""",
        {"key": key, "value": value},
    )
