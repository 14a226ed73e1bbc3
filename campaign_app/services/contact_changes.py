"""Contact changes by a person: call again, remove, never call, and their values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from campaign_app.domain.attempt import Decision
from campaign_app.domain.campaign import ACCEPTS_CONTACTS, CampaignStatus
from campaign_app.domain.contact import PUT_OFF_BY_RULES, ContactStatus
from campaign_app.domain.errors import FieldError, InvalidInput, NotFound, StateConflict
from campaign_app.domain.phone import PhoneError
from campaign_app.models import Attempt, Campaign, Contact
from campaign_app.queries import contact_changes as queries
from campaign_app.queries import locks, unresolved
from campaign_app.services import audit, do_not_call
from campaign_app.services.contact_profiles import derive_contact_profile, keep_profiles
from campaign_app.services.contacts import describe_missing_value, list_required_variables, parse_variables

MOST_AT_ONCE = 10_000
MOST_NEVER = 1_000
"""Numbers that one press puts on the do-not-call list; more of them are uploaded there."""
BEING_CALLED = "is being called now"
ON_LIST = "is on a do-not-call list"
HAS_CALLS = "has been called, so its record is kept"
CANCELED = "was canceled with its campaign"


@dataclass(slots=True)
class ContactsChanged:
    """What became of those that were asked for: how many were changed, and how many not, by reason."""

    done: int = 0
    refused: Counter[str] = field(default_factory=Counter)


def _lock_campaign(session: Session, campaign_id: int, ids: Sequence[int]) -> Campaign:
    if len(ids) > MOST_AT_ONCE:
        raise InvalidInput(
            [FieldError("ids", f"{len(ids):,} at once; {MOST_AT_ONCE:,} at the most: filter them first")]
        )
    campaign = locks.lock_campaign(session, campaign_id)
    if campaign is None:
        raise NotFound(f"there is no campaign {campaign_id}")
    if CampaignStatus(campaign.status) not in ACCEPTS_CONTACTS:
        remedy = "reopen it first" if campaign.status == CampaignStatus.COMPLETED else "clone it instead"
        raise StateConflict(f"nobody is called by a campaign that is {campaign.status}: {remedy}")
    return campaign


def call_again(
    session: Session, campaign_id: int, ids: Sequence[int], *, actor: str, now: datetime
) -> ContactsChanged:
    """Make contacts due now, whatever became of them before: the retry policy begins anew for those who were done with.
    Hours, caps, gaps and do-not-call hold as for every call. Raises NotFound, Conflict, InvalidInput (too many)."""
    _lock_campaign(session, campaign_id, ids)
    connection = session.connection()
    changed, chosen = ContactsChanged(), []
    # Before the contacts, as whoever settles calls locks them.
    undecided = unresolved.lock_undecided_of(session, campaign_id, ids)
    for row in queries.lock_contacts(connection, campaign_id, ids):
        if row.status == ContactStatus.DIALING:
            changed.refused[BEING_CALLED] += 1
        elif row.status == ContactStatus.SUPPRESSED or row.listed:
            changed.refused[ON_LIST] += 1
        elif row.status not in queries.CALLED_AGAIN:
            changed.refused[CANCELED] += 1
        else:
            chosen.append(row)
    if chosen:
        queries.make_due_again(connection, campaign_id, chosen, now)
        _decide_unresolved(session, undecided, {row.id for row in chosen}, actor, now)
        changed.done = len(chosen)
        _record(session, campaign_id, "call-again", chosen, actor, now)
    return changed


def _decide_unresolved(
    session: Session, undecided: Sequence[Attempt], contact_ids: Collection[int], actor: str, now: datetime
) -> None:
    """Whoever is called again need not be asked about any more: their calls of unknown outcome are decided by that."""
    decided = [attempt for attempt in undecided if attempt.contact_id in contact_ids]
    unresolved.set_decision(session.connection(), [attempt.id for attempt in decided], Decision.AGAIN.value)
    for attempt in decided:
        audit.record_audit_entry(
            session,
            actor=actor,
            action="call.decide",
            object_type="call",
            object_id=attempt.id,
            now=now,
            decision=Decision.AGAIN,
            campaign=attempt.campaign_id,
        )
        session.expire(attempt, ["decision"])


def remove_contacts(
    session: Session, campaign_id: int, ids: Sequence[int], *, actor: str, now: datetime
) -> ContactsChanged:
    """Take contacts out of the campaign that were never called. Raises as `call_again`."""
    _lock_campaign(session, campaign_id, ids)
    connection = session.connection()
    changed, chosen = ContactsChanged(), []
    for row in queries.lock_contacts(connection, campaign_id, ids):
        if row.attempts_made or row.status == ContactStatus.DIALING:
            changed.refused[HAS_CALLS] += 1
        else:
            chosen.append(row)
    if chosen:
        queries.delete_contacts(connection, campaign_id, chosen)
        changed.done = len(chosen)
        _record(session, campaign_id, "remove", chosen, actor, now)
    return changed


def never_call(
    session: Session,
    campaign_id: int,
    ids: Sequence[int],
    *,
    reason: str | None,
    actor: str,
    now: datetime,
) -> ContactsChanged:
    """Put all numbers of contacts on the do-not-call list, for all campaigns: the second numbers as well. Raises
    InvalidInput (too many)."""
    if len(ids) > MOST_NEVER:
        text = f"{len(ids):,} at once; {MOST_NEVER:,} at the most: export them, and upload the file under Do not call"
        raise InvalidInput([FieldError("ids", text)])
    changed = ContactsChanged()
    for row in queries.lock_contacts(session.connection(), campaign_id, ids):
        do_not_call.add_do_not_call_entry(
            session,
            row.phone,
            region=None,
            campaign_id=None,
            reason=reason,
            source="operator",
            actor=actor,
            now=now,
        )
        changed.done += 1
    return changed


def change_values(
    session: Session, contact_id: int, changes: Mapping[str, str | None], *, actor: str, now: datetime
) -> Contact:
    """Change, add or (None) remove values of a contact; what is said to them from the next call on. The audit row names
    the variables, not the values. Raises NotFound; InvalidInput, also where the message of a running campaign would
    lack a value."""
    contact = locks.lock_contact(session, contact_id)
    if contact is None:
        raise NotFound(f"there is no contact {contact_id}")
    campaign = session.get_one(Campaign, contact.campaign_id)
    values = {name: value for name, value in {**contact.variables, **changes}.items() if value is not None}
    try:
        values = parse_variables(values)
    except PhoneError as error:
        raise InvalidInput([FieldError("variables", str(error))]) from None
    missing = describe_missing_value(
        list_required_variables(campaign.status, campaign.stored_message), values
    )
    if missing is not None:
        raise InvalidInput([FieldError("variables", missing)])
    changed = sorted(
        name
        for name in values.keys() | contact.variables.keys()
        if values.get(name) != contact.variables.get(name)
    )
    if changed:
        contact.variables = values
        session.flush()
        audit.record_audit_entry(
            session,
            actor=actor,
            action="contact.update",
            object_type="contact",
            object_id=contact_id,
            now=now,
            campaign_id=contact.campaign_id,
            variables=changed,
        )
    return contact


def change_place(
    session: Session, contact_id: int, *, timezone: str | None, state: str | None, actor: str, now: datetime
) -> Contact:
    """Say where a person is: an IANA zone and a state or province; None: nobody knows. The hours and rules of that
    place hold from the next call on, and whoever waits for an opening elsewhere is looked at again. Raises NotFound,
    and InvalidInput where one of them is no such place."""
    contact = locks.lock_contact(session, contact_id)
    if contact is None:
        raise NotFound(f"there is no contact {contact_id}")
    details = {
        "timezone": timezone,
        "state": state,
        "country": contact.country,
        "postal_code": contact.postal_code,
        "line_type": contact.line_type,
        "consent": contact.consent,
    }
    profile = derive_contact_profile(contact.phone, details)
    changed = [
        name
        for name, before, after in (("timezone", contact.timezone, timezone), ("state", contact.state, state))
        if before != after
    ]
    if not changed:
        return contact
    contact.timezone, contact.state = timezone, state
    contact.profile_id = keep_profiles(session.connection(), [profile], now)[profile]
    if contact.deferred_by in PUT_OFF_BY_RULES and contact.due_at is not None:
        contact.deferred_by, contact.due_at = None, now
    session.flush()
    audit.record_audit_entry(
        session,
        actor=actor,
        action="contact.update",
        object_type="contact",
        object_id=contact_id,
        now=now,
        campaign_id=contact.campaign_id,
        changed=changed,
    )
    return contact


def _record(
    session: Session, campaign_id: int, verb: str, rows: Sequence[object], actor: str, now: datetime
) -> None:
    ids = [row.id for row in rows]  # type: ignore[attr-defined]
    audit.record_audit_entry(
        session,
        actor=actor,
        action=f"contacts.{verb}",
        object_type="campaign",
        object_id=campaign_id,
        now=now,
        contacts=len(ids),
        ids=ids[:100],
    )
    session.flush()
