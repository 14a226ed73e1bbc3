"""The shapes that the API takes and gives, for checking requests and for the description.

A campaign's values are checked by `domain.campaign.check_campaign`, which the pages' form uses too, so the
models of its body only describe. The others check types here, and their services check the rest.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, RootModel, StrictBool, WithJsonSchema
from spectree.model_adapter.pydantic_adapter import BaseFile

from campaign_app.domain import campaign as rules
from campaign_app.domain import trunk as trunk_rules
from campaign_app.domain.attempt import AnsweredBy, AttemptStatus
from campaign_app.domain.campaign import CampaignStatus
from campaign_app.domain.contact import ContactStatus
from campaign_app.domain.message import LONGEST_LABEL, LONGEST_TEXT, MOST_KEYS
from campaign_app.domain.retry import MAX_RETRIES
from campaign_app.domain.script import KeyAction, OnMachine
from campaign_app.routing import MAX_ID

MAX_ROWS = 10_000
"""Contacts of one POST; a CSV import has no such bound."""

Id = Annotated[int, Field(ge=1, le=MAX_ID)]
Token = Annotated[str, Field(pattern="^[0-9a-f]{32}$", description="names the attempt at the provider")]
Phone = Annotated[str, Field(description="E.164, such as +442079460123")]
When = Annotated[datetime, Field(description="RFC 3339, UTC")]
Digits = Annotated[str, Field(pattern=r"^\+?[0-9]{1,15}$")]
Hour = Annotated[str, Field(examples=["09:00"], description="HH:MM of the campaign's zone; 24:00 ends a day")]


CALL_FILTERS = ("open", *(status.value for status in AttemptStatus))


def _call_filter(value: str) -> str:
    # As a union of the two, its error would be told twice and under pydantic's names.
    if value not in CALL_FILTERS:
        raise ValueError(f"one of {', '.join(CALL_FILTERS)}")
    return value


CallFilter = Annotated[
    str, AfterValidator(_call_filter), WithJsonSchema({"type": "string", "enum": [*CALL_FILTERS]})
]


class Given(BaseModel):
    """A request's part: a field that it does not have is an error."""

    model_config = ConfigDict(extra="forbid")


Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="a recording's sha256")]
Spoken = Annotated[
    str,
    Field(
        max_length=LONGEST_TEXT,
        description="what is spoken; {name} or {name|default} is a contact's value, {{ and }} are braces",
    ),
]


class Key(BaseModel):
    """A key of the menu."""

    digit: Annotated[str, Field(pattern="^[0-9*#]$")]
    action: KeyAction
    label: str | None = Field(None, max_length=LONGEST_LABEL, description="what an answer means")
    to: str | None = Field(None, description="of a transfer: E.164, or an extension")


class MachineMessage(BaseModel):
    """What an answering machine gets instead: words or a recording."""

    text: Spoken | None = None
    recording: Sha256 | None = None


class Message(BaseModel):
    """Words, or a recording that stands for them. A part that is absent has its default."""

    text: Spoken | None = None
    recording: Sha256 | None = None
    voice: str | None = Field(None, description="a voice of the speech engine or of the provider")
    language: str | None = Field(None, examples=["en-GB"])
    on_machine: OnMachine | None = Field(None, description="default: as-human, no detection")
    machine: MachineMessage | None = None
    keys: list[Key] | None = Field(None, max_length=MOST_KEYS)
    opt_out_text: Spoken | None = Field(None, description="spoken after the opt-out key")
    thanks_text: Spoken | None = Field(None, description="spoken after an answer")


class CallingWindow(BaseModel):
    days: list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]]
    start: Hour
    end: Annotated[Hour, Field(description="HH:MM, not included; before `start`, it is on the next day")]


class RetryPolicy(BaseModel):
    max_retries: int = Field(3, ge=0, le=MAX_RETRIES, description="tries after the first")
    delays_minutes: list[float] = Field([], description="the wait before each retry; the last one repeats")
    by_outcome: dict[Literal["busy", "no-answer", "failed", "canceled", "machine"], list[float]] = Field(
        {}, description="other delays after such an outcome; an empty list: never retried"
    )


class CampaignBody(BaseModel):
    """A campaign's fields. An absent one keeps its value (PATCH) or gets its default (POST)."""

    name: str = Field("", max_length=rules.LONGEST_NAME, examples=["Flood warning"])
    message: Message | None = None
    timezone: str = Field(rules.DEFAULTS["timezone"], description="IANA zone", examples=["Europe/Paris"])
    calling_windows: list[CallingWindow] = Field(rules.DEFAULTS["calling_windows"], min_length=1)
    max_concurrent_calls: int = Field(rules.DEFAULTS["max_concurrent_calls"], ge=1, le=rules.MOST_LINES)
    calls_per_second: float | None = Field(
        rules.DEFAULTS["calls_per_second"],
        ge=0.01,
        le=rules.MOST_CALLS_PER_SECOND,
        description="null: no bound",
    )
    retry: RetryPolicy = Field(RetryPolicy(**rules.DEFAULTS["retry"]))
    caller_id: str | None = Field(None, description="E.164")
    provider: str | None = Field(None, description="a trunk's name; null: the default trunk")
    starts_at: When | None = None
    ends_at: When | None = None
    default_region: str | None = Field(None, description="two letters; a number without + is read as of it")
    priority: int = Field(rules.DEFAULTS["priority"], ge=1, le=10)


class NewCampaign(CampaignBody):
    """A campaign's fields; only these two have no default."""

    name: str = Field(min_length=1, max_length=rules.LONGEST_NAME, examples=["Flood warning"])
    message: Message


class ActionBody(Given):
    """How to pause or stop."""

    reason: str | None = Field(
        None, max_length=500, description="shown to operators and kept in the audit trail"
    )
    hang_up: StrictBool = Field(False, description="also end the calls that are open; else they drain")


class NewContact(BaseModel):
    phone: str = Field(description="E.164, or national with the campaign's default_region")
    variables: dict[str, str | int | float] = {}


class ContactList(BaseModel):
    contacts: list[NewContact | str] = Field(max_length=MAX_ROWS)


class ContactsBody(RootModel[list[NewContact | str] | ContactList]):
    """A list of contacts, bare or under `contacts`; a contact may be just its number. At most 10,000."""


class ImportForm(BaseModel):
    file: BaseFile = Field(description="CSV or another delimited text; encoding and delimiter are found")
    default_region: str | None = Field(None, description="two letters; default: the campaign's")


class ImportFields(Given):
    """The text fields beside the file."""

    default_region: str | None = None


class RecordingForm(BaseModel):
    file: BaseFile = Field(description="WAV, MP3 or OGG; at most 20 MB and 10 minutes")
    name: str | None = Field(None, max_length=200, description="default: the file's name")


class RecordingFields(Given):
    """The text fields beside the file."""

    name: str | None = Field(None, max_length=200)


class RenameRecording(Given):
    name: str = Field(min_length=1, max_length=200)


class NewCall(Given):
    """One call now."""

    to: str = Field(description="E.164", examples=["+442079460123"])
    message: Message
    variables: dict[str, str] | None = Field(None, description="values for the message's variables")
    caller_id: str | None = Field(None, description="E.164")
    provider: str | None = Field(None, description="a trunk's name; default: the default trunk")


class TrunkBody(BaseModel):
    """A trunk's fields. What its settings leave out comes from the environment."""

    name: str = Field("", max_length=64, examples=["carrier-paris"])
    provider: Literal["simulator", "asterisk", "twilio"] = "simulator"
    settings: dict[str, str] = Field({}, description="of the provider's account: see docs/trunks.md")
    credentials: dict[str, str | None] = Field({}, description="write-only; null forgets one")
    caller_ids: list[Phone] | None = Field(None, description="the only numbers it may call from; null: any")
    max_concurrent_calls: int = Field(10, ge=trunk_rules.LINES[0], le=trunk_rules.LINES[1])
    calls_per_second: float | None = Field(None, ge=trunk_rules.PACE[0], le=trunk_rules.PACE[1])


class NewTrunk(TrunkBody):
    """A trunk's fields; only these two have no default."""

    name: str = Field(min_length=1, max_length=64, examples=["carrier-paris"])
    provider: Literal["simulator", "asterisk", "twilio"]


class TrunkChanges(TrunkBody):
    """An absent field keeps its value."""


class Trunk(BaseModel):
    """A provider account, its limits and its state."""

    id: Id
    name: str
    provider: str
    settings: dict[str, str]
    credentials: dict[str, str] = Field(description="which are set; their values are never told")
    caller_ids: list[Phone]
    max_concurrent_calls: int
    calls_per_second: float | None
    state: Literal["up", "failing", "half-open", "circuit-open", "paused"]
    reason: str | None = Field(description="why it is not up, or what the provider said last")
    next_try_at: When | None = Field(description="of an open circuit")
    open_calls: int
    campaigns: list[Id]
    created_at: When


class TrunkList(BaseModel):
    items: list[Trunk]


class PauseTrunk(Given):
    reason: str | None = Field(None, max_length=500, description="shown to operators")


class TestCall(Given):
    to: Phone


class CampaignTestCall(TestCall):
    contact_id: Id | None = Field(None, description="whose values are spoken; default: the first contact's")


class NewDoNotCall(Given):
    phone: str = Field(description="E.164, or national with `region`")
    reason: str | None = Field(None, max_length=500)
    campaign_id: Id | None = Field(None, description="for this campaign only; default: for all")
    region: str | None = Field(None, description="two letters")


class IdempotencyHeader(BaseModel):
    idempotency_key: str | None = Field(
        None,
        alias="Idempotency-Key",
        description="1–255 characters; a repeat within 24 hours gets the first answer and does nothing",
    )


class PageQuery(Given):
    limit: int = Field(50, ge=1, le=500)
    cursor: str | None = Field(None, max_length=500, description="`next_cursor` of the page before")


class CampaignQuery(PageQuery):
    status: CampaignStatus | None = None
    search: str | None = Field(None, max_length=200, description="part of the name")


class ContactQuery(PageQuery):
    status: ContactStatus | None = None
    search: Digits | None = Field(None, description="how the number begins or ends")


class CallQuery(PageQuery):
    status: CallFilter | None = Field(None, description="`open`: every call that has not ended")
    search: Digits | None = Field(None, description="how the number begins or ends")
    key: Annotated[str, Field(pattern="^[0-9*#]$")] | None = Field(None, description="who pressed this key")


class AllCallsQuery(CallQuery):
    campaign_id: Id | None = None


class DoNotCallQuery(PageQuery):
    search: Digits | None = Field(None, description="how the number begins or ends")


class RecordingQuery(PageQuery):
    search: str | None = Field(None, max_length=200, description="part of the name")


class RemoveQuery(Given):
    phone: str = Field(description="E.164, or national with `region`")
    region: str | None = None
    campaign_id: Id | None = Field(None, description="the entry of this campaign; default: the one for all")


class RejectedQuery(Given):
    include: Literal["all"] | None = Field(
        None, description="`all`: also the rows that were repeats or do-not-call"
    )


class ExportQuery(Given):
    format: Literal["json", "ndjson", "csv"] = "json"


class FieldProblem(BaseModel):
    field: str = Field(description="such as retry.delays_minutes[2]")
    message: str


class Problem(BaseModel):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FieldProblem]


class Campaign(BaseModel):
    id: Id
    name: str
    status: CampaignStatus
    message: Message
    timezone: str
    calling_windows: list[CallingWindow]
    max_concurrent_calls: int
    calls_per_second: float | None
    retry: RetryPolicy
    caller_id: str | None
    provider: str
    starts_at: When | None
    ends_at: When | None
    default_region: str | None
    priority: int
    created_at: When


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
    claimed_at: When
    placed_at: When | None
    answered_at: When | None
    ended_at: When | None


class Call(Attempt):
    """An attempt, seen by itself. A single call belongs to no campaign and no contact."""

    campaign_id: Id | None
    contact_id: Id | None
    to: Phone


class Contact(BaseModel):
    id: Id
    campaign_id: Id
    phone: Phone
    status: ContactStatus
    due_at: When | None
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


class Import(BaseModel):
    id: Id
    campaign_id: Id
    filename: str
    status: Literal["queued", "running", "completed", "failed"]
    total: int
    accepted: int
    rejected: int
    repeated_in_file: int
    already_in_campaign: int
    do_not_call: int
    error: str | None
    created_at: When
    finished_at: When | None


class DoNotCall(BaseModel):
    id: Id
    phone: Phone
    campaign_id: Id | None
    source: str
    reason: str | None
    added_by: str
    created_at: When


class Recording(BaseModel):
    id: Id
    name: str
    sha256: Sha256
    seconds: float
    bytes: int = Field(description="of the converted file, 8 kHz mono WAV")
    created_by: str
    created_at: When


class UploadedRecording(Recording):
    warnings: list[str] = Field(description="such as that nothing can be heard in it")


class Reason(BaseModel):
    """Why some contacts are not being dialled."""

    code: str
    title: str
    detail: str
    contacts: int
    until: When | None


class Eta(BaseModel):
    """When it should be done: between these two."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    from_: When = Field(alias="from")
    to: When


class AnswerCount(BaseModel):
    label: str = Field(description="what the key means by the menu as it is now")
    count: int


class Stats(BaseModel):
    """Numbers of one campaign, as its page shows them."""

    contacts: dict[str, int] = Field(description="by status, and `total`")
    attempts: dict[str, int] = Field(description="by outcome")
    open_calls: int
    answer_rate: float | None = Field(description="0 to 1; null before the first call has ended")
    peak_concurrent_calls: int
    pace_per_minute: float | None = Field(description="calls that ended, over the last 15 minutes")
    eta: Eta | None
    connected: int = Field(description="calls whose message was heard to its end, or acted on")
    opted_out: int
    dispositions: dict[str, int]
    answers: dict[str, AnswerCount] = Field(description="by key")
    detection_seconds: float | None = Field(description="mean wait until human or machine was decided")
    blocking_reasons: list[Reason]


class CampaignPage(BaseModel):
    items: list[Campaign]
    next_cursor: str | None


class ContactPage(BaseModel):
    items: list[Contact]
    next_cursor: str | None


class CallPage(BaseModel):
    items: list[Call]
    next_cursor: str | None


class DoNotCallPage(BaseModel):
    items: list[DoNotCall]
    next_cursor: str | None


class RecordingPage(BaseModel):
    items: list[Recording]
    next_cursor: str | None


class Document(BaseModel):
    """An OpenAPI document."""

    openapi: str
    info: dict[str, str]
    paths: dict[str, dict[str, object]]


class Export(BaseModel):
    """The campaign with all its contacts and their attempts, in one document."""

    campaign: Campaign
    contacts: list[Contact]
