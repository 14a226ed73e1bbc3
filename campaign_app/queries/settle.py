"""Settle queries: the hot path back from the wire. What call updates change in attempts, contacts and counters.

Compute first, then apply: `lock_attempts` reads them under their row locks, domain/settlement.py decides what
becomes of each, `apply_attempts` and `apply_contacts` write it. Every function works on the caller's transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection

from campaign_app.domain.attempt import RANK, STATUSES, TERMINAL_RANK, AnsweredBy, AttemptStatus
from campaign_app.domain.contact import STATUSES as CONTACT_STATUSES
from campaign_app.domain.contact import ContactStatus
from campaign_app.domain.settlement import AttemptChange, ContactChange, LateDetails, LockedAttempt

from .fragments import number_is_listed
from .sets import RowSet, as_time, run, run_for_tuples

EVENTS = RowSet("v", token="str", at="time", source="str", status="str", raw="str")
APPEND_EVENTS = """INSERT INTO call_events (token, at, received_at, source, status, raw)
    SELECT v.token, v.at, :now, v.source, v.status, v.raw FROM {v} WHERE true"""


RawEvent = tuple[str, datetime, str, str, str | None]
"""(token, at, source, status, raw)"""


class LockedAttempts(NamedTuple):
    """Attempts in id order, and of their campaigns the retry policies (JSON) with the call order."""

    attempts: list[LockedAttempt]
    policies: dict[int, tuple[str, str]]


def append_raw_events(connection: Connection, rows: Sequence[RawEvent], now: datetime) -> None:
    """Keep what was said, before anything is made of it."""
    if not rows:
        return
    dialect = connection.dialect.name
    statement = EVENTS.put_in(APPEND_EVENTS, dialect)
    run(connection, statement, {"now": now, **EVENTS.to_parameters(dialect, rows)})


TOKENS = RowSet("w", token="str")
ATTEMPT_COLUMNS = """a.id, a.campaign_id, a.contact_id, a.token, a.number, a.try_number, a.status,
      a.answered_by, a.phone, a.disposition, a.key, a.detect_ms, a.ended_at, a.decision"""
# With the retry policies of their campaigns, which would be one more statement: as they were before this one waited for
# an attempt, so that a retry may go by the policy from before an edit of that moment.
LOCK_ATTEMPTS = f"""SELECT {ATTEMPT_COLUMNS}, CAST(c.retry AS text), c.call_order
    FROM attempts a LEFT JOIN campaigns c ON c.id = a.campaign_id
    WHERE a.token IN (SELECT w.token FROM {{w}}) ORDER BY a.id"""
LOCK_THEM = f"{LOCK_ATTEMPTS} FOR UPDATE OF a"
KEEP_AND_LOCK = f"WITH kept AS ({APPEND_EVENTS}) {LOCK_THEM}"


def lock_attempts(
    connection: Connection, tokens: Sequence[str], events: Sequence[RawEvent] = (), *, now: datetime
) -> LockedAttempts:
    """Keep what was said, then lock the attempts of these tokens in id order. Unknown tokens are missing from the
    answer."""
    dialect = connection.dialect.name
    parameters = TOKENS.to_parameters(dialect, [(token,) for token in tokens])
    statement = LOCK_ATTEMPTS if dialect == "sqlite" else LOCK_THEM
    if dialect == "sqlite":
        append_raw_events(connection, events, now)
    elif events:
        statement = EVENTS.put_in(KEEP_AND_LOCK, dialect)
        parameters |= {"now": now, **EVENTS.to_parameters(dialect, events)}
    rows = run_for_tuples(connection, TOKENS.put_in(statement, dialect), parameters)
    policies = {row[1]: (row[-2], row[-1]) for row in rows if row[1] is not None}
    return LockedAttempts(list(map(_read_attempt, rows)), policies)


def _read_attempt(row: tuple[Any, ...]) -> LockedAttempt:
    (
        id_,
        campaign,
        contact,
        token,
        number,
        try_number,
        status,
        answered_by,
        phone,
        disposition,
        key,
        detect_ms,
        ended_at,
        decision,
    ) = row[:14]
    return LockedAttempt(
        id_,
        campaign,
        contact,
        token,
        number,
        try_number,
        STATUSES[status],
        AnsweredBy(answered_by) if answered_by else None,
        phone,
        disposition,
        key,
        detect_ms,
        None if ended_at is None else as_time(ended_at),
        decision,
    )


CHANGED = {
    "id": "int",
    "status": "str",
    "rank": "int",
    "counts": "bool",
    "provider_ref": "str",
    "answered_by": "str",
    "disposition": "str",
    "cause": "str",
    "q850": "int",
    "sip_code": "int",
    "placed_at": "time",
    "answered_at": "time",
    "ended_at": "time",
    "poll_at": "time",
}
assert tuple(CHANGED) == AttemptChange._fields, "a change is written by its columns' order"
REPLACING = ("provider_ref", "answered_by", "disposition", "cause", "q850", "sip_code")
"""Columns in which a new value replaces the old one."""
FILLING = ("placed_at", "answered_at")
"""Columns in which the first value stays."""


class _ChangeStatement(NamedTuple):
    """An UPDATE of attempts that names only the columns that have values."""

    sql: str
    row_set: RowSet
    pick: Callable[[AttemptChange], tuple[Any, ...]]


@lru_cache(maxsize=64)
def _write_changes(optional: tuple[str, ...], has_ended: bool, dialect: str) -> _ChangeStatement:
    """The statement for changes that have values in these of the optional columns at most. At the end of a call most of
    them are empty, and reading all of them out of JSON took a fifth of the statement's time.

    Attempts that have ended get a statement of their own, because `ended_at` decides about the indexes of open
    attempts: SQLite rewrites those for every row of a statement that names the column, even where it stays NULL; one
    statement for both took 1.2 × as long.
    """
    names = ["id", "status", "counts", *optional, *(("ended_at",) if has_ended else ("rank", "poll_at"))]
    row_set = RowSet("v", **{name: CHANGED[name] for name in names})
    rank = str(TERMINAL_RANK) if has_ended else "v.rank"
    settings = ["status = v.status", f"rank = {rank}", "counts = v.counts"]
    settings += [f"{name} = coalesce(v.{name}, attempts.{name})" for name in REPLACING if name in optional]
    settings += [f"{name} = coalesce(attempts.{name}, v.{name})" for name in FILLING if name in optional]
    settings.append("ended_at = v.ended_at, poll_at = NULL" if has_ended else "poll_at = v.poll_at")
    sql = f"UPDATE attempts SET {', '.join(settings)} FROM {row_set.source_sql(dialect)} WHERE attempts.id = v.id"
    return _ChangeStatement(sql, row_set, itemgetter(*(AttemptChange._fields.index(name) for name in names)))


def _choose_statement(changes: Sequence[AttemptChange], dialect: str, *, has_ended: bool) -> _ChangeStatement:
    columns = dict(zip(AttemptChange._fields, zip(*changes, strict=True), strict=True))
    optional = tuple(name for name in REPLACING + FILLING if columns[name].count(None) < len(changes))
    return _write_changes(optional, has_ended, dialect)


def apply_attempts(connection: Connection, changes: Sequence[AttemptChange]) -> None:
    dialect = connection.dialect.name
    for has_ended in (False, True):
        rows = [change for change in changes if (change.ended_at is not None) is has_ended]
        if rows:
            statement = _choose_statement(rows, dialect, has_ended=has_ended)
            run(
                connection,
                statement.sql,
                statement.row_set.to_parameters(dialect, list(map(statement.pick, rows))),
            )


DETAILS = RowSet(
    "v",
    token="str",
    provider_ref="str",
    answered_by="str",
    disposition="str",
    placed_at="time",
    answered_at="time",
)
assert tuple(DETAILS.columns) == LateDetails._fields, "details are written by their columns' order"
FILLABLE_COLUMNS = tuple(name for name in LateDetails._fields[1:] if name != "disposition")
# The disposition is what stands of the told one and the held one (domain.script.stronger): that one may replace.
FILL_DETAILS = (
    "UPDATE attempts SET disposition = coalesce(v.disposition, attempts.disposition), "
    + ", ".join(f"{name} = coalesce(attempts.{name}, v.{name})" for name in FILLABLE_COLUMNS)
    + " FROM {v} WHERE attempts.token = v.token AND attempts.status NOT IN ('claimed', 'released') AND ("
    + "(v.disposition IS NOT NULL AND coalesce(attempts.disposition, '') <> v.disposition) OR "
    + " OR ".join(f"(attempts.{name} IS NULL AND v.{name} IS NOT NULL)" for name in FILLABLE_COLUMNS)
    + ")"
)


def fill_details(connection: Connection, late: Sequence[LateDetails]) -> None:
    """Details that came after the status they belong to: they fill what is still empty, and change nothing else."""
    if not late:
        return
    dialect = connection.dialect.name
    run(
        connection,
        DETAILS.put_in(FILL_DETAILS, dialect),
        DETAILS.to_parameters(dialect, late),
    )


RESPONSES = RowSet("v", id="int", key="str", detect_ms="int")


def record_responses(connection: Connection, rows: Sequence[tuple[int, str | None, int | None]]) -> None:
    """What came over the line, (attempt, key, milliseconds of detection): the first of each stands. In a statement of
    its own, for few calls have either, and `key` is indexed."""
    if not rows:
        return
    dialect = connection.dialect.name
    run(
        connection,
        f"""UPDATE attempts SET key = coalesce(attempts.key, v.key),
              detect_ms = coalesce(attempts.detect_ms, v.detect_ms)
            FROM {RESPONSES.source_sql(dialect)} WHERE attempts.id = v.id""",
        RESPONSES.to_parameters(dialect, rows),
    )


ACCEPTED_CALLS = RowSet("v", token="str", ref="str", at="time")
# The rank stands for domain.attempt.may_follow: the statuses below `queued` are those that it may follow.
SET_ACCEPTED = f"""UPDATE attempts SET status = 'queued', rank = {RANK[AttemptStatus.QUEUED]}, provider_ref = v.ref,
      placed_at = coalesce(attempts.placed_at, v.at), poll_at = :poll"""
BELOW_QUEUED = f"attempts.rank < {RANK[AttemptStatus.QUEUED]}"
ACCEPT_CALLS = {
    "sqlite": f"{SET_ACCEPTED} FROM {{v}} WHERE attempts.token = v.token AND {BELOW_QUEUED}",
    # Locked in id order, as settling locks them: two transactions that share rows must not wait for each other.
    "postgresql": f"""WITH locked AS MATERIALIZED
      (SELECT a.id, v.ref, v.at FROM {{v}} JOIN attempts a ON a.token = v.token ORDER BY a.id FOR UPDATE OF a)
    {SET_ACCEPTED} FROM locked v WHERE attempts.id = v.id AND {BELOW_QUEUED}""",
}


def record_accepted(
    connection: Connection, rows: Sequence[tuple[str, str, datetime]], poll_at: datetime
) -> None:
    """The provider took these calls, (token, its own id, when): `queued`, wherever nothing higher is known by now.

    The one piece of news that says the same of a whole batch and ends nothing, so it needs no decision.
    """
    if not rows:
        return
    dialect = connection.dialect.name
    updated = run(
        connection,
        ACCEPTED_CALLS.put_in(ACCEPT_CALLS[dialect], dialect),
        {"poll": poll_at, **ACCEPTED_CALLS.to_parameters(dialect, rows)},
    )
    if updated.rowcount < len(rows):
        # A callback was faster than the reply.
        fill_details(
            connection,
            [LateDetails(token, provider_ref=ref or None, placed_at=at) for token, ref, at in rows],
        )


CONTACTS = RowSet("v", id="int", before="str", after="str", due_at="time", tries="int", deferred_by="str")
assert tuple(CONTACTS.columns) == ContactChange._fields, "a change is written by its columns' order"
# A contact that would be dialed again is not, where its number was listed or its campaign stopped meanwhile.
STATUS_UNLESS_BLOCKED = f"""CASE WHEN v.due_at IS NULL THEN v.after
      WHEN {number_is_listed("contacts.phone", "contacts.campaign_id")} THEN 'suppressed'
      WHEN EXISTS (SELECT 1 FROM campaigns c WHERE c.id = contacts.campaign_id
                   AND c.status IN ('stopped', 'archived')) THEN 'canceled'
      ELSE v.after END"""
UPDATE_CONTACTS = f"""UPDATE contacts SET status = {STATUS_UNLESS_BLOCKED},
      due_at = CASE WHEN {STATUS_UNLESS_BLOCKED} IN ('pending', 'retry') THEN v.due_at END, tries = v.tries,
      suppressed_by = CASE WHEN {STATUS_UNLESS_BLOCKED} = 'suppressed' THEN 'do-not-call' END,
      deferred_by = v.deferred_by
    FROM {{v}} WHERE contacts.id = v.id AND contacts.status = v.before
    RETURNING contacts.id, contacts.campaign_id, contacts.status"""


FINISHED_CONTACTS = RowSet("w", id="int", after="str", tries="int")
# For contacts that were being dialed and will not be dialed again: they have no due time, before or after.
UPDATE_FINISHED = """UPDATE contacts SET status = w.after, tries = w.tries, suppressed_by = NULL, deferred_by = NULL
    FROM {w} WHERE contacts.id = w.id AND contacts.status = 'dialing'
    RETURNING contacts.id, contacts.campaign_id, contacts.status"""


ContactMove = tuple[int, ContactStatus, ContactStatus]
"""(campaign, before, after)"""


def apply_contacts(
    connection: Connection, changes: Sequence[ContactChange]
) -> list[tuple[int, int, ContactStatus]]:
    """Returns (contact, campaign, status) of those that really changed: it alone drives the counters, so that news
    that comes twice counts once."""
    rows: Sequence[tuple[Any, ...]] = changes
    statement, row_set = UPDATE_CONTACTS, CONTACTS
    if _are_finished(changes):
        statement, row_set = UPDATE_FINISHED, FINISHED_CONTACTS
        rows = [(change.id, change.after, change.tries) for change in changes]
    dialect = connection.dialect.name
    changed = run_for_tuples(
        connection,
        row_set.put_in(statement, dialect),
        row_set.to_parameters(dialect, rows),
    )
    return [(id_, campaign_id, CONTACT_STATUSES[status]) for id_, campaign_id, status in changed]


def _are_finished(changes: Sequence[ContactChange]) -> bool:
    dialing = ContactStatus.DIALING
    for _, before, _, due_at, _, deferred_by in changes:
        if before is not dialing or due_at is not None or deferred_by is not None:
            return False
    return True


COUNT_MOVES = "SELECT campaign_id, status, count(*) FROM moved GROUP BY campaign_id, status"


def apply_outcomes(
    connection: Connection, attempts: Sequence[AttemptChange], contacts: Sequence[ContactChange]
) -> Counter[ContactMove]:
    """Write what attempts and then their contacts become. Returns the contacts that really changed, counted.

    Calls that end and are not tried again, which is most, are one journey to PostgreSQL.
    """
    dialect = connection.dialect.name
    if (
        dialect == "sqlite"
        or not attempts
        or not contacts
        or any(change.ended_at is None for change in attempts)
        or not _are_finished(contacts)
    ):
        apply_attempts(connection, attempts)
        before = {contact.id: contact.before for contact in contacts}
        changed = apply_contacts(connection, contacts) if contacts else []
        return Counter((campaign_id, before[contact_id], after) for contact_id, campaign_id, after in changed)
    ended = _choose_statement(attempts, dialect, has_ended=True)
    finished = FINISHED_CONTACTS.put_in(UPDATE_FINISHED, dialect)
    rows = run_for_tuples(
        connection,
        f"WITH ended AS ({ended.sql}), moved AS ({finished}) {COUNT_MOVES}",
        {
            **ended.row_set.to_parameters(dialect, list(map(ended.pick, attempts))),
            **FINISHED_CONTACTS.to_parameters(dialect, [(c.id, c.after, c.tries) for c in contacts]),
        },
    )
    return Counter(
        {
            (campaign_id, ContactStatus.DIALING, CONTACT_STATUSES[status]): times
            for campaign_id, status, times in rows
        }
    )
