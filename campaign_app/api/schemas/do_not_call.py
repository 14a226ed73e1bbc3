"""Do-not-call schemas."""

from __future__ import annotations

from datetime import date as date_type

from pydantic import Field

from .base import BaseModel, Id, PageQuery, Phone, RequestModel, Timestamp


class NewDoNotCall(RequestModel):
    phone: str = Field(description="E.164, or national with `region`, or as in the campaign's country")
    reason: str | None = Field(None, max_length=500)
    campaign_id: Id | None = Field(None, description="for this campaign only; default: for all")
    region: str | None = Field(None, description="two letters")
    date: date_type | None = Field(None, description="the day on which the person asked")


class DoNotCallQuery(PageQuery):
    search: str | None = Field(
        None,
        max_length=40,
        description="how the number begins or ends; without a digit, or with a letter, it finds nothing",
    )


class Removal(RequestModel):
    """Why an entry is removed. In the query, or as a JSON body."""

    reason: str | None = Field(None, max_length=500, description="required: why it may be called again")
    unsuppress: bool = Field(
        False, description="whether the contacts that it alone held back become due again"
    )


class RemoveQuery(Removal):
    phone: str = Field(description="E.164, or national with `region`, or as in the campaign's country")
    region: str | None = None
    campaign_id: Id | None = Field(None, description="the entry of this campaign; default: the one for all")


class DoNotCall(BaseModel):
    id: Id
    phone: Phone
    campaign_id: Id | None
    source: str
    reason: str | None
    date: str | None = Field(description="the day on which the person asked")
    import_id: Id | None
    added_by: str
    created_at: Timestamp


class DoNotCallPage(BaseModel):
    items: list[DoNotCall]
    next_cursor: str | None
    total: int = Field(description="entries of the whole list, whatever was searched for")


class RemovedDoNotCall(BaseModel):
    id: Id
    phone: Phone
    campaign_id: Id | None
    source: str
    reason: str | None
    date: str | None
    added_by: str
    created_at: Timestamp
    removed_at: Timestamp
    removed_by: str
    removal_reason: str
    unsuppressed: int = Field(description="contacts that became due again")


class RemovalAnswer(RemovedDoNotCall):
    suppressed: int = Field(
        description="contacts that it alone held back, and that `unsuppress` makes due again"
    )


class RemovalPage(BaseModel):
    items: list[RemovedDoNotCall]
    next_cursor: str | None
