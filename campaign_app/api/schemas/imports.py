"""Imports of files: contacts, and numbers that are not to be called."""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import ConfigDict, Field, StrictInt, field_validator
from spectree.model_adapter.pydantic_adapter import BaseFile

from campaign_app.domain.column_roles import Role

from .base import BaseModel, Id, RequestModel, Timestamp

FILE = (
    "CSV or another delimited text, XLSX, ODS, vCard, or numbers one a line; encoding and delimiter are found"
)
MAPPING = (
    'JSON: {"columns": [{"index": 0, "role": "number"}], "header": true, "encoding": "cp1251", "delimiter": ";", '
    '"region": "GB"}; all of it may be left out'
)
DRY_RUN = "stop when it is checked: nothing is added before it is committed"


class ColumnChoice(RequestModel):
    index: StrictInt = Field(ge=0, description="from 0")
    role: Role
    name: str | None = Field(
        None, max_length=64, description="the variable's name; default: the column's own"
    )
    region: str | None = Field(
        None,
        max_length=2,
        description="of a number column: the country of its numbers, in two letters; empty: the file's",
    )


class _RepeatedKey(ValueError):
    pass


def _read_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are all different: of two values for one, nobody knows which is meant."""
    read: dict[str, Any] = {}
    for key, value in pairs:
        if key in read:
            raise _RepeatedKey(key)
        read[key] = value
    return read


class MappingChoice(RequestModel):
    """What the columns of a file mean. Columns that are not listed stay what they seem, but hold no number."""

    columns: list[ColumnChoice] | None = Field(
        None, description="several of the role number are tried in this order, row by row"
    )
    header: bool | None = Field(None, description="whether the first row has the columns' names")
    format: Literal["delimited", "list"] | None = Field(
        None,
        description="of a text: a table with columns, or numbers with or without names, one or more a line",
    )
    encoding: str | None = Field(None, max_length=40, description="such as utf-8, cp1251 or shift_jis")
    delimiter: str | None = Field(
        None,
        min_length=1,
        max_length=20,
        description="one character, or its name: comma, semicolon, tab, space, pipe or colon",
    )
    region: str | None = Field(None, description="two letters: reads numbers of rows that name no country")
    left_out_countries: list[str] | None = Field(
        None,
        max_length=300,
        description="two letters each: rows whose number is there are refused (`left-out`)",
    )
    sheet: str | None = Field(None, max_length=255, description="of a workbook: the one to read")

    def chosen(self) -> dict[str, Any]:
        """For services.imports: without what was left out."""
        return self.model_dump(mode="json", exclude_none=True)


class MappingBody(MappingChoice):
    dry_run: bool = Field(False, description=DRY_RUN)


class ImportForm(BaseModel):
    file: BaseFile = Field(description=FILE)
    default_region: str | None = Field(None, description="two letters; default: the campaign's")
    dry_run: bool = Field(False, description=DRY_RUN)
    mapping: str | None = Field(None, description=MAPPING)
    on_known: Literal["skip", "update"] = Field(
        "skip",
        description="`update`: rows whose number or external id is in the campaign change its variables",
    )


class ListingForm(BaseModel):
    file: BaseFile = Field(description=FILE)
    default_region: str | None = Field(None, description="two letters")
    dry_run: bool = Field(False, description=DRY_RUN)
    mapping: str | None = Field(None, description=MAPPING)
    campaign_id: Id | None = Field(None, description="for this campaign only; default: for all")
    source: str | None = Field(None, max_length=100, description="where the numbers come from")
    reason: str | None = Field(None, max_length=500)
    date: str | None = Field(None, description="the day on which they asked, such as 2026-11-20")


class UploadFields(RequestModel):
    """The text fields beside the file that both kinds of files have."""

    default_region: str | None = None
    dry_run: bool = False
    mapping: MappingChoice | None = None

    @field_validator("mapping", mode="before")
    @classmethod
    def _parse(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            parsed = json.loads(value, object_pairs_hook=_read_pairs)
        except _RepeatedKey as error:
            raise ValueError(
                f"the key “{str(error)[:64]}” stands twice in one object; give it once"
            ) from None
        except ValueError:
            raise ValueError('send JSON, such as {"columns": [{"index": 0, "role": "number"}]}') from None
        if not isinstance(parsed, dict):
            raise ValueError("send a JSON object")
        return parsed


class ImportFields(UploadFields):
    on_known: Literal["skip", "update"] = "skip"


class ListingFields(UploadFields):
    campaign_id: Id | None = None
    source: str | None = Field(None, max_length=100)
    reason: str | None = Field(None, max_length=500)
    date: str | None = None


class RejectedQuery(RequestModel):
    include: Literal["all"] | None = Field(
        None, description="`all`: also the rows that were repeats or do-not-call"
    )


class ImportColumn(BaseModel):
    index: int
    name: str
    role: str
    variable: str | None = Field(description="the name under which the message has its value")
    why: str = Field(description="why it was taken for that")
    samples: list[str]
    candidates: list[str] = Field(description="roles that it could have")
    certain: bool


class ImportQuestion(BaseModel):
    code: str
    sentence: str
    columns: list[int] = Field(description="the columns to choose from")


class ImportNotice(BaseModel):
    code: str
    sentence: str


class EncodingChoice(BaseModel):
    encoding: str
    label: str
    sample: list[str]


class ReasonExample(BaseModel):
    line: int
    reason: str
    cells: list[str]


class ImportReason(BaseModel):
    count: int
    example: ReasonExample


class CountedExample(BaseModel):
    count: int
    example: str | None = None


class CheckedRow(BaseModel):
    """One of a file's first rows, as it is and as what it becomes."""

    model_config = ConfigDict(extra="allow")

    line: int
    cells: list[str]
    phone: str | None = None
    code: str | None = None
    reason: str | None = None


class UnreadableExample(BaseModel):
    line: int
    value: str
    problem: str


class UnreadableValues(BaseModel):
    count: int
    example: UnreadableExample


class ImportCheck(BaseModel):
    """What adding the file would do."""

    rows: int
    new: int
    repeated_in_file: int
    already_in_campaign: int
    do_not_call: int
    rejected: int
    bytes_done: int
    complete: bool = Field(description="false while its rows are still counted")
    countries: dict[str, CountedExample]
    types: dict[str, CountedExample]
    zones: dict[str, CountedExample]
    variables: dict[str, int] = Field(description="how many rows have a value for each")
    unreadable: dict[str, UnreadableValues] = Field(
        {},
        description="by `{name:format}` of the message: rows whose value is spoken as it stands, and why",
    )
    first_rows: list[CheckedRow]
    before: int | None = Field(None, description="of a list's file: the numbers of the version in force")
    added: int | None = Field(None, description="of a list's file: numbers that are new")
    removed: int | None = Field(None, description="of a list's file: numbers that are there no more")
    held: int | None = Field(
        None, description="of a list's file: waiting contacts that leave the queue with it"
    )
    again: int | None = Field(None, description="of a list's file: contacts that become due again")


class Listing(BaseModel):
    source: str | None = None
    reason: str | None = None
    date: str | None = None
    as_of: str | None = Field(None, description="of a list's file: the day on which it was drawn up")
    allow_older: bool | None = None
    reasons: int | None = Field(
        None, description="numbers that were listed with the reason of their own row (the role `reason`)"
    )
    reasons_cut: int | None = Field(
        None,
        description="of these, those whose reason was longer than 500 characters and is kept up to there",
    )


class Import(BaseModel):
    id: Id
    campaign_id: Id | None
    list_id: Id | None = Field(description="of `do_not_call`: its numbers are a new version of this list")
    mode: Literal["contacts", "do_not_call"]
    filename: str
    status: Literal[
        "queued", "running", "needs_mapping", "checked", "completed", "failed", "discarded", "undone"
    ]
    phase: Literal["check", "add"]
    dry_run: bool
    on_known: Literal["skip", "update"]
    total: int
    accepted: int
    rejected: int
    repeated_in_file: int
    already_in_campaign: int
    do_not_call: int
    updated: int = Field(description="of those that were there already, the ones that the file changed")
    format: str | None
    encoding: str | None
    delimiter: str | None
    header: bool | None
    region: str | None
    columns: list[ImportColumn]
    questions: list[ImportQuestion] = Field(description="what has to be answered before anything is added")
    encoding_choices: list[EncodingChoice]
    notices: list[ImportNotice] = Field(
        description="what a workbook hides, a do-not-call sheet beside the one that is read, labels that are unclear"
    )
    reasons: dict[str, ImportReason]
    check: ImportCheck | None
    listing: Listing | None = Field(description="of a do-not-call file")
    removed: int = Field(description="what undoing it took back")
    error: str | None
    created_at: Timestamp
    confirmed_at: Timestamp | None
    finished_at: Timestamp | None
    undone_at: Timestamp | None


class Undone(BaseModel):
    removed: int
