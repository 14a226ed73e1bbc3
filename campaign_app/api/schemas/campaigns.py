"""Campaign schemas. `domain.campaign.check_campaign` checks the values, for the form too, so these models only
describe.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StrictBool

from campaign_app.domain import campaign as rules
from campaign_app.domain.campaign import MOST_SOFT_START, CallOrder, CampaignStatus
from campaign_app.domain.campaign_consent import LONGEST_CALLER_NAME, LONGEST_SOURCE
from campaign_app.domain.retry import MAX_RETRIES
from campaign_app.domain.rulebook import (
    LONGEST_GAP,
    LONGEST_GUARD,
    LONGEST_SUBJECT,
    MOST_CALLS,
    MOST_CAPS,
    MOST_HOURS,
    CampaignClock,
    CapPeriod,
    CapScope,
    Purpose,
)
from campaign_app.domain.script import MachineDetection
from campaign_app.domain.trunk import LONGEST_CALLS, LONGEST_RING, SHORTEST_CALL, SHORTEST_RING
from campaign_app.services.pauses import STOP_ALL_WORDS

from .base import BaseModel, Id, NewTimestamp, PageQuery, RequestModel, Timestamp
from .messages import Message

Hour = Annotated[str, Field(examples=["09:00"], description="HH:MM of the campaign's zone; 24:00 ends a day")]


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


class CallCap(BaseModel):
    """At most so many calls to a number. Who is capped is due again when the cap frees."""

    most: int = Field(ge=1, le=MOST_CALLS)
    per_hours: int | None = Field(None, ge=1, le=MOST_HOURS, description="rolling; or `per`")
    per: CapPeriod | None = Field(None, description="a calendar day or week in the called person's zone")
    scope: CapScope = Field(CapScope.NUMBER, description="which earlier calls to the number count")
    unless_consent: bool = Field(False, description="not for people of whom a consent is known")


class CampaignConsent(BaseModel):
    """A consent that everybody on the list has given. A contact's own `consent` counts if better, or `none`."""

    kind: Literal["express", "written", "existing"]
    source: str = Field(min_length=1, max_length=LONGEST_SOURCE, examples=["intake form of 2026"])


class CampaignBody(BaseModel):
    """A campaign's fields. An absent one keeps its value (PATCH) or gets its default (POST)."""

    name: str = Field("", max_length=rules.LONGEST_NAME, examples=["Flood warning"])
    message: Message | None = None
    purpose: Purpose | None = Field(
        None, description="what the calls are for; a start needs it", examples=["informational"]
    )
    subject: str = Field(
        "",
        max_length=LONGEST_SUBJECT,
        description="what the calls are about, for caps of the scope `subject`",
    )
    clock: CampaignClock = Field(
        CampaignClock.BOTH,
        description="whose hours are kept: the called person's and the campaign's, or one of them. `campaign` alone"
        " needs the role admin",
    )
    timezone: str | None = Field(
        None,
        description="IANA zone of the windows; null: they are read on each called person's own clock",
        examples=["Europe/Paris"],
    )
    calling_windows: list[CallingWindow] = Field(rules.DEFAULTS["calling_windows"], min_length=1)
    caller_name: str = Field(
        "",
        max_length=LONGEST_CALLER_NAME,
        description="who calls; where rules ask for it, the first words of the message say it",
        examples=["Hill Clinic"],
    )
    consent: CampaignConsent | None = Field(
        None, description="what is said of everybody on the list; rules of countries may ask for it"
    )
    caps: list[CallCap] = Field(
        [CallCap(**cap) for cap in rules.DEFAULTS["caps"]],
        max_length=MOST_CAPS,
        description="how often a number may be called, over all campaigns; an empty list: no cap",
    )
    min_gap_minutes: int = Field(
        rules.DEFAULTS["min_gap_minutes"],
        ge=0,
        le=LONGEST_GAP,
        description="between calls of different campaigns to a number",
    )
    guard_seconds: int = Field(
        rules.DEFAULTS["guard_seconds"],
        ge=0,
        le=LONGEST_GUARD,
        description="no call begins in the last seconds before hours end: it would ring after them",
    )
    max_concurrent_calls: int = Field(rules.DEFAULTS["max_concurrent_calls"], ge=1, le=rules.MOST_LINES)
    calls_per_second: float | None = Field(
        rules.DEFAULTS["calls_per_second"],
        ge=0.01,
        le=rules.MOST_CALLS_PER_SECOND,
        description="null: no bound",
    )
    retry: RetryPolicy = Field(RetryPolicy(**rules.DEFAULTS["retry"]))
    call_order: CallOrder = Field(
        CallOrder.FILE,
        description="of those who were never tried: as they were added, the latest file first, shuffled, or shuffled"
        " with each retry at another time of day than the try before it; before that, people whose hours end soonest",
    )
    retries_first: StrictBool = Field(
        True,
        description="a due retry goes before everybody who was never tried; else whoever is due longest goes first",
    )
    ring_seconds: int = Field(rules.DEFAULTS["ring_seconds"], ge=SHORTEST_RING, le=LONGEST_RING)
    longest_call_seconds: int = Field(
        rules.DEFAULTS["longest_call_seconds"],
        ge=SHORTEST_CALL,
        le=max(LONGEST_CALLS.values()),
        description="from the answer on; no longer than the trunk allows",
    )
    machine_detection: MachineDetection = Field(
        MachineDetection.BALANCED,
        description="how thoroughly a machine is told from a person where the message asks for it; off: whoever answers"
        " hears it at once",
    )
    caller_id: str | None = Field(None, description="E.164")
    provider: str | None = Field(None, description="a trunk's name; null: the default trunk")
    starts_at: Timestamp | None = Field(None, description="from the year 2000 to ten years from now")
    ends_at: Timestamp | None = Field(None, description="likewise, and after the start")
    default_region: str | None = Field(None, description="two letters; a number without + is read as of it")
    priority: int = Field(rules.DEFAULTS["priority"], ge=1, le=10)


class NewCampaign(CampaignBody):
    """A campaign's fields; only these two have no default."""

    name: str = Field(min_length=1, max_length=rules.LONGEST_NAME, examples=["Flood warning"])
    message: Message


class CampaignChange(CampaignBody):
    """The fields that change. While a campaign runs some of them cannot; they are named (409)."""

    version: int | None = Field(
        None,
        ge=1,
        description="as you read it: refused (409, with what changed) where somebody has saved the campaign since",
    )


class ActionBody(RequestModel):
    """How to pause or stop."""

    reason: str | None = Field(
        None, max_length=500, description="shown to operators and kept in the audit trail"
    )
    hang_up: StrictBool = Field(False, description="also end the calls that are open; else they drain")


class PauseBody(ActionBody):
    """How to pause."""

    until: NewTimestamp | None = Field(
        None, description="when it resumes by itself, within a year; null: when somebody resumes it"
    )


class ResumeAtBody(RequestModel):
    """When a paused campaign resumes by itself."""

    at: NewTimestamp | None = Field(description="within a year; null: when somebody resumes it")


class StopAllBody(ActionBody):
    """How to stop every campaign."""

    confirm: str = Field(description=f"the words {STOP_ALL_WORDS}", examples=[STOP_ALL_WORDS])
    reason: str | None = Field(
        max_length=500, description="shown to operators and kept in the audit trail", examples=["false alarm"]
    )


class RefusedCampaign(BaseModel):
    id: Id
    reason: str


class CampaignsChanged(BaseModel):
    """What an action on every campaign did."""

    campaigns: list[Id] = Field(description="those that were changed")
    refused: list[RefusedCampaign] = Field(description="those that had just changed by themselves")


class StartBody(RequestModel):
    """How to start."""

    soft_start: int | None = Field(
        None,
        ge=0,
        le=MOST_SOFT_START,
        strict=True,
        description="call so many people, then wait for POST …/proceed; null: everyone",
    )


class ProceedBody(RequestModel):
    """How to go on after a soft start."""

    people: int | None = Field(
        None,
        ge=1,
        le=MOST_SOFT_START,
        strict=True,
        description="call so many more, then wait; null: everyone",
    )


class CampaignQuery(PageQuery):
    status: CampaignStatus | None = None
    search: str | None = Field(None, max_length=200, description="part of the name")


class Campaign(CampaignBody):
    """A campaign as it is. Every field is there, also one whose value is null."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    id: Id
    status: CampaignStatus
    soft_start: int | None = Field(
        description="how many people may be called before POST …/proceed; null: everyone"
    )
    resume_at: Timestamp | None = Field(
        description="when a paused campaign resumes by itself; null: when somebody resumes it"
    )
    version: int = Field(description="how often its fields were saved; PATCH takes it back")
    message: Message
    provider: str
    created_at: Timestamp


class CampaignPage(BaseModel):
    items: list[Campaign]
    next_cursor: str | None


class Variable(BaseModel):
    """A name that a campaign's contacts have values under, by its usual spelling."""

    name: str
    contacts: int = Field(description="how many of the contacts that were looked at have a value")


class Variables(BaseModel):
    """What a message can say of a campaign's contacts. Case, blanks, underscores and accents make no difference to a
    name."""

    items: list[Variable] = Field(description="the commonest first")
    looked_at: int = Field(description="contacts; not all of a large campaign")
    complete: bool = Field(description="whether these are all its contacts")
    warnings: list[str] = Field(
        description="what is most likely wrong with the message's names: braces doubled, or nobody has such a value"
    )
