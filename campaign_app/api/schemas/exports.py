"""Export schemas: a campaign as one document."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .base import BaseModel, Id, RequestModel, Timestamp
from .campaigns import Campaign
from .contacts import Contact


class ExportQuery(RequestModel):
    format: Literal["json", "ndjson", "csv"] = "json"


class Export(BaseModel):
    """The campaign with all its contacts and their attempts, in one document."""

    campaign: Campaign
    contacts: list[Contact]


class NewExportFile(RequestModel):
    format: Literal["json", "ndjson", "csv"] = "ndjson"


class ExportFile(BaseModel):
    """A file of a campaign that is made in the background."""

    id: Id
    campaign_id: Id
    format: Literal["json", "ndjson", "csv"]
    status: Literal["queued", "running", "completed", "failed", "deleted"]
    contacts: int = Field(description="how many there were when the file was asked for")
    contacts_done: int
    bytes: int = Field(description="how much of the file is written so far")
    file: str | None = Field(description="the path to download it from, once it is completed")
    error: str | None = Field(description="why it failed or was deleted")
    requested_by: str
    requested_at: Timestamp
    finished_at: Timestamp | None
    expires_at: Timestamp | None = Field(description="when it is deleted")


class ExportFiles(BaseModel):
    items: list[ExportFile] = Field(description="the latest first, 20 at the most")
