"""Timings: small histograms of how long this process's steps take, written with each heartbeat for /metrics.

A histogram never forgets, so a scraper that missed a while sees what happened meanwhile. The counts of a process end
with it: the next one has another name, and Prometheus knows what to make of that.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from campaign_app.clock import Clock

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds in seconds: from a claim on SQLite to a provider that hangs. What is longer counts as +Inf."""
STEPS = ("claim", "permit", "place", "record", "settle", "settle_lag", "provider_queue", "tick")


class _StepHistogram:
    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.total = 0.0


class StepTimings:
    """Histograms of STEPS. Each thread counts on a sheet of its own, so that nobody ever waits for a lock; the sheets
    are added up when they are read."""

    def __init__(self) -> None:
        self._thread_local = threading.local()
        self._sheets: list[dict[str, _StepHistogram]] = []

    def observe(self, step: str, seconds: float) -> None:
        """Count one. Less than nothing (two machines' clocks) counts as nothing. KeyError: there is no such step."""
        self.observe_all(step, (seconds,))

    def observe_all(self, step: str, durations: Iterable[float]) -> None:
        """Count several of one step, in seconds, as `observe` counts one."""
        sheet: dict[str, _StepHistogram] | None = getattr(self._thread_local, "sheet", None)
        if sheet is None:
            sheet = self._thread_local.sheet = {name: _StepHistogram() for name in STEPS}
            self._sheets.append(sheet)
        histogram = sheet[step]
        for seconds in durations:
            if seconds > 0.0:
                histogram.counts[bisect_left(BOUNDS, seconds)] += 1
                histogram.total += seconds
            else:
                histogram.counts[0] += 1

    @contextmanager
    def measure(self, step: str, clock: Clock) -> Iterator[None]:
        """Observe how long the block takes, also when it raises."""
        started = clock.monotonic()
        try:
            yield
        finally:
            self.observe(step, clock.monotonic() - started)

    def to_json(self) -> dict[str, Any]:
        """`{"le": bounds, "steps": {step: {"counts": [...], "sum": seconds}}}`. Counts are each bucket's own, the last
        is +Inf's. The bounds travel along: the reader may be another release."""
        sheets = list(self._sheets)
        return {
            "le": list(BOUNDS),
            "steps": {
                step: {
                    "counts": [sum(column) for column in zip(*(s[step].counts for s in sheets), strict=True)]
                    or [0] * (len(BOUNDS) + 1),
                    "sum": round(sum(s[step].total for s in sheets), 6),
                }
                for step in STEPS
            },
        }
