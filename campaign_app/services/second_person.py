"""Second person: a start that may call many people needs two of those who may start it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.models import AuditEntry, StartRequest
from campaign_app.queries.people import lock_start_request
from campaign_app.services import audit
from campaign_app.services.campaigns import get_campaign

REQUEST_LASTS = timedelta(hours=24)
ASKED = "campaign.ask-start"


def find_second_person_refusal(
    session: Session, campaign_id: int, *, above: int, person: str, actor: str, now: datetime
) -> str | None:
    """None where the campaign may start; else the request is kept, and this is the sentence to show. `above` is the
    number of people that one may start alone, 0 for any; `person` is who asks, whatever token they use. Raises
    NotFound."""
    campaign = get_campaign(session, campaign_id)
    people = campaign.counters.contacts_pending
    if not above or people <= above:
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
        " Start within 24 hours, with nothing changed meanwhile"
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
