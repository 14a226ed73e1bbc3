"""Message preview: the message as one contact of the campaign would hear it, and who lacks a value for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain.message import FormattedValue, Message
from campaign_app.domain.script import CallScript
from campaign_app.models import Contact

CONTACTS_CHECKED = 500
"""Contacts, the first ones, that are searched for missing values: a page says so, a start looks at all."""
MISSING_VALUES_SHOWN = 5
WAITING_CHECKED = 5_000
"""Of those who wait, whose values a start looks at: some 0.1 s."""


@dataclass(frozen=True, slots=True)
class PreviewContact:
    """A contact, and its neighbors in the order in which contacts were added (None: there is none)."""

    id: int
    campaign_id: int
    phone: str
    file_line: int | None
    """Its line in the imported file."""
    variables: dict[str, str]
    previous_id: int | None
    next_id: int | None


@dataclass(frozen=True, slots=True)
class MissingValues:
    contact_id: int
    phone: str
    file_line: int | None
    names: list[str]
    """The variables that it has no value for; none where nothing at all would be said."""


def find_preview_contact(session: Session, campaign_id: int, contact_id: int | None) -> PreviewContact | None:
    """The contact; where it is None or none of this campaign, the first one. None: the campaign has no contacts."""
    of_campaign = select(Contact).where(Contact.campaign_id == campaign_id)
    contact = None
    if contact_id is not None:
        contact = session.scalar(of_campaign.where(Contact.id == contact_id))
    if contact is None:
        contact = session.scalar(of_campaign.order_by(Contact.id).limit(1))
    if contact is None:
        return None
    ids = select(Contact.id).where(Contact.campaign_id == campaign_id).limit(1)
    previous_id = session.scalar(ids.where(Contact.id < contact.id).order_by(Contact.id.desc()))
    next_id = session.scalar(ids.where(Contact.id > contact.id).order_by(Contact.id))
    return PreviewContact(
        contact.id, campaign_id, contact.phone, contact.line, contact.variables, previous_id, next_id
    )


def get_contact_values(session: Session, contact_id: int | None) -> dict[str, str]:
    contact = None if contact_id is None else session.get(Contact, contact_id)
    return {} if contact is None else contact.variables


def find_missing_values(
    session: Session, campaign_id: int, message: Message
) -> tuple[int, list[MissingValues]]:
    """How many of the first contacts were looked at, and those that lack a value: their calls would fail."""
    if not message.is_personal:
        return 0, []
    contacts_lacking = []
    rows = _first_contacts(session, campaign_id)
    for row in rows:
        try:
            _, missing = build_reading_script(message, row.variables)
        except ValueError:
            missing = []
        else:
            if not missing:
                continue
        contacts_lacking.append(MissingValues(row.id, row.phone, row.line, missing))
    return len(rows), contacts_lacking


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A contact's value that a format cannot read, so that it is spoken as it stands."""

    contact_id: int
    phone: str
    file_line: int | None
    value: FormattedValue


def unreadable_values(session: Session, campaign_id: int, message: Message) -> list[Unreadable]:
    """Those of the first contacts (CONTACTS_CHECKED)."""
    if not message.formats:
        return []
    return [
        Unreadable(row.id, row.phone, row.line, value)
        for row in _first_contacts(session, campaign_id)
        for value in message.formatted(row.variables)
        if value.spoken.problem
    ]


@dataclass(slots=True)
class UnreadableGroup:
    """How many of those who wait have a value that one format cannot read, and one of them."""

    contacts: int
    example: Unreadable


@dataclass(frozen=True, slots=True)
class UnreadableOfWaiting:
    """The values that no voice can say as the message asks, by variable and format. `looked_at`: how many of those who
    wait were read for it; `has_more`: whether others wait whose values nobody has read."""

    looked_at: int = 0
    has_more: bool = False
    groups: Sequence[UnreadableGroup] = ()


def group_unreadable_of_waiting(session: Session, campaign_id: int, message: Message) -> UnreadableOfWaiting:
    """Of those who wait, the first WAITING_CHECKED in the order of the claim index, which is the same each time."""
    if not message.formats:
        return UnreadableOfWaiting()
    rows = session.execute(
        select(Contact.id, Contact.phone, Contact.line, Contact.variables)
        .where(Contact.campaign_id == campaign_id, Contact.due_at.is_not(None))
        .order_by(Contact.profile_id, Contact.due_at, Contact.id)
        .limit(WAITING_CHECKED + 1)
    ).all()
    groups: dict[tuple[str, str], UnreadableGroup] = {}
    for row in rows[:WAITING_CHECKED]:
        for value in message.formatted(row.variables):
            if value.spoken.problem:
                example = Unreadable(row.id, row.phone, row.line, value)
                groups.setdefault((value.name, value.format), UnreadableGroup(0, example)).contacts += 1
    has_more = len(rows) > WAITING_CHECKED
    return UnreadableOfWaiting(min(len(rows), WAITING_CHECKED), has_more, list(groups.values()))


def unreadable_to_api(found: UnreadableOfWaiting) -> list[dict[str, Any]]:
    """Without the example's number and value, although `problem` may quote a part of the value."""
    return [
        {
            "variable": group.example.value.name,
            "format": group.example.value.format,
            "contacts": group.contacts,
            "looked_at": found.looked_at,
            "contact_id": group.example.contact_id,
            "problem": group.example.value.spoken.problem,
        }
        for group in found.groups
    ]


def _first_contacts(session: Session, campaign_id: int) -> Sequence[Any]:
    first = (
        select(Contact.id, Contact.phone, Contact.line, Contact.variables)
        .where(Contact.campaign_id == campaign_id)
        .order_by(Contact.id)
        .limit(CONTACTS_CHECKED)
    )
    return session.execute(first).all()


def build_reading_script(message: Message, values: dict[str, str]) -> tuple[CallScript, list[str]]:
    """The script for reading, ‹name› where there is no value. Raises ValueError: nothing would be said."""
    return message.preview_call_script(values, lambda name: f"‹{name}›")


def build_listening_script(message: Message, values: dict[str, str]) -> CallScript:
    """The script for listening, where the variable's name is said for a missing value. Raises ValueError."""
    return message.preview_call_script(values, lambda name: name.replace("_", " ").strip() or name)[0]
