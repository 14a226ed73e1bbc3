"""Export schemas: a campaign as one document, and files that are made in the background."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, get_args

from pydantic import Field

from campaign_app.services.audit_search import LONGEST, ObjectType

from .base import BaseModel, Digits, Id, RequestModel, Timestamp
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


class NewAuditFile(RequestModel):
    """What the entries have to match; all entries if nothing is given."""

    type: ObjectType | None = None
    id: str | None = Field(None, max_length=64, description="the object’s id; needs `type`")
    who: str | None = Field(None, max_length=LONGEST, description="a person, a token, or an address")
    since: date | None = Field(None, description="a day in UTC")
    until: date | None = Field(None, description="the last day, in UTC")


CallColumn = Literal[
    "to",
    "campaign",
    "number",
    "started_at",
    "status",
    "answered_by",
    "seconds",
    "key",
    "key_means",
    "disposition",
    "cause",
    "id",
    "campaign_id",
    "contact_id",
    "token",
    "provider",
    "provider_ref",
    "claimed_at",
    "placed_at",
    "answered_at",
    "ended_at",
]
"""services.call_files.COLUMNS."""


class _CallChoice(RequestModel):
    """Which calls; all if nothing is given."""

    status: (
        Literal[
            "open",
            "ended",
            "claimed",
            "dialing",
            "in-doubt",
            "queued",
            "ringing",
            "in-progress",
            "completed",
            "busy",
            "no-answer",
            "failed",
            "canceled",
            "released",
            "unresolved",
        ]
        | None
    ) = None
    key: Annotated[str, Field(pattern="^[0-9*#]$")] | None = Field(None, description="who pressed this key")
    search: Digits | None = Field(None, description="how the number begins or ends")
    since: date | None = Field(
        None, description="the first day on which they started, on the clock of `zone`"
    )
    until: date | None = Field(None, description="the last day")
    zone: str = Field("UTC", max_length=64, description="IANA")


class CallExportQuery(_CallChoice):
    format: Literal["csv", "ndjson"] = "ndjson"
    columns: str | None = Field(
        None,
        max_length=400,
        description=f"of {', '.join(get_args(CallColumn))}; separated by commas; all if none is named",
        examples=["to,status,ended_at"],
    )


class AllCallsExportQuery(CallExportQuery):
    campaign_id: Id | None = None


class NewCallFile(_CallChoice):
    """Which calls and columns; all if nothing is given."""

    format: Literal["csv", "ndjson"] = "ndjson"
    campaign_id: Id | None = None
    columns: list[CallColumn] = Field(default_factory=list, max_length=len(get_args(CallColumn)))


class _BackgroundFile(BaseModel):
    id: Id
    status: Literal["queued", "running", "completed", "failed", "deleted"]
    bytes: int = Field(description="how much of the file is written so far")
    file: str | None = Field(description="the path to download it from, once it is completed")
    error: str | None = Field(description="why it failed or was deleted")
    requested_by: str
    requested_at: Timestamp
    finished_at: Timestamp | None
    expires_at: Timestamp | None = Field(description="when it is deleted")


class ExportFile(_BackgroundFile):
    """A file of a campaign that is made in the background."""

    campaign_id: Id
    format: Literal["json", "ndjson", "csv"]
    contacts: int = Field(description="how many there were when the file was asked for")
    contacts_done: int


class ExportFiles(BaseModel):
    items: list[ExportFile] = Field(description="the latest first, 20 at the most")


class AuditFile(_BackgroundFile):
    """A file of the audit trail that is made in the background."""

    format: Literal["ndjson"]
    search: dict[str, str] = Field(description="what its entries match")
    entries: int = Field(
        description="how many matched when the file was asked for; of the whole trail about how many there were"
    )
    entries_done: int


class AuditFiles(BaseModel):
    items: list[AuditFile] = Field(description="the latest first, 20 at the most")


class CallFile(_BackgroundFile):
    """A file of calls that is made in the background."""

    format: Literal["csv", "ndjson"]
    search: dict[str, str | int | list[str]] = Field(description="which calls and columns")
    calls: int = Field(description="about how many the campaign, or all, had when the file was asked for")
    calls_done: int


class CallFiles(BaseModel):
    items: list[CallFile] = Field(description="the latest first, 20 at the most")


class DoNotCallFile(_BackgroundFile):
    """A file of the do-not-call list that is made in the background."""

    format: Literal["csv"]
    entries: int = Field(description="how many there were when the file was asked for")
    entries_done: int


class DoNotCallFiles(BaseModel):
    items: list[DoNotCallFile] = Field(description="the latest first, 20 at the most")
