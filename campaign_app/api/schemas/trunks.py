"""Trunk schemas."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from campaign_app.domain import day_limits
from campaign_app.domain import trunk as trunk_rules

from .base import BaseModel, Id, Phone, RequestModel, Timestamp

CostlyType = Literal["pager", "personal", "premium", "satellite", "shared-cost"]


class CallPrice(BaseModel):
    """What the carrier charges; a start page and a preflight tell by it what the calls would cost."""

    currency: str = Field(description="ISO 4217", examples=["USD"])
    per_call: str | float = Field("0", description="an amount, told as text", examples=["0.002"])
    per_minute: str | float = Field("0", examples=["0.013"])


class TrunkBody(BaseModel):
    """A trunk's fields. What its settings leave out comes from the environment."""

    name: str = Field("", max_length=64, examples=["carrier-paris"])
    provider: Literal["simulator", "asterisk", "twilio"] = "simulator"
    settings: dict[str, str] = Field({}, description="of the provider's account: see docs/trunks.md")
    credentials: dict[str, str | None] = Field(
        {}, description="write-only; null forgets one; a changed address, SID or user needs them anew"
    )
    caller_ids: list[Phone] | None = Field(None, description="the only numbers it may call from; null: any")
    countries: list[str] | None = Field(
        None,
        description="the only countries it may call, by their two letters (ISO 3166); null: every country",
        examples=[["GB", "IE"]],
    )
    number_types: list[CostlyType] | None = Field(
        None, description="costly types of number that it may call all the same; others need no leave"
    )
    max_concurrent_calls: int = Field(10, ge=trunk_rules.LINES[0], le=trunk_rules.LINES[1])
    calls_per_second: float | None = Field(None, ge=trunk_rules.RATE_RANGE[0], le=trunk_rules.RATE_RANGE[1])
    max_calls_per_day: int | None = Field(
        None,
        ge=1,
        le=day_limits.MOST_CALLS,
        description="of a day in UTC; reached, the trunk is paused. Null: no limit",
    )
    max_minutes_per_day: int | None = Field(None, ge=1, le=day_limits.MOST_MINUTES)
    max_spend_per_day: float | None = Field(
        None, ge=0.0001, le=day_limits.MOST_MONEY, description="in the currency of price"
    )
    transfer_targets: list[str] | None = Field(
        None, description="the only numbers that keys may connect callees with; null: whoever it may call"
    )

    price: CallPrice | None = Field(None, description="null: nobody knows; then no cost is told")


class NewTrunk(TrunkBody):
    """A trunk's fields; only these two have no default."""

    name: str = Field(min_length=1, max_length=64, examples=["carrier-paris"])
    provider: Literal["simulator", "asterisk", "twilio"]


class TrunkChanges(TrunkBody):
    """An absent field keeps its value."""


class TrunkCheckStep(BaseModel):
    """One step of a check; each stands on the ones before it."""

    name: Literal["reach", "sign-in", "permission", "caller-id", "sound", "callbacks"]
    state: Literal["ok", "failed", "warning", "untried"] = Field(description="failed: no call can be placed")
    detail: str = Field(description="with the provider’s own words")
    setting: str | None = Field(description="the setting or credential that is wrong, where that is known")


class TrunkCheck(BaseModel):
    """What the last check found."""

    checked_at: Timestamp
    passed: bool
    error: str | None
    steps: list[TrunkCheckStep]


class TrunkToday(BaseModel):
    """What was used of the day (UTC)."""

    calls: int
    minutes: float
    share: float = Field(description="of the limit that is used most; 1 is all of it")
    words: str = Field(examples=["820 of 1,000 calls"])
    alarm: bool = Field(description="80 % or more are used")


class Trunk(BaseModel):
    """A provider account, its limits and its state."""

    id: Id
    name: str
    provider: str
    settings: dict[str, str]
    credentials: dict[str, str] = Field(description="which are set; their values are never told")
    credentials_error: str | None = Field(description="why its stored credentials cannot be read")
    inherits_credentials: bool = Field(
        description="whether the environment’s credentials are used where it has none of its own"
    )
    caller_ids: list[Phone]
    countries: list[str] | None = Field(description="the only countries it may call; null: every country")
    number_types: list[CostlyType] = Field(description="costly types of number that it may call")
    countries_chosen: bool = Field(
        description="false: it may call every country because nobody has chosen yet"
    )
    max_concurrent_calls: int
    calls_per_second: float | None
    price: CallPrice | None
    max_calls_per_day: int | None
    max_minutes_per_day: int | None
    max_spend_per_day: float | None
    transfer_targets: list[str] | None
    today: TrunkToday | None = Field(description="null: no limit of the day")
    check: TrunkCheck | None = Field(description="null: not checked since its account was changed")
    state: Literal["up", "failing", "half-open", "circuit-open", "not-ready", "paused"]
    reason: str | None = Field(description="why it is not up, or what the provider said last")
    next_try_at: Timestamp | None = Field(description="of an open circuit")
    open_calls: int = Field(description="calls that are up; the other leg of a transfer is one, too")
    campaigns: list[Id]
    created_at: Timestamp


class TrunkList(BaseModel):
    items: list[Trunk]


class PauseTrunk(RequestModel):
    reason: str | None = Field(None, max_length=500, description="shown to operators")
