"""Retention schemas: how many days each kind stays."""

from __future__ import annotations

from pydantic import Field

from campaign_app.domain.retention import LONGEST_DAYS

from .base import BaseModel, RequestModel


class Period(RequestModel):
    days: int | None = Field(None, ge=1, le=LONGEST_DAYS, description="null: for ever")
    reason: str | None = Field(
        None, max_length=500, description="required where a law asks for more days: why it is less"
    )


class RetentionRules(RequestModel):
    """What is not named is kept for ever."""

    variables: Period = Field(
        Period(), description="what files said of the contacts of campaigns that are over"
    )
    contacts: Period = Field(
        Period(), description="the contacts of campaigns that are over, with their consent"
    )
    call_records: Period = Field(
        Period(), description="calls of campaigns that are over, and single calls; 90 days at least"
    )
    recordings: Period = Field(Period(), description="sounds that only archived campaigns use")
    uploads: Period = Field(
        Period(), description="refused rows, samples, uploads nobody confirmed, numbers in journals"
    )
    audit: Period = Field(Period(), description="the audit trail, but for who edited a campaign when")


class RetentionQuery(RequestModel):
    dry_run: bool = Field(False, description="only say what the rules would remove now")


class RetentionDuty(BaseModel):
    country: str
    days: int
    what: str
    source: str


class RetentionKind(BaseModel):
    kind: str
    days: int | None
    reason: str | None
    would_remove: int | None = Field(description="rows that are older now; null: kept for ever")
    duties: list[RetentionDuty] = Field(description="what laws ask for")
    below: list[str] = Field(description="countries whose law asks for more")


class Retention(BaseModel):
    dry_run: bool
    kinds: list[RetentionKind]
