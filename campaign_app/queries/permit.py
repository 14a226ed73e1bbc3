"""Permit queries: the hot path's second half, up to the wire (T2), and the attempt that a worker received.

Every function works on a connection whose transaction the caller owns (`transaction.write`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from .claim import CAMPAIGN_COLUMNS, CampaignLock, ClaimedAttempt, make_campaign_lock
from .fragments import number_is_listed
from .lists import number_of, on_versions
from .sets import RowSet, run, run_for_tuples
from .standing_rules import STANDING, StandingRules, read_standing_rules
from .trunk_days import RULES_COLUMNS, TrunkRules, lock_trunk_rules

IDS = RowSet("v", id="int")
CAMPAIGNS = f"""SELECT {CAMPAIGN_COLUMNS},
      (SELECT t.guard_seconds FROM trunks t WHERE t.id = campaigns.trunk_id) AS guard_seconds
    FROM campaigns WHERE id IN (SELECT v.id FROM {{v}})"""
TRUNK_OF_ATTEMPT = f"""SELECT {RULES_COLUMNS} FROM trunks k
    WHERE k.id IN (SELECT a.trunk_id FROM attempts a WHERE a.id = :attempt)"""
STANDING_COUNT, RULES_COUNT = 4, 10
LOAD_BASIS = f"""SELECT s.*, k.*, c.* FROM (SELECT {STANDING}) AS s LEFT JOIN ({TRUNK_OF_ATTEMPT}) AS k ON true
    LEFT JOIN ({CAMPAIGNS}) AS c ON true ORDER BY c.id"""


class PermitRules(NamedTuple):
    """What a batch is judged by, as it stands at the permit."""

    standing: StandingRules
    trunk: TrunkRules | None
    """That of the first attempt, as of all; None where it is gone."""
    campaigns: list[tuple[CampaignLock, float]]
    """With each, the seconds before closing in which its trunk begins no call."""


def load_permit_basis(
    connection: Connection, campaign_ids: Sequence[int], attempt_id: int, now: datetime
) -> PermitRules:
    """The rules that there are, the trunk of this attempt, and these campaigns: in one statement, after
    `hold_rules_still`, which holds the campaigns until the permit has committed: a pause waits, or is seen here."""
    dialect = connection.dialect.name
    ids = [(campaign_id,) for campaign_id in campaign_ids]
    rows = run_for_tuples(
        connection,
        IDS.put_in(LOAD_BASIS, dialect),
        {"now": now, "attempt": attempt_id, **IDS.to_parameters(dialect, ids)},
    )
    first = rows[0]
    before = STANDING_COUNT + RULES_COUNT
    return PermitRules(
        read_standing_rules(first[:STANDING_COUNT]),
        lock_trunk_rules(connection, first[STANDING_COUNT:before]),
        [
            (make_campaign_lock(campaign, 0), campaign[-1])
            for row in rows
            if (campaign := row[before:])[0] is not None
        ],
    )


PERMITS = RowSet("v", id="int", rulebook="int")
LISTED_PERMITS = RowSet("v", id="int", rulebook="int", versions="json")
PERMIT = f"""UPDATE attempts SET status = 'dialing', rank = 1, dialing_at = :now, horizon_at = :horizon,
      overdue_at = :horizon, poll_at = :poll, rulebook_id = v.rulebook
    FROM {{v}} WHERE attempts.id = v.id AND attempts.status = 'claimed'
      AND (attempts.campaign_id IS NOT NULL OR attempts.hangup_asked_at IS NULL)
      AND NOT {number_is_listed("attempts.phone", "attempts.campaign_id")}
      {{lists}}
      AND NOT EXISTS (SELECT 1 FROM trunks t WHERE t.id = attempts.trunk_id AND t.paused_at IS NOT NULL)
      AND NOT EXISTS (SELECT 1 FROM settings f WHERE f.key = 'quarantine')
    RETURNING attempts.id"""
PERMIT_OFF_LISTS = {
    dialect: PERMIT.replace("{lists}", f"AND NOT {on_versions('attempts.phone', 'v.versions', dialect)}")
    for dialect in ("sqlite", "postgresql")
}
PERMIT_WITHOUT_LISTS = PERMIT.replace("{lists}", "")
NO_LISTS = "[]"


def permit_claims(
    connection: Connection,
    permits: Sequence[tuple[int, int | None, str]],
    *,
    now: datetime,
    horizon: datetime,
    poll: datetime,
) -> set[int]:
    """The last compare-and-set before the wire (T2): `claimed` → `dialing`, for (attempt, rulebook by which it is
    permitted, JSON of the list versions that hold its number back). Returns the ids that may be sent. The caller holds
    the lists (`lists.HOLD_LISTS`)."""
    dialect = connection.dialect.name
    row_set, statement = LISTED_PERMITS, PERMIT_OFF_LISTS[dialect]
    rows: Sequence[tuple[Any, ...]] = permits
    if all(versions == NO_LISTS for _, _, versions in permits):
        # As mostly: what stands in every row alike need not be read out of each.
        row_set, statement, rows = PERMITS, PERMIT_WITHOUT_LISTS, [permit[:2] for permit in permits]
    permitted = run_for_tuples(
        connection,
        row_set.put_in(statement, dialect),
        {
            "now": now,
            "horizon": horizon,
            "poll": poll,
            **row_set.to_parameters(dialect, rows),
        },
    )
    return {attempt_id for (attempt_id,) in permitted}


REFUSED_IDS = RowSet("v", id="int", versions="json")
VERSIONS = {
    "sqlite": "json_each(v.versions) AS w",
    "postgresql": "jsonb_array_elements_text(v.versions) AS w(value)",
}
FIND_REFUSALS = f"""SELECT a.id, a.status, {number_is_listed("a.phone", "a.campaign_id")} AS listed,
      (SELECT min(n.version_id) FROM {{versions}} JOIN list_numbers n
         ON n.version_id = CAST(w.value AS bigint) AND n.phone = {number_of("a.phone")}) AS on_version,
      a.hangup_asked_at IS NOT NULL AS taken_back,
      EXISTS (SELECT 1 FROM trunks t WHERE t.id = a.trunk_id AND t.paused_at IS NOT NULL) AS paused,
      EXISTS (SELECT 1 FROM settings f WHERE f.key = 'quarantine') AS quarantined
    FROM {{v}} JOIN attempts a ON a.id = v.id"""


class Refusal(NamedTuple):
    """Why `permit_claims` passed an attempt over, in words; and the list version that has its number, if that is it."""

    reason: str
    version_id: int | None = None


def find_refusals(connection: Connection, attempts: Sequence[tuple[int, str]]) -> dict[int, Refusal]:
    """{attempt: why}, of (attempt, JSON of the list versions that hold its number back)."""
    dialect = connection.dialect.name
    rows = run(
        connection,
        FIND_REFUSALS.replace("{versions}", VERSIONS[dialect]).replace(
            "{v}", REFUSED_IDS.source_sql(dialect)
        ),
        REFUSED_IDS.to_parameters(dialect, attempts),
    ).all()
    return {row.id: _describe_refusal(row) for row in rows}


def _describe_refusal(row: Any) -> Refusal:
    if row.listed:
        return Refusal("the number is on the do-not-call list")
    if row.on_version is not None:
        return Refusal("the number is on a list", row.on_version)
    if row.quarantined:
        return Refusal("dialing is in quarantine: the database went backwards")
    if row.paused:
        return Refusal("its trunk was paused")
    if row.taken_back:
        return Refusal("the call was taken back")
    return Refusal(f"it was {row.status} already")


@dataclass(frozen=True, slots=True)
class WorkerTask:
    """A claimed attempt as a worker finds it."""

    attempt: ClaimedAttempt
    trunk_id: int
    campaign_fails: bool
    trunk_fails: bool
    """Whether there are failures for a success to clear."""
    circuit_opened_since: bool
    """Whether its trunk's circuit opened after it was claimed."""


def load_worker_task(connection: Connection, attempt_id: int, now: datetime) -> WorkerTask | None:
    """The attempt that a worker was given; None when it is not `claimed` any more: sent by another, or taken back."""
    row = run(
        connection,
        """SELECT a.id, a.campaign_id, a.token, a.phone, a.trunk_id, coalesce(a.caller_id, c.caller_id) AS caller_id,
             CAST(coalesce(a.message, c.message) AS text) AS message, t.variables,
             a.contact_id, a.number, a.profile_id, a.rulebook_id, coalesce(c.ring_seconds, 30) AS ring_seconds,
             coalesce(c.longest_call_seconds, 300) AS longest_call_seconds,
             coalesce(c.machine_detection, 'balanced') AS machine_detection,
             coalesce(c.failures, 0) > 0 AS campaign_fails, k.failures > 0 AS trunk_fails,
             coalesce(k.circuit_until > :now AND k.last_error_at > a.claimed_at, false) AS shut_since
           FROM attempts a JOIN trunks k ON k.id = a.trunk_id LEFT JOIN campaigns c ON c.id = a.campaign_id
             LEFT JOIN contacts t ON t.id = a.contact_id
           WHERE a.id = :id AND a.status = 'claimed'""",
        {"id": attempt_id, "now": now},
    ).one_or_none()
    if row is None:
        return None
    return WorkerTask(
        ClaimedAttempt(
            row.id,
            row.campaign_id,
            row.token,
            row.phone,
            row.caller_id,
            row.message or "{}",
            row.variables,
            row.contact_id,
            row.number,
            row.profile_id,
            row.rulebook_id,
            row.ring_seconds,
            row.longest_call_seconds,
            row.machine_detection,
        ),
        row.trunk_id,
        bool(row.campaign_fails),
        bool(row.trunk_fails),
        bool(row.shut_since),
    )
