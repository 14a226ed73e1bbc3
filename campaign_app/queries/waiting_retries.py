"""Waiting retries: those who wait for their next try, with the outcome that they wait after, and what a change of the
policy makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from campaign_app.domain.contact import ContactStatus

from .counters import count_moved_contacts
from .sets import RowSet, as_time, run


class WaitingRetry(NamedTuple):
    """A contact that waits, and its last try that counted."""

    contact_id: int
    tries: int
    due_at: datetime
    deferred_by: str | None
    outcome: str
    answered_by: str | None
    disposition: str | None
    ended_at: datetime
    is_last: bool
    """Whether it was the last attempt of all; else one that cost nothing came after it, and set the time."""


LIST_WAITING = """SELECT c.id, c.tries, c.due_at, c.deferred_by, c.attempts_made, a.status, a.answered_by,
      a.disposition, a.ended_at, a.number
    FROM contacts c JOIN attempts a ON a.contact_id = c.id AND a.counts AND a.try_number = c.tries
      AND a.ended_at IS NOT NULL AND a.status <> 'released'
    WHERE c.campaign_id = :campaign AND c.id > :last AND c.due_at IS NOT NULL AND c.tries > 0
    ORDER BY c.id LIMIT :most"""


def list_waiting_retries(
    connection: Connection, campaign_id: int, last_id: int, most: int
) -> list[WaitingRetry]:
    """Up to `most` of them behind a contact, by id. Under the campaign's lock, which keeps claims away."""
    rows = run(connection, LIST_WAITING, {"campaign": campaign_id, "last": last_id, "most": most}).all()
    return [
        WaitingRetry(
            row.id,
            row.tries,
            due_at,
            row.deferred_by,
            row.status,
            row.answered_by,
            row.disposition,
            ended_at,
            row.number >= row.attempts_made,
        )
        for row in rows
        if (due_at := as_time(row.due_at)) is not None and (ended_at := as_time(row.ended_at)) is not None
    ]


NEW_TIMES = RowSet("v", id="int", due="time")
ENDS = RowSet("v", id="int")


def put_off_retries(connection: Connection, times: Sequence[tuple[int, datetime]]) -> None:
    """Give contacts that wait another time, for (contact, due)."""
    if times:
        dialect = connection.dialect.name
        run(
            connection,
            f"""UPDATE contacts SET due_at = v.due FROM {NEW_TIMES.source_sql(dialect)}
                WHERE contacts.id = v.id AND contacts.due_at IS NOT NULL""",
            NEW_TIMES.to_parameters(dialect, times),
        )


def end_retries(
    connection: Connection, campaign_id: int, contact_ids: Sequence[int], after: ContactStatus
) -> None:
    """Contacts that wait get no more tries."""
    if not contact_ids:
        return
    dialect = connection.dialect.name
    rows = run(
        connection,
        f"""UPDATE contacts SET status = :after, due_at = NULL, deferred_by = NULL
            WHERE id IN (SELECT v.id FROM {ENDS.source_sql(dialect)}) AND due_at IS NOT NULL RETURNING id""",
        {"after": after.value, **ENDS.to_parameters(dialect, [(each,) for each in contact_ids])},
    ).all()
    count_moved_contacts(connection, [(campaign_id, ContactStatus.RETRY, after)] * len(rows))
