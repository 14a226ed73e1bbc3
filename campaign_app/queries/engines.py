"""Heartbeats and leader election: signs of life, and the lease that elects one engine for the housekeeping."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from campaign_app.models import dump_json

from .sets import run

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

# Leases across machines use the database's clock: the engines' own may differ.
DATABASE_NOW = {"sqlite": "strftime('%Y-%m-%d %H:%M:%f000', 'now')", "postgresql": "clock_timestamp()"}
DATABASE_LATER = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', 'now', '+' || :seconds || ' seconds')",
    "postgresql": "clock_timestamp() + make_interval(secs => :seconds)",
}


def take_lease(connection: Connection, name: str, owner: str, seconds: int) -> bool:
    """Take or prolong a lease; False while another owner holds it. The fencing number grows with every new owner."""
    dialect = connection.dialect.name
    lease_rows = run(
        connection,
        f"""INSERT INTO leases (name, owner, expires_at, fencing)
            VALUES (:name, :owner, {DATABASE_LATER[dialect]}, 1)
            ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at,
              fencing = leases.fencing + CASE WHEN leases.owner = excluded.owner THEN 0 ELSE 1 END
            WHERE leases.owner = excluded.owner OR leases.expires_at < {DATABASE_NOW[dialect]}
            RETURNING owner""",
        {"name": name, "owner": owner, "seconds": seconds},
    ).all()
    return bool(lease_rows)


def drop_leases(connection: Connection, owner: str) -> None:
    """Let an owner's leases expire now. The rows stay: the fencing numbers must not begin again."""
    run(
        connection,
        "UPDATE leases SET expires_at = :long_ago WHERE owner = :owner",
        {"owner": owner, "long_ago": LONG_AGO},
    )


LONGEST_MS = 2**31 - 1
"""25 days, what a column holds: an engine that was away for longer is that late."""


def record_heartbeat(
    connection: Connection,
    *,
    name: str,
    host: str,
    pid: int,
    started_at: datetime,
    now: datetime,
    tick_ms: int,
    lag_ms: int,
    last_error: str | None,
    timings: dict[str, Any] | None = None,
    role: str = "engine",
) -> None:
    """The engine (or worker: `role`) lives; `timings` are its histograms as engine/timings.py writes them."""
    run(
        connection,
        """INSERT INTO engine_heartbeats
             (name, host, pid, started_at, last_tick_at, tick_ms, lag_ms, stopped_at, last_error, timings, role)
           VALUES (:name, :host, :pid, :started, :now, :ms, :lag, NULL, :last_error, :timings, :role)
           ON CONFLICT (name) DO UPDATE SET last_tick_at = excluded.last_tick_at, tick_ms = excluded.tick_ms,
             lag_ms = excluded.lag_ms,
             stopped_at = NULL, last_error = excluded.last_error, timings = excluded.timings, role = excluded.role""",
        {
            "name": name,
            "host": host,
            "pid": pid,
            "started": started_at,
            "now": now,
            "ms": min(tick_ms, LONGEST_MS),
            "lag": min(lag_ms, LONGEST_MS),
            "last_error": last_error,
            "timings": None if timings is None else dump_json(timings),
            "role": role,
        },
    )


def count_live_workers(connection: Connection, since: datetime) -> int:
    """How many workers showed a sign of life since then and did not say good-bye."""
    counted: int = run(
        connection,
        """SELECT count(*) FROM engine_heartbeats
           WHERE role = 'worker' AND stopped_at IS NULL AND last_tick_at >= :since""",
        {"since": since},
    ).scalar_one()
    return counted


def mark_stopped(connection: Connection, name: str, now: datetime) -> None:
    """The engine ended in good order."""
    run(
        connection,
        "UPDATE engine_heartbeats SET stopped_at = :now WHERE name = :name",
        {"name": name, "now": now},
    )


def delete_old_heartbeats(connection: Connection, before: datetime) -> None:
    """Engines not seen since `before` leave the list."""
    run(connection, "DELETE FROM engine_heartbeats WHERE last_tick_at < :before", {"before": before})
