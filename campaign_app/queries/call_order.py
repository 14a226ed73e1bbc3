"""Call order: in which order those are called who were never tried, as a campaign's `call_order` says.

It is written into `due_at`, which means "not before": whatever lies in the past may be dialed, the earliest first. So
the claim stays one range scan of one index, whatever the order is. Every function works on the caller's transaction.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from campaign_app.domain.campaign import CallOrder

from .sets import as_time, run

SHUFFLED_OVER = 3600
"""Seconds before the campaign was made, over which those are strewn who are called in random order."""
SHUFFLED = {
    # A thousandth of a second apart at the finest, with the digits of models.base.sqlite_stamp.
    "sqlite": f"""strftime('%Y-%m-%d %H:%M:%f', :anchor,
        '-' || (abs(random() % {SHUFFLED_OVER * 1000}) / 1000.0) || ' seconds') || '000'""",
    "postgresql": f":anchor - random() * interval '{SHUFFLED_OVER} seconds'",
}
ADDED_AT = (
    "coalesce((SELECT i.created_at FROM imports i WHERE i.id = contacts.import_id), contacts.created_at)"
)
MIRRORED = {
    "sqlite": f"strftime('%Y-%m-%d %H:%M:%f', 2 * julianday(:anchor) - julianday({ADDED_AT})) || '000'",
    "postgresql": f":anchor - ({ADDED_AT} - :anchor)",
}
"""As long before the campaign was made as they were added after it: the newest come first."""


class FirstDue(NamedTuple):
    """When new contacts are due: what stands in the statement that adds them, and its parameters."""

    sql: str
    parameters: dict[str, Any]


def find_first_due(
    connection: Connection, campaign_id: int, now: datetime, import_id: int | None = None
) -> FirstDue:
    """For contacts that are added at `now`, all of one file in its own order. The caller holds the campaign's row."""
    row = run(
        connection, "SELECT call_order, created_at FROM campaigns WHERE id = :id", {"id": campaign_id}
    ).one_or_none()
    order = CallOrder.FILE if row is None else CallOrder(row.call_order)
    anchor = None if row is None else as_time(row.created_at)
    if order is CallOrder.FILE or anchor is None:
        return FirstDue(":now", {})
    if order is not CallOrder.NEWEST:
        return FirstDue(SHUFFLED[connection.dialect.name], {"anchor": anchor})
    added = now
    if import_id is not None:
        added = (
            as_time(
                run(
                    connection, "SELECT created_at FROM imports WHERE id = :id", {"id": import_id}
                ).scalar_one()
            )
            or now
        )
    return FirstDue(":first_due", {"first_due": anchor - abs(added - anchor)})


def reorder_queue(
    connection: Connection, campaign_id: int, order: CallOrder, created_at: datetime, now: datetime
) -> int:
    """Put those who were never tried, and wait for nothing, into another order. `created_at` is the campaign's. The
    caller holds its lock. Returns how many."""
    dialect = connection.dialect.name
    due = {CallOrder.FILE: "created_at", CallOrder.NEWEST: MIRRORED[dialect]}.get(order, SHUFFLED[dialect])
    bound = {"campaign": campaign_id, "now": now}
    if ":anchor" in due:
        bound["anchor"] = created_at
    return run(
        connection,
        f"""UPDATE contacts SET due_at = {due}
            WHERE campaign_id = :campaign AND due_at IS NOT NULL AND due_at <= :now AND tries = 0
              AND deferred_by IS NULL""",
        bound,
    ).rowcount
