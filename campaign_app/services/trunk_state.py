"""Whether a trunk takes calls, in words: for the board, /health and the trunk's own page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from campaign_app.models import Trunk


@dataclass(frozen=True, slots=True)
class TrunkState:
    """`code` is up, failing, half-open, circuit-open or paused; `until` the time of the next try. `by` is an actor as
    in the audit trail, of who paused it, at `since`."""

    code: str
    word: str
    tone: str
    icon: str
    detail: str = ""
    until: datetime | None = None
    by: str | None = None
    since: datetime | None = None


def trunk_state(trunk: Trunk, now: datetime) -> TrunkState:
    if trunk.paused_at is not None:
        return TrunkState(
            "paused",
            "paused",
            "bad",
            "paused",
            trunk.paused_reason or "",
            by=trunk.paused_by,
            since=trunk.paused_at,
        )
    trouble = trunk.trouble or ""
    if trunk.circuit_until is not None and now < trunk.circuit_until:
        return TrunkState("circuit-open", "circuit open", "bad", "failed", trouble, until=trunk.circuit_until)
    if trunk.circuit_until is not None:
        return TrunkState("half-open", "one call tries", "wait", "clock", trouble)
    if trunk.failures:
        return TrunkState("failing", "failing", "wait", "failed", trouble)
    return TrunkState("up", "up", "live", "running")


def lines_in_words(held: int, limit: int, whose: str) -> str:
    """Why no call begins: `whose` is such as "lines of asterisk-nyc"."""
    if held >= limit:
        return f"all {limit:,} {whose} are in use"
    return f"{held:,} of {limit:,} {whose} are in use, and one is kept for transfers"
