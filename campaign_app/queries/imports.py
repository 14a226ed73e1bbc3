"""Imports: taking one up, and adding a chunk of its rows with set-based statements on either database.

Every function works on a connection whose transaction the caller owns (`transaction.write`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from campaign_app.models.base import dump_json

from .sets import RowSet, locking_clause, run, stored_json


@dataclass(slots=True)
class Job:
    """An import that a runner holds for as long as `rows_done` and `heartbeat_at` stand as it wrote them."""

    id: int
    campaign_id: int
    stored_as: str
    default_region: str | None
    accepted: int
    rows_done: int
    heartbeat_at: datetime


@dataclass(slots=True)
class Counts:
    """What became of a chunk's rows; their sum is its length."""

    accepted: int = 0
    rejected: int = 0
    repeated_in_file: int = 0
    already_in_campaign: int = 0
    do_not_call: int = 0


# One file a campaign at a time: two that overlap could lock each other's new rows in opposite order.
WAITING = """FROM imports i WHERE (i.status = 'queued'
        OR (i.status = 'running' AND (i.heartbeat_at IS NULL OR i.heartbeat_at < :stale)))
      AND NOT EXISTS (SELECT 1 FROM imports o WHERE o.campaign_id = i.campaign_id AND o.id <> i.id
                      AND o.status = 'running' AND o.heartbeat_at >= :stale)"""


def waiting(connection: Connection, stale: datetime) -> bool:
    """Whether `take` would find one: a read, so that looking every second takes no write lock."""
    return run(connection, f"SELECT 1 {WAITING} LIMIT 1", {"stale": stale}).first() is not None


def take(connection: Connection, now: datetime, stale: datetime) -> Job | None:
    """Take up the oldest import that is queued, or running with a heart that last beat before `stale`."""
    row = run(
        connection,
        f"""UPDATE imports SET status = 'running', heartbeat_at = :now
            WHERE id = (SELECT i.id {WAITING} ORDER BY i.id LIMIT 1
                        {locking_clause(connection, "FOR UPDATE SKIP LOCKED")})
            RETURNING id, campaign_id, stored_as, default_region, accepted, rows_done""",
        {"now": now, "stale": stale},
    ).one_or_none()
    return None if row is None else Job(**row._mapping, heartbeat_at=now)


def _held(job: Job) -> dict[str, Any]:
    return {"id": job.id, "done": job.rows_done, "beat": job.heartbeat_at}


HELD = "id = :id AND status = 'running' AND rows_done = :done AND heartbeat_at = :beat"


def beat(connection: Connection, job: Job, now: datetime) -> bool:
    """Say that the runner lives. False: another one has taken the import up, and this one must let it be."""
    done = run(connection, f"UPDATE imports SET heartbeat_at = :now WHERE {HELD}", {"now": now, **_held(job)})
    job.heartbeat_at = now
    return done.rowcount == 1


def save_layout(
    connection: Connection,
    job: Job,
    *,
    encoding: str,
    delimiter: str,
    has_header: bool,
    columns: list[dict[str, str]],
) -> None:
    run(
        connection,
        f"""UPDATE imports SET encoding = :encoding, delimiter = :delimiter, has_header = :header,
              columns = {_json(connection, ":columns")} WHERE {HELD}""",
        {
            "encoding": encoding,
            "delimiter": delimiter,
            "header": has_header,
            "columns": dump_json(columns),
            **_held(job),
        },
    )


def _json(connection: Connection, value: str) -> str:
    return value if connection.dialect.name == "sqlite" else f"CAST({value} AS jsonb)"


def advance(
    connection: Connection, job: Job, counts: Counts, *, rows: int, bytes_done: int, now: datetime
) -> bool:
    """Count a chunk. False: another runner holds the import, and the caller must roll the chunk back."""
    done = run(
        connection,
        f"""UPDATE imports SET accepted = accepted + :accepted, rejected = rejected + :rejected,
              repeated_in_file = repeated_in_file + :repeated,
              already_in_campaign = already_in_campaign + :already,
              do_not_call = do_not_call + :listed, total = total + :rows, rows_done = rows_done + :rows,
              bytes_done = :bytes, heartbeat_at = :now WHERE {HELD}""",
        {
            "accepted": counts.accepted,
            "rejected": counts.rejected,
            "repeated": counts.repeated_in_file,
            "already": counts.already_in_campaign,
            "listed": counts.do_not_call,
            "rows": rows,
            "bytes": bytes_done,
            "now": now,
            **_held(job),
        },
    )
    return done.rowcount == 1


def let_go(connection: Connection, job: Job) -> None:
    """Leave the import for the next runner, at once."""
    run(connection, f"UPDATE imports SET heartbeat_at = NULL WHERE {HELD}", _held(job))


def finish(connection: Connection, job: Job, *, error: str | None, now: datetime) -> bool:
    """Mark the import completed, or failed with its error. False: it is not this runner's any more."""
    done = run(
        connection,
        f"""UPDATE imports SET status = :status, error = :error, finished_at = :now, heartbeat_at = :now,
              bytes_done = {"bytes_done" if error else "size"} WHERE {HELD}""",
        {"status": "failed" if error else "completed", "error": error, "now": now, **_held(job)},
    )
    return done.rowcount == 1


def unfinished_files(connection: Connection) -> set[str]:
    """The stored files that are still needed."""
    rows = run(connection, "SELECT stored_as FROM imports WHERE status IN ('queued', 'running')")
    return {row.stored_as for row in rows}


def campaign_status(connection: Connection, campaign_id: int) -> str | None:
    """The campaign's status, held until the chunk has committed; None if it is gone."""
    status: str | None = run(
        connection,
        "SELECT status FROM campaigns WHERE id = :id" + locking_clause(connection, " FOR SHARE"),
        {"id": campaign_id},
    ).scalar_one_or_none()
    return status


def message_of(connection: Connection, campaign_id: int) -> dict[str, Any]:
    """The campaign's message as its column keeps it, in API shape."""
    row = run(connection, "SELECT message FROM campaigns WHERE id = :id", {"id": campaign_id}).one()
    message: dict[str, Any] = stored_json(row.message)
    return message


PHONES = RowSet("v", phone="str")


def _phones(connection: Connection, statement: str, campaign_id: int, phones: Iterable[str]) -> Sequence[Any]:
    dialect = connection.dialect.name
    return run(
        connection,
        statement.replace("{v}", PHONES.source_sql(dialect)),
        {"campaign": campaign_id, **PHONES.to_parameters(dialect, [(phone,) for phone in phones])},
    ).all()


def listed(connection: Connection, campaign_id: int, phones: Iterable[str]) -> set[str]:
    """Those of `phones` that are on the do-not-call list, for all campaigns or for this one."""
    rows = _phones(
        connection,
        """SELECT DISTINCT phone FROM do_not_call WHERE phone IN (SELECT v.phone FROM {v})
             AND (campaign_id IS NULL OR campaign_id = :campaign)""",
        campaign_id,
        phones,
    )
    return {row.phone for row in rows}


def importers(connection: Connection, campaign_id: int, phones: Iterable[str]) -> dict[str, int | None]:
    """The import by which each of `phones` came into the campaign, None if by none."""
    # IN, not JOIN: joined to its rows, SQLite scanned all contacts of the campaign even for none.
    rows = _phones(
        connection,
        """SELECT phone, import_id FROM contacts
           WHERE campaign_id = :campaign AND phone IN (SELECT v.phone FROM {v})""",
        campaign_id,
        phones,
    )
    return {row.phone: row.import_id for row in rows}


NEW = RowSet("v", phone="str", variables="json", line="int")
INSERT = """INSERT INTO contacts
      (campaign_id, phone, status, due_at, attempts_made, tries, variables, import_id, line, created_at)
    SELECT :campaign, v.phone, 'pending', :now, 0, 0, v.variables, :import, v.line, :now FROM {v} WHERE true
    ON CONFLICT (campaign_id, phone) DO NOTHING RETURNING phone"""


def insert_contacts(
    connection: Connection, job: Job, rows: Sequence[tuple[str, str, int]], now: datetime
) -> set[str]:
    """Add (phone, variables as JSON, line) as pending contacts, due at once, and count them. Returns the
    phones that are new.
    """
    if not rows:
        return set()
    dialect = connection.dialect.name
    inserted = run(
        connection,
        INSERT.replace("{v}", NEW.source_sql(dialect)),
        {"campaign": job.campaign_id, "import": job.id, "now": now, **NEW.to_parameters(dialect, rows)},
    ).all()
    run(
        connection,
        """UPDATE campaign_counters SET contacts_pending = contacts_pending + :added
           WHERE campaign_id = :campaign""",
        {"added": len(inserted), "campaign": job.campaign_id},
    )
    return {row.phone for row in inserted}


REFUSED = RowSet("v", line="int", kind="str", code="str", reason="str", cells="json")


def insert_refusals(
    connection: Connection, import_id: int, rows: Sequence[tuple[int, str, str, str, list[str]]]
) -> None:
    """Keep (line, kind, code, reason, cells) of the rows that were not added."""
    if not rows:
        return
    dialect = connection.dialect.name
    encoded = [(line, kind, code, reason, dump_json(cells)) for line, kind, code, reason, cells in rows]
    run(
        connection,
        f"""INSERT INTO rejected_rows (import_id, line, kind, code, reason, cells)
            SELECT :import, v.line, v.kind, v.code, v.reason, v.cells FROM {REFUSED.source_sql(dialect)}""",
        {"import": import_id, **REFUSED.to_parameters(dialect, encoded)},
    )


def remove_undialled(connection: Connection, import_id: int, campaign_id: int) -> int:
    """Remove the import's contacts that nobody has tried to call, and count them off. Returns how many.

    By campaign, which the unique index serves: an index on `import_id` would cost every insert and be used
    only here.
    """
    removed = run(
        connection,
        """DELETE FROM contacts WHERE campaign_id = :campaign AND import_id = :import
             AND status = 'pending' AND attempts_made = 0""",
        {"campaign": campaign_id, "import": import_id},
    ).rowcount
    run(
        connection,
        """UPDATE campaign_counters SET contacts_pending = contacts_pending - :removed
           WHERE campaign_id = :campaign""",
        {"removed": removed, "campaign": campaign_id},
    )
    return removed
