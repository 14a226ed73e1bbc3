"""Unresolved calls: a person decides about them, and lets go of calls that never end."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain.attempt import AttemptStatus, CallUpdate, Decision
from campaign_app.domain.campaign import CampaignStatus
from campaign_app.domain.contact import ContactStatus, check_transition
from campaign_app.domain.errors import NotFound, StateConflict
from campaign_app.domain.retry import RetryPolicy, minimum_spacing
from campaign_app.domain.settlement import ContactChange, SourcedUpdate
from campaign_app.models import Attempt, AuditEntry, Campaign
from campaign_app.queries import locks, unresolved
from campaign_app.queries import settle as settle_queries
from campaign_app.queries.counters import CounterChanges
from campaign_app.services import audit
from campaign_app.services.calls.settle import apply_updates
from campaign_app.services.campaign_specs import build_campaign_spec
from campaign_app.services.campaigns import perform_campaign_action

MOST_AT_ONCE = 1000
"""Calls in one decision."""
OPEN_CAMPAIGNS = frozenset({CampaignStatus.RUNNING, CampaignStatus.PAUSED, CampaignStatus.COMPLETED})
jitter = random.SystemRandom()


class NotAgain(StrEnum):
    """Why somebody cannot be called again."""

    SINGLE_CALL = "single-call"
    NO_TRIES = "no-tries"
    CAMPAIGN_OVER = "campaign-over"


CONTACT_AFTER = {
    Decision.DONE: ContactStatus.COMPLETED,
    Decision.AGAIN: ContactStatus.RETRY,
    Decision.LEAVE: ContactStatus.EXHAUSTED,
}
"""What each decision makes of the contact of a call that was given up."""
DECIDE_ACTION = "call.decide"


@dataclass(frozen=True, slots=True)
class UndoResult:
    """How many calls wait for a decision again, and how many decisions stand because they were acted on since."""

    undone: int = 0
    acted_on: int = 0


@dataclass(frozen=True, slots=True)
class DecisionBatch:
    """Calls about which one person decided at one time. `entry_id`: the newest of their audit entries."""

    entry_id: int
    at: datetime
    actor: str
    decision: Decision
    attempts: list[Attempt]
    """Those whose decision can still be undone."""


@dataclass(slots=True)
class DecisionResult:
    """How many calls were decided, how many were left undecided and why, and which campaigns were completed and are
    paused now, because somebody waits in them again. `entry_id`: an audit entry by which all of it can be undone."""

    decided: int = 0
    refused: Counter[NotAgain] = field(default_factory=Counter)
    reopened: list[Campaign] = field(default_factory=list)
    entry_id: int | None = None


def find_refusal(attempt: Attempt, policy: RetryPolicy | None) -> NotAgain | None:
    """Why the person of an unresolved call cannot be called again; None where they can. `policy`: the campaign's."""
    if attempt.campaign is None or attempt.contact_id is None or policy is None:
        return NotAgain.SINGLE_CALL
    if attempt.campaign.status not in OPEN_CAMPAIGNS:
        return NotAgain.CAMPAIGN_OVER
    return NotAgain.NO_TRIES if attempt.try_number >= policy.max_attempts else None


def decide_calls(
    session: Session,
    decision: Decision,
    *,
    attempt_ids: Sequence[int] | None = None,
    campaign_id: int | None = None,
    until: datetime | None = None,
    actor: str,
    now: datetime,
) -> DecisionResult:
    """Decide about these calls; without `attempt_ids` about all of a campaign, or of every one, that were given up no
    later than `until` (UTC): what a page showed, and nothing that came since.

    A call that somebody has decided about meanwhile is passed over. Raises NotFound where none of the calls exists.
    """
    if attempt_ids is None:
        listed = unresolved.list_undecided(session, campaign_id=campaign_id, until=until, limit=MOST_AT_ONCE)
        attempt_ids = [attempt.id for attempt in listed]
    else:
        known = session.scalars(select(Attempt.id).where(Attempt.id.in_(attempt_ids))).all()
        if not known:
            raise NotFound("there is no such call")
        attempt_ids = list(known)
    policies = _lock_retry_policies(session, attempt_ids) if decision is Decision.AGAIN else {}
    decided, refused = _sort_calls(session, decision, attempt_ids, policies)
    unresolved.set_decision(session.connection(), [attempt.id for attempt in decided], decision.value)
    waiting_campaigns = _move_contacts(session, decided, decision, policies, now)
    entry = None
    for attempt in decided:
        entry = audit.record_audit_entry(
            session,
            actor=actor,
            action=DECIDE_ACTION,
            object_type="call",
            object_id=attempt.id,
            now=now,
            decision=decision,
            campaign=attempt.campaign_id,
        )
        session.expire(attempt, ["decision"])
    reopened = _reopen_campaigns(session, waiting_campaigns, actor, now)
    session.flush()
    return DecisionResult(len(decided), refused, reopened, None if entry is None else entry.id)


def undo_decisions(session: Session, attempt_ids: Sequence[int], *, actor: str, now: datetime) -> UndoResult:
    """Take decisions about unresolved calls back, until they are acted on: the calls wait for a decision again, and
    their contacts are what they were. A call whose person was called again meanwhile, is being called, or was listed
    keeps its decision; so does one whose outcome is known by now. Raises NotFound where none of the calls exists."""
    known = session.scalars(select(Attempt.id).where(Attempt.id.in_(attempt_ids))).all()
    if not known:
        raise NotFound("there is no such call")
    # The campaigns first, so that no claim takes a contact meanwhile.
    _lock_retry_policies(session, known)
    locked = unresolved.lock_undoable(session, known)
    changes = []
    for attempt in locked:
        after = CONTACT_AFTER[Decision(attempt.decision or "")]
        if attempt.contact_id is not None and after is not ContactStatus.EXHAUSTED:
            check_transition(after, ContactStatus.EXHAUSTED)
            changes.append(
                ContactChange(attempt.contact_id, after, ContactStatus.EXHAUSTED, None, attempt.try_number)
            )
        audit.record_audit_entry(
            session,
            actor=actor,
            action="call.undo-decision",
            object_type="call",
            object_id=attempt.id,
            now=now,
            was=attempt.decision,
            campaign=attempt.campaign_id,
        )
    unresolved.set_decision(session.connection(), [attempt.id for attempt in locked], None)
    _apply_contact_changes(session, changes)
    for attempt in locked:
        session.expire(attempt, ["decision"])
    session.flush()
    return UndoResult(len(locked), len(known) - len(locked))


def undo_batch(session: Session, entry_id: int, *, actor: str, now: datetime) -> UndoResult:
    """The same, of all decisions that were made together with the one of this audit entry."""
    entry = session.get(AuditEntry, entry_id)
    if entry is None or entry.action != DECIDE_ACTION:
        raise NotFound("there is no such decision")
    ids = [
        int(each.object_id)
        for each in unresolved.list_batch_entries(session, entry)
        if each.detail.get("decision") == entry.detail.get("decision")
    ]
    return undo_decisions(session, ids, actor=actor, now=now)


def list_recent_decisions(session: Session, *, limit: int) -> list[DecisionBatch]:
    """The latest decisions that can still be undone, newest first: those that were made together are one."""
    batches: dict[tuple[datetime, str, str], DecisionBatch] = {}
    seen: set[int] = set()
    for entries in unresolved.iterate_decision_entries(session):
        ids = {int(entry.object_id) for entry in entries} - seen
        attempts = {attempt.id: attempt for attempt in unresolved.list_undoable(session, ids)}
        for entry in entries:
            decision = str(entry.detail.get("decision"))
            if decision not in set(Decision):
                continue
            key = (entry.at, entry.actor, decision)
            if key not in batches:
                batches[key] = DecisionBatch(entry.id, entry.at, entry.actor, Decision(decision), [])
            attempt = attempts.get(int(entry.object_id))
            if attempt is not None and attempt.decision == decision:
                # A call that was decided twice is the later decision's.
                del attempts[attempt.id]
                seen.add(attempt.id)
                batches[key].attempts.append(attempt)
        recent = [batch for batch in batches.values() if batch.attempts][:limit]
        # Those that were decided together have one time: an older entry behind them all says that they are whole.
        if len(recent) == limit and entries[-1].at < min(batch.at for batch in recent):
            break
    return [batch for batch in batches.values() if batch.attempts][:limit]


def _lock_retry_policies(session: Session, attempt_ids: Sequence[int]) -> dict[int, RetryPolicy]:
    """The policies of the calls' campaigns, whose rows are locked: before the attempts, as a claim locks them."""
    campaign_ids = session.scalars(
        select(Attempt.campaign_id).where(Attempt.id.in_(attempt_ids)).distinct()
    ).all()
    policies = {}
    for campaign_id in sorted(one for one in campaign_ids if one is not None):
        campaign = locks.lock_campaign(session, campaign_id)
        if campaign is not None:
            policies[campaign_id] = build_campaign_spec(campaign).retry
    return policies


def _sort_calls(
    session: Session, decision: Decision, attempt_ids: Sequence[int], policies: dict[int, RetryPolicy]
) -> tuple[list[Attempt], Counter[NotAgain]]:
    """Those about which this can be decided, under their row locks, and how many of the others are refused, by why."""
    decided: list[Attempt] = []
    refused: Counter[NotAgain] = Counter()
    for attempt in unresolved.lock_undecided(session, attempt_ids):
        refusal = None
        if decision is Decision.AGAIN:
            refusal = find_refusal(attempt, policies.get(attempt.campaign_id or 0))
        if refusal is None:
            decided.append(attempt)
        else:
            refused[refusal] += 1
    return decided, refused


def _reopen_campaigns(session: Session, campaign_ids: set[int], actor: str, now: datetime) -> list[Campaign]:
    """Those of the campaigns that were completed are paused: somebody waits in them again."""
    reopened = []
    for campaign_id in sorted(campaign_ids):
        if session.get_one(Campaign, campaign_id).status == CampaignStatus.COMPLETED:
            reopened.append(
                perform_campaign_action(
                    session, campaign_id, "reopen", actor=actor, now=now, reason="somebody is called again"
                )
            )
    return reopened


def _move_contacts(
    session: Session,
    decided: Sequence[Attempt],
    decision: Decision,
    policies: dict[int, RetryPolicy],
    now: datetime,
) -> set[int]:
    """What a decision makes of the contacts, and the counters with them; the campaigns in which any moved."""
    if decision is Decision.LEAVE:
        return set()
    after = CONTACT_AFTER[decision]
    check_transition(ContactStatus.EXHAUSTED, after)
    changes = []
    for attempt in decided:
        if attempt.contact_id is None:
            continue
        due = None
        if decision is Decision.AGAIN and attempt.campaign_id is not None:
            spacing = timedelta(seconds=minimum_spacing(policies[attempt.campaign_id]))
            due = max(now, (attempt.dialing_at or attempt.claimed_at) + spacing)
        changes.append(
            ContactChange(attempt.contact_id, ContactStatus.EXHAUSTED, after, due, attempt.try_number)
        )
    return {
        campaign_id
        for campaign_id, status in _apply_contact_changes(session, changes)
        if status is ContactStatus.RETRY
    }


def _apply_contact_changes(
    session: Session, changes: Sequence[ContactChange]
) -> list[tuple[int, ContactStatus]]:
    """Move the contacts, and the counters with them; (campaign, status) of each that moved."""
    if not changes:
        return []
    before_by_id = {change.id: change.before for change in changes}
    connection = session.connection()
    counters = CounterChanges()
    moved = settle_queries.apply_contacts(connection, changes)
    for contact_id, campaign_id, status in moved:
        counters.count_contact(campaign_id, before_by_id[contact_id], status)
    counters.apply_changes(connection)
    return [(campaign_id, status) for _, campaign_id, status in moved]


def let_go(session: Session, attempt_id: int, *, actor: str, now: datetime) -> Attempt:
    """Free the line of a call that should have ended, whatever its provider says: it is unresolved from now on, and
    still upgraded by late evidence. Raises NotFound; Conflict where it has ended, or need not have ended yet."""
    attempt = locks.lock_attempt(session, attempt_id)
    if attempt is None:
        raise NotFound(f"there is no call {attempt_id}")
    if attempt.ended_at is not None:
        raise StateConflict(f"a call that is {attempt.status} has ended already")
    if attempt.overdue_at is None or attempt.overdue_at > now:
        raise StateConflict(
            "only a call that should have ended can be let go of"
            + (
                ""
                if attempt.overdue_at is None
                else f"; this one may last until {attempt.overdue_at:%H:%M} UTC"
            )
            + ": hang it up"
        )
    status = AttemptStatus(attempt.status)
    cause = f"somebody let go of it; the carrier said last that it was {status.value}"
    apply_updates(
        session.connection(),
        [
            SourcedUpdate(
                CallUpdate(attempt.token, AttemptStatus.UNRESOLVED, now, cause=cause),
                "engine",
                only_from=frozenset({status}),
            )
        ],
        now=now,
        rng=jitter,
    )
    audit.record_audit_entry(
        session,
        actor=actor,
        action="call.let-go",
        object_type="call",
        object_id=attempt_id,
        now=now,
        was=status,
    )
    session.flush()
    session.refresh(attempt)
    return attempt
