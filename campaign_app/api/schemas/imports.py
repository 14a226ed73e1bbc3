"""Imports of CSV files."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field
from spectree.model_adapter.pydantic_adapter import BaseFile

from .base import Id, RequestModel, Timestamp


class ImportForm(BaseModel):
    file: BaseFile = Field(description="CSV or another delimited text; encoding and delimiter are found")
    default_region: str | None = Field(None, description="two letters; default: the campaign's")


class ImportFields(RequestModel):
    """The text fields beside the file."""

    default_region: str | None = None


class RejectedQuery(RequestModel):
    include: Literal["all"] | None = Field(
        None, description="`all`: also the rows that were repeats or do-not-call"
    )


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
    created_at: Timestamp
    finished_at: Timestamp | None
