"""Contact queries: changes to many contacts at once, outside of the hot path."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from campaign_app.domain.contact import WAITING, ContactStatus, check_transition
from campaign_app.models.base import dump_json

from .counters import count_moved_contacts
from .sets import RowSet, locking_clause, run


def suppress_number(connection: Connection, phone: str, campaign_id: int | None) -> int:
    """Take a listed number's waiting contacts out of the queue: left there, every claim would scan past them."""
    where = "phone = :phone AND due_at IS NOT NULL" + (" AND campaign_id = :campaign" if campaign_id else "")
    bound = {"phone": phone, **({"campaign": campaign_id} if campaign_id else {})}
    return _remove_from_queue(connection, where, bound, ContactStatus.SUPPRESSED)


def suppress_listed_contacts(connection: Connection, campaign_id: int, now: datetime, most: int) -> int:
    """Due contacts of a campaign whose number is listed: those that a race let back into the queue."""
    return _remove_from_queue(
        connection,
        """id IN (SELECT c.id FROM contacts c WHERE c.campaign_id = :campaign AND c.due_at IS NOT NULL
             AND c.due_at <= :now AND EXISTS (SELECT 1 FROM do_not_call d WHERE d.phone = c.phone
               AND (d.campaign_id IS NULL OR d.campaign_id = c.campaign_id)) LIMIT :most)""",
        {"campaign": campaign_id, "now": now, "most": most},
        ContactStatus.SUPPRESSED,
    )


def cancel_waiting_contacts(connection: Connection, campaign_id: int, most: int) -> int:
    """Cancel up to `most` waiting contacts of a stopped campaign. In pieces, since SQLite has one writer."""
    return _remove_from_queue(
        connection,
        """id IN (SELECT id FROM contacts WHERE campaign_id = :campaign AND due_at IS NOT NULL
             ORDER BY due_at, id LIMIT :most)""",
        {"campaign": campaign_id, "most": most},
        ContactStatus.CANCELED,
    )


def _remove_from_queue(
    connection: Connection, where: str, bound: dict[str, object], after: ContactStatus
) -> int:
    for before in WAITING:
        check_transition(before, after)
    rows = run(
        connection,
        f"UPDATE contacts SET status = :after, due_at = NULL WHERE {where} AND due_at IS NOT NULL"
        " RETURNING campaign_id, tries",
        {**bound, "after": after.value},
    ).all()
    # While one waits, its status is `retry` exactly when a try was counted.
    count_moved_contacts(
        connection,
        (
            (row.campaign_id, ContactStatus.RETRY if row.tries else ContactStatus.PENDING, after)
            for row in rows
        ),
    )
    return len(rows)


NEW_CONTACTS = RowSet("v", phone="str", variables="json")
INSERT_CONTACTS = """INSERT INTO contacts
      (campaign_id, phone, status, due_at, attempts_made, tries, variables, created_at)
    SELECT :campaign, v.phone, 'pending', :now, 0, 0, v.variables, :now FROM {v}
    WHERE NOT EXISTS (SELECT 1 FROM do_not_call d WHERE d.phone = v.phone
                      AND (d.campaign_id IS NULL OR d.campaign_id = :campaign))
    ON CONFLICT (campaign_id, phone) DO NOTHING RETURNING phone"""


def insert_contacts(
    session: Session, campaign_id: int, rows: Sequence[tuple[str, dict[str, str]]], now: datetime
) -> set[str]:
    """Add (phone, variables) as pending contacts, due at once. Returns the phones that are new in the campaign."""
    if not rows:
        return set()
    connection = session.connection()
    dialect = connection.dialect.name
    encoded = [(phone, dump_json(variables)) for phone, variables in rows]
    inserted = run(
        connection,
        INSERT_CONTACTS.replace("{v}", NEW_CONTACTS.source_sql(dialect)),
        {"campaign": campaign_id, "now": now, **NEW_CONTACTS.to_parameters(dialect, encoded)},
    ).all()
    count_moved_contacts(connection, [(campaign_id, None, ContactStatus.PENDING)] * len(inserted))
    return {row.phone for row in inserted}


def find_listed_numbers(session: Session, campaign_id: int, phones: Sequence[str]) -> set[str]:
    """Those of `phones` that are on the do-not-call list, for all campaigns or for this one."""
    if not phones:
        return set()
    connection = session.connection()
    dialect = connection.dialect.name
    phone_rows = RowSet("v", phone="str")
    rows = run(
        connection,
        f"""SELECT DISTINCT d.phone FROM do_not_call d
            WHERE d.phone IN (SELECT v.phone FROM {phone_rows.source_sql(dialect)})
            AND (d.campaign_id IS NULL OR d.campaign_id = :campaign)""",
        {"campaign": campaign_id, **phone_rows.to_parameters(dialect, [(phone,) for phone in phones])},
    ).all()
    return {row.phone for row in rows}


VARIABLE_VALUE = {
    # A path, not a name: a header may hold any character, and a quoted label has no escape but the doubled quote.
    "sqlite": "(SELECT j.value FROM json_each(variables) AS j WHERE j.key = :name)",
    "postgresql": "variables ->> CAST(:name AS text)",
}


def find_without_value(session: Session, campaign_id: int, name: str, most: int) -> tuple[int, list[str]]:
    """How many waiting contacts have no value, or an empty one, for a variable, and the numbers of the first."""
    connection = session.connection()
    where = f"""campaign_id = :campaign AND due_at IS NOT NULL
        AND trim(coalesce({VARIABLE_VALUE[connection.dialect.name]}, '')) = ''"""
    bound = {"campaign": campaign_id, "name": name}
    count: int = run(connection, f"SELECT count(*) FROM contacts WHERE {where}", bound).scalar_one()
    if not count:
        return 0, []
    rows = run(
        connection,
        f"SELECT phone FROM contacts WHERE {where} ORDER BY id LIMIT :most",
        {**bound, "most": most},
    ).all()
    return count, [row.phone for row in rows]


def lock_campaign_status(session: Session, campaign_id: int) -> str | None:
    """The campaign's status, held until the transaction ends, so that it cannot finish while contacts are added."""
    connection = session.connection()
    status: str | None = run(
        connection,
        "SELECT status FROM campaigns WHERE id = :id" + locking_clause(connection, " FOR SHARE"),
        {"id": campaign_id},
    ).scalar_one_or_none()
    return status
