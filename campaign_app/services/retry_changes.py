"""Retry changes: a changed retry policy holds for those who wait already, too, in the transaction of the change."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from campaign_app.domain.attempt import AnsweredBy, AttemptStatus
from campaign_app.domain.contact import ContactStatus
from campaign_app.domain.retry import FREE_CONGESTION, RetryDecision, RetryPolicy, decide_retry
from campaign_app.domain.script import NOTHING_SAID
from campaign_app.queries.waiting_retries import (
    WaitingRetry,
    end_retries,
    list_waiting_retries,
    put_off_retries,
)

PIECE = 5_000


class RetryChange(NamedTuple):
    """What became of those who waited."""

    ended: int
    """Get no more tries."""
    moved: int
    """Have another time."""


def apply_retry_policy(
    session: Session, campaign_id: int, before: RetryPolicy, after: RetryPolicy
) -> RetryChange:
    """Decide anew about everybody who waits for a retry: after the last outcome, by the new policy. Whoever was put off
    for another reason (a cap, the hours) waits for that as well. The caller holds the campaign's lock."""
    connection = session.connection()
    ended = moved = last_id = 0
    while piece := list_waiting_retries(connection, campaign_id, last_id, PIECE):
        last_id = piece[-1].contact_id
        ends: dict[ContactStatus, list[int]] = {}
        times: list[tuple[int, datetime]] = []
        for one in piece:
            old, new = _decide(before, one), _decide(after, one)
            if new.due_at is None:
                ends.setdefault(new.status, []).append(one.contact_id)
            elif one.is_last and old.due_at != new.due_at:
                due = max(new.due_at, one.due_at) if one.deferred_by is not None else new.due_at
                if due != one.due_at:
                    times.append((one.contact_id, due))
        for status, contact_ids in ends.items():
            end_retries(connection, campaign_id, contact_ids, status)
            ended += len(contact_ids)
        put_off_retries(connection, times)
        moved += len(times)
    return RetryChange(ended, moved)


def _decide(policy: RetryPolicy, one: WaitingRetry) -> RetryDecision:
    """What a policy makes of the last outcome of somebody who waits; without jitter."""
    return decide_retry(
        policy,
        outcome=AttemptStatus(one.outcome),
        answered_by=None if one.answered_by is None else AnsweredBy(one.answered_by),
        permanent=False,
        congestion=False,
        tries=one.tries,
        free_attempts=FREE_CONGESTION,
        now=one.ended_at,
        jitter=0.0,
        nothing_said=one.disposition in NOTHING_SAID,
    )


def describe_retry_change(change: RetryChange) -> str:
    """`3 people who waited are not called again, 40 have another time.`; empty where nothing changed."""
    parts = []
    if change.ended:
        who = "1 person who waited is" if change.ended == 1 else f"{change.ended:,} people who waited are"
        parts.append(f"{who} not called again")
    if change.moved:
        who = "1 person has" if change.moved == 1 else f"{change.moved:,} people have"
        parts.append(f"{who} another time")
    return f"{', '.join(parts)}." if parts else ""
