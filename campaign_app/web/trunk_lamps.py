"""Trunk status in words: the lamp that the board, the health page and the trunk's own page show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from campaign_app.services.trunk_status import TrunkStatus

from .filters import mask_text

LAMPS = {
    "paused": ("paused", "bad", "paused"),
    "not-ready": ("cannot dial", "bad", "failed"),
    "circuit-open": ("stopped after errors", "bad", "failed"),
    "half-open": ("trying one call", "wait", "clock"),
    "failing": ("failing", "wait", "failed"),
    "up": ("up", "live", "running"),
}
"""Word, tone and icon of each code."""


@dataclass(frozen=True, slots=True)
class TrunkLamp:
    """A trunk's status with its word, tone and icon."""

    code: str
    word: str
    tone: str
    icon: str
    detail: str
    until: datetime | None
    by: str | None
    since: datetime | None


def light_trunk_lamp(status: TrunkStatus) -> TrunkLamp:
    word, tone, icon = LAMPS[status.code]
    return TrunkLamp(
        status.code, word, tone, icon, mask_text(status.detail), status.until, status.by, status.since
    )
