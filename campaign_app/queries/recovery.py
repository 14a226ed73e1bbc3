"""A database that went backwards: what it no longer knows of calls that were made, and writing them back.

Everything here is kept in `facts`: `quarantine` while nothing may be dialled, `lost:TOKEN` for each call that is to be
written back, `back:TOKEN` for each that was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from campaign_app.domain.attempt import AttemptStatus
from campaign_app.domain.contact import WAITING, ContactStatus
from campaign_app.models import ATTEMPT_COUNTERS, dump_json

from .counters import Changes
from .sets import RowSet, locking, run

INSTALLATION = "installation"
QUARANTINE = "quarantine"
LOST, FOUND = "lost:", "back:"
"""Of one length, so that what follows is the token."""
BY = "recovery"
"""Stands where an attempt names its engine, when it was written back."""


class DialledCall(NamedTuple):
    """A call that was permitted, as the journal remembers it. `number` is the attempt's, `at` when it was permitted."""

    token: str
    phone: str
    trunk_id: int
    campaign_id: int | None
    contact_id: int | None
    number: int
    at: datetime


def fact(connection: Connection, key: str, *, for_update: bool = False) -> str | None:
    clause = locking(connection, " FOR UPDATE") if for_update else ""
    value: str | None = run(
        connection, "SELECT value FROM facts WHERE key = :key" + clause, {"key": key}
    ).scalar_one_or_none()
    return value


def set_fact(connection: Connection, key: str, value: str) -> None:
    run(
        connection,
        """INSERT INTO facts (key, value) VALUES (:key, :value)
           ON CONFLICT (key) DO UPDATE SET value = excluded.value""",
        {"key": key, "value": value},
    )


def installation(connection: Connection, fresh: str, known: Sequence[str]) -> str:
    """Which installation this database is of: a backup keeps the id, so that it is known again.

    A database without one gets `fresh`; but one that has campaigns or calls and no id is taken for an old backup of
    the newest of the `known` ones, for else its lost calls would go unnoticed.
    """
    held = fact(connection, INSTALLATION)
    if held is not None:
        return held
    used = run(
        connection,
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM campaigns) OR EXISTS (SELECT 1 FROM attempts)",
    ).scalar_one_or_none()
    run(
        connection,
        "INSERT INTO facts (key, value) VALUES (:key, :value) ON CONFLICT (key) DO NOTHING",
        {"key": INSTALLATION, "value": known[0] if used and known else fresh},
    )
    return fact(connection, INSTALLATION) or fresh


TOKENS = RowSet("v", token="str")
# A permit that the database forgot counts as well as an attempt that it does not have: its claim would be reaped as
# "never sent" and the number dialled again.
MISSING = f"""SELECT v.token FROM {{v}}
    WHERE NOT EXISTS (SELECT 1 FROM attempts a WHERE a.token = v.token AND a.dialing_at IS NOT NULL)
      AND NOT EXISTS (SELECT 1 FROM facts f WHERE f.key = '{FOUND}' || v.token)"""


def missing(connection: Connection, tokens: Iterable[str]) -> set[str]:
    """Those of the tokens that the database knows no permit of."""
    dialect = connection.dialect.name
    rows = [(token,) for token in tokens]
    if not rows:
        return set()
    statement = MISSING.replace("{v}", TOKENS.source(dialect))
    return {row.token for row in run(connection, statement, TOKENS.parameters(dialect, rows)).all()}


def quarantine(connection: Connection, *, for_update: bool = False) -> dict[str, Any] | None:
    """Since when and why nothing is dialled; None when all is well."""
    held = fact(connection, QUARANTINE, for_update=for_update)
    if held is None:
        return None
    told: dict[str, Any] = json.loads(held)
    return told


def begin_quarantine(connection: Connection, host: str, now: datetime) -> bool:
    """Stop dialling, on every engine. False when it has stopped already."""
    done = run(
        connection,
        """INSERT INTO facts (key, value) VALUES (:key, :value)
           ON CONFLICT (key) DO NOTHING RETURNING key""",
        {"key": QUARANTINE, "value": dump_json({"since": now.isoformat(), "host": host})},
    ).all()
    return bool(done)


def end_quarantine(connection: Connection) -> None:
    run(connection, "DELETE FROM facts WHERE key = :key", {"key": QUARANTINE})


CALLS = RowSet("v", key="str", value="str")


def list_lost(connection: Connection, calls: Sequence[DialledCall], host: str) -> None:
    """Note the calls that are to be written back, each once."""
    dialect = connection.dialect.name
    rows = [(LOST + call.token, dump_json(_told(call, host=host))) for call in calls]
    if rows:
        run(
            connection,
            f"""INSERT INTO facts (key, value) SELECT v.key, v.value FROM {CALLS.source(dialect)} WHERE true
                ON CONFLICT (key) DO NOTHING""",
            CALLS.parameters(dialect, rows),
        )


def _told(call: DialledCall, **more: Any) -> dict[str, Any]:
    return {**call._asdict(), "at": call.at.isoformat(), **more}


def _call(key: str, value: str) -> DialledCall:
    told = json.loads(value)
    told["at"] = datetime.fromisoformat(told["at"])
    return DialledCall(*(told[name] for name in DialledCall._fields))


def counts(connection: Connection) -> tuple[int, int]:
    """(calls still to be written back, calls written back)."""
    rows = [
        run(
            connection, "SELECT count(*) FROM facts WHERE key LIKE :like", {"like": f"{prefix}%"}
        ).scalar_one()
        for prefix in (LOST, FOUND)
    ]
    return rows[0], rows[1]


def lost(connection: Connection, most: int | None = None) -> list[DialledCall]:
    """Calls that are to be written back, oldest first: tokens begin with their time."""
    limit = "" if most is None else f" LIMIT {most:d}"
    rows = run(
        connection,
        f"SELECT key, value FROM facts WHERE key LIKE :like ORDER BY key{limit}",
        {"like": f"{LOST}%"},
    ).all()
    return [_call(row.key, row.value) for row in rows]


def trunk_ids(connection: Connection) -> set[int]:
    return {row.id for row in run(connection, "SELECT id FROM trunks").all()}


class Found(NamedTuple):
    """A call as the page shows it. `status` is None while it is to be written back, and where it cannot be."""

    call: DialledCall
    written: bool
    status: str | None
    attempt_id: int | None
    contact_id: int | None


def found(connection: Connection, most: int) -> list[Found]:
    """Lost calls and what became of them, the last ones first."""
    rows = run(
        connection,
        """SELECT f.key, f.value, a.id, a.status, a.contact_id, a.dialing_at FROM facts f
           LEFT JOIN attempts a ON a.token = substr(f.key, 6)
           WHERE f.key LIKE :lost OR f.key LIKE :found ORDER BY substr(f.key, 6) DESC LIMIT :most""",
        {"lost": f"{LOST}%", "found": f"{FOUND}%", "most": most},
    ).all()
    return [
        Found(
            _call(row.key, row.value),
            row.key.startswith(FOUND),
            row.status if row.dialing_at is not None else None,
            row.id,
            row.contact_id,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a lost call belongs in the database as it is now."""

    call: DialledCall
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


PLACES = RowSet("v", token="str", phone="str", campaign_id="int", trunk_id="int")


def places(connection: Connection, calls: Sequence[DialledCall]) -> list[Place]:
    """Where these calls belong, their contacts locked."""
    dialect = connection.dialect.name
    source = PLACES.source(dialect)
    bound = PLACES.parameters(
        dialect, [(call.token, call.phone, call.campaign_id, call.trunk_id) for call in calls]
    )
    run(
        connection,
        f"""SELECT c.id FROM contacts c JOIN {source} ON c.campaign_id = v.campaign_id AND c.phone = v.phone
            ORDER BY c.id"""
        + locking(connection, " FOR UPDATE OF c"),
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
        Place(
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


HELD = RowSet("v", id="int", before="str", more="int")
TAKE = """UPDATE contacts SET attempts_made = attempts_made + v.more, due_at = NULL,
      status = CASE WHEN contacts.status IN ('pending', 'retry') THEN 'dialing' ELSE contacts.status END
    FROM {v} WHERE contacts.id = v.id AND contacts.status = v.before"""
NEW = RowSet(
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
INSERT = f"""INSERT INTO attempts (campaign_id, contact_id, trunk_id, number, try_number, counts, token, phone, status,
      rank, engine, claimed_at, dialing_at, horizon_at, poll_at)
    SELECT v.campaign_id, v.contact_id, v.trunk_id, v.number, v.try_number, true, v.token, v.phone, 'dialing',
      1, '{BY}', v.at, v.at, v.horizon_at, :poll
    FROM {{v}} WHERE true"""
AGAIN = RowSet("v", id="int", at="time", horizon_at="time")
PERMIT_AGAIN = """UPDATE attempts SET status = 'dialing', rank = 1, counts = true, ended_at = NULL, cause = NULL,
      dialing_at = v.at, horizon_at = v.horizon_at, poll_at = :poll
    FROM {v} WHERE attempts.id = v.id AND attempts.dialing_at IS NULL"""


def write_back(
    connection: Connection, found: Sequence[Place], horizons: dict[str, datetime], poll_at: datetime
) -> None:
    """Claim and permit as they were: the contacts leave the queue, the attempts stand at `dialing`. What became of
    the calls is for settling to say. The places are of different numbers, none of them busy, and have a trunk."""
    dialect = connection.dialect.name
    changes = Changes()
    contacts: list[tuple[int, str, int]] = []
    fresh: list[tuple[Any, ...]] = []
    again: list[tuple[int, datetime, datetime]] = []
    for place in found:
        call, horizon = place.call, horizons[place.call.token]
        if place.attempt_id is None:
            fresh.append(
                (
                    place.campaign_id,
                    place.contact_id,
                    place.trunk_id,
                    place.attempts_made + 1,
                    place.tries + 1,
                    call.token,
                    call.phone,
                    call.at,
                    horizon,
                )
            )
        else:
            again.append((place.attempt_id, call.at, horizon))
            if place.status is AttemptStatus.RELEASED and place.campaign_id is not None:
                # "Never sent" was said of it before the loss was noticed.
                changes.totals[place.campaign_id][ATTEMPT_COUNTERS[AttemptStatus.RELEASED]] -= 1
        if (
            place.contact_id is not None
            and place.campaign_id is not None
            and place.contact_status is not None
        ):
            contacts.append((place.contact_id, place.contact_status.value, int(place.attempt_id is None)))
            if place.contact_status in WAITING:
                changes.contact(place.campaign_id, place.contact_status, ContactStatus.DIALING)
    for statement, shape, rows in (
        (TAKE, HELD, contacts),
        (INSERT, NEW, fresh),
        (PERMIT_AGAIN, AGAIN, again),
    ):
        if rows:
            filled = statement.replace("{v}", shape.source(dialect))
            poll = {"poll": poll_at} if ":poll" in statement else {}
            run(connection, filled, {**poll, **shape.parameters(dialect, rows)})
    changes.apply(connection)


def mark_found(connection: Connection, calls: Sequence[DialledCall]) -> None:
    """They are written back, or cannot be: nothing more is to be done about them."""
    dialect = connection.dialect.name
    if calls:
        run(
            connection,
            f"""UPDATE facts SET key = '{FOUND}' || v.token FROM {TOKENS.source(dialect)}
                WHERE facts.key = '{LOST}' || v.token""",
            TOKENS.parameters(dialect, [(call.token,) for call in calls]),
        )
