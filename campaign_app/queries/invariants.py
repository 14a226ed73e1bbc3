"""Invariants: the product's promises I1–I9 as queries. Each returns the rows that break it; no rows is well."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from campaign_app.domain.attempt import RANK
from campaign_app.domain.calling_window import make_schedule, parse_windows
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.retry import minimum_spacing, parse_retry
from campaign_app.models import ATTEMPT_COUNTERS, CONTACT_COUNTERS

from .blackouts import list_dialed_inside
from .fragments import CALL_COUNT
from .permit_proofs import find_wrong_permits
from .sets import as_time, run, stored_json

GRACE_PERIOD = timedelta(seconds=60)
"""What may still be on its way is given this long."""
MOST_SHOWN = 20
RANK_CASE = (
    "CASE {column} "
    + " ".join(f"WHEN '{status}' THEN {rank}" for status, rank in RANK.items())
    + " ELSE 0 END"
)


@dataclass(frozen=True, slots=True)
class InvariantResult:
    """One invariant, and the first rows that break it, in words."""

    name: str
    promise: str
    violations: list[str]


def check_invariants(connection: Connection, now: datetime) -> list[InvariantResult]:
    """Every invariant. Reads only."""
    return [InvariantResult(name, promise, find(connection, now)) for name, promise, find in CHECKS]


def _describe_rows(connection: Connection, statement: str, template: str, **bound: Any) -> list[str]:
    rows = run(connection, f"{statement} LIMIT {MOST_SHOWN}", bound).all()
    return [template.format(**row._mapping) for row in rows]


def _attempts_exist_once(connection: Connection, now: datetime) -> list[str]:
    return _describe_rows(
        connection,
        "SELECT contact_id, number, count(*) AS n FROM attempts WHERE contact_id IS NOT NULL"
        " GROUP BY contact_id, number HAVING count(*) > 1",
        "contact {contact_id} has attempt {number} {n} times",
    ) + _describe_rows(
        connection,
        "SELECT token, count(*) AS n FROM attempts GROUP BY token HAVING count(*) > 1",
        "token {token} names {n} attempts",
    )


def _within_limits(connection: Connection, now: datetime) -> list[str]:
    return _describe_rows(
        connection,
        f"""SELECT c.id, c.max_concurrent_calls AS most, {CALL_COUNT} AS n FROM campaigns c
           JOIN attempts a ON a.campaign_id = c.id AND a.ended_at IS NULL
           GROUP BY c.id, c.max_concurrent_calls HAVING {CALL_COUNT} > c.max_concurrent_calls""",
        "campaign {id} has {n} open calls, its limit is {most}",
    ) + _describe_rows(
        connection,
        f"""SELECT t.id, t.max_concurrent_calls AS most, {CALL_COUNT} AS n FROM trunks t
           JOIN attempts a ON a.trunk_id = t.id AND a.ended_at IS NULL
           GROUP BY t.id, t.max_concurrent_calls HAVING {CALL_COUNT} > t.max_concurrent_calls""",
        "trunk {id} has {n} open calls, its limit is {most}",
    )


def _one_open_per_number(connection: Connection, now: datetime) -> list[str]:
    return _describe_rows(
        connection,
        "SELECT phone, count(*) AS n FROM attempts WHERE ended_at IS NULL GROUP BY phone HAVING count(*) > 1",
        "a number has {n} open attempts",
    )


def _permitted_first(connection: Connection, now: datetime) -> list[str]:
    return _describe_rows(
        connection,
        "SELECT id, status FROM attempts WHERE dialing_at IS NULL AND status NOT IN ('claimed', 'released')",
        "attempt {id} is {status} without a permit",
    ) + _describe_rows(
        connection,
        "SELECT DISTINCT e.token FROM call_events e LEFT JOIN attempts a ON a.token = e.token WHERE a.id IS NULL",
        "the provider told of call {token}, which has no attempt",
    )


def _outcomes_recorded(connection: Connection, now: datetime) -> list[str]:
    return _describe_rows(
        connection,
        """SELECT a.id, a.status, e.status AS told FROM attempts a JOIN call_events e ON e.token = a.token
           WHERE e.source <> 'engine' AND e.status IN ('completed', 'busy', 'no-answer', 'failed', 'canceled')
             AND e.received_at < :before AND (a.ended_at IS NULL OR a.status = 'unresolved')""",
        "attempt {id} is {status}, the provider told {told}",
        before=now - GRACE_PERIOD,
    )


def _rank_never_fell(connection: Connection, now: datetime) -> list[str]:
    return _describe_rows(
        connection,
        f"""SELECT a.id, a.status, e.status AS told FROM attempts a JOIN call_events e ON e.token = a.token
            WHERE a.rank < {RANK_CASE.format(column="e.status")} AND e.received_at < :before""",
        "attempt {id} is {status}, below {told} that was told of it",
        before=now - GRACE_PERIOD,
    ) + _describe_rows(
        connection,
        f"""SELECT id, status FROM attempts WHERE rank <> {RANK_CASE.format(column="status")}
              OR (rank = 9) <> (ended_at IS NOT NULL)""",
        "attempt {id}: its status {status}, rank and end do not agree",
    )


def _permitted_rightly(connection: Connection, now: datetime) -> list[str]:
    """Listed numbers, calls inside a blackout or outside the hours, and calls that came too soon or too often."""
    broken = find_wrong_permits(connection)
    broken += [
        f"attempt {call.attempt_id} was dialed at {call.at.isoformat()}, inside blackout {call.blackout.id}"
        f" ({call.blackout.place})"
        for call in list_dialed_inside(connection, MOST_SHOWN)
    ]
    # Calls of before there were rulebooks: by the campaign's present windows, if nobody edited it since.
    for campaign in run(connection, "SELECT id, timezone, calling_windows FROM campaigns ORDER BY id").all():
        try:
            hours = make_schedule(
                campaign.timezone or "UTC", parse_windows(stored_json(campaign.calling_windows))
            )
        except (InvalidInput, ValueError) as error:
            broken.append(f"campaign {campaign.id}: its calling windows cannot be read: {error}")
            continue
        dialed = run(
            connection,
            """SELECT id, dialing_at FROM attempts WHERE campaign_id = :id AND dialing_at >= :since
               AND rulebook_id IS NULL""",
            {"id": campaign.id, "since": _edited_at(connection, campaign.id)},
        )
        for row in dialed:
            at = as_time(row.dialing_at)
            if at is not None and not hours.is_open(at):
                broken.append(
                    f"attempt {row.id} was dialed at {at.isoformat()}, outside {hours.describe_windows()}"
                )
                if len(broken) >= MOST_SHOWN:
                    return broken
    return broken


def _edited_at(connection: Connection, campaign_id: int) -> datetime:
    """Since when the campaign's decisions stand."""
    edited = run(
        connection,
        """SELECT max(at) AS at FROM audit WHERE object_type = 'campaign' AND object_id = :id
           AND action IN ('campaign.create', 'campaign.update')""",
        {"id": str(campaign_id)},
    ).scalar_one()
    return as_time(edited) or datetime.fromisoformat("2000-01-01T00:00:00+00:00")


def _redecided_at(connection: Connection, campaign_id: int) -> datetime | None:
    """When the retry policy was changed last; None where it was not, or before those who wait were judged anew."""
    waiting = (
        "json_extract(detail, '$.waiting')" if connection.dialect.name == "sqlite" else "detail -> 'waiting'"
    )
    at = run(
        connection,
        f"""SELECT max(at) AS at FROM audit WHERE object_type = 'campaign' AND object_id = :id
            AND action = 'campaign.update' AND {waiting} IS NOT NULL""",
        {"id": str(campaign_id)},
    ).scalar_one()
    return as_time(at)


NOT_BEFORE_AGAIN = """NOT EXISTS (SELECT 1 FROM contacts again WHERE again.id = attempts.contact_id
    AND again.again_at > attempts.claimed_at)"""
"""Of an attempt: no person has asked since to call its contact again, which begins the policy anew."""


def _policy_kept(connection: Connection, now: datetime) -> list[str]:
    broken: list[str] = []
    for campaign in run(connection, "SELECT id, retry FROM campaigns ORDER BY id").all():
        try:
            policy = parse_retry(stored_json(campaign.retry))
        except (InvalidInput, ValueError) as error:
            broken.append(f"campaign {campaign.id}: its retry policy cannot be read: {error}")
            continue
        since = _edited_at(connection, campaign.id)
        broken += _describe_rows(
            connection,
            f"""SELECT contact_id, count(*) AS n FROM attempts
               WHERE campaign_id = :id AND counts AND claimed_at >= :since AND {NOT_BEFORE_AGAIN}
               GROUP BY contact_id HAVING count(*) > :most""",
            f"contact {{contact_id}} had {{n}} attempts, the policy allows {policy.max_attempts}",
            id=campaign.id,
            since=since,
            most=policy.max_attempts,
        )
        decided = _redecided_at(connection, campaign.id)
        if decided is not None:
            # At that change everybody who waited was judged anew: whoever was called since had a try left.
            broken += _describe_rows(
                connection,
                f"""SELECT contact_id, count(*) AS n FROM attempts WHERE campaign_id = :id AND counts
                     AND {NOT_BEFORE_AGAIN}
                   GROUP BY contact_id HAVING count(*) > :most AND max(claimed_at) >= :since""",
                f"contact {{contact_id}} was tried {{n}} times, the changed policy allows {policy.max_attempts}",
                id=campaign.id,
                since=decided,
                most=policy.max_attempts,
            )
        broken += _too_close(connection, campaign.id, since, timedelta(seconds=minimum_spacing(policy)))
    return broken[:MOST_SHOWN]


def _too_close(connection: Connection, campaign_id: int, since: datetime, spacing: timedelta) -> list[str]:
    if not spacing:
        return []
    broken = []
    rows = run(
        connection,
        f"""SELECT contact_id, dialing_at FROM attempts WHERE campaign_id = :id AND dialing_at >= :since
             AND status <> 'released' AND {NOT_BEFORE_AGAIN} ORDER BY contact_id, number""",
        {"id": campaign_id, "since": since},
    )
    last: tuple[int, datetime] | None = None
    for row in rows:
        at = as_time(row.dialing_at)
        assert at is not None
        if last and last[0] == row.contact_id and at - last[1] < spacing:
            broken.append(
                f"contact {row.contact_id} was dialed {at - last[1]} after its last attempt, at least {spacing} is due"
            )
        last = (row.contact_id, at)
    return broken


def _none_forgotten(connection: Connection, now: datetime) -> list[str]:
    return (
        _describe_rows(
            connection,
            "SELECT id, status FROM attempts WHERE ended_at IS NULL AND horizon_at < :before",
            "attempt {id} is {status} past its horizon",
            before=now - GRACE_PERIOD,
        )
        + _describe_rows(
            connection,
            """SELECT id, status, overdue_at FROM attempts WHERE ended_at IS NULL AND overdue_at < :before
             AND horizon_at >= :before""",
            "attempt {id} is {status} and should have ended by {overdue_at}: hang it up, or let go of it",
            before=now - GRACE_PERIOD,
        )
        + _describe_rows(
            connection,
            """SELECT c.id FROM contacts c WHERE c.status = 'dialing'
           AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.contact_id = c.id AND a.ended_at IS NULL)""",
            "contact {id} is dialing without an open attempt",
        )
    )


def _counters_match_rows(connection: Connection, now: datetime) -> list[str]:
    def count_columns(table: str, columns: Mapping[Any, str]) -> str:
        count = (
            "(SELECT count(*) FROM {0} t WHERE t.campaign_id = k.campaign_id AND t.status = '{1}') AS n_{2}"
        )
        return ", ".join(count.format(table, status.value, column) for status, column in columns.items())

    contacts = count_columns("contacts", CONTACT_COUNTERS)
    attempts = count_columns("attempts", ATTEMPT_COUNTERS)
    broken = []
    for row in run(
        connection,
        f"""SELECT k.*, c.records_removed_at, {contacts}, {attempts} FROM campaign_counters k
            JOIN campaigns c ON c.id = k.campaign_id""",
    ).all():
        for column in (*CONTACT_COUNTERS.values(), *ATTEMPT_COUNTERS.values()):
            stored, actual = getattr(row, column), getattr(row, f"n_{column}")
            # Where retention has removed rows there are fewer.
            if stored < actual if row.records_removed_at is not None else stored != actual:
                broken.append(f"campaign {row.campaign_id}: {column} says {stored}, there are {actual}")
    return broken[:MOST_SHOWN]


CHECKS: list[tuple[str, str, Callable[[Connection, datetime], list[str]]]] = [
    ("I1", "no attempt exists twice", _attempts_exist_once),
    ("I2", "open attempts are within the limits of campaign and trunk", _within_limits),
    ("I3", "at most one open attempt per number", _one_open_per_number),
    ("I4", "every call had its permit first", _permitted_first),
    ("I5", "every outcome that was told is kept", _outcomes_recorded),
    ("I6", "rank never fell", _rank_never_fell),
    ("I7", "nothing was dialed that was listed, closed, out of hours, or too often", _permitted_rightly),
    ("I8", "no contact had more attempts, or sooner, than the policy allows", _policy_kept),
    ("I9", "nothing open is forgotten", _none_forgotten),
    ("counters", "the counters agree with the rows", _counters_match_rows),
]
