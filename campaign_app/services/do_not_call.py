"""Do-not-call service: numbers that are never dialed, for all campaigns or for one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campaign_app.domain import phone as phones
from campaign_app.domain.errors import FieldError, InvalidInput, NotFound
from campaign_app.models import Campaign, DoNotCall
from campaign_app.queries import contacts as contact_queries
from campaign_app.queries import tables
from campaign_app.services import audit


def add_do_not_call_entry(
    session: Session,
    phone_raw: str,
    *,
    region: str | None,
    campaign_id: int | None,
    reason: str | None,
    source: str,
    actor: str,
    now: datetime,
) -> DoNotCall:
    """Put a number on the list and suppress its waiting contacts; one that is listed already stays as it is.

    A call that is open goes on; its contact is suppressed when it ends. Raises Invalid, NotFound (the campaign).
    """
    try:
        phone = phones.parse(phone_raw, region)
    except phones.PhoneError as error:
        raise InvalidInput([FieldError("phone", str(error))]) from None
    if reason is not None and len(reason) > 500:
        raise InvalidInput([FieldError("reason", "keep it under 500 characters")])
    if campaign_id is not None and session.get(Campaign, campaign_id) is None:
        raise NotFound(f"there is no campaign {campaign_id}")
    existing_entry = tables.find_do_not_call_entry(session, phone, campaign_id)
    if existing_entry is not None:
        return existing_entry
    entry = DoNotCall(
        phone=phone,
        campaign_id=campaign_id,
        source=source,
        reason=reason or None,
        added_by=actor,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(entry)
            session.flush()
    except IntegrityError:
        # Somebody else listed it in this very moment.
        concurrent_entry = tables.find_do_not_call_entry(session, phone, campaign_id)
        assert concurrent_entry is not None
        return concurrent_entry
    suppressed_count = contact_queries.suppress_number(session.connection(), phone, campaign_id)
    audit.record_audit_entry(
        session,
        actor=actor,
        action="do-not-call.add",
        object_type="do-not-call",
        object_id=str(entry.id),
        now=now,
        phone=phone,
        campaign_id=campaign_id,
        reason=reason,
        suppressed=suppressed_count,
    )
    return entry


def remove_do_not_call_entry(session: Session, entry_id: int, *, actor: str, now: datetime) -> None:
    """Take a number off the list. Contacts that it suppressed stay suppressed: they are not called by surprise."""
    entry = session.get(DoNotCall, entry_id)
    if entry is None:
        raise NotFound(f"there is no do-not-call entry {entry_id}")
    session.delete(entry)
    audit.record_audit_entry(
        session,
        actor=actor,
        action="do-not-call.remove",
        object_type="do-not-call",
        object_id=str(entry_id),
        now=now,
        phone=entry.phone,
        campaign_id=entry.campaign_id,
        reason=entry.reason,
    )


def to_api(entry: DoNotCall) -> dict[str, object]:
    return {
        "id": entry.id,
        "phone": entry.phone,
        "campaign_id": entry.campaign_id,
        "source": entry.source,
        "reason": entry.reason,
        "added_by": entry.added_by,
        "created_at": entry.created_at.isoformat(),
    }
