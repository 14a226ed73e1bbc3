"""Person export: what is held of a number, as JSON for the person who asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain import phone as phones
from campaign_app.domain.campaign import to_rfc3339
from campaign_app.domain.erasure import NumberFinder, is_forgotten
from campaign_app.models import (
    Attempt,
    Campaign,
    ConfirmedNumber,
    Contact,
    DoNotCall,
    DoNotCallRemoval,
    Recording,
)
from campaign_app.queries.forgotten import find_entry
from campaign_app.services import audit, contacts, do_not_call

COUNTED = ("contacts", "calls", "do_not_call", "do_not_call_removals")
MOST_CALLS = 10_000


def export_person(session: Session, phone: str, *, masked: bool, actor: str, now: datetime) -> dict[str, Any]:
    """Everything that is kept under a number (E.164), with the times and outcomes of its calls. With `masked` no number
    is told in full. Leaves an audit row without the number."""
    own = session.scalars(select(Contact).where(Contact.phone == phone).order_by(Contact.id)).all()
    calls = session.scalars(
        select(Attempt).where(Attempt.phone == phone).order_by(Attempt.id).limit(MOST_CALLS)
    ).all()
    campaigns = {
        campaign.id: campaign
        for campaign in session.scalars(
            select(Campaign).where(Campaign.id.in_({contact.campaign_id for contact in own}))
        )
    }
    forgotten = find_entry(session.connection(), phone)
    entries = session.scalars(select(DoNotCall).where(DoNotCall.phone == phone).order_by(DoNotCall.id)).all()
    removals = session.scalars(
        select(DoNotCallRemoval).where(DoNotCallRemoval.phone == phone).order_by(DoNotCallRemoval.id)
    ).all()
    confirmed = session.scalars(select(ConfirmedNumber).where(ConfirmedNumber.phone == phone)).all()
    exported: dict[str, Any] = {
        "phone": phone,
        "exported_at": to_rfc3339(now),
        "contacts": [_contact_to_json(contact, campaigns[contact.campaign_id]) for contact in own],
        "calls": [_call_to_json(call) for call in calls],
        "do_not_call": [do_not_call.to_api(entry) for entry in entries],
        "do_not_call_removals": [do_not_call.removal_to_api(removal) for removal in removals],
        "confirmed": [{"confirmed_at": to_rfc3339(one.confirmed_at)} for one in confirmed],
        "recordings": sorted(_list_recordings(session, list(campaigns.values()))),
        "forgotten_at": None if forgotten is None else to_rfc3339(forgotten.forgotten_at),
    }
    audit.record_audit_entry(
        session,
        actor=actor,
        action="person.export",
        object_type="person",
        object_id=phones.mask(phone),
        now=now,
        **{name: len(exported[name]) for name in COUNTED},
    )
    return _mask(exported, NumberFinder(phone)) if masked else exported


def _contact_to_json(contact: Contact, campaign: Campaign) -> dict[str, Any]:
    told = contacts.to_api(contact, [])
    del told["attempts"]
    return {**told, "campaign": campaign.name, "added_at": to_rfc3339(contact.created_at)}


def _call_to_json(call: Attempt) -> dict[str, Any]:
    told = contacts.attempt_to_api(call)
    return {
        **told,
        "campaign_id": call.campaign_id,
        "contact_id": call.contact_id,
        "message": call.stored_message,
    }


def _list_recordings(session: Session, campaigns: list[Campaign]) -> Iterator[str]:
    """The names of the sounds that the campaigns of the person played."""
    hashes = {value for campaign in campaigns for value in _find_hashes(campaign.stored_message)}
    if hashes:
        yield from session.scalars(select(Recording.name).where(Recording.sha256.in_(hashes)))


def _find_hashes(value: Any) -> Iterator[str]:
    match value:
        case dict():
            for name, item in value.items():
                if name == "recording" and isinstance(item, str):
                    yield item
                else:
                    yield from _find_hashes(item)
        case list():
            for item in value:
                yield from _find_hashes(item)


def _mask(exported: dict[str, Any], finder: NumberFinder) -> dict[str, Any]:
    """The same with numbers as pages show them to those who are no admin."""
    masked = {**exported, "phone": phones.mask(exported["phone"])}
    masked["contacts"] = [
        {
            **contact,
            "phone": phones.mask(contact["phone"]),
            "second_numbers": contact["second_numbers"]
            and [
                number if is_forgotten(number) else phones.mask(number)
                for number in contact["second_numbers"]
            ],
            "variables": {name: finder.scrub_text(value) for name, value in contact["variables"].items()},
        }
        for contact in exported["contacts"]
    ]
    for name in ("do_not_call", "do_not_call_removals"):
        masked[name] = [
            {
                **{
                    key: finder.scrub_text(text) if isinstance(text, str) else text
                    for key, text in entry.items()
                },
                "phone": phones.mask(entry["phone"]),
            }
            for entry in exported[name]
        ]
    masked["calls"] = [finder.scrub_json(call) for call in exported["calls"]]
    return masked
