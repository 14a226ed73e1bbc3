"""Second person: a start that may call many people needs two of those who may start it, and so do people who are added
after it, together as many."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain.campaign import CampaignStatus
from campaign_app.domain.errors import StateConflict
from campaign_app.models import AuditEntry, StartApproval, StartRequest
from campaign_app.queries.second_person import count_unapproved, exceeds_one_person, lock_start_request
from campaign_app.services import audit
from campaign_app.services.campaigns import get_campaign

REQUEST_LASTS = timedelta(hours=24)
ASKED = "campaign.ask-start"


def find_second_person_refusal(
    session: Session, campaign_id: int, *, above: int, person: str, actor: str, now: datetime
) -> str | None:
    """None where the campaign may start or resume; else the request is kept, and this is the sentence to show. `above`
    is the number of people that one may start alone, 0 for any; `person` is who asks, whatever token they use. Raises
    NotFound."""
    status = get_campaign(session, campaign_id).status
    if not above:
        return None
    # A draft may have been changed since two people agreed to a start that was then refused.
    people, last_contact = count_unapproved(
        session.connection(), campaign_id, all_of_them=status == CampaignStatus.DRAFT
    )
    if people <= above:
        return None
    last_change = _last_change(session, campaign_id)
    request = lock_start_request(session, campaign_id)
    counts = (
        request is not None
        and now - request.asked_at < REQUEST_LASTS
        and (request.contacts, request.last_change) == (people, last_change)
    )
    if request is not None and counts and request.asked_by != person:
        session.delete(request)
        session.merge(
            StartApproval(
                campaign_id=campaign_id, last_contact=last_contact, approved_by=person, approved_at=now
            )
        )
        return None
    if request is None or not counts:
        session.merge(
            StartRequest(
                campaign_id=campaign_id,
                asked_by=person,
                asked_at=now,
                contacts=people,
                last_change=last_change,
            )
        )
        audit.record_audit_entry(
            session,
            actor=actor,
            action=ASKED,
            object_type="campaign",
            object_id=campaign_id,
            now=now,
            people=people,
        )
    return (
        f"{people:,} people would be called, and more than {above:,} need a second person: somebody else has to press"
        f" {'Start' if status == CampaignStatus.DRAFT else 'Resume'} within 24 hours, with nothing changed meanwhile"
    )


def describe_added(above: int) -> str:
    """Why a campaign is paused to which so many people were added that one person alone may not let them be called."""
    return f"more than {above:,} people were added since two people agreed: two have to press Resume"


def check_approved(session: Session, campaign_id: int, above: int) -> None:
    """Raises StateConflict where more than `above` (0: any) people of the campaign have nobody's second word."""
    if above and exceeds_one_person(session.connection(), campaign_id, above):
        raise StateConflict(describe_added(above))


def check_may_be_added(session: Session, campaign_id: int, above: int) -> None:
    """After people were added to a campaign, in the same transaction. Raises StateConflict, which undoes it, where it
    runs and more than `above` people of it have nobody's second word."""
    if get_campaign(session, campaign_id).status != CampaignStatus.RUNNING:
        return
    if above and exceeds_one_person(session.connection(), campaign_id, above):
        raise StateConflict(
            f"nobody was added: more than {above:,} people would be called since two people agreed. Pause the campaign,"
            " add them, and have two people press Resume"
        )


def _last_change(session: Session, campaign_id: int) -> int:
    newest = (
        select(AuditEntry.id)
        .where(
            AuditEntry.object_type == "campaign",
            AuditEntry.object_id == str(campaign_id),
            AuditEntry.action != ASKED,
            AuditEntry.action.not_in(("campaign.export", "campaign.reveal")),
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    return session.scalar(newest) or 0
