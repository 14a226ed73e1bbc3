"""Whether a trunk takes calls, in words: for the board, /health and the trunk's own page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from campaign_app.models import Trunk


@dataclass(frozen=True, slots=True)
class TrunkStatus:
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


def get_trunk_status(trunk: Trunk, now: datetime) -> TrunkStatus:
    if trunk.paused_at is not None:
        return TrunkStatus(
            "paused",
            "paused",
            "bad",
            "paused",
            trunk.paused_reason or "",
            by=trunk.paused_by,
            since=trunk.paused_at,
        )
    last_error = trunk.last_error or ""
    if trunk.circuit_until is not None and now < trunk.circuit_until:
        return TrunkStatus(
            "circuit-open", "circuit open", "bad", "failed", last_error, until=trunk.circuit_until
        )
    if trunk.circuit_until is not None:
        return TrunkStatus("half-open", "one call tries", "wait", "clock", last_error)
    if trunk.failures:
        return TrunkStatus("failing", "failing", "wait", "failed", last_error)
    return TrunkStatus("up", "up", "live", "running")


def describe_lines_in_use(in_use: int, limit: int, whose: str) -> str:
    """Why no call begins: `whose` is such as "lines of asterisk-nyc"."""
    if in_use >= limit:
        return f"all {limit:,} {whose} are in use"
    return f"{in_use:,} of {limit:,} {whose} are in use, and one is kept for transfers"
