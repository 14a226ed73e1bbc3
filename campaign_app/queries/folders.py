"""Folder queries: which instance folders a database knows, in `settings` as `folder:ID`, and when it was last alive.

A folder is known once it was the only one that dialed, or an engine that knows the database said so. To an unknown one
the database may be an old copy.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from campaign_app.models import dump_json

from .sets import as_time, run
from .settings_rows import write_settings_row

FOLDER_PREFIX = "folder:"
JOINING = "joining"
LONG_AFTER = datetime(9999, 1, 1, tzinfo=UTC)


def list_folders(connection: Connection) -> dict[str, dict[str, Any]]:
    """By the folder's id: `host`, `identity`, `newest` (the last token of its journal at the last start), and `joining`
    (since when) of those that wait for somebody to know them."""
    rows = run(
        connection, "SELECT key, value FROM settings WHERE key LIKE :like", {"like": f"{FOLDER_PREFIX}%"}
    ).all()
    return {row.key.removeprefix(FOLDER_PREFIX): json.loads(row.value) for row in rows}


def write_folder(connection: Connection, folder_id: str, entry: dict[str, Any]) -> None:
    write_settings_row(connection, FOLDER_PREFIX + folder_id, dump_json(entry))


def admit_joining_folders(connection: Connection) -> int:
    """An engine that knows the database says that those who wait may dial. Returns how many."""
    admitted = 0
    for folder_id, entry in list_folders(connection).items():
        if JOINING in entry:
            kept = {name: entry[name] for name in ("host", "identity", "newest")}
            write_folder(connection, folder_id, kept)
            admitted += 1
    return admitted


def is_database_used(connection: Connection) -> bool:
    """Whether there is anybody in it who could be called, or was."""
    return (
        run(
            connection,
            """SELECT 1 WHERE EXISTS (SELECT 1 FROM contacts) OR EXISTS (SELECT 1 FROM attempts)
               OR EXISTS (SELECT 1 FROM campaigns)""",
        ).first()
        is not None
    )


def has_dialed(connection: Connection) -> bool:
    return run(connection, "SELECT 1 FROM attempts WHERE dialing_at IS NOT NULL LIMIT 1").first() is not None


@dataclass(frozen=True, slots=True)
class LastLife:
    """When a database was last seen to dial, and the host of the engine that ticked last."""

    at: datetime | None
    host: str | None


def read_last_life(connection: Connection) -> LastLife:
    """By its engines' ticks and its newest attempt. What people do is no sign: they may have signed in since the
    restore. Nor is it an engine's tick while it waits to be known: it noted before what it found."""
    noted = [
        LastLife(datetime.fromisoformat(entry["alive_at"]), entry["alive_on"])
        for entry in list_folders(connection).values()
        if JOINING in entry and entry.get("alive_at")
    ]
    if noted:
        return min(noted, key=lambda life: life.at or LONG_AFTER)
    beat = run(
        connection, "SELECT host, last_tick_at FROM engine_heartbeats ORDER BY last_tick_at DESC LIMIT 1"
    ).first()
    claimed = run(connection, "SELECT claimed_at FROM attempts ORDER BY id DESC LIMIT 1").scalar()
    times = [None if beat is None else as_time(beat.last_tick_at), as_time(claimed)]
    return LastLife(
        max((at for at in times if at is not None), default=None), None if beat is None else beat.host
    )


def has_other_engine(connection: Connection, own_name: str, since: datetime) -> bool:
    """Whether an engine ticked since then, for all that its row says: the row may be as old as a backup."""
    return (
        run(
            connection,
            """SELECT 1 FROM engine_heartbeats WHERE role = 'engine' AND stopped_at IS NULL
               AND last_tick_at >= :since AND name <> :own LIMIT 1""",
            {"since": since, "own": own_name},
        ).first()
        is not None
    )
