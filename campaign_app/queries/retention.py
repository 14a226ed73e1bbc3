"""Retention queries: what is older than it is kept, counted and removed in short pieces.

Only campaigns that are over lose anything, never one that may dial again, and never a call that is open or unresolved.
A campaign that loses rows notes when (`records_removed_at`): its counters stay, and tell of what happened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from campaign_app.domain.erasure import make_row_token
from campaign_app.domain.retention import Kind
from campaign_app.models.audit_chain import allow_maintenance, seal_removals

from .exports import list_exports_before
from .sets import RowSet, as_time, locking_clause, run
from .settings_rows import read_settings_row

OVER = "('completed', 'stopped', 'archived')"
"""Statuses of campaigns that never dial, unless somebody reopens them."""
ROWS_AT_ONCE = 500
EMPTIED_IMPORTS = 50
REMOVED_BEFORE = "calls_removed_before"
"""The fact that says until when retention has removed calls: a journal that still has them proves no lost database."""
KEPT_AUDIT = "(object_type = 'campaign' AND action IN ('campaign.create', 'campaign.update'))"
"""By which past calls are proved (invariants.py)."""
IDS = RowSet("v", id="int", token="str")


class Piece(NamedTuple):
    """What one step removed, and after which id the next begins; None at the end."""

    removed: int
    after: int | None


HAS_VARIABLES = {
    "sqlite": "variables <> '{}'",
    "postgresql": "variables <> CAST('{}' AS jsonb)",
}
SAYS_MORE = """({has} OR second_numbers IS NOT NULL OR extension IS NOT NULL OR state IS NOT NULL
    OR postal_code IS NOT NULL OR language IS NOT NULL OR external_id IS NOT NULL)"""
OLD_CONTACTS = f"""FROM contacts t JOIN campaigns c ON c.id = t.campaign_id
    WHERE c.status IN {OVER} AND c.status_at < :before
      AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.contact_id = t.id
                      AND (a.ended_at IS NULL OR a.status = 'unresolved'))"""
# A contact that has lost its number stays while its calls do.
REMOVABLE = f"""{OLD_CONTACTS}
      AND (t.phone NOT LIKE '~%' OR NOT EXISTS (SELECT 1 FROM attempts a WHERE a.contact_id = t.id))"""
OLD_CALLS = f"""FROM attempts t LEFT JOIN campaigns c ON c.id = t.campaign_id
    WHERE t.ended_at < :before AND t.status <> 'unresolved' AND (t.campaign_id IS NULL OR c.status IN {OVER})"""
OLD_IMPORTS = """FROM imports t WHERE coalesce(t.finished_at, t.created_at) < :before
    AND t.status NOT IN ('queued', 'running')"""
OLD_REJECTS = """FROM rejected_rows t JOIN imports i ON i.id = t.import_id
    WHERE coalesce(i.finished_at, i.created_at) < :before AND i.status NOT IN ('queued', 'running')"""
OLD_AUDIT = f"FROM audit t WHERE t.at < :before AND NOT {KEPT_AUDIT}"


def count_removable(connection: Connection, kind: Kind, before: datetime) -> int:
    """How many rows a period would remove or empty now. Of recordings services/retention.py knows."""
    has = SAYS_MORE.format(has=f"t.{HAS_VARIABLES[connection.dialect.name]}")
    source = {
        Kind.VARIABLES: f"{OLD_CONTACTS} AND {has.replace('OR ', 'OR t.')}",
        Kind.CONTACTS: REMOVABLE,
        Kind.CALL_RECORDS: OLD_CALLS,
        Kind.UPLOADS: OLD_REJECTS,
        Kind.AUDIT: OLD_AUDIT,
    }[kind]
    counted: int = run(connection, f"SELECT count(*) {source}", {"before": before}).scalar_one()
    if kind is Kind.UPLOADS:
        counted += len(list_exports_before(connection, before))
    return counted


def list_campaigns_over(connection: Connection, before: datetime) -> list[int]:
    rows = run(
        connection,
        f"SELECT id FROM campaigns WHERE status IN {OVER} AND status_at < :before ORDER BY id",
        {"before": before},
    )
    return [row.id for row in rows]


def hold_campaign_over(connection: Connection, campaign_id: int, before: datetime) -> bool:
    """Whether a campaign is over still; it stays so until the transaction ends."""
    held = run(
        connection,
        f"SELECT 1 FROM campaigns WHERE id = :id AND status IN {OVER} AND status_at < :before"
        + locking_clause(connection, " FOR NO KEY UPDATE"),
        {"id": campaign_id, "before": before},
    ).all()
    return bool(held)


def find_contact_piece(connection: Connection, campaign_id: int, after: str) -> list[Any]:
    """The next contacts of a campaign by number, with what retention asks of each. Reads only."""
    has = SAYS_MORE.format(has=HAS_VARIABLES[connection.dialect.name])
    return list(
        run(
            connection,
            f"""SELECT id, phone, {has} AS says_more,
                  EXISTS (SELECT 1 FROM attempts a WHERE a.contact_id = contacts.id) AS called,
                  EXISTS (SELECT 1 FROM attempts a WHERE a.contact_id = contacts.id
                          AND (a.ended_at IS NULL OR a.status = 'unresolved')) AS held
                FROM contacts WHERE campaign_id = :campaign AND phone > :after ORDER BY phone LIMIT :most""",
            {"campaign": campaign_id, "after": after, "most": ROWS_AT_ONCE},
        ).all()
    )


def _ids(connection: Connection, ids: Sequence[int]) -> tuple[str, dict[str, Any]]:
    dialect = connection.dialect.name
    rows = [(row_id, make_row_token(row_id)) for row_id in ids]
    return IDS.source_sql(dialect), IDS.to_parameters(dialect, rows)


def _empty_json(connection: Connection) -> str:
    return "'{}'" if connection.dialect.name == "sqlite" else "CAST('{}' AS jsonb)"


def empty_variables(connection: Connection, ids: Sequence[int]) -> None:
    """Contacts keep their number and consent."""
    source, parameters = _ids(connection, ids)
    run(
        connection,
        f"""UPDATE contacts SET variables = {_empty_json(connection)}, second_numbers = NULL, extension = NULL,
              state = NULL, postal_code = NULL, language = NULL, external_id = NULL
            WHERE id IN (SELECT v.id FROM {source})""",
        parameters,
    )


def remove_contacts(connection: Connection, campaign_id: int, rows: Sequence[Any], now: datetime) -> int:
    """Delete contacts that have no call; the others lose their number and all that was said of them."""
    deleted, emptied = (
        [row.id for row in rows if not row.called],
        [row.id for row in rows if row.called and not row.phone.startswith("~")],
    )
    if deleted:
        source, parameters = _ids(connection, deleted)
        run(connection, f"DELETE FROM contacts WHERE id IN (SELECT v.id FROM {source})", parameters)
    if emptied:
        source, parameters = _ids(connection, emptied)
        run(
            connection,
            f"""UPDATE contacts SET phone = v.token, variables = {_empty_json(connection)}, second_numbers = NULL,
                  extension = NULL, timezone = NULL, country = NULL, state = NULL, postal_code = NULL,
                  language = NULL, external_id = NULL, consent = NULL, line = NULL
                FROM {source} WHERE contacts.id = v.id""",
            parameters,
        )
    if deleted or emptied:
        note_removal(connection, [campaign_id], now)
    return len(deleted) + len(emptied)


def note_removal(connection: Connection, campaign_ids: Sequence[int], now: datetime) -> None:
    source, parameters = _ids(connection, campaign_ids)
    run(
        connection,
        f"UPDATE campaigns SET records_removed_at = :now WHERE id IN (SELECT v.id FROM {source})",
        {"now": now, **parameters},
    )


def delete_call_piece(connection: Connection, before: datetime, after: int, now: datetime) -> Piece:
    """Delete calls and what was said of them among the next by id. Ids grow with time: it ends where they are young."""
    rows = run(
        connection,
        f"""SELECT t.id, t.token, t.campaign_id, t.claimed_at, (t.ended_at < :before AND t.status <> 'unresolved'
                AND (t.campaign_id IS NULL OR c.status IN {OVER})) AS old
            FROM attempts t LEFT JOIN campaigns c ON c.id = t.campaign_id
            WHERE t.id > :after ORDER BY t.id LIMIT :most""",
        {"before": before, "after": after, "most": ROWS_AT_ONCE},
    ).all()
    campaigns = sorted({row.campaign_id for row in rows if row.old and row.campaign_id is not None})
    still_over = {campaign for campaign in campaigns if _is_over(connection, campaign)}
    old = [row for row in rows if row.old and (row.campaign_id is None or row.campaign_id in still_over)]
    if old:
        write_removed_before(connection, before)
        dialect = connection.dialect.name
        source = IDS.source_sql(dialect)
        parameters = IDS.to_parameters(dialect, [(row.id, row.token) for row in old])
        run(connection, f"DELETE FROM call_events WHERE token IN (SELECT v.token FROM {source})", parameters)
        run(connection, f"DELETE FROM attempts WHERE id IN (SELECT v.id FROM {source})", parameters)
        if still_over:
            note_removal(connection, sorted(still_over), now)
    last = rows[-1] if len(rows) == ROWS_AT_ONCE else None
    claimed_at = None if last is None else as_time(last.claimed_at)
    return Piece(
        len(old), last.id if last is not None and claimed_at is not None and claimed_at < before else None
    )


def _is_over(connection: Connection, campaign_id: int) -> bool:
    return bool(
        run(
            connection,
            f"SELECT 1 FROM campaigns WHERE id = :id AND status IN {OVER}"
            + locking_clause(connection, " FOR NO KEY UPDATE"),
            {"id": campaign_id},
        ).all()
    )


def write_removed_before(connection: Connection, before: datetime) -> None:
    """Only forward: RFC 3339 in UTC sorts as time does."""
    run(
        connection,
        """INSERT INTO settings (key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE
           SET value = CASE WHEN excluded.value > settings.value THEN excluded.value ELSE settings.value END""",
        {"key": REMOVED_BEFORE, "value": before.isoformat(timespec="microseconds")},
    )


def read_removed_before(connection: Connection) -> datetime | None:
    """Calls from before it may be gone; None where none was ever removed."""
    value = read_settings_row(connection, REMOVED_BEFORE)
    return None if value is None else datetime.fromisoformat(value)


def delete_reject_piece(connection: Connection, before: datetime) -> int:
    """Delete some rows that old imports refused. Returns how many."""
    return run(
        connection,
        f"DELETE FROM rejected_rows WHERE id IN (SELECT t.id {OLD_REJECTS} ORDER BY t.id LIMIT :most)",
        {"before": before, "most": ROWS_AT_ONCE},
    ).rowcount


def list_sampled_imports(connection: Connection, before: datetime, after: int) -> list[int]:
    """The next old imports that are over, by id."""
    rows = run(
        connection,
        f"""SELECT t.id {OLD_IMPORTS} AND t.status NOT IN ('needs_mapping', 'checked') AND t.id > :after
            ORDER BY t.id LIMIT :most""",
        {"before": before, "after": after, "most": EMPTIED_IMPORTS},
    )
    return [row.id for row in rows]


def list_waiting_imports(connection: Connection, before: datetime) -> list[Any]:
    """(id, stored_as) of uploads that nobody has confirmed for so long."""
    return list(
        run(
            connection,
            "SELECT id, stored_as FROM imports WHERE status IN ('needs_mapping', 'checked') AND created_at < :before",
            {"before": before},
        ).all()
    )


def delete_audit_piece(connection: Connection, before: datetime, after: int) -> Piece:
    """Delete old rows of the audit trail among the next by id."""
    head = run(
        connection,
        """SELECT max(id) AS last_id, count(*) AS n, max(at) AS newest
           FROM (SELECT id, at FROM audit WHERE id > :after ORDER BY id LIMIT :most) AS head""",
        {"after": after, "most": ROWS_AT_ONCE},
    ).one()
    if not head.n:
        return Piece(0, None)
    allow_maintenance(connection)
    # In the order in which forgetting a person locks them: a plan may delete in any.
    run(
        connection,
        "SELECT id FROM audit WHERE id > :after AND id <= :last AND at < :before ORDER BY id"
        + locking_clause(connection, " FOR UPDATE"),
        {"after": after, "last": head.last_id, "before": before},
    )
    gone = run(
        connection,
        f"DELETE FROM audit WHERE id > :after AND id <= :last AND at < :before AND NOT {KEPT_AUDIT} RETURNING id",
        {"after": after, "last": head.last_id, "before": before},
    ).all()
    seal_removals(connection, [row.id for row in gone])
    removed = len(gone)
    newest = as_time(head.newest)
    goes_on = head.n == ROWS_AT_ONCE and newest is not None and newest < before
    return Piece(removed, head.last_id if goes_on else None)


def list_old_recordings(connection: Connection, before: datetime) -> list[Any]:
    """(id, sha256) of recordings from before, none of which a campaign uses that is not archived for as long."""
    recordings = run(
        connection,
        "SELECT id, sha256 FROM recordings WHERE created_at < :before ORDER BY id",
        {"before": before},
    ).all()
    return [row for row in recordings if not _is_used_since(connection, row.sha256, before)]


def _is_used_since(connection: Connection, sha256: str, before: datetime) -> bool:
    bound: Mapping[str, Any] = {"like": f"%{sha256}%", "before": before}
    return bool(
        run(
            connection,
            """SELECT 1 FROM campaigns WHERE CAST(message AS text) LIKE :like
                 AND (status <> 'archived' OR status_at >= :before) LIMIT 1""",
            dict(bound),
        ).all()
        or run(
            connection,
            "SELECT 1 FROM attempts WHERE ended_at IS NULL AND CAST(message AS text) LIKE :like LIMIT 1",
            {"like": bound["like"]},
        ).all()
    )


def delete_recording(connection: Connection, recording_id: int) -> None:
    run(connection, "DELETE FROM recordings WHERE id = :id", {"id": recording_id})
