"""Contact schemas: what is sent, and what came of each row."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, RootModel, model_validator

from campaign_app.domain.contact import ContactStatus

from .base import BaseModel, Digits, Id, PageQuery, Phone, RequestModel, Timestamp
from .calls import Attempt

MAX_ROWS = 10_000
"""Contacts of one POST; a CSV import has no such bound."""


LineType = Literal["unknown", "mobile", "landline", "voip", "toll-free"]


class Consent(BaseModel):
    """When and how the person agreed to be called."""

    kind: Literal["none", "express", "written", "existing"] | None = None
    at: str | None = Field(None, description="RFC 3339")
    source: str | None = Field(None, max_length=200)


class NewContact(BaseModel):
    """Any other field is refused by its name."""

    phone: str = Field(description="E.164, or national with `region` or the campaign's default_region")
    variables: dict[str, str | int | float] = Field({})
    timezone: str | None = Field(None, description="IANA name, such as Europe/London")
    region: str | None = Field(
        None,
        description="two letters: reads numbers without +, the state, the postal code; beside the number's, both count",
    )
    second_numbers: list[str] | None = Field(
        None,
        max_length=10,
        description="other numbers of the same person, kept and never dialed by themselves",
    )
    external_id: str | None = Field(None, max_length=128, description="your own id of the person")
    consent: Consent | None = None
    language: str | None = Field(None, max_length=35)
    state: str | None = Field(None, max_length=64)
    postal_code: str | None = Field(None, max_length=16)
    line: LineType | None = Field(None, description="what kind of line the number is")


class ContactList(BaseModel):
    contacts: list[NewContact | str] = Field(max_length=MAX_ROWS)


class ContactsBody(RootModel[list[NewContact | str] | ContactList]):
    """A list of contacts, bare or under `contacts`; a contact may be just its number. At most 10,000."""


class ContactQuery(PageQuery):
    status: ContactStatus | None = None
    search: Digits | None = Field(
        None,
        description="how the number begins or ends; below operator whole, or its last four digits. Among more than"
        " 20,000 at least four digits, and no more than 1,000 numbers that match",
    )


class Contact(BaseModel):
    id: Id
    campaign_id: Id
    phone: Phone
    status: ContactStatus
    due_at: Timestamp | None
    variables: dict[str, str]
    second_numbers: list[str] | None
    extension: str | None
    timezone: str | None
    region: str | None = Field(description="the number's country, ISO 3166 alpha-2")
    country: str | None = Field(description="the person's country, where the row names another")
    state: str | None
    postal_code: str | None
    language: str | None
    external_id: str | None
    consent: dict[str, Any] | None
    line: LineType | None
    attempts: list[Attempt]


class RejectedContact(BaseModel):
    index: int = Field(description="its place in the list that was sent, from 0")
    phone: str | None
    code: str
    reason: str


class DoubtfulContact(BaseModel):
    index: int = Field(description="its place in the list that was sent, from 0")
    phone: str
    doubts: list[str] = Field(
        description="what contradicts the number or the rest of the row, a sentence each"
    )


class AddedContacts(BaseModel):
    """What became of each row: the five add up to the rows that were sent."""

    accepted: int
    rejected: list[RejectedContact]
    repeated: int
    already_in_campaign: int
    do_not_call: int
    doubts: list[DoubtfulContact] = Field(
        description="accepted rows whose time zone, state, postal code or line contradicts the number. All of it"
        " counts: such a person is called only when it is time at all the places where they may be"
    )


class ContactPage(BaseModel):
    items: list[Contact]
    next_cursor: str | None


class ContactChange(RequestModel):
    """What is not named stays as it is."""

    variables: dict[str, str | None] | None = Field(None, description="those to change; null removes one")
    timezone: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        None, description="IANA name; null: by the number and the rest that is known"
    )
    state: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        None, description="state or province; null: by the number and the rest that is known"
    )

    @model_validator(mode="after")
    def _check_any(self) -> ContactChange:
        if self.variables is None and not self.model_fields_set & {"timezone", "state"}:
            raise ValueError("give variables, timezone or state")
        return self


class ContactIds(RequestModel):
    ids: list[Id] = Field(min_length=1, max_length=MAX_ROWS)


class ContactsNeverCalled(ContactIds):
    """Up to 1,000 at once: for more, upload a file to the do-not-call list."""

    reason: str | None = Field(None, max_length=500, description="who asked, and how")


class ContactsChanged(BaseModel):
    changed: int
    refused: dict[str, int] = Field(description="how many were left as they are, by reason")
