"""Pack schemas."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from campaign_app.domain.pack_files import LONGEST_FILE
from campaign_app.domain.rulebook import Purpose
from campaign_app.services.rule_packs import LONGEST_REASON

from .base import BaseModel, RequestModel, Timestamp


class PackRule(BaseModel):
    id: str = Field(examples=["us-fl/hours"])
    title: str
    status: Literal["law", "guidance", "code", "disputed", "default", "floor"]
    source: str
    url: str | None
    places: list[str] = Field(description="countries (ISO 3166) and states (ISO 3166-2); `*` is everywhere")
    purposes: list[Purpose] = Field(description="empty: all but `emergency`")
    in_force_from: str | None = Field(description="a day")
    in_force_until: str | None = Field(description="the first day on which it is not in force any more")
    hours: str | None = Field(description="in words, on the called person's clock")
    needs: list[str] = Field(description="caps, consent, and what the message has to have, in words")
    optional: bool = Field(description="off until somebody switches it on")
    in_use: bool
    can_switch: bool = Field(description="false for law and for the installation's floor")
    switched_by: str | None
    switched_at: Timestamp | None
    switched_reason: str | None


class Pack(BaseModel):
    name: str = Field(examples=["us-fl"])
    version: str = Field(description="a hash of everything that it says")
    title: str
    group: str
    origin: Literal["shipped", "own"]
    checked_on: str = Field(description="the day on which somebody looked at its sources")
    old: bool = Field(description="whether that was more than 180 days ago")
    notes: list[str] = Field(description="what no program can decide")
    rules: list[PackRule]


class PackList(BaseModel):
    items: list[Pack]


class PackText(RequestModel):
    text: str = Field(max_length=LONGEST_FILE, description="a pack file, TOML")


class SwitchRule(RequestModel):
    rule: str = Field(max_length=130, examples=["us-al/hours"])
    on: bool
    reason: str = Field(max_length=LONGEST_REASON, examples=["we are no member"])


class RemovePack(RequestModel):
    reason: str = Field(max_length=LONGEST_REASON)
