"""What is done once in a while and never in haste: old raw events leave, and counters are compared with a count."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from campaign_app.models import ATTEMPT_COUNTERS, CONTACT_COUNTERS

from .sets import as_time, run

COLUMNS = (*CONTACT_COUNTERS.values(), *ATTEMPT_COUNTERS.values())


class Piece(NamedTuple):
    """What one step of the retention did: rows deleted, and the id to go on after, None at the end."""

    deleted: int
    last_id: int | None


def delete_events(connection: Connection, before: datetime, after_id: int, most: int) -> Piece:
    """Delete raw events received before `before` among the `most` that follow `after_id`.

    Ids grow with time, so the old ones come first: a scan of the primary key that stops where they end, and no index
    on the time. It goes on after what it deleted, or it would pass over the dead rows again and again.
    """
    head = run(
        connection,
        """SELECT max(id) AS last_id, count(*) AS n, max(received_at) AS newest
           FROM (SELECT id, received_at FROM call_events WHERE id > :after ORDER BY id LIMIT :most) AS head""",
        {"after": after_id, "most": most},
    ).one()
    if not head.n:
        return Piece(0, None)
    deleted = run(
        connection,
        """DELETE FROM call_events WHERE id > :after AND id <= :last AND received_at < :before""",
        {"after": after_id, "last": head.last_id, "before": before},
    ).rowcount
    newest = as_time(head.newest)
    goes_on = head.n == most and newest is not None and newest < before
    return Piece(deleted, head.last_id if goes_on else None)


def campaigns_after(connection: Connection, campaign_id: int, *, archived: bool) -> int | None:
    """The next campaign's id; None after the last."""
    resting = "" if archived else " AND status <> 'archived'"
    found: int | None = run(
        connection,
        f"SELECT id FROM campaigns WHERE id > :after{resting} ORDER BY id LIMIT 1",
        {"after": campaign_id},
    ).scalar_one_or_none()
    return found


def drift(snapshot: Connection, campaign_id: int) -> dict[str, int]:
    """{counter: what has to be added to it}, without those that are right; read in one snapshot.

    The counters change in the very transactions that change the rows, so at any instant both agree; and because
    everybody adds to them, a difference stays the same while others go on counting.
    """
    kept = run(
        snapshot,
        f"SELECT {', '.join(COLUMNS)} FROM campaign_counters WHERE campaign_id = :id",
        {"id": campaign_id},
    ).one_or_none()
    if kept is None:
        return {}
    there = dict.fromkeys(COLUMNS, 0)
    for table, columns in (("contacts", CONTACT_COUNTERS), ("attempts", ATTEMPT_COUNTERS)):
        names = {status.value: column for status, column in columns.items()}
        for row in run(
            snapshot,
            f"SELECT status, count(*) AS n FROM {table} WHERE campaign_id = :id GROUP BY status",
            {"id": campaign_id},
        ).all():
            if row.status in names:
                there[names[row.status]] = row.n
    return {name: there[name] - getattr(kept, name) for name in COLUMNS if there[name] != getattr(kept, name)}


def correct(connection: Connection, campaign_id: int, difference: dict[str, int]) -> None:
    """Add the difference: one row is locked, for as long as that takes."""
    sets = ", ".join(f"{name} = {name} + :{name}" for name in difference)
    run(
        connection,
        f"UPDATE campaign_counters SET {sets} WHERE campaign_id = :id",
        {"id": campaign_id, **difference},
    )


def fencing(connection: Connection, name: str, owner: str) -> int | None:
    """The fencing number of a lease that `owner` holds or held last; None where somebody else took it since."""
    found: int | None = run(
        connection,
        "SELECT fencing FROM leases WHERE name = :name AND owner = :owner",
        {"name": name, "owner": owner},
    ).scalar_one_or_none()
    return found


def fact(connection: Connection, key: str) -> str | None:
    found: str | None = run(
        connection, "SELECT value FROM facts WHERE key = :key", {"key": key}
    ).scalar_one_or_none()
    return found


def set_fact(connection: Connection, key: str, value: str) -> None:
    run(
        connection,
        """INSERT INTO facts (key, value) VALUES (:key, :value)
           ON CONFLICT (key) DO UPDATE SET value = excluded.value""",
        {"key": key, "value": value},
    )
