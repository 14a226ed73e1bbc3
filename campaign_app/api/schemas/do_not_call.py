"""Do-not-call schemas."""

from __future__ import annotations

from pydantic import BaseModel, Field

from .base import Digits, Id, PageQuery, Phone, RequestModel, Timestamp


class NewDoNotCall(RequestModel):
    phone: str = Field(description="E.164, or national with `region`")
    reason: str | None = Field(None, max_length=500)
    campaign_id: Id | None = Field(None, description="for this campaign only; default: for all")
    region: str | None = Field(None, description="two letters")


class DoNotCallQuery(PageQuery):
    search: Digits | None = Field(None, description="how the number begins or ends")


class RemoveQuery(RequestModel):
    phone: str = Field(description="E.164, or national with `region`")
    region: str | None = None
    campaign_id: Id | None = Field(None, description="the entry of this campaign; default: the one for all")


class DoNotCall(BaseModel):
    id: Id
    phone: Phone
    campaign_id: Id | None
    source: str
    reason: str | None
    added_by: str
    created_at: Timestamp


class DoNotCallPage(BaseModel):
    items: list[DoNotCall]
    next_cursor: str | None
