"""Recovery queries: calls that a database lost when it went back in time, and writing them again.

Everything here is kept in `settings`: `quarantine` while nothing may be dialed, `lost:TOKEN` for each call that is to
be written back, `back:TOKEN` for each that was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from campaign_app.domain.attempt import AttemptStatus, CallUpdate, may_follow
from campaign_app.domain.contact import WAITING, ContactStatus
from campaign_app.models import ATTEMPT_COUNTERS, dump_json

from .counters import CounterChanges
from .sets import RowSet, as_time, locking_clause, run
from .settings_rows import read_settings_row

INSTALLATION = "installation"
QUARANTINE = "quarantine"
LOST_PREFIX, RESTORED_PREFIX = "lost:", "back:"
"""Of one length, so that what follows is the token."""
RECOVERY_ENGINE = "recovery"
"""Stands where an attempt names its engine, when it was written back."""


class DialedCall(NamedTuple):
    """A call that was permitted, as the journal remembers it. `number` is the attempt's, `at` when it was permitted."""

    token: str
    phone: str
    trunk_id: int
    campaign_id: int | None
    contact_id: int | None
    number: int
    at: datetime


def ensure_installation_id(connection: Connection, new_id: str, journal_ids: Sequence[str]) -> str:
    """Which installation this database is of: a backup keeps the id, so that it is known again.

    A database without one gets `fresh`; but one that has campaigns or calls and no id is taken for an old backup of
    the newest of the `known` ones, for else its lost calls would go unnoticed.
    """
    stored_id = read_settings_row(connection, INSTALLATION)
    if stored_id is not None:
        return stored_id
    used = run(
        connection,
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM campaigns) OR EXISTS (SELECT 1 FROM attempts)",
    ).scalar_one_or_none()
    run(
        connection,
        "INSERT INTO settings (key, value) VALUES (:key, :value) ON CONFLICT (key) DO NOTHING",
        {"key": INSTALLATION, "value": journal_ids[0] if used and journal_ids else new_id},
    )
    return read_settings_row(connection, INSTALLATION) or new_id


TOKENS = RowSet("v", token="str")
# A permit that the database forgot counts as well as an attempt that it does not have: its claim would be reaped as
# "never sent" and the number dialed again.
MISSING_TOKENS = f"""SELECT v.token FROM {{v}}
    WHERE NOT EXISTS (SELECT 1 FROM attempts a WHERE a.token = v.token AND a.dialing_at IS NOT NULL)
      AND NOT EXISTS (SELECT 1 FROM settings f WHERE f.key = '{RESTORED_PREFIX}' || v.token)"""


def find_missing_tokens(connection: Connection, tokens: Iterable[str]) -> set[str]:
    """Those of the tokens that the database knows no permit of."""
    dialect = connection.dialect.name
    rows = [(token,) for token in tokens]
    if not rows:
        return set()
    statement = MISSING_TOKENS.replace("{v}", TOKENS.source_sql(dialect))
    return {row.token for row in run(connection, statement, TOKENS.to_parameters(dialect, rows)).all()}


def read_quarantine(connection: Connection, *, for_update: bool = False) -> dict[str, Any] | None:
    """Since when and why nothing is dialed; None when all is well."""
    stored_text = read_settings_row(connection, QUARANTINE, for_update=for_update)
    if stored_text is None:
        return None
    quarantine_fields: dict[str, Any] = json.loads(stored_text)
    return quarantine_fields


def begin_quarantine(connection: Connection, host: str, now: datetime) -> bool:
    """Stop dialing, on every engine, and hold the quarantine until the transaction ends. False when it has stopped
    already."""
    while True:
        inserted = run(
            connection,
            """INSERT INTO settings (key, value) VALUES (:key, :value)
               ON CONFLICT (key) DO NOTHING RETURNING key""",
            {"key": QUARANTINE, "value": dump_json({"since": now.isoformat(), "host": host})},
        ).all()
        if inserted:
            return True
        # The conflict locks nothing: somebody may release it before it is held.
        if lock_quarantine(connection) is not None:
            return False


def lock_quarantine(connection: Connection) -> dict[str, Any] | None:
    """The one lock of all who note or write back lost calls: what is read after it, nobody changes until the
    transaction ends. None where there is no quarantine, and so nothing to lock."""
    return read_quarantine(connection, for_update=True)


def end_quarantine(connection: Connection) -> None:
    run(connection, "DELETE FROM settings WHERE key = :key", {"key": QUARANTINE})


LOST_CALLS = RowSet("v", key="str", value="str")


def save_lost_calls(connection: Connection, calls: Sequence[DialedCall], host: str) -> None:
    """Note the calls that are to be written back, each once, and none that was written back already. Under the lock of
    `lock_quarantine`, or one that another process writes back at this moment would be noted anew."""
    dialect = connection.dialect.name
    rows = [(LOST_PREFIX + call.token, dump_json(_call_to_json(call, host=host))) for call in calls]
    if rows:
        run(
            connection,
            f"""INSERT INTO settings (key, value) SELECT v.key, v.value FROM {LOST_CALLS.source_sql(dialect)}
                WHERE NOT EXISTS (SELECT 1 FROM settings f
                                  WHERE f.key = '{RESTORED_PREFIX}' || substr(v.key, {len(LOST_PREFIX) + 1}))
                ON CONFLICT (key) DO NOTHING""",
            LOST_CALLS.to_parameters(dialect, rows),
        )


def _call_to_json(call: DialedCall, **more: Any) -> dict[str, Any]:
    return {**call._asdict(), "at": call.at.isoformat(), **more}


def _call_from_json(key: str, value: str) -> DialedCall:
    fields = json.loads(value)
    fields["at"] = datetime.fromisoformat(fields["at"])
    return DialedCall(*(fields[name] for name in DialedCall._fields))


def count_lost_and_restored(connection: Connection) -> tuple[int, int]:
    """(calls still to be written back, calls written back)."""
    rows = [
        run(
            connection, "SELECT count(*) FROM settings WHERE key LIKE :like", {"like": f"{prefix}%"}
        ).scalar_one()
        for prefix in (LOST_PREFIX, RESTORED_PREFIX)
    ]
    return rows[0], rows[1]


def list_lost_calls(connection: Connection, most: int | None = None) -> list[DialedCall]:
    """Calls that are to be written back, oldest first: tokens begin with their time."""
    limit = "" if most is None else f" LIMIT {most:d}"
    rows = run(
        connection,
        f"SELECT key, value FROM settings WHERE key LIKE :like ORDER BY key{limit}",
        {"like": f"{LOST_PREFIX}%"},
    ).all()
    return [_call_from_json(row.key, row.value) for row in rows]


def list_trunk_ids(connection: Connection) -> set[int]:
    return {row.id for row in run(connection, "SELECT id FROM trunks").all()}


def list_trunk_names(connection: Connection) -> dict[int, str]:
    return {row.id: row.name for row in run(connection, "SELECT id, name FROM trunks").all()}


class RecoveredCall(NamedTuple):
    """A call as the page shows it. `status` is None while it is to be written back, and where it cannot be."""

    call: DialedCall
    written: bool
    status: str | None
    attempt_id: int | None
    contact_id: int | None


def list_recovered_calls(connection: Connection, most: int) -> list[RecoveredCall]:
    """Lost calls and what became of them, the last ones first."""
    rows = run(
        connection,
        """SELECT f.key, f.value, a.id, a.status, a.contact_id, a.dialing_at FROM settings f
           LEFT JOIN attempts a ON a.token = substr(f.key, 6)
           WHERE f.key LIKE :lost OR f.key LIKE :found ORDER BY substr(f.key, 6) DESC LIMIT :most""",
        {"lost": f"{LOST_PREFIX}%", "found": f"{RESTORED_PREFIX}%", "most": most},
    ).all()
    return [
        RecoveredCall(
            _call_from_json(row.key, row.value),
            row.key.startswith(RESTORED_PREFIX),
            row.status if row.dialing_at is not None else None,
            row.id,
            row.contact_id,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class RestoreTarget:
    """Where a lost call belongs in the database as it is now."""

    call: DialedCall
    attempt_id: int | None
    status: AttemptStatus | None
    permitted: bool
    """The attempt is there with its permit: there is nothing to do."""
    campaign_id: int | None
    contact_id: int | None
    """None: the contact is gone, or it was a single call."""
    contact_status: ContactStatus | None
    attempts_made: int
    tries: int
    trunk_id: int | None
    """The call's own, else its campaign's; None: both are gone."""
    busy: bool
    """Its number is being called right now, for all we know."""


RESTORE_TARGETS = RowSet("v", token="str", phone="str", campaign_id="int", trunk_id="int")


def lock_restore_targets(connection: Connection, calls: Sequence[DialedCall]) -> list[RestoreTarget]:
    """Where these calls belong, their attempts and contacts locked."""
    dialect = connection.dialect.name
    source = RESTORE_TARGETS.source_sql(dialect)
    bound = RESTORE_TARGETS.to_parameters(
        dialect, [(call.token, call.phone, call.campaign_id, call.trunk_id) for call in calls]
    )
    # In the order of settling: attempts, contacts, counters.
    run(
        connection,
        f"SELECT a.id FROM attempts a JOIN {source} ON a.token = v.token ORDER BY a.id"
        + locking_clause(connection, " FOR UPDATE OF a"),
        bound,
    ).all()
    run(
        connection,
        f"""SELECT c.id FROM contacts c JOIN {source} ON c.campaign_id = v.campaign_id AND c.phone = v.phone
            ORDER BY c.id"""
        + locking_clause(connection, " FOR UPDATE OF c"),
        bound,
    ).all()
    by_token = {call.token: call for call in calls}
    rows = run(
        connection,
        f"""SELECT v.token, a.id AS attempt_id, a.status AS attempt_status, a.dialing_at, c.campaign_id,
              c.id AS contact_id, c.status AS contact_status, c.attempts_made, c.tries,
              coalesce(t.id, k.trunk_id) AS trunk_id, o.id AS open_id
            FROM {source}
            LEFT JOIN attempts a ON a.token = v.token
            LEFT JOIN contacts c ON c.campaign_id = v.campaign_id AND c.phone = v.phone
            LEFT JOIN campaigns k ON k.id = c.campaign_id
            LEFT JOIN trunks t ON t.id = v.trunk_id
            LEFT JOIN attempts o ON o.phone = v.phone AND o.ended_at IS NULL AND o.token <> v.token""",
        bound,
    ).all()
    return [
        RestoreTarget(
            call=by_token[row.token],
            attempt_id=row.attempt_id,
            status=None if row.attempt_status is None else AttemptStatus(row.attempt_status),
            permitted=row.dialing_at is not None,
            campaign_id=row.campaign_id,
            contact_id=row.contact_id,
            contact_status=None if row.contact_status is None else ContactStatus(row.contact_status),
            attempts_made=row.attempts_made or 0,
            tries=row.tries or 0,
            trunk_id=row.trunk_id,
            busy=row.open_id is not None,
        )
        for row in rows
    ]


LOCKED_CONTACTS = RowSet("v", id="int", before="str", more="int")
CLAIM_CONTACTS = """UPDATE contacts SET attempts_made = attempts_made + v.more, due_at = NULL,
      status = CASE WHEN contacts.status IN ('pending', 'retry') THEN 'dialing' ELSE contacts.status END
    FROM {v} WHERE contacts.id = v.id AND contacts.status = v.before"""
NEW_ATTEMPTS = RowSet(
    "v",
    campaign_id="int",
    contact_id="int",
    trunk_id="int",
    number="int",
    try_number="int",
    token="str",
    phone="str",
    at="time",
    horizon_at="time",
)
INSERT_ATTEMPTS = f"""INSERT INTO attempts
  (campaign_id, contact_id, trunk_id, number, try_number, counts, token, phone, status,
      rank, engine, claimed_at, dialing_at, horizon_at, overdue_at, poll_at)
    SELECT v.campaign_id, v.contact_id, v.trunk_id, v.number, v.try_number, true, v.token, v.phone, 'dialing',
      1, '{RECOVERY_ENGINE}', v.at, v.at, v.horizon_at, v.horizon_at, :poll
    FROM {{v}} WHERE true"""
# The move that domain.attempt.TRANSITIONS calls RECOVERY, and the permit.
REPERMITTED_ATTEMPTS = RowSet("v", id="int", at="time", horizon_at="time")
PERMIT_AGAIN = """UPDATE attempts SET status = 'dialing', rank = 1, counts = true, ended_at = NULL, cause = NULL,
      dialing_at = v.at, horizon_at = v.horizon_at, overdue_at = v.horizon_at, poll_at = :poll
    FROM {v} WHERE attempts.id = v.id AND attempts.status IN ('claimed', 'released')"""
# The provider was faster: what it said of the call stands, and only the permit is made good.
DATE_PERMITS = """UPDATE attempts SET dialing_at = v.at, horizon_at = v.horizon_at, overdue_at = v.horizon_at
    FROM {v} WHERE attempts.id = v.id AND attempts.dialing_at IS NULL"""


def restore_calls(
    connection: Connection, targets: Sequence[RestoreTarget], horizons: dict[str, datetime], poll_at: datetime
) -> None:
    """Claim and permit as they were: the contacts leave the queue, the attempts become `dialing`. What became of the
    calls is for settling to say. The targets are of different numbers, none of them busy, and have a trunk."""
    dialect = connection.dialect.name
    changes = CounterChanges()
    contacts: list[tuple[int, str, int]] = []
    new_attempts: list[tuple[Any, ...]] = []
    repermitted: list[tuple[int, datetime, datetime]] = []
    permit_dates: list[tuple[int, datetime, datetime]] = []
    for target in targets:
        call, horizon = target.call, horizons[target.call.token]
        if target.attempt_id is None or target.status is None:
            new_attempts.append(_new_attempt(target, horizon))
        elif not may_follow(target.status, AttemptStatus.DIALING, recovering=True):
            permit_dates.append((target.attempt_id, call.at, horizon))
            continue
        else:
            repermitted.append((target.attempt_id, call.at, horizon))
            if target.status is AttemptStatus.RELEASED and target.campaign_id is not None:
                # "Never sent" was said of it before the loss was noticed.
                changes.totals[target.campaign_id][ATTEMPT_COUNTERS[AttemptStatus.RELEASED]] -= 1
        if (
            target.contact_id is not None
            and target.campaign_id is not None
            and target.contact_status is not None
        ):
            contacts.append((target.contact_id, target.contact_status.value, int(target.attempt_id is None)))
            if target.contact_status in WAITING:
                changes.count_contact(target.campaign_id, target.contact_status, ContactStatus.DIALING)
    for statement, shape, rows in (
        (CLAIM_CONTACTS, LOCKED_CONTACTS, contacts),
        (INSERT_ATTEMPTS, NEW_ATTEMPTS, new_attempts),
        (PERMIT_AGAIN, REPERMITTED_ATTEMPTS, repermitted),
        (DATE_PERMITS, REPERMITTED_ATTEMPTS, permit_dates),
    ):
        if rows:
            sql = statement.replace("{v}", shape.source_sql(dialect))
            poll = {"poll": poll_at} if ":poll" in statement else {}
            run(connection, sql, {**poll, **shape.to_parameters(dialect, rows)})
    changes.apply_changes(connection)


def _new_attempt(target: RestoreTarget, horizon: datetime) -> tuple[Any, ...]:
    """A row of NEW_ATTEMPTS."""
    call = target.call
    return (
        target.campaign_id,
        target.contact_id,
        target.trunk_id,
        target.attempts_made + 1,
        target.tries + 1,
        call.token,
        call.phone,
        call.at,
        horizon,
    )


def find_lost_tokens(connection: Connection, tokens: Iterable[str]) -> set[str]:
    """Those of the tokens that are still to be written back."""
    dialect = connection.dialect.name
    rows = run(
        connection,
        f"""SELECT v.token FROM {TOKENS.source_sql(dialect)}
            WHERE EXISTS (SELECT 1 FROM settings f WHERE f.key = '{LOST_PREFIX}' || v.token)""",
        TOKENS.to_parameters(dialect, [(token,) for token in tokens]),
    ).all()
    return {row.token for row in rows}


def list_kept_updates(connection: Connection, tokens: Iterable[str]) -> list[CallUpdate]:
    """What providers told of these calls while the database knew none of them, oldest first: it was kept as it came."""
    dialect = connection.dialect.name
    rows = run(
        connection,
        f"""SELECT e.token, e.status, e.at, e.raw FROM call_events e
            JOIN {TOKENS.source_sql(dialect)} ON e.token = v.token WHERE e.source <> 'engine' ORDER BY e.id""",
        TOKENS.to_parameters(dialect, [(token,) for token in tokens]),
    ).all()
    updates: list[CallUpdate] = []
    for row in rows:
        at = as_time(row.at)
        assert at is not None
        updates.append(CallUpdate(row.token, AttemptStatus(row.status), at, raw=row.raw))
    return updates


def mark_restored(connection: Connection, calls: Sequence[DialedCall]) -> None:
    """They are written back, or cannot be: nothing more is to be done about them. Said twice it changes nothing."""
    dialect = connection.dialect.name
    if not calls:
        return
    bound = TOKENS.to_parameters(dialect, [(call.token,) for call in calls])
    run(
        connection,
        f"""INSERT INTO settings (key, value)
            SELECT '{RESTORED_PREFIX}' || v.token, f.value FROM {TOKENS.source_sql(dialect)}
            JOIN settings f ON f.key = '{LOST_PREFIX}' || v.token WHERE true
            ON CONFLICT (key) DO NOTHING""",
        bound,
    )
    run(
        connection,
        f"""DELETE FROM settings WHERE key IN (SELECT '{LOST_PREFIX}' || v.token
            FROM {TOKENS.source_sql(dialect)})""",
        bound,
    )
