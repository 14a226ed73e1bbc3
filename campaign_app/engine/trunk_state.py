"""Trunk state: what one engine remembers of a trunk between its ticks, in memory. Losing it loses no call."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from campaign_app.domain.attempt import CallUpdate
from campaign_app.domain.pacing import TurnRecord

FIRST_LATENCY = 0.1
"""Seconds that a request is taken to last before one was measured."""
SMOOTHING = 0.2
"""The share of the newest request in the smoothed latency."""


@dataclass(slots=True)
class TrunkState:
    """One trunk, as one engine sees it."""

    latency: float | None = None
    """Seconds that the provider takes for a request, smoothed: how many attempts one permit may cover."""
    turns: TurnRecord = field(default_factory=TurnRecord)
    """Which campaign's turn it is."""
    failing: bool = False
    """It has failures in a row: its next success closes the circuit."""
    suspended: bool = False
    """Another program took its only connection: nothing connects before somebody resumes it (exclusive_trunks.py)."""
    unsettled_updates: deque[CallUpdate] = field(default_factory=deque)
    """What the provider told and is not in the database yet."""
    absent_since: dict[str, datetime] = field(default_factory=dict)
    """{token: when it was first looked up in vain}, of open calls that the provider should have by now."""

    def observe_latencies(self, durations: Iterable[float]) -> None:
        """Add the durations, in seconds, of further requests."""
        latency = self.latency
        for seconds in durations:
            before = seconds if latency is None else latency
            latency = (1.0 - SMOOTHING) * before + SMOOTHING * seconds
        self.latency = latency

    def expected_latency(self) -> float:
        """Seconds that the next request is expected to last."""
        return FIRST_LATENCY if self.latency is None else self.latency
