"""Call schemas: attempts seen by themselves."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from campaign_app.domain.attempt import AnsweredBy, AttemptStatus
from campaign_app.domain.campaign_consent import LONGEST_CALLER_NAME, LONGEST_SOURCE
from campaign_app.domain.rulebook import LONGEST_SUBJECT, Purpose

from .base import BaseModel, Digits, Id, PageQuery, Phone, RequestModel, Timestamp
from .messages import Message

Token = Annotated[str, Field(pattern="^[0-9a-f]{32}$", description="names the attempt at the provider")]
CALL_FILTERS = ("open", *(status.value for status in AttemptStatus))


def _check_call_filter(value: str) -> str:
    # As a union of the two, its error would be told twice and under pydantic's names.
    if value not in CALL_FILTERS:
        raise ValueError(f"one of {', '.join(CALL_FILTERS)}")
    return value


CallFilter = Annotated[
    str, AfterValidator(_check_call_filter), WithJsonSchema({"type": "string", "enum": [*CALL_FILTERS]})
]


class CallConsent(RequestModel):
    """What the person who is called agreed to."""

    kind: Literal["none", "express", "written", "existing"] = Field(
        description="`existing`: a customer relationship; `none`: as if nothing were said"
    )
    source: str | None = Field(
        None, max_length=LONGEST_SOURCE, description="where it comes from", examples=["web form of 3 May"]
    )


class NewCall(RequestModel):
    """One call now."""

    to: str = Field(description="E.164", examples=["+442079460123"])
    message: Message
    variables: dict[str, str] | None = Field(None, description="values for the message's variables")
    caller_id: str | None = Field(None, description="E.164")
    provider: str | None = Field(None, description="a trunk's name; default: the default trunk")
    purpose: Purpose | None = Field(
        None, description="what it is for, which decides about the hours; default: informational"
    )
    subject: str | None = Field(None, max_length=LONGEST_SUBJECT)
    timezone: str | None = Field(None, description="where the person is, IANA; default: as the number tells")
    consent: CallConsent | None = Field(None, description="of the person, as the rules of their country ask")
    caller_name: str | None = Field(
        None,
        max_length=LONGEST_CALLER_NAME,
        description="who calls, where rules ask that the first words of the message say it",
    )


class TestCall(RequestModel):
    to: Phone
    consent: CallConsent | None = Field(
        None, description="of whoever has the number; a confirmed one needs none"
    )


class CampaignTestCall(TestCall):
    contact_id: Id | None = Field(None, description="whose values are spoken; default: the first contact's")


class CallQuery(PageQuery):
    status: CallFilter | None = Field(
        None,
        description="`open`: every call that has not ended. Among more than 20,000 calls a status with"
        " which a call ends, but for `unresolved`, needs a campaign or a `search`, and goes with no `key`",
    )
    search: Digits | None = Field(
        None,
        description="how the number begins or ends; below operator whole, or its last four digits. Among more than"
        " 20,000 at least four digits, and no more than 1,000 numbers that match",
    )
    key: Annotated[str, Field(pattern="^[0-9*#]$")] | None = Field(None, description="who pressed this key")


class AllCallsQuery(CallQuery):
    campaign_id: Id | None = None


class Attempt(BaseModel):
    id: Id
    number: int = Field(description="1, 2, 3 … of its contact")
    token: Token
    status: AttemptStatus
    answered_by: AnsweredBy | None
    disposition: str | None = Field(
        description="how an answered call went, such as message-played or opted-out"
    )
    key: str | None = Field(description="the key of the menu that was pressed")
    provider: str
    provider_ref: str | None
    cause: str | None
    claimed_at: Timestamp
    placed_at: Timestamp | None
    answered_at: Timestamp | None
    ended_at: Timestamp | None
    receipt: str = Field(description="the address of why it was allowed")


class Call(Attempt):
    """An attempt, seen by itself. A single call belongs to no campaign and no contact."""

    campaign_id: Id | None
    contact_id: Id | None
    to: Phone


class CallPage(BaseModel):
    items: list[Call]
    next_cursor: str | None
