"""Schemas of unresolved calls: what is decided about them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field, field_validator, model_validator

from campaign_app.domain.attempt import Decision
from campaign_app.http.routing import MAX_ID

from .base import Id, RequestModel
from .calls import Call


class UnresolvedQuery(RequestModel):
    campaign_id: Id | None = None
    after: Annotated[int, Field(ge=0, le=MAX_ID)] = Field(
        0, description="the id of the last call of the page before"
    )
    limit: Annotated[int, Field(ge=1, le=500)] = 50


class UnresolvedCall(Call):
    """A call of unknown outcome, or an open one that should have ended."""

    overdue: bool = Field(description="it is open still: hang it up, or let go of it")
    may_call_again: bool = Field(
        description="whether its contact has tries left and its campaign is not over"
    )


class UnresolvedCalls(BaseModel):
    total: int = Field(description="calls of unknown outcome about which nobody has decided")
    overdue: list[UnresolvedCall] = Field(description="open calls that should have ended, at most 100")
    items: list[UnresolvedCall]
    next_after: int | None = Field(description="`after` of the next page")


class NewDecision(RequestModel):
    """Name the calls, or take all of a campaign, or all there are, that were given up until an instant."""

    decision: Decision = Field(
        description="`done`: it reached the phone; `again`: the contact waits for its next try; `leave`: nobody is"
        " asked any more"
    )
    ids: Annotated[list[Id], Field(min_length=1, max_length=1000)] | None = None
    all: Literal[True] | None = Field(None, description="at most 1,000 at once")
    campaign_id: Id | None = Field(None, description="with `all`")
    until: AwareDatetime | None = Field(None, description="with `all`: given up no later; default: now")

    @field_validator("until")
    @classmethod
    def _to_utc(cls, value: datetime | None) -> datetime | None:
        try:
            return None if value is None else value.astimezone(UTC)
        except OverflowError:
            raise ValueError("give a time between the years 2 and 9998") from None

    @model_validator(mode="after")
    def _check_which(self) -> NewDecision:
        if (self.ids is None) == (self.all is None):
            raise ValueError("give either ids or all")
        return self


class DecisionOutcome(BaseModel):
    decided: int
    refused: dict[str, int] = Field(
        description="how many cannot be called again, by why: single-call, no-tries, campaign-over"
    )
    reopened: list[Id] = Field(description="campaigns that were completed and are paused now")


class DecisionsToUndo(RequestModel):
    ids: Annotated[list[Id], Field(min_length=1, max_length=1000)] = Field(description="of the calls")


class UndoOutcome(BaseModel):
    undone: int = Field(description="calls that wait for a decision again")
    acted_on: int = Field(
        description="calls whose decision stands: nobody had decided, the person was called or listed meanwhile, or the"
        " outcome is known by now"
    )
