"""List schemas: registries and other lists of numbers that may not be called."""

from __future__ import annotations

from datetime import date as date_type
from typing import Literal

from pydantic import Field, StrictInt
from spectree.model_adapter.pydantic_adapter import BaseFile

from .base import BaseModel, Id, PageQuery, Phone, RequestModel, Timestamp
from .imports import FILE, MAPPING, UploadFields

Kind = Literal["registry", "litigators", "reassigned", "other"]
OnStale = Literal["block", "warn"]
PURPOSES = (
    "of the calls that it binds, such as marketing; null: every purpose. Default: marketing for a registry, all "
    "for the others. A campaign without a purpose counts as marketing"
)
COUNTRIES = "of the numbers, in two letters (ISO 3166); null: all of the world. Required of a registry"
MAX_AGE = "days; null: it never grows too old. Default for a registry: 31; AU 30, GB 28, SG 21, IT 15"


class NewList(RequestModel):
    name: str = Field(max_length=200, examples=["US National Do Not Call Registry"])
    kind: Kind = Field(
        description="consent of any kind excuses people from a registry, and from no other list"
    )
    countries: list[str] | None = Field(None, description=COUNTRIES, max_length=100, examples=[["US"]])
    purposes: list[str] | None = Field(None, description=PURPOSES, max_length=20, examples=[["marketing"]])
    max_age_days: StrictInt | None = Field(None, description=MAX_AGE, examples=[31])
    on_stale: OnStale = Field(
        "block",
        description="`block`: nobody it applies to is called once it is too old. `warn`: that is said only",
    )


class ListChange(RequestModel):
    """All but the name only an admin changes."""

    name: str | None = Field(None, max_length=200)
    kind: Kind | None = None
    countries: list[str] | None = Field(None, description=COUNTRIES, max_length=100)
    purposes: list[str] | None = Field(None, description=PURPOSES, max_length=20)
    max_age_days: StrictInt | None = Field(None, description=MAX_AGE)
    on_stale: OnStale | None = None


class NumberList(BaseModel):
    id: Id
    name: str
    kind: Kind
    countries: list[str] | None
    purposes: list[str] | None
    max_age_days: int | None
    on_stale: OnStale
    as_of: date_type | None = Field(
        description="the day that the version in force describes; null: it has none yet"
    )
    numbers: int
    version_id: Id | None
    age_days: int | None
    stale: bool = Field(description="whether it is older than it may be")
    blocks: bool = Field(description="whether nobody it applies to is called until it is replaced")
    held: int = Field(description="contacts that it holds back, in campaigns that would call them")
    created_at: Timestamp
    created_by: str


class NumberListPage(BaseModel):
    items: list[NumberList]


class ListVersion(BaseModel):
    id: Id
    as_of: date_type
    filename: str
    import_id: Id | None
    numbers: int
    added: int | None = Field(description="numbers that the version before did not have")
    removed: int | None
    state: Literal["loading", "current", "replaced", "failed"]
    error: str | None
    loaded_by: str
    loaded_at: Timestamp
    in_force_at: Timestamp | None = Field(
        description="no number of it was permitted later, until `replaced_at`"
    )
    replaced_at: Timestamp | None


class ListVersionPage(BaseModel):
    items: list[ListVersion]
    next_cursor: str | None


class VersionQuery(PageQuery):
    pass


class NumberQuery(RequestModel):
    phone: str = Field(max_length=40, description="E.164, or national with `region`")
    region: str | None = Field(None, description="two letters")


class NumberOnList(BaseModel):
    id: Id
    name: str
    kind: Kind
    countries: list[str] | None
    purposes: list[str] | None
    as_of: date_type | None


class NumberAnswer(BaseModel):
    phone: Phone
    lists: list[NumberOnList] = Field(description="those that have the number, whatever they bind")


class DeletedList(BaseModel):
    held: int = Field(description="contacts that it held back; they become due again within a minute")


class ListUploadFields(UploadFields):
    as_of: str | None = Field(None, max_length=40)
    allow_older: bool = False


class ListUploadForm(BaseModel):
    file: BaseFile = Field(
        description=f"{FILE}. Numbers in E.164, as national digits, or as area code and number in two columns"
    )
    as_of: date_type = Field(description="the day on which the file was drawn up; none in the future")
    allow_older: bool = Field(False, description="it may be older than the version in force")
    default_region: str | None = Field(
        None, description="two letters; default: the list's country, where it has one"
    )
    dry_run: bool = Field(
        False,
        description="stop before the swap, at `checked`: the import's `check` has what was added and removed. "
        "POST /imports/{id}/commit then puts it into force",
    )
    mapping: str | None = Field(None, description=MAPPING)
