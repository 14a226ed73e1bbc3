"""Pauses that end by themselves, and pausing or stopping every campaign at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain.campaign import ACTIONS, CampaignStatus, check_resume_at, to_rfc3339
from campaign_app.domain.errors import FieldError, InvalidInput, NotFound, StateConflict
from campaign_app.models import Campaign
from campaign_app.queries import locks
from campaign_app.services import audit
from campaign_app.services.campaigns import perform_campaign_action
from campaign_app.services.second_person import check_approved

STOP_ALL_WORDS = "stop all"
"""What somebody types, since stopped campaigns cannot be resumed."""
AS_PLANNED = "as planned when it was paused"


@dataclass(slots=True)
class CampaignsChanged:
    """What an action on every campaign did: ids, and why it was refused, by id."""

    done: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)


def list_campaigns_for(session: Session, action: str) -> Sequence[int]:
    """Ids of the campaigns that an action on all would change: those that run, or for a stop are paused as well.
    Drafts, which call nobody, stay drafts."""
    statuses = ACTIONS[action][1] - {CampaignStatus.DRAFT}
    return session.scalars(
        select(Campaign.id).where(Campaign.status.in_(sorted(statuses))).order_by(Campaign.id)
    ).all()


def pause_all_campaigns(
    session: Session,
    *,
    actor: str,
    now: datetime,
    reason: str | None = None,
    hang_up: bool = False,
    until: datetime | None = None,
) -> CampaignsChanged:
    """Pause whatever runs, in the caller's transaction. `until` (UTC) is when the engine resumes them. Raises
    InvalidInput for an `until` that has passed."""
    check_resume_at(until, now, "until")
    changed = CampaignsChanged()
    for campaign_id in list_campaigns_for(session, "pause"):
        try:
            perform_campaign_action(
                session,
                campaign_id,
                "pause",
                actor=actor,
                now=now,
                reason=reason,
                hang_up=hang_up,
                until=until,
            )
            changed.done.append(campaign_id)
        except (NotFound, StateConflict) as error:
            # It ended a moment ago.
            changed.refused[campaign_id] = str(error)
    return changed


def stop_all_campaigns(
    session: Session,
    *,
    actor: str,
    now: datetime,
    confirm: str,
    reason: str | None,
    hang_up: bool = False,
) -> CampaignsChanged:
    """Stop whatever runs or is paused, for good, in the caller's transaction. Raises InvalidInput unless `confirm` is
    STOP_ALL_WORDS and a reason is given."""
    errors = []
    if " ".join(confirm.split()).lower() != STOP_ALL_WORDS:
        errors.append(FieldError("confirm", f"type {STOP_ALL_WORDS} to stop every campaign"))
    if not (reason or "").strip():
        errors.append(FieldError("reason", "say why every campaign is stopped"))
    if errors:
        raise InvalidInput(errors)
    changed = CampaignsChanged()
    for campaign_id in list_campaigns_for(session, "stop"):
        try:
            perform_campaign_action(
                session, campaign_id, "stop", actor=actor, now=now, reason=reason, hang_up=hang_up
            )
            changed.done.append(campaign_id)
        except (NotFound, StateConflict) as error:
            changed.refused[campaign_id] = str(error)
    return changed


def plan_resume(
    session: Session, campaign_id: int, at: datetime | None, *, actor: str, now: datetime
) -> Campaign:
    """Change when a paused campaign resumes by itself (UTC); None: when somebody resumes it. Raises NotFound,
    Conflict where it is not paused, InvalidInput for a time that has passed."""
    campaign = locks.lock_campaign(session, campaign_id)
    if campaign is None:
        raise NotFound(f"there is no campaign {campaign_id}")
    if campaign.status != CampaignStatus.PAUSED:
        raise StateConflict(f"a campaign that is {campaign.status} has no pause to end: pause it first")
    before, campaign.resume_at = campaign.resume_at, check_resume_at(at, now, "at")
    if before != at:
        session.flush()
        audit.record_audit_entry(
            session,
            actor=actor,
            action="campaign.plan-resume",
            object_type="campaign",
            object_id=campaign_id,
            now=now,
            before=before or "nobody planned it",
            after=at or "when somebody resumes it",
        )
    return campaign


def list_due_resumes(session: Session, now: datetime) -> Sequence[int]:
    """Ids of the paused campaigns whose pause has ended."""
    return session.scalars(
        select(Campaign.id)
        .where(Campaign.status == CampaignStatus.PAUSED, Campaign.resume_at <= now)
        .order_by(Campaign.resume_at, Campaign.id)
    ).all()


def end_pause(session: Session, campaign_id: int, now: datetime, *, second_person_above: int = 0) -> bool:
    """Resume a campaign whose pause has ended, if that is still so. One that may not run any more stays paused, and
    says why. Whether it runs."""
    locks.hold_rule_packs(session)
    campaign = locks.lock_campaign(session, campaign_id)
    if campaign is None or campaign.status != CampaignStatus.PAUSED:
        return False
    planned = campaign.resume_at
    if planned is None or planned > now:
        return False
    try:
        check_approved(session, campaign_id, second_person_above)
        perform_campaign_action(session, campaign_id, "resume", actor="engine", now=now, reason=AS_PLANNED)
    except (InvalidInput, StateConflict) as error:
        campaign.resume_at = None
        campaign.last_error = f"It was to resume at {to_rfc3339(planned)} and is still paused: {error}"
        campaign.last_error_at = now
        session.flush()
        audit.record_audit_entry(
            session,
            actor="engine",
            action="campaign.stay-paused",
            object_type="campaign",
            object_id=campaign_id,
            now=now,
            planned=planned,
            error=str(error),
        )
        return False
    return True
