"""People schemas: what is held of a person, and forgetting them."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import Field

from .base import BaseModel, Id, RequestModel, Timestamp


class ForgetPerson(RequestModel):
    phone: str = Field(max_length=64, description="E.164, or national with `region`")
    region: str | None = Field(None, description="two letters")
    reason: str = Field(min_length=1, max_length=500, description="why; a number in it is not kept")
    keep_on_do_not_call: bool = Field(
        True, description="whether a keyed hash stays, by which the number is never called again"
    )
    dry_run: bool = Field(False, description="only say what is held and what would stay")


class KeptRecord(BaseModel):
    what: str
    why: str
    until: date | None = Field(description="null: for ever")


class Erasure(BaseModel):
    id: Id | None = Field(description="null: only a dry run")
    state: str = Field(description="`dry-run`, `erasing` or `done`")
    waits_for: str | None = Field(description="why it does not go on at this moment; it does by itself")
    reason: str
    keep_on_do_not_call: bool
    held: dict[str, int] | None = Field(description="rows under the number; null once they are gone")
    erased: dict[str, int] = Field(description="what was erased so far, by kind")
    kept: list[KeptRecord] = Field(description="what stays without the number, why and until when")
    requested_by: str
    requested_at: Timestamp
    finished_at: Timestamp | None


class PersonQuery(RequestModel):
    phone: str = Field(max_length=64, description="E.164, with its +")


class PersonExport(BaseModel):
    phone: str = Field(description="E.164; masked below admin")
    exported_at: Timestamp
    contacts: list[dict[str, Any]] = Field(description="with variables, consent and second numbers")
    calls: list[dict[str, Any]] = Field(description="times, outcomes, keys that were pressed")
    do_not_call: list[dict[str, Any]]
    do_not_call_removals: list[dict[str, Any]]
    confirmed: list[dict[str, Any]]
    recordings: list[str] = Field(description="names of the sounds that their campaigns played")
    forgotten_at: Timestamp | None
