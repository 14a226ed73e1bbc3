"""Settlement of call updates: the one place where what a provider says becomes status. Events, polls, replies and reaps
all end here.

Late, repeated and reordered updates change nothing: an attempt moves only as domain.attempt.TRANSITIONS has it, and its
contact and the counters move only with it, in the same transaction. What they say besides (when it was answered, by
whom, the provider's own id) still fills what is empty: an `in-progress` may come after the outcome.
"""

from __future__ import annotations

import json
import logging
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection

from campaign_app.domain.attempt import KNOWN_ANSWERERS, STATUSES, AnsweredBy, AttemptStatus
from campaign_app.domain.campaign import CallOrder
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.retry import RetryPolicy, parse_retry
from campaign_app.domain.settlement import (
    NO_RESPONSE,
    CallStory,
    LockedAttempt,
    SettlementDecision,
    SourcedUpdate,
    collect_updates,
    decide_outcome,
)
from campaign_app.queries import durable_counters, opt_outs
from campaign_app.queries import settle as settle_queries
from campaign_app.queries.counters import RESPONSE_NAME_LENGTH, CounterChanges
from campaign_app.queries.fragments import slot_of

log = logging.getLogger("switchboard.settle")
call_log = logging.getLogger("switchboard.calls")

UNMATCHED_EVENTS = "events_unknown_token"
"""What is counted of updates about no attempt that is known."""
NEVER_AGAIN = RetryPolicy(0)


def apply_updates(
    connection: Connection, updates: Sequence[SourcedUpdate], *, now: datetime, rng: random.Random
) -> int:
    """Apply a batch of updates. Returns how many attempts changed; unknown tokens are kept as raw events, and counted.

    1. The raw events are kept. 2. The batch is sorted by attempt, and the attempts are locked. 3. Pure code decides
    what becomes of each (domain/settlement.py). 4. The decisions are written, and counted.
    """
    if not updates:
        return 0
    stories = collect_updates(updates)
    events = [
        (one.update.token, one.update.at, one.source, one.update.status, one.update.raw)
        for one in updates
        if not one.quiet
    ]
    attempts, stored_policies = settle_queries.lock_attempts(connection, list(stories), events, now=now)
    policies = _read_retry_policies(attempts, stories, stored_policies)
    decisions = [
        decide_outcome(
            attempt,
            stories[attempt.token],
            policy=policies.get(attempt.campaign_id, NEVER_AGAIN),
            now=now,
            jitter=rng.random(),
        )
        for attempt in attempts
    ]
    apply_decisions(connection, decisions, now)
    _count_unmatched(connection, len(stories), len(attempts))
    return sum(1 for decision in decisions if decision.change is not None)


def apply_decisions(connection: Connection, decisions: Sequence[SettlementDecision], now: datetime) -> None:
    """Write what was decided, and count it. In this order, which all writers have: attempts, contacts, counters."""
    changes = CounterChanges()
    responses = [decision for decision in decisions if decision.response is not NO_RESPONSE]
    settle_queries.record_responses(
        connection,
        [
            (attempt.id, response.key, response.detect_ms)
            for attempt, *_, response in responses
            if response.key is not None or response.detect_ms is not None
        ],
    )
    # Who opts out is listed here and now, whatever became of the call.
    opt_outs.add_opt_outs(
        connection,
        [(attempt.phone, attempt.campaign_id) for attempt, *_, response in responses if response.opted_out],
        now,
    )
    _count_responses(responses, changes)
    settle_queries.fill_details(connection, [d.details for d in decisions if d.details is not None])
    moves = settle_queries.apply_outcomes(
        connection,
        [d.change for d in decisions if d.change is not None],
        [d.contact for d in decisions if d.contact is not None],
    )
    for (campaign_id, left, entered), times in moves.items():
        changes.count_contact(campaign_id, left, entered, times)
    _count_ends(decisions, changes)
    changes.apply_changes(connection)
    if call_log.isEnabledFor(logging.INFO):
        _log_ended(decisions)


def _log_ended(decisions: Sequence[SettlementDecision]) -> None:
    """A line each: within the transaction, so one that is rolled back and done again is told twice."""
    for decision in decisions:
        attempt, change = decision.attempt, decision.change
        if change is not None and change.ended_at is not None:
            fields = {
                "attempt": attempt.token,
                "campaign": attempt.campaign_id,
                "to": attempt.phone,
                "outcome": change.status,
                "cause": change.cause,
            }
            call_log.info("ended", extra=fields)


def _count_unmatched(connection: Connection, token_count: int, attempt_count: int) -> None:
    unmatched = token_count - attempt_count
    if unmatched:
        log.warning("%s of %s call updates name no attempt of ours", unmatched, token_count)
    durable_counters.add_to_counters(connection, {UNMATCHED_EVENTS: unmatched})


def _read_retry_policies(
    attempts: Sequence[LockedAttempt],
    stories: Mapping[str, CallStory],
    stored: Mapping[int, tuple[str, str]],
) -> dict[int | None, RetryPolicy]:
    """The policies of the campaigns of which a call may end in this batch."""
    campaign_ids = {
        attempt.campaign_id
        for attempt in attempts
        if attempt.campaign_id is not None and stories[attempt.token].tells_outcome
    }
    return {
        campaign_id: _read_retry_policy(*stored[campaign_id], campaign_id) for campaign_id in campaign_ids
    }


def _read_retry_policy(stored: str, call_order: str, campaign_id: int) -> RetryPolicy:
    """The campaign's policy; where somebody broke it by hand, none of its calls is tried again, and the updates of the
    others are settled all the same."""
    try:
        return _parse_stored_retry(stored, call_order == CallOrder.SPREAD)
    except (InvalidInput, ValueError) as error:
        log.error("campaign %s: its retry policy cannot be read: %s", campaign_id, error)
        return NEVER_AGAIN


@lru_cache(maxsize=1024)
def _parse_stored_retry(stored: str, other_hour: bool) -> RetryPolicy:
    return replace(parse_retry(json.loads(stored)), other_hour=other_hour)


def _count_responses(decisions: Sequence[SettlementDecision], changes: CounterChanges) -> None:
    """Each response when it is new; a disposition takes the place of the weaker one."""
    for attempt, *_, response in decisions:
        campaign_id = attempt.campaign_id
        if campaign_id is None:
            continue
        if response.disposition is not None:
            changes.count_response(campaign_id, _disposition_name(response.disposition))
            if attempt.disposition is not None:
                changes.count_response(campaign_id, _disposition_name(attempt.disposition), -1)
        if response.key is not None:
            changes.count_response(campaign_id, f"key:{response.key}")
        if response.detect_ms is not None:
            changes.count_response(campaign_id, "detections")
            changes.count_response(campaign_id, "detection-ms", response.detect_ms)


def _disposition_name(disposition: str) -> str:
    return f"disposition:{disposition}"[:RESPONSE_NAME_LENGTH]


def _count_ends(decisions: Sequence[SettlementDecision], changes: CounterChanges) -> None:
    """Outcomes, and by whom completed calls were answered once it is known: with the outcome, or after it. By when a
    call ended, not by when we heard: so it can be counted again from the rows."""
    outcomes: Counter[tuple[int, AttemptStatus, str, datetime, datetime | None]] = Counter()
    answers: Counter[tuple[int, str, datetime]] = Counter()
    completed = AttemptStatus.COMPLETED
    for attempt, change, _, details, _ in decisions:
        campaign_id = attempt.campaign_id
        if campaign_id is None:
            continue
        answered_by, slot = None, None
        if change is not None:
            if change.ended_at is None:
                continue
            slot = slot_of(change.ended_at)
            before_slot = None if attempt.ended_at is None else slot_of(attempt.ended_at)
            outcomes[campaign_id, attempt.status, change.status, slot, before_slot] += 1
            if change.status == completed:
                answered_by = change.answered_by or attempt.answered_by
        elif (
            details is not None
            and attempt.status is completed
            and attempt.answered_by is None
            and attempt.ended_at is not None
        ):
            answered_by, slot = details.answered_by, slot_of(attempt.ended_at)
        if answered_by is not None and slot is not None and answered_by in KNOWN_ANSWERERS:
            answers[campaign_id, answered_by, slot] += 1
    for (campaign_id, before, after, slot, before_slot), times in outcomes.items():
        changes.count_outcome(campaign_id, before, STATUSES[after], slot, before_slot, times)
    for (campaign_id, answered_by, slot), times in answers.items():
        changes.count_answer(campaign_id, AnsweredBy(answered_by), slot, times)
