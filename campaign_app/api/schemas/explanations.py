"""Explanation schemas: who would be called when, and why somebody is not called now."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field, RootModel

from campaign_app.domain.contact import ContactStatus
from campaign_app.services.past_answers import Outcome, Tense

from .base import BaseModel, Id, Phone, RequestModel, Timestamp
from .receipts import (
    NamedCampaign,
    PastCheck,
    ReceiptBody,
    SignedDocument,
    StoredProfile,
    StoredRulebook,
)


class TimeRange(BaseModel):
    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    from_: Timestamp = Field(alias="from")
    to: Timestamp


class CallRange(BaseModel):
    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    from_: int = Field(alias="from")
    to: int


class LaterContacts(BaseModel):
    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    from_: Timestamp = Field(alias="from", description="when the first of their calls may begin")
    contacts: int
    zones: list[str] = Field(description="where they may be")


class NeverContacts(BaseModel):
    code: str = Field(
        description="`do-not-call`, `zone-unknown`, `consent`, `prohibited`, `requirement`, `never-open`, `blackout`, "
        "`after-end`, `list-stale` (a list that they have to be compared with is too old), `list:` and the id of the "
        "list that has them, or of the suppressed `outside-check`"
    )
    contacts: int


class ZoneCounts(BaseModel):
    known: int = Field(description="contacts whose zone, state or postal code somebody stated")
    guessed: int = Field(description="contacts whose zones come from the number alone")


class MissingRequirement(BaseModel):
    """What rules of countries ask of the campaign, and it does not have."""

    field: str = Field(description="of the campaign, where it is given", examples=["message.keys"])
    sentence: str = Field(description="what is missing, and what to do")
    sources: list[str] = Field(
        description="the texts that ask for it", examples=[["US federal: 47 CFR 64.1200(b)(3)"]]
    )
    people: int = Field(description="waiting contacts whose calls need it")
    warns: bool = Field(description="whether a start goes on all the same; false: it is refused")


class UnreadableVariable(BaseModel):
    """Values that are spoken as they stand, because the message's format cannot read them."""

    variable: str = Field(examples=["when"])
    format: str = Field(examples=["date"])
    contacts: int = Field(description="of those who were looked at")
    looked_at: int = Field(description="contacts that wait, 5,000 at the most")
    contact_id: Id = Field(description="one of them")
    problem: str = Field(description="why its value cannot be read; it may quote a part of it")


class CostRange(BaseModel):
    currency: str = Field(examples=["USD"])
    from_: str = Field(alias="from", examples=["76.20"])
    to: str


class LiftedLaw(BaseModel):
    """A law whose hours a campaign on its own clock alone does not keep."""

    source: str = Field(examples=["US federal: 47 CFR 64.1200(c)(1)"])
    hours: str = Field(description="on the person's clock", examples=["Mon–Sun 08:00–21:00"])
    contacts: int = Field(description="waiting contacts whom it is about")


class TryLimit(BaseModel):
    """A cap that later tries will meet, so that they wait beyond the retry’s own delay."""

    cap: str = Field(description="in words", examples=["3 calls in 30 days"])
    source: str | None = Field(description="the text of a pack; null: the campaign's own, or the default")
    try_: int = Field(alias="try", description="the first try that waits: 2, 3 …")
    from_: Timestamp = Field(alias="from", description="when that try may be made at the earliest")
    contacts: int


class Preflight(BaseModel):
    """What a start now would do. Every waiting contact is in one of now, later and never."""

    at: Timestamp
    waiting: int
    now: int
    later: list[LaterContacts]
    never: list[NeverContacts]
    suppressed: list[NeverContacts] = Field(
        description="taken out of the queue before, so not among the waiting; never called either"
    )
    capped: int = Field(description="of those of `later`: called often enough lately")
    zones: ZoneCounts
    calls: CallRange = Field(description="one for each person, and all tries that fit before the end")
    limits: list[TryLimit] = Field(description="caps that later tries will meet")
    cost: CostRange | None = Field(
        description="of these calls: 20 s for one try each, and 60 s for all tries; null: the trunk has no price"
    )
    finish: TimeRange | None = Field(
        description="an estimate; null where nobody can be called, or something in `holds` ends only when somebody acts"
    )
    ends_first: bool = Field(description="whether the campaign may end before all of them have been called")
    missing: list[str] = Field(
        description="fields that a start asks for; `variables.name` where somebody who waits has no value for {name}"
    )
    unreadable: list[UnreadableVariable] = Field(
        description="variables with a format that some of those who wait have a value for that cannot be spoken so"
    )
    requirements: list[MissingRequirement] = Field(description="those that refuse a start come first")
    lifted: list[LiftedLaw] = Field(
        description="with `clock: campaign`: laws whose hours are not kept; whoever chose that clock answers for it"
    )
    stale_lists: list[str] = Field(
        description="lists that are older than they may be and apply to somebody who waits, in words"
    )
    holds: list[str] = Field(
        description=(
            "why nobody at all would be called now, such as `trunk-paused`, `trunk-not-ready` or `forget-key-missing`"
        )
    )


class WhyReason(BaseModel):
    code: str = Field(description="what it is, such as `person-hours`, `cap`, `lines-full` or `trunk-paused`")
    detail: str
    until: Timestamp | None = Field(description="when this reason ends; null: when somebody acts")


class WhyContact(BaseModel):
    """All reasons why a contact is not called now; none where its call may begin."""

    contact_id: Id
    campaign_id: Id
    campaign: str
    status: ContactStatus
    zones: list[str]
    derived: str = Field(description="how the zones were found")
    doubts: list[str] = Field(
        description="where the row and the number contradict each other; then both count"
    )
    callable: bool
    reasons: list[WhyReason]


class WhyQuery(RequestModel):
    phone: str = Field(max_length=64, description="E.164, with its +")
    at: str | None = Field(
        None,
        max_length=64,
        description="a time with its zone (RFC 3339): then the answer is a WhyThen, signed",
        examples=["2026-11-19T21:40:00-05:00"],
    )


class WhySingleCall(BaseModel):
    """What `POST /calls` to the number would meet now, without further fields: the default trunk, and an informational
    purpose."""

    zones: list[str] = Field(description="where the number may be")
    callable: bool
    reasons: list[WhyReason]


class WhyNumber(BaseModel):
    phone: Phone
    contacts: list[WhyContact] = Field(description="in every campaign; none where no campaign has the number")
    single_call: WhySingleCall


class CampaignThen(BaseModel):
    """What one campaign did about the number in that minute."""

    campaign: NamedCampaign
    contact_id: Id | None
    outcome: Outcome
    sentence: str
    rulebook: StoredRulebook | None = Field(description="by which the campaign went then")
    profile: StoredProfile | None
    tries: int = Field(description="made before that instant, those that cost one")
    checks: list[PastCheck]
    calls: list[ReceiptBody] = Field(description="of that minute, those that were held back too")
    unknown: list[str] = Field(description="what is not kept any more")


class WhyThen(SignedDocument):
    """Why a number was called, or not, at `at`; of a time to come, whether the hours allow a call."""

    kind: Literal["answer"]
    form: int
    phone: Phone
    at: Timestamp
    tense: Tense
    sentence: str
    records_since: Timestamp | None
    campaigns: list[CampaignThen]
    single_calls: list[ReceiptBody]
    checks: list[PastCheck] = Field(description="of a single call, where no campaign had the number")
    unknown: list[str]


class WhyAnswer(RootModel[WhyNumber | WhyThen]):
    """WhyNumber without `at`, WhyThen with it."""
