"""Stats schemas: the numbers of one campaign."""

from __future__ import annotations

from pydantic import ConfigDict, Field

from .base import BaseModel, Timestamp


class Reason(BaseModel):
    """Why some contacts are not being dialed."""

    code: str
    title: str
    detail: str
    contacts: int
    until: Timestamp | None


class Eta(BaseModel):
    """When it should be done: between these two."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    from_: Timestamp = Field(alias="from")
    to: Timestamp


class AnswerCount(BaseModel):
    label: str = Field(description="what the key means by the menu as it is now")
    count: int


class AnsweredCalls(BaseModel):
    """Of the calls that were answered: by whom. `unknown` where nobody asked, or nothing could tell."""

    human: int
    machine: int
    fax: int
    unknown: int


class Stats(BaseModel):
    """Numbers of one campaign, as its page shows them."""

    contacts: dict[str, int] = Field(description="by status, and `total`")
    attempts: dict[str, int] = Field(description="by outcome")
    open_calls: int = Field(description="calls that are up; the other leg of a transfer is one, too")
    retries_overdue: int = Field(
        description="people whose retry has been due for a minute or more, at an hour when they may be called;"
        " from 100,000 on, at least so many"
    )
    retries_overdue_since: Timestamp | None = Field(description="since when the longest of them is")
    answer_rate: float | None = Field(description="0 to 1; null before the first call has ended")
    answered_by: AnsweredCalls
    person_rate: float | None = Field(
        description="as `answer_rate`, without the calls that a machine or a fax answered"
    )
    peak_concurrent_calls: int = Field(
        description="the most lines that were taken at once, also by attempts that were then not sent"
    )
    pace_per_minute: float | None = Field(
        description="calls that ended, over the last 15 minutes; attempts that were not sent are no calls"
    )
    eta: Eta | None
    connected: int = Field(description="calls whose message was heard to its end, or acted on")
    opted_out: int
    dispositions: dict[str, int]
    answers: dict[str, AnswerCount] = Field(description="by key")
    detection_seconds: float | None = Field(description="mean wait until human or machine was decided")
    blocking_reasons: list[Reason]
