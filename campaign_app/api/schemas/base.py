"""Schema parts: ids, times, numbers and pages that the schemas of every noun share."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import pydantic
from pydantic import AwareDatetime, ConfigDict, Field

from campaign_app.http.routing import MAX_ID

Id = Annotated[int, Field(ge=1, le=MAX_ID)]
Phone = Annotated[str, Field(description="E.164, such as +442079460123; masked below operator")]
Timestamp = Annotated[datetime, Field(description="RFC 3339, UTC")]
NewTimestamp = Annotated[AwareDatetime, Field(description="RFC 3339, with its offset")]
"""One that a request gives."""
Digits = Annotated[str, Field(pattern=r"^\+?[0-9]{1,15}$")]


class BaseModel(pydantic.BaseModel):
    """Built when it is first used: a hundred schemas are not built at every start."""

    model_config = ConfigDict(defer_build=True)


class RequestModel(BaseModel):
    """A request's part: a field that it does not have is an error."""

    model_config = ConfigDict(extra="forbid")


class IdempotencyHeader(BaseModel):
    idempotency_key: str | None = Field(
        None,
        alias="Idempotency-Key",
        description="1–255 characters; a repeat within 24 hours gets the first answer and does nothing",
    )


class PageQuery(RequestModel):
    limit: int = Field(50, ge=1, le=500)
    cursor: str | None = Field(None, max_length=500, description="`next_cursor` of the page before")
