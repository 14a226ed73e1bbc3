"""Metrics queries: short scans of small indexes, and counters that are kept anyway."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from campaign_app.models import ATTEMPT_COUNTERS, CONTACT_COUNTERS, CampaignCounters

from .fragments import CALL_COUNT
from .sets import as_time, run


class OpenAttempts(NamedTuple):
    """How many calls are up that are alike in all of this; the other leg of a transfer is one, too."""

    trunk_id: int
    campaign_id: int | None
    engine: str | None
    status: str
    n: int


def count_open_attempts(connection: Connection) -> list[OpenAttempts]:
    rows = run(
        connection,
        f"""SELECT trunk_id, campaign_id, engine, status, {CALL_COUNT} AS n FROM attempts WHERE ended_at IS NULL
           GROUP BY trunk_id, campaign_id, engine, status""",
    ).all()
    return [OpenAttempts._make(row) for row in rows]


def sum_ended_by_provider(connection: Connection) -> list[Any]:
    """A row per provider, with a sum per column of ATTEMPT_COUNTERS. A campaign counts under its trunk's provider."""
    sums = ", ".join(f"sum(k.{name}) AS {name}" for name in ATTEMPT_COUNTERS.values())
    rows = run(
        connection,
        f"""SELECT t.provider, {sums} FROM campaign_counters k JOIN campaigns c ON c.id = k.campaign_id
            JOIN trunks t ON t.id = c.trunk_id GROUP BY t.provider ORDER BY t.provider""",
    ).all()
    return list(rows)


class SingleCalls(NamedTuple):
    """Ended single calls of one provider and outcome."""

    provider: str
    status: str
    n: int


def count_ended_single_calls(connection: Connection) -> list[SingleCalls]:
    """The attempts of no campaign stand together in the index by campaign: others are not looked at."""
    rows = run(
        connection,
        """SELECT t.provider, a.status, sum(a.n) AS n
           FROM (SELECT trunk_id, status, count(*) AS n FROM attempts
                 WHERE campaign_id IS NULL AND ended_at IS NOT NULL GROUP BY trunk_id, status) AS a
           JOIN trunks t ON t.id = a.trunk_id GROUP BY t.provider, a.status""",
    ).all()
    return [SingleCalls(row.provider, row.status, int(row.n)) for row in rows]


def count_due_contacts(connection: Connection, now: datetime, most: int) -> dict[int, int]:
    """{running campaign: its due contacts, counted no further than `most`}: a range scan of the claim index each."""
    rows = run(
        connection,
        """SELECT c.id, (SELECT count(*) FROM (SELECT 1 FROM contacts q WHERE q.campaign_id = c.id
               AND q.due_at IS NOT NULL AND q.due_at <= :now LIMIT :most) AS waiting) AS n
           FROM campaigns c WHERE c.status = 'running'""",
        {"now": now, "most": most},
    ).all()
    return {row.id: row.n for row in rows}


class ImportTotals(NamedTuple):
    """Imports of one status, and the rows that they have dealt with by result."""

    status: str
    n: int
    accepted: int
    rejected: int
    repeated_in_file: int
    already_in_campaign: int
    do_not_call: int


def sum_imports(connection: Connection) -> list[ImportTotals]:
    sums = ", ".join(f"sum({name})" for name in ImportTotals._fields[2:])
    rows = run(connection, f"SELECT status, count(*), {sums} FROM imports GROUP BY status").all()
    return [ImportTotals._make(row) for row in rows]


def measure_update_lags(connection: Connection, since: datetime, most: int) -> dict[str, list[float]]:
    """{source: seconds from what happened at the provider until we heard, ascending} of the last `most` raw events that
    came after `since`: the primary key's end, no index on the time."""
    rows = run(
        connection,
        """SELECT source, at, received_at FROM call_events
           WHERE id > (SELECT coalesce(max(id), 0) - :most FROM call_events)""",
        {"most": most},
    ).all()
    lags: dict[str, list[float]] = {}
    for row in rows:
        at, received = as_time(row.at), as_time(row.received_at)
        if at is not None and received is not None and received >= since:
            lags.setdefault(row.source, []).append(max((received - at).total_seconds(), 0.0))
    return {source: sorted(found) for source, found in lags.items()}


def read_durable_counters(connection: Connection) -> dict[str, int]:
    return {
        row.name: row.value for row in run(connection, "SELECT name, value FROM counters ORDER BY name").all()
    }


def sum_contacts(session: Session) -> dict[str, int]:
    """Contacts of all campaigns, by the name of their counter."""
    names = list(CONTACT_COUNTERS.values())
    sums = session.execute(select(*(func.sum(getattr(CampaignCounters, name)) for name in names))).one()
    return {name: int(total or 0) for name, total in zip(names, sums, strict=True)}
