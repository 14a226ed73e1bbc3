"""Upkeep queries: old raw events leave, and counters are compared with a count."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from campaign_app.domain.attempt import AnsweredBy, AttemptStatus
from campaign_app.domain.contact import ContactStatus
from campaign_app.models import ATTEMPT_COUNTERS, CONTACT_COUNTERS

from .counters import COLUMNS, RESPONSE_NAME_LENGTH, SLOT_COUNTS, CounterChanges
from .fragments import ENDED_SLOT
from .sets import as_time, run

COUNT_ENDED = {
    dialect: f"""SELECT status, {slot} AS slot, count(*) AS n FROM attempts
        WHERE campaign_id = :id AND ended_at IS NOT NULL GROUP BY 1, 2"""
    for dialect, slot in ENDED_SLOT.items()
}
COUNT_ANSWERS = {
    dialect: f"""SELECT answered_by, {slot} AS slot, count(*) AS n FROM attempts
        WHERE campaign_id = :id AND status = 'completed' AND answered_by IN ('human', 'machine', 'fax') GROUP BY 1, 2"""
    for dialect, slot in ENDED_SLOT.items()
}
COUNT_RESPONSES = """SELECT disposition, key, count(*) AS n, count(detect_ms) AS detections,
  sum(detect_ms) AS detection_ms
    FROM attempts WHERE campaign_id = :id AND (disposition IS NOT NULL OR key IS NOT NULL OR detect_ms IS NOT NULL)
    GROUP BY disposition, key"""
INCREMENTAL = 2
"""SQLite's number for a file whose pages can be given back in slices."""


class FilePages(NamedTuple):
    """Pages of SQLite's file: all of them, and those that nothing is in."""

    total: int
    free: int
    returnable: bool
    """Whether they can be given back a few at a time: not in a file of an early version."""


class RetentionStep(NamedTuple):
    """What one step of the retention did: rows deleted, and the id to go on after, None at the end."""

    deleted: int
    last_id: int | None


def delete_old_events(connection: Connection, before: datetime, after_id: int, most: int) -> RetentionStep:
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
        return RetentionStep(0, None)
    deleted = run(
        connection,
        """DELETE FROM call_events WHERE id > :after AND id <= :last AND received_at < :before""",
        {"after": after_id, "last": head.last_id, "before": before},
    ).rowcount
    newest = as_time(head.newest)
    goes_on = head.n == most and newest is not None and newest < before
    return RetentionStep(deleted, head.last_id if goes_on else None)


def next_campaign_id(connection: Connection, campaign_id: int, *, archived: bool) -> int | None:
    """The next campaign's id; None after the last."""
    condition = "" if archived else " AND status <> 'archived'"
    next_id: int | None = run(
        connection,
        f"SELECT id FROM campaigns WHERE id > :after{condition} ORDER BY id LIMIT 1",
        {"after": campaign_id},
    ).scalar_one_or_none()
    return next_id


def measure_counter_drift(snapshot: Connection, campaign_id: int) -> CounterChanges:
    """What has to be added to a campaign's counters, ten-minute slots and facets; read in one snapshot.

    They change in the very transactions that change the rows, so at any instant both agree; and because everybody adds
    to them, a difference stays the same while others go on counting. A peak, of the campaign or of a slot, is what was
    seen at a claim and stands in no row: it is not counted anew.
    """
    stored = run(
        snapshot,
        # Where retention has removed rows, the counters alone tell what there was.
        f"""SELECT {", ".join(COLUMNS)} FROM campaign_counters WHERE campaign_id = :id
            AND EXISTS (SELECT 1 FROM campaigns c WHERE c.id = :id AND c.records_removed_at IS NULL)""",
        {"id": campaign_id},
    ).one_or_none()
    changes = CounterChanges()
    if stored is None:
        return changes
    totals = changes.totals[campaign_id]
    for row in run(
        snapshot,
        "SELECT status, count(*) AS n FROM contacts WHERE campaign_id = :id GROUP BY status",
        {"id": campaign_id},
    ).all():
        totals[CONTACT_COUNTERS[ContactStatus(row.status)]] += row.n
    for row in run(snapshot, COUNT_ENDED[snapshot.dialect.name], {"id": campaign_id}).all():
        status, slot = AttemptStatus(row.status), as_time(row.slot)
        assert slot is not None
        totals[ATTEMPT_COUNTERS[status]] += row.n
        if status is not AttemptStatus.RELEASED:
            changes.slots[campaign_id, slot][row.status.replace("-", "_")] += row.n
    for row in run(snapshot, COUNT_ANSWERS[snapshot.dialect.name], {"id": campaign_id}).all():
        slot = as_time(row.slot)
        assert slot is not None
        changes.count_answer(campaign_id, AnsweredBy(row.answered_by), slot, row.n)
    for row in run(snapshot, COUNT_RESPONSES, {"id": campaign_id}).all():
        if row.disposition is not None:
            changes.count_response(
                campaign_id, f"disposition:{row.disposition}"[:RESPONSE_NAME_LENGTH], row.n
            )
        if row.key is not None:
            changes.count_response(campaign_id, f"key:{row.key}", row.n)
        changes.count_response(campaign_id, "detections", row.detections)
        changes.count_response(campaign_id, "detection-ms", int(row.detection_ms or 0))
    totals.subtract({name: getattr(stored, name) for name in COLUMNS})
    for row in run(
        snapshot, "SELECT * FROM outcome_slots WHERE campaign_id = :id", {"id": campaign_id}
    ).all():
        slot = as_time(row.slot_at)
        assert slot is not None
        changes.slots[campaign_id, slot].subtract({name: getattr(row, name) for name in SLOT_COUNTS})
    for row in run(
        snapshot, "SELECT response, n FROM response_counts WHERE campaign_id = :id", {"id": campaign_id}
    ).all():
        changes.count_response(campaign_id, row.response, -row.n)
    return changes.without_zeros()


def read_fencing_number(connection: Connection, name: str, owner: str) -> int | None:
    """The fencing number of a lease that `owner` holds or held last; None where somebody else took it since."""
    number: int | None = run(
        connection,
        "SELECT fencing FROM leases WHERE name = :name AND owner = :owner",
        {"name": name, "owner": owner},
    ).scalar_one_or_none()
    return number


RING_DELAYS = """SELECT a.trunk_id, a.dialing_at, a.placed_at, min(e.at) AS rang_at
    FROM (SELECT id, token, trunk_id, dialing_at, placed_at FROM attempts ORDER BY id DESC LIMIT 500) a
    JOIN call_events e ON e.token = a.token AND e.status IN ('ringing', 'in-progress')
    WHERE a.dialing_at IS NOT NULL AND a.dialing_at > :since
    GROUP BY a.id, a.trunk_id, a.dialing_at, a.placed_at"""


def delete_old_drafts(connection: Connection, before: datetime, most: int) -> int:
    """Remove up to `most` contacts of the drafts that were deleted before then, and the drafts that have none left.
    Returns how many rows went."""
    contacts = run(
        connection,
        """DELETE FROM contacts WHERE id IN (SELECT t.id FROM contacts t JOIN campaigns c ON c.id = t.campaign_id
             WHERE c.deleted_at < :before LIMIT :most)""",
        {"before": before, "most": most},
    ).rowcount
    drafts = run(
        connection,
        """DELETE FROM campaigns WHERE deleted_at < :before
             AND NOT EXISTS (SELECT 1 FROM contacts t WHERE t.campaign_id = campaigns.id)""",
        {"before": before},
    ).rowcount
    return int(contacts) + int(drafts)


def list_ring_delays(connection: Connection, since: datetime) -> dict[int, list[float]]:
    """{trunk: seconds from the permit until it rang, or until the provider took the call where that was later}, of the
    latest calls."""
    delays: dict[int, list[float]] = {}
    for row in run(connection, RING_DELAYS, {"since": since}).all():
        times = [at for at in (as_time(row.placed_at), as_time(row.rang_at)) if at is not None]
        dialing_at = as_time(row.dialing_at)
        if times and dialing_at is not None:
            delays.setdefault(row.trunk_id, []).append((max(times) - dialing_at).total_seconds())
    return delays


def write_trunk_guard(connection: Connection, trunk_id: int, seconds: float) -> None:
    """Keep it where it differs by more than a second: the row is locked at every claim."""
    run(
        connection,
        "UPDATE trunks SET guard_seconds = :seconds WHERE id = :id AND abs(guard_seconds - :seconds) > 1",
        {"id": trunk_id, "seconds": seconds},
    )


def count_file_pages(connection: Connection) -> FilePages:
    """SQLite only. Reads the file's header, however large the file is."""
    total, free, mode = (
        int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
        for name in ("page_count", "freelist_count", "auto_vacuum")
    )
    return FilePages(total, free, mode == INCREMENTAL)


def return_file_pages(connection: Connection, most: int) -> None:
    """Move up to `most` pages from the end of SQLite's file into free ones. The file gets shorter at the next
    checkpoint."""
    driver = connection.connection.driver_connection
    assert driver is not None
    # SQLite gives one page back for each step of the statement, and Python steps once where there are no columns.
    for _ in range(most):
        driver.execute("PRAGMA incremental_vacuum(1)")
