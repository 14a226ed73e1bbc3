"""Trunk day queries: what each trunk used of a day (UTC). Kept for trunks that have a limit; the trunk's row is the
lock, which the caller holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection

from campaign_app.domain.call_price import parse_price
from campaign_app.domain.day_limits import MEASURE_EVERY, DayLimits, DayUse, day_of
from campaign_app.domain.number_rules import NumberRules, make_number_rules

from .fragments import add_audit_row
from .sets import as_time, locking_clause, run, run_for_tuples, stored_json

RULES_COLUMNS = """k.id, k.name, k.countries, k.number_types, k.transfer_targets, k.max_calls_per_day,
      k.max_minutes_per_day, k.max_spend_per_day, k.price, k.guard_seconds"""
"""What `lock_trunk_rules` reads them from, of a trunk `k`."""


class TrunkRules(NamedTuple):
    """What a trunk may call, how much in a day, and whom it may connect callees with; None: whom it may call."""

    id: int
    name: str
    numbers: NumberRules
    limits: DayLimits
    transfer_targets: frozenset[str] | None
    guard: timedelta
    """The time before closing in which it begins no call."""


def lock_trunk_rules(connection: Connection, row: Sequence[Any]) -> TrunkRules | None:
    """From RULES_COLUMNS. The trunk's row is locked where it has a limit, so that its permits follow each other. None
    where there is no trunk."""
    if row[0] is None:
        return None
    rules = _read_trunk_rules(row)
    if not rules.limits.any:
        return rules
    lock = locking_clause(connection, " FOR NO KEY UPDATE")
    # As it is once the lock is there.
    rows = run_for_tuples(
        connection, f"SELECT {RULES_COLUMNS} FROM trunks k WHERE k.id = :id{lock}", {"id": rules.id}
    )
    return _read_trunk_rules(rows[0]) if rows else None


def _read_trunk_rules(row: Sequence[Any]) -> TrunkRules:
    (id_, name, countries, number_types, transfer_targets, calls, minutes, spend, price, guard_seconds) = row
    targets = stored_json(transfer_targets)
    limits = DayLimits(calls, minutes, spend, parse_price(stored_json(price)))
    return TrunkRules(
        id_,
        name,
        make_number_rules(stored_json(countries), stored_json(number_types)),
        limits,
        None if targets is None else frozenset(targets),
        timedelta(seconds=guard_seconds),
    )


SECONDS = {
    "sqlite": "round((julianday(coalesce(ended_at, :now)) - julianday(answered_at)) * 86400.0, 3)",
    "postgresql": "extract(epoch FROM coalesce(ended_at, CAST(:now AS timestamptz)) - answered_at)",
}
# From the day's first call on, by the primary key: no index of its own, which every attempt would pay for.
MEASURE = """SELECT coalesce(sum({seconds} * CASE WHEN transfer_leg IS NULL THEN 1 ELSE 2 END), 0)
    FROM attempts WHERE id >= :first AND trunk_id = :trunk AND answered_at IS NOT NULL"""


def begin_count(connection: Connection, trunk_id: int, now: datetime) -> None:
    """For a trunk that is given its first limit: the calls of the day so far count, too. The caller holds the trunk's
    row. A day whose row is there is left alone."""
    day = day_of(now)
    bound = {"trunk": trunk_id, "day": day}
    if run(connection, "SELECT 1 FROM trunk_days WHERE trunk_id = :trunk AND day = :day", bound).first():
        return
    first = _find_first_attempt(connection, day)
    calls = run(
        connection,
        "SELECT count(*) FROM attempts WHERE id >= :first AND trunk_id = :trunk AND dialing_at >= :day",
        {**bound, "first": first},
    ).scalar_one()
    run(
        connection,
        """INSERT INTO trunk_days (trunk_id, day, calls, seconds, first_attempt_id)
           VALUES (:trunk, :day, :calls, 0, :first) ON CONFLICT (trunk_id, day) DO NOTHING""",
        {**bound, "calls": calls, "first": first},
    )


MOST_LAG = timedelta(hours=1)
"""By which the times of attempts may be out of the order of their ids."""


def _find_first_attempt(connection: Connection, day: datetime) -> int:
    """An id that all attempts of the day lie above, and few others: ids grow with time, and no index has the times."""
    low, high = 0, run(connection, "SELECT coalesce(max(id), 0) FROM attempts").scalar_one()
    while low < high:
        middle = (low + high) // 2
        row = run(
            connection,
            "SELECT id, claimed_at FROM attempts WHERE id > :middle ORDER BY id LIMIT 1",
            {"middle": middle},
        ).one()
        claimed_at = as_time(row.claimed_at)
        if claimed_at is not None and claimed_at < day - MOST_LAG:
            low = row.id
        else:
            high = middle
    return low + 1


def read_use(connection: Connection, trunk_id: int, now: datetime) -> DayUse:
    """What the day's row has; for pages too."""
    row = run(
        connection,
        "SELECT calls, seconds FROM trunk_days WHERE trunk_id = :trunk AND day = :day",
        {"trunk": trunk_id, "day": day_of(now)},
    ).one_or_none()
    return DayUse() if row is None else DayUse(row.calls, row.seconds)


def measure_use(connection: Connection, rules: TrunkRules, now: datetime, *, first_attempt: int) -> DayUse:
    """The day's row, which is made where it is missing, its seconds measured anew where they are older than
    MEASURE_EVERY. `first_attempt` is the lowest id of those that are to be permitted."""
    bound = {"trunk": rules.id, "day": day_of(now), "first": first_attempt, "now": now}
    run(
        connection,
        """INSERT INTO trunk_days (trunk_id, day, calls, seconds, first_attempt_id)
           VALUES (:trunk, :day, 0, 0, :first) ON CONFLICT (trunk_id, day) DO NOTHING""",
        bound,
    )
    row = run(
        connection,
        """SELECT calls, seconds, first_attempt_id, measured_at FROM trunk_days
           WHERE trunk_id = :trunk AND day = :day""",
        bound,
    ).one()
    measured_at = as_time(row.measured_at)
    if not rules.limits.measures_time or (measured_at is not None and now < measured_at + MEASURE_EVERY):
        return DayUse(row.calls, row.seconds)
    statement = MEASURE.replace("{seconds}", SECONDS[connection.dialect.name])
    first = min(row.first_attempt_id, first_attempt)
    seconds = float(run(connection, statement, {**bound, "first": first}).scalar_one())
    run(
        connection,
        """UPDATE trunk_days SET seconds = :seconds, measured_at = :now, first_attempt_id = :first
           WHERE trunk_id = :trunk AND day = :day""",
        {**bound, "seconds": seconds, "first": first},
    )
    return DayUse(row.calls, seconds)


def count_calls(connection: Connection, trunk_id: int, count: int, now: datetime) -> None:
    run(
        connection,
        "UPDATE trunk_days SET calls = calls + :count WHERE trunk_id = :trunk AND day = :day",
        {"trunk": trunk_id, "day": day_of(now), "count": count},
    )


def raise_alarm(connection: Connection, rules: TrunkRules, words: str, now: datetime) -> bool:
    """Note that a limit is nearly reached; whether that was not known yet today."""
    raised = run(
        connection,
        """UPDATE trunk_days SET alarm_at = :now
           WHERE trunk_id = :trunk AND day = :day AND alarm_at IS NULL""",
        {"trunk": rules.id, "day": day_of(now), "now": now},
    ).rowcount
    if raised:
        _add_audit_row(connection, rules, "alarm", words, now)
    return bool(raised)


def pause_for_limit(connection: Connection, rules: TrunkRules, reason: str, now: datetime) -> bool:
    """Pause the trunk until somebody resumes it; whether it was not paused yet."""
    paused = run(
        connection,
        """UPDATE trunks SET paused_at = :now, paused_by = 'engine', paused_reason = :reason
           WHERE id = :id AND paused_at IS NULL""",
        {"id": rules.id, "reason": reason, "now": now},
    ).rowcount
    if paused:
        _add_audit_row(connection, rules, "pause", reason, now)
    return bool(paused)


def _add_audit_row(connection: Connection, rules: TrunkRules, verb: str, reason: str, now: datetime) -> None:
    add_audit_row(
        connection,
        actor="engine",
        action=f"trunk.{verb}",
        object_type="trunk",
        object_id=rules.id,
        now=now,
        detail={"name": rules.name, "reason": reason},
    )
