"""Outside check schemas."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from campaign_app.domain.rulebook import Purpose

from .base import BaseModel, RequestModel, Timestamp


class NewOutsideCheck(RequestModel):
    url: str = Field(
        max_length=1000,
        description="https, at a public address",
    )
    answers_hours: int = Field(24, ge=1, le=168, strict=True, description="how long an answer counts")
    timeout_seconds: float = Field(5, ge=1, le=10, strict=True, description="for a whole question")
    purposes: list[str] | None = Field(
        None, max_length=20, description="of the calls that it is asked about; null: all"
    )
    countries: list[str] | None = Field(
        None, max_length=300, description="of the numbers that it is asked about; null: all"
    )
    new_secret: bool = Field(False, strict=True, description="make a new secret, which is told in the answer")


class OutsideCheck(BaseModel):
    url: str
    answers_hours: int
    timeout_seconds: float
    purposes: list[Purpose] | None
    countries: list[str] | None
    secret: str | None = Field(description="told once, when it is made; null: kept as it was")
    status: Literal["not-asked", "answering", "silent"]
    last_error: str | None = Field(description="why there was no answer, while it is silent")
    last_error_at: Timestamp | None
    retry_at: Timestamp | None = Field(description="when it is asked again, while it is silent")
    answered_at: Timestamp | None
    changed_by: str
    changed_at: Timestamp
