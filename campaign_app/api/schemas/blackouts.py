"""Blackout schemas."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from campaign_app.domain.rulebook import Purpose

from .base import BaseModel, Id, RequestModel, Timestamp

LONGEST = 500


class NewBlackout(RequestModel):
    country: str = Field(max_length=100, description="ISO 3166 alpha-2, such as US", examples=["US"])
    state: str | None = Field(
        None,
        max_length=100,
        description="ISO 3166-2, such as US-LA; null: the whole country",
        examples=["US-LA"],
    )
    purposes: list[str] | None = Field(
        None,
        max_length=20,
        description="for which calls it holds; null: for all but those with the purpose `emergency`",
    )
    starts_at: str | None = Field(
        None, max_length=40, description="RFC 3339, not in the past; null: from now on"
    )
    ends_at: str | None = Field(None, max_length=40, description="RFC 3339; null: until it is lifted")
    reason: str = Field(max_length=LONGEST, examples=["State of emergency: hurricane"])
    source: str | None = Field(
        None, max_length=LONGEST, description="where that stands, such as an address on the web"
    )


class LiftBlackout(RequestModel):
    reason: str | None = Field(
        None, max_length=LONGEST, description="required: why people may be called again"
    )


class BlackoutQuery(RequestModel):
    status: Literal["coming", "in-force", "over"] | None = Field(None, description="only these")


class Blackout(BaseModel):
    id: Id
    country: str
    state: str | None
    purposes: list[Purpose] | None = Field(description="null: all but `emergency`")
    starts_at: Timestamp
    ends_at: Timestamp | None = Field(description="null: until it is lifted")
    reason: str
    source: str | None
    status: Literal["coming", "in-force", "over"]
    made_by: str
    made_at: Timestamp
    lifted_at: Timestamp | None
    lifted_by: str | None
    lift_reason: str | None


class AddedBlackout(Blackout):
    holds: int = Field(description="people who wait in running campaigns and whom it is about")


class BlackoutList(BaseModel):
    items: list[Blackout]
