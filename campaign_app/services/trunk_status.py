"""Trunk status: whether a trunk takes calls. Its words are in web/trunk_lamps.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from campaign_app.models import Trunk


@dataclass(frozen=True, slots=True)
class TrunkStatus:
    """`code` is up, failing, half-open, circuit-open, not-ready or paused; `detail` the last error, or why it was
    paused or cannot dial; `until` the time of the next try. `by` is an actor as in the audit trail, of who
    paused it, at `since`."""

    code: str
    detail: str = ""
    until: datetime | None = None
    by: str | None = None
    since: datetime | None = None

    @property
    def takes_calls(self) -> bool:
        return self.code in ("up", "failing", "half-open")


def get_trunk_status(trunk: Trunk, now: datetime, credentials_error: str | None = None) -> TrunkStatus:
    """`credentials_error`: why nobody can read its credentials, before an engine has said so."""
    if trunk.paused_at is not None:
        return TrunkStatus("paused", trunk.paused_reason or "", by=trunk.paused_by, since=trunk.paused_at)
    not_ready = credentials_error or trunk.check_error or trunk.not_ready
    if not_ready is not None:
        return TrunkStatus("not-ready", not_ready)
    last_error = trunk.last_error or ""
    if trunk.circuit_until is not None and now < trunk.circuit_until:
        return TrunkStatus("circuit-open", last_error, until=trunk.circuit_until)
    if trunk.circuit_until is not None:
        return TrunkStatus("half-open", last_error)
    return TrunkStatus("failing", last_error) if trunk.failures else TrunkStatus("up")
