"""A clock that only moves when a test says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
"""A Friday: open in London and New York, closed in Tokyo."""


class FakeClock:
    """A `campaign_app.clock.Clock`. The time of day and the monotonic seconds move together."""

    def __init__(self, now: datetime = START, monotonic: float = 1000.0) -> None:
        if now.tzinfo is None:
            raise ValueError("now must be aware")
        self._now = now.astimezone(UTC)
        self._monotonic = monotonic
        self.worked = 0.0
        """Seconds for which the thread has run; moving the clock leaves them."""

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def thread_seconds(self) -> float:
        return self.worked

    def move(self, seconds: float) -> datetime:
        """Let `seconds` pass; returns the new time of day. Time never runs backwards here."""
        if seconds < 0:
            raise ValueError("time does not run backwards; use set() for a clock that was corrected")
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds
        return self._now

    def set(self, now: datetime) -> None:
        """Correct the time of day, forth or back, as an operator or NTP would: the monotonic seconds stay."""
        if now.tzinfo is None:
            raise ValueError("now must be aware")
        self._now = now.astimezone(UTC)
