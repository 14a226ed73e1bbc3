"""Contact changes by a person: call again, remove, and the ids that a filter of the table means."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from campaign_app.domain.contact import ContactStatus, check_transition

from .counters import count_moved_contacts
from .fragments import number_is_listed
from .sets import RowSet, locking_clause, run

IDS = RowSet("v", id="int")
CALLED_AGAIN = (
    ContactStatus.PENDING,
    ContactStatus.RETRY,
    ContactStatus.COMPLETED,
    ContactStatus.EXHAUSTED,
)
"""Whom a person may have called again: neither being called, nor on do-not-call, nor of a stopped campaign."""
DECIDED_BY_RULES = ContactStatus.COMPLETED, ContactStatus.EXHAUSTED


def lock_contacts(connection: Connection, campaign_id: int, ids: Sequence[int]) -> Sequence[Any]:
    """(id, phone, status, tries, attempts_made, listed) of those of the campaign, held until the transaction ends."""
    dialect = connection.dialect.name
    return run(
        connection,
        f"""SELECT id, phone, status, tries, attempts_made, {number_is_listed("contacts.phone", "contacts.campaign_id")}
              AS listed
            FROM contacts WHERE campaign_id = :campaign
              AND id IN (SELECT v.id FROM {IDS.source_sql(dialect)})
            ORDER BY id{locking_clause(connection, " FOR UPDATE")}""",
        {"campaign": campaign_id, **IDS.to_parameters(dialect, [(each,) for each in ids])},
    ).all()


def make_due_again(connection: Connection, campaign_id: int, rows: Sequence[Any], now: datetime) -> None:
    """Locked contacts are due now. Whoever had been decided begins anew, with all the tries of the policy; whoever
    waited keeps those that are left."""
    dialect = connection.dialect.name
    moves = []
    for row in rows:
        before = ContactStatus(row.status)
        after = ContactStatus.PENDING if before in DECIDED_BY_RULES else before
        if before is not after:
            check_transition(before, after)
            moves.append((campaign_id, before, after))
    run(
        connection,
        f"""UPDATE contacts SET
              tries = CASE WHEN due_at IS NULL THEN 0 ELSE tries END,
              status = CASE WHEN due_at IS NULL THEN 'pending' ELSE status END,
              due_at = :now, again_at = :now, deferred_by = NULL
            WHERE id IN (SELECT v.id FROM {IDS.source_sql(dialect)})""",
        {"now": now, **IDS.to_parameters(dialect, [(row.id,) for row in rows])},
    )
    count_moved_contacts(connection, moves)


def delete_contacts(connection: Connection, campaign_id: int, rows: Sequence[Any]) -> None:
    """Locked contacts without an attempt leave the campaign."""
    dialect = connection.dialect.name
    run(
        connection,
        f"DELETE FROM contacts WHERE id IN (SELECT v.id FROM {IDS.source_sql(dialect)})",
        IDS.to_parameters(dialect, [(row.id,) for row in rows]),
    )
    count_moved_contacts(connection, ((campaign_id, ContactStatus(row.status), None) for row in rows))
