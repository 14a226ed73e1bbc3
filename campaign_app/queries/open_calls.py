"""Open calls: which to ask about, to hang up, to give back or to give up, and their timers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from campaign_app.domain.attempt import AttemptStatus
from campaign_app.models.base import dump_json

from .sets import RowSet, as_time, locking_clause, run


@dataclass(frozen=True, slots=True)
class OpenCall:
    """An open attempt that the housekeeping looks at."""

    id: int
    token: str
    status: AttemptStatus
    provider_ref: str | None
    horizon_at: datetime | None
    cause: str | None = None
    dialing_at: datetime | None = None
    """The permit."""


COLUMNS = """attempts.id, attempts.token, attempts.status, attempts.provider_ref, attempts.horizon_at,
      attempts.cause, attempts.dialing_at"""
ASKED_CALLS = RowSet("v", id="int", status="str")


def list_due_polls(connection: Connection, trunk_id: int, now: datetime, most: int) -> list[OpenCall]:
    """Open attempts about which the provider should be asked now; a last time also when the horizon has come, or one
    whose news was lost would be given up although the provider knows its end."""
    return _select_open_calls(
        connection,
        trunk_id,
        "status <> 'claimed' AND (poll_at <= :now OR horizon_at <= :now)",
        {"now": now, "most": most},
    )


def list_stale_claims(connection: Connection, trunk_id: int, before: datetime, most: int) -> list[OpenCall]:
    """Claims that nobody has sent since `before`: their engine died or was frozen."""
    return _select_open_calls(
        connection, trunk_id, "status = 'claimed' AND claimed_at <= :before", {"before": before, "most": most}
    )


def list_past_horizon(
    connection: Connection, polled_calls: Sequence[OpenCall], now: datetime
) -> list[OpenCall]:
    """Of these calls, which the provider was just asked about, those whose horizon has passed all the same: open, and
    at the status at which they were asked about. What was told meanwhile is evidence."""
    due = [
        (call.id, call.status.value) for call in polled_calls if call.horizon_at and call.horizon_at <= now
    ]
    if not due:
        return []
    dialect = connection.dialect.name
    rows = run(
        connection,
        f"""SELECT {COLUMNS} FROM attempts JOIN {ASKED_CALLS.source_sql(dialect)} ON attempts.id = v.id
            WHERE ended_at IS NULL AND attempts.status = v.status AND horizon_at <= :now ORDER BY attempts.id""",
        {"now": now, **ASKED_CALLS.to_parameters(dialect, due)},
    ).all()
    return [_to_open_call(row) for row in rows]


def list_own_claims(connection: Connection, engine: str) -> list[str]:
    """The tokens of what this engine claimed and has not sent."""
    rows = run(
        connection,
        "SELECT token FROM attempts WHERE ended_at IS NULL AND status = 'claimed' AND engine = :engine",
        {"engine": engine},
    ).all()
    return [row.token for row in rows]


def list_calls_to_hang_up(connection: Connection, trunk_id: int, most: int) -> list[OpenCall]:
    """Open attempts that an operator wants ended and that were not asked to yet (poll_at stays the timer)."""
    return _select_open_calls(
        connection, trunk_id, "hangup_asked_at IS NOT NULL AND status <> 'claimed'", {"most": most}
    )


def _select_open_calls(
    connection: Connection, trunk_id: int, condition: str, bound: dict[str, Any]
) -> list[OpenCall]:
    rows = run(
        connection,
        f"""SELECT {COLUMNS} FROM attempts
            WHERE trunk_id = :trunk AND ended_at IS NULL AND {condition} ORDER BY id LIMIT :most""",
        {"trunk": trunk_id, **bound},
    ).all()
    return [_to_open_call(row) for row in rows]


def _to_open_call(row: Any) -> OpenCall:
    return OpenCall(
        row.id,
        row.token,
        AttemptStatus(row.status),
        row.provider_ref,
        as_time(row.horizon_at),
        row.cause,
        as_time(row.dialing_at),
    )


POLLS = RowSet("v", id="int")


def extend_horizons(connection: Connection, attempt_ids: Sequence[int], until: datetime) -> None:
    """The provider says that these calls are up: they hold their lines until `until` at least, whatever the clock
    says of their horizon. (Given up by a clock that jumped ahead by an hour, they were 50 instants above a limit.)"""
    _set_timer(connection, attempt_ids, "horizon_at", until, "horizon_at < :at")


def postpone_horizons(
    connection: Connection, attempt_ids: Sequence[int], until: datetime, *, permitted_after: datetime
) -> None:
    """The provider could not be asked about these calls: none that was permitted after `permitted_after` is given up
    before `until`. (One whose only question at its horizon timed out became `unresolved`, and its end was there to be
    read.)"""
    still_open = "horizon_at < :at AND dialing_at > :after"
    _set_timer(connection, attempt_ids, "horizon_at", until, still_open, after=permitted_after)


def set_next_poll(connection: Connection, attempt_ids: Sequence[int], at: datetime) -> None:
    """Ask again at `at`."""
    _set_timer(connection, attempt_ids, "poll_at", at)


def _set_timer(
    connection: Connection,
    attempt_ids: Sequence[int],
    timer: str,
    at: datetime,
    condition: str = "true",
    **bound: datetime,
) -> None:
    if not attempt_ids:
        return
    dialect = connection.dialect.name
    run(
        connection,
        f"""UPDATE attempts SET {timer} = :at FROM {POLLS.source_sql(dialect)}
            WHERE attempts.id = v.id AND ended_at IS NULL AND {condition}""",
        {"at": at, **bound, **POLLS.to_parameters(dialect, [(attempt_id,) for attempt_id in attempt_ids])},
    )


MESSAGES = RowSet("v", id="int")


def keep_message_of_open_calls(connection: Connection, campaign_id: int, message: Mapping[str, Any]) -> None:
    """Whoever is being called goes on with the message that the call began with, keys and all. `message` is that one,
    in API shape. The caller holds the campaign's lock, so no claim is under way."""
    # Locked in id order, as whoever settles calls locks them.
    open_ids = run(
        connection,
        """SELECT id FROM attempts WHERE campaign_id = :campaign AND ended_at IS NULL AND message IS NULL ORDER BY id"""
        + locking_clause(connection, " FOR UPDATE"),
        {"campaign": campaign_id},
    ).all()
    if not open_ids:
        return
    dialect = connection.dialect.name
    stored = ":message" if dialect == "sqlite" else "CAST(:message AS jsonb)"
    run(
        connection,
        f"""UPDATE attempts SET message = {stored}
            WHERE id IN (SELECT v.id FROM {MESSAGES.source_sql(dialect)})""",
        {
            "message": dump_json(message),
            **MESSAGES.to_parameters(dialect, [(row.id,) for row in open_ids]),
        },
    )
