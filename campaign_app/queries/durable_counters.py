"""Durable counters outlive the processes that add to them: what was dropped, refused, unknown or repaired."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from .sets import run

ADD_TO_COUNTER = """INSERT INTO counters (name, value) VALUES (:name, :more)
    ON CONFLICT (name) DO UPDATE SET value = counters.value + excluded.value"""


def add_to_counters(connection: Connection, counts: Mapping[str, int]) -> None:
    """Add to counters by name, in name order so that two transactions cannot deadlock; zeros are left out. Call it
    last in a transaction: its rows are shared by everybody."""
    for name in sorted(counts):
        if counts[name]:
            run(connection, ADD_TO_COUNTER, {"name": name, "more": counts[name]})
