"""Contact schemas: what is sent, and what came of each row."""

from __future__ import annotations

from pydantic import BaseModel, Field, RootModel

from campaign_app.domain.contact import ContactStatus

from .base import Digits, Id, PageQuery, Phone, Timestamp
from .calls import Attempt

MAX_ROWS = 10_000
"""Contacts of one POST; a CSV import has no such bound."""


class NewContact(BaseModel):
    phone: str = Field(description="E.164, or national with the campaign's default_region")
    variables: dict[str, str | int | float] = {}


class ContactList(BaseModel):
    contacts: list[NewContact | str] = Field(max_length=MAX_ROWS)


class ContactsBody(RootModel[list[NewContact | str] | ContactList]):
    """A list of contacts, bare or under `contacts`; a contact may be just its number. At most 10,000."""


class ContactQuery(PageQuery):
    status: ContactStatus | None = None
    search: Digits | None = Field(None, description="how the number begins or ends")


class Contact(BaseModel):
    id: Id
    campaign_id: Id
    phone: Phone
    status: ContactStatus
    due_at: Timestamp | None
    variables: dict[str, str]
    attempts: list[Attempt]


class RejectedContact(BaseModel):
    index: int = Field(description="its place in the list that was sent, from 0")
    phone: str | None
    code: str
    reason: str


class AddedContacts(BaseModel):
    """What became of each row: the five add up to the rows that were sent."""

    accepted: int
    rejected: list[RejectedContact]
    repeated: int
    already_in_campaign: int
    do_not_call: int


class ContactPage(BaseModel):
    items: list[Contact]
    next_cursor: str | None
