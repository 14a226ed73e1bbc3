"""Explanations: why a person is not being called now, all reasons at once, by the functions that the permit asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain import phone as phones
from campaign_app.domain.campaign import CampaignStatus, to_rfc3339
from campaign_app.domain.contact import ContactStatus
from campaign_app.domain.dial_profile import DialProfile
from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.domain.gate import DialGate, find_closed_gate, find_closed_trunk_gate
from campaign_app.domain.timeline import explain_hours
from campaign_app.models import Attempt, Campaign, Contact, DoNotCall
from campaign_app.services import recovery
from campaign_app.services.campaigns import build_campaign_spec
from campaign_app.services.dialing_rules import CallRequest, DialingRules, find_hours_refusal

WAITING = (ContactStatus.PENDING, ContactStatus.RETRY)


@dataclass(frozen=True, slots=True)
class NotCalledReason:
    """One reason: a code for programs, a sentence for people, and when it ends (None: when somebody acts)."""

    code: str
    sentence: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ContactAnswer:
    """What holds for one contact now."""

    contact: Contact
    campaign: Campaign
    profile: DialProfile
    reasons: list[NotCalledReason]


CLOSED_WORDS = {
    "zone-unknown": "nobody knows what time it is where the person is",
    "person-hours": "outside the hours at which the person may be called: {detail} in {zone}",
    "holiday": "{detail}, a public holiday in {zone}",
    "campaign-hours": "outside the campaign’s calling hours: {detail} in {zone}",
}


def explain_contact(session: Session, contact: Contact, now: datetime) -> ContactAnswer:
    """Every reason why the contact is not called at `now`; none where its call may begin with the next tick."""
    campaign = session.get_one(Campaign, contact.campaign_id)
    profile = DialingRules().get_profiles(session.connection(), [contact.profile_id])[contact.profile_id]
    status = ContactStatus(contact.status)
    reasons = [*_explain_number(session, contact)]
    if status not in WAITING:
        reasons.append(_explain_status(contact))
    else:
        reasons += _explain_campaign(session, campaign, now)
        reasons += _explain_person(session, campaign, contact, profile, now)
    return ContactAnswer(contact, campaign, profile, reasons)


def explain_number(session: Session, phone: str, now: datetime) -> tuple[str, list[ContactAnswer]]:
    """The number in E.164, and what holds for each contact that has it. Raises InvalidInput for what is no number."""
    try:
        number = phones.parse(phone, None)
    except phones.PhoneError as error:
        text = f"{error}; give it in full, such as +596 596 42 00 00"
        raise InvalidInput([FieldError("phone", text)]) from None
    contacts = session.scalars(select(Contact).where(Contact.phone == number).order_by(Contact.id)).all()
    return number, [explain_contact(session, contact, now) for contact in contacts]


def _explain_number(session: Session, contact: Contact) -> list[NotCalledReason]:
    listed = session.scalars(
        select(DoNotCall).where(
            DoNotCall.phone == contact.phone,
            (DoNotCall.campaign_id.is_(None)) | (DoNotCall.campaign_id == contact.campaign_id),
        )
    ).all()
    reasons = [
        NotCalledReason(
            "do-not-call",
            "the number is on the do-not-call list"
            + (" of this campaign" if entry.campaign_id is not None else "")
            + f", since {to_rfc3339(entry.created_at)}",
        )
        for entry in listed
    ]
    attempt = session.scalar(
        select(Attempt).where(Attempt.phone == contact.phone, Attempt.ended_at.is_(None)).limit(1)
    )
    if attempt is not None:
        reasons.append(
            NotCalledReason("being-called", f"the number is being called right now (call {attempt.id})")
        )
    return reasons


def _explain_status(contact: Contact) -> NotCalledReason:
    words = {
        ContactStatus.DIALING: "it is being called",
        ContactStatus.COMPLETED: "it was reached",
        ContactStatus.EXHAUSTED: "no more tries: its retries are used up, or the number cannot be called",
        ContactStatus.SUPPRESSED: "it was taken out of the queue",
        ContactStatus.CANCELED: "its campaign was stopped",
    }
    status = ContactStatus(contact.status)
    return NotCalledReason(contact.suppressed_by or status.value, words[status])


GATE_WORDS = {
    DialGate.NOT_RUNNING: "the campaign is {status}",
    DialGate.STARTS_LATER: "the campaign starts later",
    DialGate.ENDED: "the campaign’s end has passed",
    DialGate.BACKOFF: "calls of the campaign are failing, and it waits",
    DialGate.QUARANTINED: "dialing is on hold: the database was restored to an older state",
    DialGate.TRUNK_PAUSED: "the trunk is paused",
    DialGate.CIRCUIT_OPEN: "calls over the trunk are failing, and it waits",
}


def _explain_campaign(session: Session, campaign: Campaign, now: datetime) -> list[NotCalledReason]:
    """What holds for the whole campaign; its hours are told with the person's."""
    trunk = campaign.trunk
    gates = (
        find_closed_gate(
            status=CampaignStatus(campaign.status),
            schedule=None,
            starts_at=campaign.starts_at,
            ends_at=campaign.ends_at,
            backoff_until=campaign.backoff_until,
            now=now,
        ),
        find_closed_trunk_gate(
            paused_at=trunk.paused_at,
            circuit_until=trunk.circuit_until,
            now=now,
            quarantined=recovery.is_quarantined(session),
        ),
    )
    return [
        NotCalledReason(
            closed.gate.value, GATE_WORDS[closed.gate].format(status=campaign.status), closed.until
        )
        for closed in gates
        if closed is not None
    ]


def _explain_person(
    session: Session, campaign: Campaign, contact: Contact, profile: DialProfile, now: datetime
) -> list[NotCalledReason]:
    rulebook = build_campaign_spec(campaign).rulebook
    reasons = [
        NotCalledReason(
            closed.code,
            CLOSED_WORDS[closed.code].format(detail=closed.detail, zone=closed.zone),
            closed.until,
        )
        for closed in explain_hours(rulebook, profile, now)
    ]
    refusal = find_hours_refusal(rulebook, profile, now, rulebook.guard)
    if refusal is not None and refusal.closing:
        reasons.append(NotCalledReason("closing", "the hours end before it would ring", refusal.until))
    request = CallRequest(contact.phone, campaign.id, rulebook, profile)
    caps = DialingRules().find_caps(session.connection(), [request], now).get(contact.phone, [])
    for cap in caps:
        sentence = "another campaign called the number a short while ago"
        if cap.cap is not None:
            period = f"{cap.cap.per_hours} hours" if cap.cap.per_hours else f"a calendar {cap.cap.per}"
            sentence = f"the number was called {cap.cap.most} times in {period}"
        reasons.append(NotCalledReason(cap.code, sentence, cap.frees_at))
    if contact.due_at is not None and contact.due_at > now:
        reasons.append(NotCalledReason("due-later", "its next call is due later", contact.due_at))
    return reasons


def answers_to_api(answers: Sequence[ContactAnswer]) -> list[dict[str, Any]]:
    return [answer_to_api(answer) for answer in answers]


def answer_to_api(answer: ContactAnswer) -> dict[str, Any]:
    return {
        "contact_id": answer.contact.id,
        "campaign_id": answer.campaign.id,
        "campaign": answer.campaign.name,
        "status": answer.contact.status,
        "zones": list(answer.profile.zones),
        "derived": answer.profile.derived,
        "callable": not answer.reasons,
        "reasons": [
            {"code": reason.code, "detail": reason.sentence, "until": to_rfc3339(reason.until)}
            for reason in answer.reasons
        ],
    }
