"""Settlement rules: what the updates about one call make of its attempt, its contact and what its callee answered.

Pure: services/calls/settle.py locks the attempts, asks `decide_outcome` about each, and writes what it returns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from .attempt import OUTCOMES, RANK, AnsweredBy, AttemptStatus, CallUpdate, Decision, may_follow
from .contact import ContactStatus, DeferredBy, check_transition
from .retry import RetryPolicy, decide_retry
from .script import NOTHING_SAID, Disposition, stronger_disposition

POLL_AFTER = timedelta(seconds=15)
"""How long an accepted call may be silent before the provider is asked about it."""
POLL_DOUBT_AFTER = timedelta(seconds=3)
"""The same for one of which we do not know whether it was accepted."""


class SourcedUpdate(NamedTuple):
    """A call update, and what the engine adds to it.

    `source` is `engine`, `event`, `poll` or `callback`. `only_from` makes it a compare-and-set: it is applied to an
    attempt that is at one of these statuses, else dropped. `again_after` (seconds) puts off a released contact's next
    turn, `again_at` (UTC) to an instant, for the reason `deferred_by`; `quiet` keeps an update out of the raw events,
    because it is no message of the provider's.
    """

    update: CallUpdate
    source: str
    only_from: frozenset[AttemptStatus] | None = None
    again_after: float = 0.0
    quiet: bool = False
    again_at: datetime | None = None
    deferred_by: DeferredBy | None = None


def wrap_updates(updates: Iterable[CallUpdate], source: str) -> list[SourcedUpdate]:
    return [SourcedUpdate(item, source) for item in updates]


def make_release_updates(
    tokens: Iterable[str],
    cause: str,
    now: datetime,
    *,
    only_from: AttemptStatus = AttemptStatus.CLAIMED,
    again_after: float = 0.0,
    again_at: datetime | None = None,
    deferred_by: DeferredBy | None = None,
) -> list[SourcedUpdate]:
    """Attempts that certainly were not sent go back; by default only from `claimed`, where that is sure."""
    return [
        SourcedUpdate(
            CallUpdate(token, AttemptStatus.RELEASED, now, cause=cause),
            "engine",
            only_from=frozenset({only_from}),
            again_after=again_after,
            quiet=True,
            again_at=again_at,
            deferred_by=deferred_by,
        )
        for token in tokens
    ]


@dataclass(slots=True)
class CallStory:
    """What one batch says about one attempt: its updates in their order, and the details that any of them carries.

    Details count whatever becomes of the update that carried them: who answered may be said after the outcome.
    """

    updates: list[SourcedUpdate] = field(default_factory=list)
    provider_ref: str | None = None
    answered_by: AnsweredBy | None = None
    disposition: str | None = None
    answered_at: datetime | None = None
    placed_at: datetime | None = None
    key: str | None = None
    detected_after: float | None = None
    tells_outcome: bool = False

    def add_update(self, sourced: SourcedUpdate) -> None:
        update = sourced.update
        self.updates.append(sourced)
        self.provider_ref = self.provider_ref or update.provider_ref
        self.answered_by = self.answered_by or update.answered_by
        if update.disposition is not None:
            self.disposition = stronger_disposition(update.disposition, self.disposition)
        self.key = self.key or update.key
        if update.detected_after is not None:
            self.detected_after = update.detected_after
        if update.status in OUTCOMES:
            self.tells_outcome = True
        elif update.status is AttemptStatus.IN_PROGRESS:
            self.answered_at = min(self.answered_at or update.at, update.at)
        elif update.status is AttemptStatus.QUEUED:
            self.placed_at = update.at


def collect_updates(updates: Iterable[SourcedUpdate]) -> dict[str, CallStory]:
    """A batch sorted by attempt: the story of each token."""
    stories: dict[str, CallStory] = {}
    for sourced in updates:
        story = stories.get(sourced.update.token)
        if story is None:
            story = stories[sourced.update.token] = CallStory()
        story.add_update(sourced)
    return stories


class LockedAttempt(NamedTuple):
    """An attempt under its row lock, as much of it as a decision needs."""

    id: int
    campaign_id: int | None
    contact_id: int | None
    token: str
    number: int
    try_number: int
    status: AttemptStatus
    answered_by: AnsweredBy | None
    phone: str
    disposition: str | None
    key: str | None
    detect_ms: int | None
    ended_at: datetime | None
    decision: str | None = None
    """What a person decided about it while it was unresolved."""


class AttemptChange(NamedTuple):
    """What an attempt becomes. None leaves a column as it is."""

    id: int
    status: str
    rank: int
    counts: bool
    provider_ref: str | None = None
    answered_by: str | None = None
    disposition: str | None = None
    cause: str | None = None
    q850: int | None = None
    sip_code: int | None = None
    placed_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    poll_at: datetime | None = None


class LateDetails(NamedTuple):
    """What is said of an attempt whose status stays. It fills what is empty."""

    token: str
    provider_ref: str | None = None
    answered_by: str | None = None
    disposition: str | None = None
    placed_at: datetime | None = None
    answered_at: datetime | None = None

    def __bool__(self) -> bool:
        """Whether there is anything besides the token."""
        return any(value is not None for value in self[1:])


class ContactChange(NamedTuple):
    """What a contact becomes, if it still is what it was when that was decided."""

    id: int
    before: ContactStatus
    after: ContactStatus
    due_at: datetime | None
    tries: int
    deferred_by: DeferredBy | None = None


class CalleeResponse(NamedTuple):
    """What the callee did that was not known before. `disposition` replaces a weaker one; `detect_ms` are the
    milliseconds until human or machine was decided."""

    disposition: str | None = None
    key: str | None = None
    detect_ms: int | None = None
    opted_out: bool = False


NO_RESPONSE = CalleeResponse()


class SettlementDecision(NamedTuple):
    """What becomes of one attempt. Without `change` its status stays, and `details` may fill what is empty."""

    attempt: LockedAttempt
    change: AttemptChange | None = None
    contact: ContactChange | None = None
    details: LateDetails | None = None
    response: CalleeResponse = NO_RESPONSE


def decide_outcome(
    attempt: LockedAttempt, story: CallStory, *, policy: RetryPolicy, now: datetime, jitter: float
) -> SettlementDecision:
    """What a batch makes of an attempt. `policy` is its campaign's (any, for a single call), `jitter` is in [0, 1)."""
    decisive = find_decisive_update(attempt, story.updates)
    response = decide_response(attempt, story, decisive)
    if decisive is None:
        return SettlementDecision(attempt, None, None, _late_details(attempt, story, response), response)
    counts, contact = True, None
    if decisive.update.status in OUTCOMES:
        if attempt.contact_id is None:
            counts = decisive.update.status is not AttemptStatus.RELEASED
        else:
            counts, contact = decide_contact(
                attempt, attempt.contact_id, story, decisive, policy, now, jitter
            )
    return SettlementDecision(
        attempt,
        _attempt_change(attempt, story, decisive.update, response, counts, now),
        contact,
        None,
        response,
    )


def find_decisive_update(attempt: LockedAttempt, updates: Sequence[SourcedUpdate]) -> SourcedUpdate | None:
    """The update that moves the attempt: of those that may follow its status the one that none of the others may
    follow, and the first of those. None where it stays as it is."""
    decisive: SourcedUpdate | None = None
    for sourced in updates:
        if update_applies(attempt, sourced) and (
            decisive is None or may_follow(decisive.update.status, sourced.update.status)
        ):
            decisive = sourced
    return decisive


def update_applies(attempt: LockedAttempt, sourced: SourcedUpdate) -> bool:
    if sourced.only_from is not None and attempt.status not in sourced.only_from:
        return False
    return may_follow(attempt.status, sourced.update.status)


def decide_response(
    attempt: LockedAttempt, story: CallStory, decisive: SourcedUpdate | None = None
) -> CalleeResponse:
    """What of the callee's own doing is new: the strongest disposition stands, the first key, the first detection.
    `decisive` is the update that moves the attempt, if any does."""
    if story.disposition is None and story.key is None and story.detected_after is None:
        return NO_RESPONSE
    # Whatever we know of the call: who says "never again" is believed.
    opted_out = story.disposition == Disposition.OPTED_OUT
    if attempt.status is AttemptStatus.RELEASED:
        return CalleeResponse(opted_out=opted_out)
    outcome = attempt.status if decisive is None else decisive.update.status
    disposition = attempt.disposition
    for update in (sourced.update for sourced in story.updates):
        # An end that did not come to pass says nothing: "busy", and late a "completed, hung up early", was busy.
        if update.status not in OUTCOMES or update.status is outcome:
            disposition = stronger_disposition(update.disposition, disposition)
    detect_ms = None
    if story.detected_after is not None and attempt.detect_ms is None:
        detect_ms = int(story.detected_after * 1000)
    return CalleeResponse(
        disposition if disposition != attempt.disposition else None,
        story.key if attempt.key is None else None,
        detect_ms,
        opted_out,
    )


def decide_contact(
    attempt: LockedAttempt,
    contact_id: int,
    story: CallStory,
    decisive: SourcedUpdate,
    policy: RetryPolicy,
    now: datetime,
    jitter: float,
) -> tuple[bool, ContactChange]:
    """Whether the ended attempt counts as a try, and what becomes of its contact. Raises IllegalTransition."""
    update = decisive.update
    deferred_by: DeferredBy | None = None
    nothing_said = stronger_disposition(story.disposition, attempt.disposition) in NOTHING_SAID
    if attempt.status is AttemptStatus.UNRESOLVED:
        # Late evidence. The contact was exhausted with the attempt and is not called again, whatever it was.
        before = after = ContactStatus.EXHAUSTED
        if update.status is AttemptStatus.COMPLETED and not nothing_said:
            after = ContactStatus.COMPLETED
            if attempt.decision == Decision.AGAIN:
                # Reached after all: the call that somebody asked for is not made, if it still waits.
                before = ContactStatus.RETRY
        counts, due, tries = True, None, attempt.try_number
    else:
        decision = decide_retry(
            policy,
            outcome=update.status,
            # A machine may have been told of long before the call ended.
            answered_by=story.answered_by or attempt.answered_by,
            permanent=update.permanent,
            congestion=update.congestion,
            tries=attempt.try_number,
            free_attempts=attempt.number - attempt.try_number,
            now=now,
            jitter=jitter,
            nothing_said=nothing_said,
        )
        before, after, counts, due = ContactStatus.DIALING, decision.status, decision.counts, decision.due_at
        if due is not None and decisive.again_after:
            due = max(due, now + timedelta(seconds=decisive.again_after))
        if due is not None and decisive.again_at is not None:
            due = max(due, decisive.again_at)
            deferred_by = decisive.deferred_by
        tries = attempt.try_number if counts else attempt.try_number - 1
    if after is not before:
        check_transition(before, after)
    return counts, ContactChange(contact_id, before, after, due, tries, deferred_by)


def _attempt_change(
    attempt: LockedAttempt,
    story: CallStory,
    update: CallUpdate,
    response: CalleeResponse,
    counts: bool,
    now: datetime,
) -> AttemptChange:
    has_ended = update.status in OUTCOMES
    # By position: one is made for each call, and named arguments take twice as long.
    return AttemptChange(
        attempt.id,
        update.status,
        RANK[update.status],
        counts,
        story.provider_ref,
        story.answered_by,
        response.disposition,
        update.cause,
        update.q850,
        update.sip_code,
        story.placed_at,
        story.answered_at,
        update.at if has_ended else None,
        None if has_ended else now + _poll_delay(update.status),
    )


def _poll_delay(status: AttemptStatus) -> timedelta:
    return POLL_DOUBT_AFTER if status is AttemptStatus.IN_DOUBT else POLL_AFTER


def _late_details(attempt: LockedAttempt, story: CallStory, response: CalleeResponse) -> LateDetails | None:
    details = LateDetails(
        attempt.token,
        story.provider_ref,
        None if story.answered_by is None else story.answered_by.value,
        response.disposition,
        story.placed_at,
        story.answered_at,
    )
    return details if details else None
