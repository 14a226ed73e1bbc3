"""Campaign service: create, change, start, pause, stop and archive."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain.campaign import (
    FIELD_RULES,
    UNARCHIVE,
    CallOrder,
    CampaignSpec,
    CampaignStatus,
    check_action,
    check_campaign,
    check_resume_at,
    check_transition,
    spec_to_api,
    to_rfc3339,
)
from campaign_app.domain.campaign_consent import BEST_CONSENT
from campaign_app.domain.dial_profile import DialProfile
from campaign_app.domain.errors import FieldError, Forbidden, InvalidInput, NotFound, StateConflict
from campaign_app.domain.message import Message
from campaign_app.domain.retry import RetryPolicy, parse_retry
from campaign_app.domain.rulebook import CampaignClock, Purpose, is_looser_purpose
from campaign_app.domain.timeline import find_lasting_refusal, never_meets
from campaign_app.models import Attempt, AuditEntry, Campaign, CampaignCounters, Role, Trunk
from campaign_app.queries import claim as claim_queries
from campaign_app.queries import contacts as contact_queries
from campaign_app.queries import locks
from campaign_app.queries import recordings as recording_queries
from campaign_app.queries.call_order import reorder_queue
from campaign_app.queries.dial_profiles import list_queue_profiles
from campaign_app.queries.lists import restart_sweeps
from campaign_app.queries.open_calls import keep_message_of_open_calls
from campaign_app.services import audit, trunks
from campaign_app.services.campaign_edits import (
    check_editable,
    check_live_changes,
    check_version,
)
from campaign_app.services.campaign_specs import build_campaign_spec
from campaign_app.services.dialing_rules import DialingRules
from campaign_app.services.pack_editions import forget_edition, load_edition
from campaign_app.services.retry_changes import apply_retry_policy, describe_retry_change
from campaign_app.services.rulebooks import keep_rulebook, renew_rulebook
from campaign_app.services.start_checks import check_can_run

DELETED_KEPT = timedelta(days=30)
"""How long a deleted draft can be restored; then the upkeep removes it for good."""
CANCELED_AT_ONCE = 10_000
"""Contacts that a stop cancels itself; the engine cancels the rest piece by piece."""


def trunk_names(session: Session) -> list[str]:
    """The trunks' names, the default one first: what a campaign may name as its provider."""
    return list(session.scalars(select(Trunk.name).order_by(Trunk.id)))


def to_api(campaign: Campaign) -> dict[str, Any]:
    return {
        "id": campaign.id,
        "status": campaign.status,
        "created_at": to_rfc3339(campaign.created_at),
        "soft_start": campaign.soft_start,
        "resume_at": to_rfc3339(campaign.resume_at),
        "version": campaign.version,
        **spec_to_api(build_campaign_spec(campaign)),
    }


def get_campaign(session: Session, campaign_id: int) -> Campaign:
    """Raises NotFound."""
    campaign = session.get(Campaign, campaign_id)
    if campaign is None:
        raise NotFound(f"there is no campaign {campaign_id}")
    if campaign.deleted_at is not None:
        raise NotFound(
            f"campaign {campaign_id} was deleted; it can be restored for 30 days, in the list of deleted campaigns"
        )
    return campaign


def _lock_campaign(session: Session, campaign_id: int) -> Campaign:
    """The campaign as it is now, held until the transaction ends."""
    campaign = locks.lock_campaign(session, campaign_id)
    if campaign is None:
        raise NotFound(f"there is no campaign {campaign_id}")
    # The lock may have waited for a change of what rules are in use.
    forget_edition(session)
    return campaign


def _apply_spec(session: Session, campaign: Campaign, spec: CampaignSpec) -> None:
    trunk = session.scalars(select(Trunk).where(Trunk.name == spec.provider)).one()
    for name, rule in FIELD_RULES.items():
        if name != "provider":
            setattr(campaign, name, rule.to_column(getattr(spec, name)))
    campaign.trunk_id = trunk.id
    campaign.trunk = trunk


def check_recordings(session: Session, message: Message) -> None:
    """Raises Invalid for a recording that does not exist. One that does stays until the transaction has ended."""
    existing_hashes = recording_queries.lock_existing_hashes(session, message.recording_hashes)
    parts = {"message.recording": message.human, "message.machine.recording": message.machine}
    wrong_fields = [
        name
        for name, part in parts.items()
        if part and part.recording and part.recording not in existing_hashes
    ]
    if wrong_fields:
        raise InvalidInput(
            [FieldError(name, "there is no such recording: upload it first") for name in wrong_fields]
        )


def check_rules_role(role: Role, data: Mapping[str, object], before: Campaign | None = None) -> None:
    """Raises Forbidden where somebody who may not answer for that opens every hour of people's clocks, by the
    campaign's own clock alone or by the purpose of an emergency, changes a campaign for which an admin has answered, or
    says of one that was ever started that it calls for something else, by which rules fall away.
    `data` is in API shape, `before` what is stored; one of before there were purposes loses its clock anyway."""
    if role.allows(Role.ADMIN):
        return
    wide_open = (
        ("clock", CampaignClock.CAMPAIGN.value, "the campaign’s own clock calls"),
        ("purpose", Purpose.EMERGENCY.value, "an emergency calls"),
    )
    is_answered_for = before is not None and before.purpose is not None
    errors = []
    for name, value, words in wide_open:
        stored = getattr(before, name) if is_answered_for else None
        if data.get(name, stored) == value:
            text = f"{words} people at any hour of theirs: an admin answers for that, not an {role}"
            errors.append(FieldError(name, text if stored != value else f"{text}, also for changes"))
    purpose = data.get("purpose")
    was_started = before is not None and before.started_at is not None
    if was_started and not errors and is_looser_purpose(getattr(before, "purpose", None), purpose):
        text = (
            "it was started for another purpose, and rules that held would fall away: an admin answers for that, not an"
            f" {role}; a new campaign may have it"
        )
        errors.append(FieldError("purpose", text))
    if errors:
        raise Forbidden(errors)


def create_campaign(session: Session, data: Mapping[str, object], *, actor: str, now: datetime) -> Campaign:
    """A new draft from fields in API shape. Raises Invalid."""
    spec = check_campaign(data, providers=trunk_names(session), now=now, edition=load_edition(session))
    _check_recordings_and_trunk(session, spec)
    _check_windows_meet(session, spec, None, now)
    campaign = Campaign(
        status=CampaignStatus.DRAFT,
        created_at=now,
        created_by=actor,
        status_at=now,
        status_by=actor,
        failures=0,
    )
    _apply_spec(session, campaign, spec)
    session.add(campaign)
    session.flush()
    session.add(CampaignCounters(campaign_id=campaign.id))
    campaign.rulebook_id = keep_rulebook(
        session, spec.rulebook, campaign_id=campaign.id, actor=actor, now=now
    )
    session.flush()
    session.refresh(campaign)
    _record_audit(session, campaign, "create", actor, now, **spec_to_api(spec))
    return campaign


def update_campaign(
    session: Session,
    campaign_id: int,
    data: Mapping[str, object],
    *,
    actor: str,
    now: datetime,
    notes: list[str] | None = None,
    version: int | None = None,
) -> Campaign:
    """Change some fields of a draft, running (LIVE_FIELDS) or paused campaign; whoever waits for a retry waits by the
    new policy from now on, and open calls end as they began. `notes` gets a sentence of what that changed, `version` is
    the one that the caller has read (None: whatever it is). Raises Invalid, NotFound, Conflict; EditConflict where
    somebody else has saved it since."""
    campaign = _lock_campaign(session, campaign_id)
    check_editable(campaign)
    check_version(session, campaign, version)
    is_running = campaign.status == CampaignStatus.RUNNING
    before = spec_to_api(build_campaign_spec(campaign))
    kept = before
    if (
        campaign.purpose is None
        and not is_running
        and before["clock"] == CampaignClock.CAMPAIGN.value
        and before != {**before, **data}
    ):
        # From before there were purposes: it went by its own clock until now that it is edited.
        kept = {**before, "clock": CampaignClock.BOTH.value}
    spec = check_campaign(
        {**kept, **data}, providers=trunk_names(session), now=now, edition=load_edition(session)
    )
    if is_running:
        check_live_changes(before, spec_to_api(spec))
    if campaign.started_at is not None and campaign.purpose is not None and spec.purpose is None:
        raise InvalidInput(
            [
                FieldError(
                    "purpose",
                    f"a campaign that has been started keeps one: choose one of {', '.join(Purpose)}",
                )
            ]
        )
    _check_recordings_and_trunk(session, spec)
    if any(spec_to_api(spec)[name] != before[name] for name in HOURS_FIELDS):
        _check_windows_meet(session, spec, campaign_id, now)
    if spec.provider != campaign.trunk.name and _find_open_attempt(session, campaign_id):
        raise StateConflict(
            "its calls on the present trunk are still open: wait until they have ended, then change the trunk"
        )
    _apply_spec(session, campaign, spec)
    if not is_running or campaign.purpose is not None:
        renew_rulebook(session, campaign, spec.rulebook, actor=actor, now=now)
    after = spec_to_api(spec)
    changes = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
    if changes:
        _follow_changes(session, campaign, changes, actor, now, notes)
        if is_running and not CHECKED_AT_START.isdisjoint(changes):
            check_can_run(session, campaign, now)
    session.flush()
    return campaign


def _follow_changes(
    session: Session,
    campaign: Campaign,
    changes: Mapping[str, list[Any]],
    actor: str,
    now: datetime,
    notes: list[str] | None,
) -> None:
    """What a change of fields ({field: [before, after]}, in API shape) does to those who wait, and its audit row."""
    session.flush()
    details: dict[str, Any] = {"changed": changes}
    if "purpose" in changes:
        # Other lists bind it now.
        restart_sweeps(session.connection())
    if "message" in changes:
        # First: whoever settles calls locks attempts before counters, too.
        keep_message_of_open_calls(session.connection(), campaign.id, changes["message"][0])
    if not {"retry", "call_order"}.isdisjoint(changes):
        waiting = apply_retry_policy(session, campaign.id, *_read_policies(campaign, changes))
        details["waiting"] = waiting._asdict()
        if notes is not None and (note := describe_retry_change(waiting)):
            notes.append(note)
    if "call_order" in changes:
        order = CallOrder(campaign.call_order)
        details["reordered"] = reorder_queue(
            session.connection(), campaign.id, order, campaign.created_at, now
        )
    if "provider" in changes:
        contact_queries.requeue_refused_by_trunk(session, now, trunk_id=campaign.trunk_id)
    if campaign.status != CampaignStatus.RUNNING or "message" in changes:
        campaign.failures, campaign.backoff_until = 0, None
        campaign.last_error, campaign.last_error_at = None, None
    campaign.version += 1
    details["version"] = campaign.version
    _record_audit(session, campaign, "update", actor, _after_claims(session, campaign.id, now), **details)


def _read_policies(campaign: Campaign, changes: Mapping[str, list[Any]]) -> list[RetryPolicy]:
    """The retry policy before and after a change."""
    policies = changes.get("retry", [campaign.retry, campaign.retry])
    orders = changes.get("call_order", [campaign.call_order, campaign.call_order])
    return [
        replace(parse_retry(policy), other_hour=order == CallOrder.SPREAD)
        for policy, order in zip(policies, orders, strict=True)
    ]


def _after_claims(session: Session, campaign_id: int, now: datetime) -> datetime:
    """`now`, or just after the last claim: one that waited for the other's lock may have read the clock later. I8 goes
    by which of the two came first."""
    last = session.scalar(
        select(Attempt.claimed_at)
        .where(Attempt.campaign_id == campaign_id)
        .order_by(Attempt.id.desc())
        .limit(1)
    )
    return now if last is None or last < now else last + timedelta(microseconds=1)


CHECKED_AT_START = frozenset({"message", "timezone", "calling_windows", "starts_at", "ends_at"})
"""What can take away from a running campaign what its start was asked about."""
HOURS_FIELDS = ("purpose", "consent", "clock", "timezone", "calling_windows", "guard_seconds")
ANYBODY = DialProfile(("UTC",), None)
"""For windows that are read on each person's own clock it does not matter whose."""


def _check_windows_meet(session: Session, spec: CampaignSpec, campaign_id: int | None, now: datetime) -> None:
    """Raises InvalidInput where the windows never meet the hours at which anybody on the list may be called; without a
    list, where they meet nobody's."""
    if spec.purpose is None:
        return
    profiles: list[DialProfile] = []
    # The hours alone: what the message lacks and whose consent is missing can still be given, and the start asks.
    hours = replace(spec.rulebook, lacks=(), consent=BEST_CONSENT)
    if campaign_id is not None:
        connection = session.connection()
        profile_ids = [one.profile_id for one in list_queue_profiles(connection, campaign_id)]
        found = DialingRules().get_profiles(connection, profile_ids).values()
        # Whoever may not be called at any hour says nothing of the windows; the start says why.
        profiles = [
            profile
            for profile in found
            if profile.zones and find_lasting_refusal(hours, profile, now) is None
        ]
        if not profiles and any(profile.zones for profile in found):
            return
    # Without a list nobody knows whose rules hold: the installation's own do in any case.
    rulebook = hours if profiles else replace(hours, packs=())
    if not profiles and spec.timezone is None:
        profiles = [ANYBODY]
    if profiles and never_meets(rulebook, profiles, now, None):
        text = (
            "they never overlap with the hours when these people may be called for this purpose: choose other windows,"
            " another time zone, or whose clock counts"
        )
        raise InvalidInput([FieldError("calling_windows", text)])


def _find_open_attempt(session: Session, campaign_id: int) -> int | None:
    return session.scalar(
        select(Attempt.id).where(Attempt.campaign_id == campaign_id, Attempt.ended_at.is_(None)).limit(1)
    )


def clone_campaign(
    session: Session, campaign_id: int, *, actor: str, now: datetime, role: Role = Role.ADMIN
) -> Campaign:
    """A new draft with the same decisions and no contacts. A start or end that has passed is left out, and so is a
    clock or a purpose that `role` may not choose, or a clock that nobody chose: campaigns of before there were
    purposes had no other."""
    source = get_campaign(session, campaign_id)
    data = spec_to_api(build_campaign_spec(source))
    data["name"] = f"{source.name[:190]} (copy)"
    for field, at in (("starts_at", source.starts_at), ("ends_at", source.ends_at)):
        if at is not None and at <= now:
            data[field] = None
    if source.purpose is None or not role.allows(Role.ADMIN):
        data["clock"] = CampaignClock.BOTH.value
    if source.purpose == Purpose.EMERGENCY and not role.allows(Role.ADMIN):
        data["purpose"] = None
    return create_campaign(session, data, actor=actor, now=now)


def delete_campaign(session: Session, campaign_id: int, *, actor: str, now: datetime) -> None:
    """Delete a draft with its contacts; for DELETED_KEPT it can be restored. Anything that has dialed is kept: archive
    it instead (Conflict)."""
    campaign = _lock_campaign(session, campaign_id)
    if campaign.status != CampaignStatus.DRAFT:
        raise StateConflict(
            f"a campaign that is {campaign.status} is kept with its calls: stop and archive it instead"
        )
    _record_audit(session, campaign, "delete", actor, now, name=campaign.name)
    campaign.deleted_at, campaign.deleted_by = now, actor
    session.flush()


def restore_campaign(session: Session, campaign_id: int, *, actor: str, now: datetime) -> Campaign:
    """Bring a deleted draft back, with its contacts. Raises NotFound where it is gone, or was never deleted."""
    campaign = locks.lock_deleted_campaign(session, campaign_id)
    if campaign is None:
        raise NotFound(f"there is no deleted campaign {campaign_id}")
    campaign.deleted_at = campaign.deleted_by = None
    session.flush()
    _record_audit(session, campaign, "restore", actor, now)
    return campaign


def perform_campaign_action(
    session: Session,
    campaign_id: int,
    action: str,
    *,
    actor: str,
    now: datetime,
    reason: str | None = None,
    hang_up: bool = False,
    soft_start: int | None = None,
    until: datetime | None = None,
) -> Campaign:
    """Start, pause, resume, stop, archive or reopen (domain.campaign.ACTIONS).

    `hang_up`, with pause and stop, asks the provider to end the open calls; else they run to their end. `until`, with
    pause, is when the engine resumes it (UTC). `soft_start`, with start, is how many people are called before somebody
    says to go on (`proceed_campaign`). Raises IllegalTransition, which names both states, Conflict where the transition
    would be legal but pointless, and InvalidInput for an `until` that has passed.
    """
    if action in ("start", "resume"):
        locks.hold_rule_packs(session)
    campaign = _lock_campaign(session, campaign_id)
    before = CampaignStatus(campaign.status)
    new_status = check_action(action, before)
    resume_at = check_resume_at(until, now, "until") if action == "pause" else None
    if new_status is CampaignStatus.RUNNING:
        check_can_run(session, campaign, now)
        if campaign.purpose is not None:
            # The rules of countries may have changed since it was saved.
            rulebook = build_campaign_spec(campaign).rulebook
            renew_rulebook(session, campaign, rulebook, actor=actor, now=now)
        campaign.started_at = campaign.started_at or now
        if action == "start":
            campaign.soft_start = soft_start
            campaign.soft_start_at = None if soft_start is None else now
        campaign.failures, campaign.backoff_until, campaign.last_error, campaign.last_error_at = (
            0,
            None,
            None,
            None,
        )
    campaign.status = new_status
    campaign.status_at = now
    campaign.status_by = actor
    campaign.status_reason = reason or None
    campaign.resume_at = resume_at
    session.flush()
    detail: dict[str, Any] = {"before": before, "after": new_status, "reason": reason}
    if action == "start" and soft_start is not None:
        detail["soft_start"] = soft_start
    if resume_at is not None:
        detail["until"] = resume_at
    if new_status is CampaignStatus.STOPPED:
        detail["canceled"] = contact_queries.cancel_waiting_contacts(
            session.connection(), campaign_id, CANCELED_AT_ONCE
        )
    if hang_up and action in ("pause", "stop"):
        detail["hung_up"] = _request_hangups(session, campaign_id, now)
    _record_audit(session, campaign, action, actor, now, **detail)
    session.refresh(campaign)
    return campaign


def unarchive_campaign(session: Session, campaign_id: int, *, actor: str, now: datetime) -> Campaign:
    """Bring an archived campaign back to what it was before: completed or stopped, as the audit trail has it. Raises
    NotFound, and Conflict where it is not archived."""
    campaign = _lock_campaign(session, campaign_id)
    if campaign.status != CampaignStatus.ARCHIVED:
        raise StateConflict(f"a campaign that is {campaign.status} is not archived")
    detail = session.scalar(
        select(AuditEntry.detail)
        .where(
            AuditEntry.object_type == "campaign",
            AuditEntry.object_id == str(campaign_id),
            AuditEntry.action == "campaign.archive",
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    before = CampaignStatus((detail or {}).get("before", CampaignStatus.STOPPED))
    check_transition(CampaignStatus.ARCHIVED, before)
    campaign.status, campaign.status_at, campaign.status_by = before, now, actor
    campaign.status_reason = None
    session.flush()
    _record_audit(session, campaign, UNARCHIVE, actor, now, before=CampaignStatus.ARCHIVED, after=before)
    return campaign


def proceed_campaign(
    session: Session, campaign_id: int, people: int | None, *, actor: str, now: datetime
) -> Campaign:
    """Go on with a campaign that was started softly: `people` more, or everyone (None). Raises NotFound; Conflict where
    it calls everyone already, or does not run."""
    campaign = _lock_campaign(session, campaign_id)
    if campaign.status not in (CampaignStatus.RUNNING, CampaignStatus.PAUSED) or campaign.soft_start is None:
        raise StateConflict(
            f"there is nothing to continue: the campaign is {campaign.status}"
            + ("" if campaign.soft_start is None else ", after a soft start")
            + ("" if campaign.status != CampaignStatus.RUNNING else " and calls everyone already")
        )
    before = campaign.soft_start
    campaign.soft_start = people
    campaign.soft_start_at = None if people is None else now
    session.flush()
    _record_audit(session, campaign, "proceed", actor, now, before=before, people=people)
    return campaign


def count_soft_start_left(session: Session, campaign: Campaign) -> int | None:
    """How many more people a soft start may call, as the claim counts them; None: everyone may be called."""
    if campaign.soft_start is None or campaign.soft_start_at is None:
        return None
    begun = claim_queries.count_people_begun(session.connection(), campaign.id, campaign.soft_start_at)
    return max(campaign.soft_start - begun, 0)


def _request_hangups(session: Session, campaign_id: int, now: datetime) -> int:
    asked_attempts = session.execute(
        sa.update(Attempt)
        .where(
            Attempt.campaign_id == campaign_id, Attempt.ended_at.is_(None), Attempt.hangup_asked_at.is_(None)
        )
        .values(hangup_asked_at=now)
        .returning(Attempt.id)
    )
    return len(asked_attempts.all())


def _check_recordings_and_trunk(session: Session, spec: CampaignSpec) -> None:
    """Raises Invalid with every wrong field at once: where a recording does not exist, and where the trunk may not call
    from the campaign's number, not whom a key transfers to, or not for so long."""
    trunk = session.scalars(select(Trunk).where(Trunk.name == spec.provider)).one()
    checks: tuple[Callable[[], None], ...] = (
        lambda: check_recordings(session, spec.message),
        lambda: trunks.check_caller_id(trunk, spec.caller_id),
        lambda: trunks.check_transfers(trunk, spec.message),
        lambda: trunks.check_longest_call(trunk, spec.longest_call_seconds),
    )
    errors: list[FieldError] = []
    for check in checks:
        try:
            check()
        except InvalidInput as error:
            errors += error.errors
    if errors:
        raise InvalidInput(errors)


def _record_audit(
    session: Session, campaign: Campaign, verb: str, actor: str, now: datetime, **detail: Any
) -> None:
    audit.record_audit_entry(
        session,
        actor=actor,
        action=f"campaign.{verb}",
        object_type="campaign",
        object_id=str(campaign.id),
        now=now,
        **detail,
    )
