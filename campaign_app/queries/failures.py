"""Failure counts of trunks and campaigns: how many in a row, the last one, and until when nothing is dialed.

Both tables keep them in columns of the same names; only the time to wait is called differently.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from .sets import run


class FailingTable(NamedTuple):
    """A table whose rows can fail, and its column that says until when such a row waits."""

    name: str
    wait_column: str


TRUNKS = FailingTable("trunks", "circuit_until")
CAMPAIGNS = FailingTable("campaigns", "backoff_until")
TEXT_LENGTH = 500
"""Characters that are kept of what went wrong."""


def add_failures(
    connection: Connection, table: FailingTable, row_id: int, text: str, now: datetime, failures: int = 1
) -> int:
    """Count failures and keep what went wrong. Returns the failures in a row by now (0: there is no such row)."""
    counted: int | None = run(
        connection,
        f"""UPDATE {table.name} SET failures = failures + :more, last_error = :text, last_error_at = :now WHERE id = :id
            RETURNING failures""",
        {"id": row_id, "more": failures, "text": text[:TEXT_LENGTH], "now": now},
    ).scalar_one_or_none()
    return counted or 0


def set_wait_until(connection: Connection, table: FailingTable, row_id: int, until: datetime) -> None:
    """Nothing is dialed for this campaign before `until`; on a trunk a single call is tried then (its circuit is open).
    A probe that is under way sets it too, so that it stays alone."""
    run(
        connection,
        f"UPDATE {table.name} SET {table.wait_column} = :until WHERE id = :id",
        {"until": until, "id": row_id},
    )


def clear_failures(connection: Connection, table: FailingTable, row_id: int) -> None:
    """The provider took a call: the failures in a row are over, and so is the wait."""
    run(
        connection,
        f"""UPDATE {table.name} SET failures = 0, {table.wait_column} = NULL, last_error = NULL, last_error_at = NULL
            WHERE id = :id AND failures > 0""",
        {"id": row_id},
    )


def list_failing_campaign_ids(connection: Connection) -> set[int]:
    """The running campaigns that have failures to clear at their next success."""
    rows = run(connection, "SELECT id FROM campaigns WHERE status = 'running' AND failures > 0").all()
    return {row.id for row in rows}
