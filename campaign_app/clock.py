"""System clock: the only place that reads it. Everything else gets `now` as an argument."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the engine and the simulator need of time; tests pass one that they move by hand."""

    def now(self) -> datetime:
        """The time of day, aware, UTC."""

    def monotonic(self) -> float:
        """Seconds that never jump, for deadlines and durations."""

    def thread_seconds(self) -> float:
        """Seconds for which a processor has run the thread that asks; waiting for one is no part of them."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    def thread_seconds(self) -> float:
        return time.thread_time()


SYSTEM_CLOCK = SystemClock()
