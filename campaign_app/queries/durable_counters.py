"""Durable counters outlive the processes that add to them: what was dropped, refused, unknown or repaired."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from .sets import run

NAMES = (
    "counters_repaired",
    "events_deleted_by_retention",
    "events_dropped",
    "events_unknown_token",
    "webhooks_forged",
    "webhooks_malformed",
    "webhooks_too_large",
    "webhooks_unknown_token",
)
"""Every counter that there is. Those of which nothing has happened are 0 in /metrics, so that the first event is seen
as an increase."""
ADD_TO_COUNTER = """INSERT INTO counters (name, value) VALUES (:name, :more)
    ON CONFLICT (name) DO UPDATE SET value = counters.value + excluded.value"""


def add_to_counters(connection: Connection, counts: Mapping[str, int]) -> None:
    """Add to counters by name, in name order so that two transactions cannot deadlock; zeros are left out. Call it
    last in a transaction: its rows are shared by everybody."""
    assert counts.keys() <= set(NAMES), f"{sorted(counts)}: one of them is not in NAMES"
    for name in sorted(counts):
        if counts[name]:
            run(connection, ADD_TO_COUNTER, {"name": name, "more": counts[name]})
