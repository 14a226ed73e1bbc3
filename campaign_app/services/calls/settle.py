"""Settle: the one place where news becomes status. Events, polls, replies and reaps all end here.

Late, repeated and reordered news change nothing: an attempt moves only as domain.attempt.TRANSITIONS has it, and its
contact and the counters move only with it, in the same transaction. What they tell besides (when it was answered, by
whom, the provider's own id) still fills what is empty: an `in-progress` may come after the outcome.
"""

from __future__ import annotations

import json
import logging
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection

from campaign_app.domain.attempt import OUTCOMES, RANK, AnsweredBy, AttemptStatus, CallUpdate, may_follow
from campaign_app.domain.contact import ContactStatus
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.retry import RetryPolicy, decide_retry, parse_retry
from campaign_app.domain.script import Disposition, stronger_disposition
from campaign_app.models import dump_json
from campaign_app.queries import durable_counters, opt_outs
from campaign_app.queries import settle as settle_queries
from campaign_app.queries.counters import RESPONSE_NAME_LENGTH, CounterChanges, slot_of
from campaign_app.queries.settle import AttemptChange, ContactChange, LateDetails, LockedAttempt

log = logging.getLogger("switchboard.settle")

UNMATCHED_EVENTS = "events_unknown_token"
"""What is counted of news that no attempt is known to."""
POLL_AFTER = timedelta(seconds=15)
"""How long an accepted call may be silent before the provider is asked about it."""
POLL_DOUBT_AFTER = timedelta(seconds=3)
"""The same for one of which we do not know whether it was accepted."""


class SourcedUpdate(NamedTuple):
    """News, and what the engine adds to it.

    `source` is `engine`, `event`, `poll` or `callback`. `only_from` makes it a compare-and-set: it is applied to an
    attempt that stands at one of these statuses, else dropped. `again_after` (seconds) puts a released contact's next
    turn off; `quiet` keeps what is no message of the provider's out of the raw events.
    """

    update: CallUpdate
    source: str
    only_from: frozenset[AttemptStatus] | None = None
    again_after: float = 0.0
    quiet: bool = False


@dataclass(slots=True)
class _AttemptUpdates:
    """What a batch tells about one attempt: the decisive report, and details that other ones of it carry."""

    decisive: SourcedUpdate
    provider_ref: str | None = None
    answered_by: AnsweredBy | None = None
    disposition: str | None = None
    answered_at: datetime | None = None
    placed_at: datetime | None = None
    key: str | None = None
    detected_after: float | None = None

    def add_update(self, sourced: SourcedUpdate) -> None:
        update = sourced.update
        if may_follow(self.decisive.update.status, update.status):
            self.decisive = sourced
        self.provider_ref = self.provider_ref or update.provider_ref
        self.answered_by = self.answered_by or update.answered_by
        if update.disposition is not None:
            self.disposition = stronger_disposition(update.disposition, self.disposition)
        if update.key is not None:
            self.key = self.key or update.key
        if update.detected_after is not None:
            self.detected_after = update.detected_after
        if update.status is AttemptStatus.IN_PROGRESS:
            self.answered_at = min(self.answered_at or update.at, update.at)
        if update.status is AttemptStatus.QUEUED:
            self.placed_at = update.at

    def to_details(self, token: str) -> LateDetails:
        return LateDetails(
            token,
            self.provider_ref,
            None if self.answered_by is None else self.answered_by.value,
            self.disposition,
            self.placed_at,
            self.answered_at,
        )


def apply_updates(
    connection: Connection, updates: Sequence[SourcedUpdate], *, now: datetime, rng: random.Random
) -> int:
    """Apply a batch of news. Returns how many attempts changed; unknown tokens are kept as raw events, and counted."""
    if not updates:
        return 0
    settle_queries.append_raw_events(
        connection,
        [
            (r.update.token, r.update.at, r.source, r.update.status.value, r.update.raw)
            for r in updates
            if not r.quiet
        ],
        now,
    )
    updates_by_token: dict[str, _AttemptUpdates] = {}
    for sourced in updates:
        attempt_updates = updates_by_token.get(sourced.update.token)
        if attempt_updates is None:
            attempt_updates = updates_by_token[sourced.update.token] = _AttemptUpdates(sourced)
        attempt_updates.add_update(sourced)
    locked_attempts = settle_queries.lock_attempts(connection, list(updates_by_token))
    unknown = {UNMATCHED_EVENTS: len(updates_by_token) - len(locked_attempts)}
    if unknown[UNMATCHED_EVENTS]:
        log.warning(
            "%s of %s pieces of news name no attempt of ours",
            unknown[UNMATCHED_EVENTS],
            len(updates_by_token),
        )
    changes = CounterChanges()
    _record_responses(
        connection, [(h, updates_by_token[h.token]) for h in locked_attempts.values()], changes, now
    )
    applicable = [
        (h, updates_by_token[h.token])
        for h in locked_attempts.values()
        if _update_applies(h, updates_by_token[h.token].decisive)
    ]
    if len(applicable) < len(locked_attempts):
        applicable_tokens = {h.token for h, _ in applicable}
        other_details = [
            updates_by_token[token].to_details(token)
            for token in locked_attempts
            if token not in applicable_tokens
        ]
        settle_queries.fill_details(connection, [details for details in other_details if details])
    if not applicable:
        changes.apply_changes(connection)
        durable_counters.add_to_counters(connection, unknown)
        return 0
    ended_attempts = [h for h, story in applicable if story.decisive.update.status in OUTCOMES]
    stored_policies = settle_queries.load_retry_policies(
        connection, sorted({h.campaign_id for h in ended_attempts if h.campaign_id is not None})
    )
    policies = {
        campaign_id: _read_retry_policy(policy, campaign_id)
        for campaign_id, policy in stored_policies.items()
    }
    attempts: list[AttemptChange] = []
    contacts: list[ContactChange] = []
    outcomes: Counter[tuple[int, AttemptStatus, AttemptStatus, datetime, datetime | None]] = Counter()
    for attempt, attempt_updates in applicable:
        counts = True
        if attempt_updates.decisive.update.status in OUTCOMES:
            if attempt.campaign_id is not None:
                counts, contact = _contact_after(
                    attempt, attempt_updates, policies[attempt.campaign_id], now, rng
                )
                contacts.append(contact)
                # By when it ended, not by when we heard: so it can be counted again from the rows.
                slot = slot_of(attempt_updates.decisive.update.at)
                before_slot = None if attempt.ended_at is None else slot_of(attempt.ended_at)
                outcomes[
                    attempt.campaign_id,
                    attempt.status,
                    attempt_updates.decisive.update.status,
                    slot,
                    before_slot,
                ] += 1
            else:
                counts = attempt_updates.decisive.update.status is not AttemptStatus.RELEASED
        attempts.append(_attempt_after(attempt, attempt_updates, counts, now))
    settle_queries.apply_attempts(connection, attempts)
    for (campaign_id, was, became, slot, before_slot), times in outcomes.items():
        changes.count_outcome(campaign_id, was, became, slot, before_slot, times)
    if contacts:
        before = {change.id: change.before for change in contacts}
        applied_contacts = settle_queries.apply_contacts(connection, contacts)
        moves = Counter(
            (campaign_id, before[contact_id], after) for contact_id, campaign_id, after in applied_contacts
        )
        for (campaign_id, left, entered), times in moves.items():
            changes.count_contact(campaign_id, left, entered, times)
    changes.apply_changes(connection)
    durable_counters.add_to_counters(connection, unknown)
    return len(applicable)


def _record_responses(
    connection: Connection,
    attempts: Sequence[tuple[LockedAttempt, _AttemptUpdates]],
    changes: CounterChanges,
    now: datetime,
) -> None:
    """What callees heard and did: the strongest disposition stands, the first key, the first verdict; each is counted
    when it is new. Who opts out is listed here and now, whatever became of the call."""
    response_rows: list[tuple[int, str | None, int | None]] = []
    opt_out_rows: list[tuple[str, int | None]] = []
    for attempt, attempt_updates in attempts:
        if (
            attempt_updates.disposition is None
            and attempt_updates.key is None
            and attempt_updates.detected_after is None
        ):
            continue
        if attempt_updates.disposition == Disposition.OPTED_OUT:
            # Whatever we know of the call: who says "never again" is believed.
            opt_out_rows.append((attempt.phone, attempt.campaign_id))
        if attempt.status is AttemptStatus.RELEASED:
            attempt_updates.disposition = None
            continue
        attempt_updates.disposition = stronger_disposition(attempt_updates.disposition, attempt.disposition)
        key = attempt_updates.key if attempt.key is None else None
        detect_ms = None
        if attempt_updates.detected_after is not None and attempt.detect_ms is None:
            detect_ms = int(attempt_updates.detected_after * 1000)
        if key is not None or detect_ms is not None:
            response_rows.append((attempt.id, key, detect_ms))
        if attempt.campaign_id is None:
            continue
        if attempt_updates.disposition is not None and attempt_updates.disposition != attempt.disposition:
            changes.count_response(
                attempt.campaign_id, f"disposition:{attempt_updates.disposition}"[:RESPONSE_NAME_LENGTH]
            )
            if attempt.disposition is not None:
                changes.count_response(
                    attempt.campaign_id, f"disposition:{attempt.disposition}"[:RESPONSE_NAME_LENGTH], -1
                )
        if key is not None:
            changes.count_response(attempt.campaign_id, f"key:{key}")
        if detect_ms is not None:
            changes.count_response(attempt.campaign_id, "detections")
            changes.count_response(attempt.campaign_id, "detection-ms", detect_ms)
    settle_queries.record_responses(connection, response_rows)
    opt_outs.add_opt_outs(connection, opt_out_rows, now)


def _update_applies(attempt: LockedAttempt, sourced: SourcedUpdate) -> bool:
    if sourced.only_from is not None and attempt.status not in sourced.only_from:
        return False
    return may_follow(attempt.status, sourced.update.status)


def _attempt_after(
    attempt: LockedAttempt, attempt_updates: _AttemptUpdates, counts: bool, now: datetime
) -> AttemptChange:
    update = attempt_updates.decisive.update
    has_ended = update.status in OUTCOMES
    poll = POLL_DOUBT_AFTER if update.status is AttemptStatus.IN_DOUBT else POLL_AFTER
    return AttemptChange(
        id=attempt.id,
        status=update.status.value,
        rank=RANK[update.status],
        counts=counts,
        provider_ref=attempt_updates.provider_ref,
        answered_by=None if attempt_updates.answered_by is None else attempt_updates.answered_by.value,
        disposition=attempt_updates.disposition,
        cause=update.cause,
        q850=update.q850,
        sip_code=update.sip_code,
        placed_at=attempt_updates.placed_at,
        answered_at=attempt_updates.answered_at,
        ended_at=update.at if has_ended else None,
        poll_at=None if has_ended else now + poll,
    )


def _contact_after(
    attempt: LockedAttempt,
    attempt_updates: _AttemptUpdates,
    policy: RetryPolicy,
    now: datetime,
    rng: random.Random,
) -> tuple[bool, ContactChange]:
    """Whether the attempt counts, and what becomes of its contact."""
    update = attempt_updates.decisive.update
    assert attempt.contact_id is not None
    if attempt.status is AttemptStatus.UNRESOLVED:
        # Late evidence. The contact was exhausted with the attempt and is not called again, whatever it was.
        after = (
            ContactStatus.COMPLETED if update.status is AttemptStatus.COMPLETED else ContactStatus.EXHAUSTED
        )
        return True, ContactChange(
            attempt.contact_id, ContactStatus.EXHAUSTED, after, None, attempt.try_number
        )
    decision = decide_retry(
        policy,
        outcome=update.status,
        # A machine may have been told of long before the call ended.
        answered_by=attempt_updates.answered_by or attempt.answered_by,
        permanent=update.permanent,
        congestion=update.congestion,
        tries=attempt.try_number,
        free_attempts=attempt.number - attempt.try_number,
        now=now,
        jitter=rng.random(),
    )
    due = decision.due_at
    if due is not None and attempt_updates.decisive.again_after:
        due = max(due, now + timedelta(seconds=attempt_updates.decisive.again_after))
    tries = attempt.try_number if decision.counts else attempt.try_number - 1
    return decision.counts, ContactChange(
        attempt.contact_id, ContactStatus.DIALING, decision.status, due, tries
    )


def _read_retry_policy(stored: Any, campaign_id: int) -> RetryPolicy:
    """The campaign's policy; where somebody broke it by hand, none of its calls is tried again, and the others' news
    is settled all the same."""
    try:
        return _parse_stored_retry(stored if isinstance(stored, str) else dump_json(stored))
    except (InvalidInput, ValueError) as error:
        log.error("campaign %s: its retry policy cannot be read: %s", campaign_id, error)
        return RetryPolicy(0)


@lru_cache(maxsize=1024)
def _parse_stored_retry(stored: str) -> RetryPolicy:
    return parse_retry(json.loads(stored))


def wrap_updates(updates: Iterable[CallUpdate], source: str) -> list[SourcedUpdate]:
    return [SourcedUpdate(item, source) for item in updates]


def make_release_updates(
    tokens: Iterable[str],
    cause: str,
    now: datetime,
    *,
    only_from: AttemptStatus = AttemptStatus.CLAIMED,
    again_after: float = 0.0,
) -> list[SourcedUpdate]:
    """Attempts that certainly were not sent go back; by default only from `claimed`, where that is sure."""
    return [
        SourcedUpdate(
            CallUpdate(token, AttemptStatus.RELEASED, now, cause=cause),
            "engine",
            only_from=frozenset({only_from}),
            again_after=again_after,
            quiet=True,
        )
        for token in tokens
    ]
