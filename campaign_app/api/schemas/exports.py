"""Export schemas: a campaign as one document."""

from __future__ import annotations

from typing import Literal

from .base import BaseModel, RequestModel
from .campaigns import Campaign
from .contacts import Contact


class ExportQuery(RequestModel):
    format: Literal["json", "ndjson", "csv"] = "json"


class Export(BaseModel):
    """The campaign with all its contacts and their attempts, in one document."""

    campaign: Campaign
    contacts: list[Contact]
