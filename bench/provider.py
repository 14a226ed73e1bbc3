"""A provider that takes every call at once and has ended it by the next question: telephony at no cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from campaign_app.clock import Clock
from campaign_app.domain.attempt import AnsweredBy, AttemptStatus, CallUpdate
from campaign_app.providers.base import DialRequest, PlacedCall, ProviderCaps

RAW = '{"event":"ended","outcome":"completed"}'
"""What it says of every call, word for word; the floor keeps the same."""
HORIZON = 3600.0


class Instant:
    """`place` returns at once, `events` then says that the call was completed by a person."""

    caps = ProviderCaps(blocking=False, horizon=HORIZON)

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._news: list[CallUpdate] = []

    def ready(self) -> str | None:
        return None

    def place(self, attempt: DialRequest) -> PlacedCall:
        news = CallUpdate(
            attempt.token,
            AttemptStatus.COMPLETED,
            self._clock.now(),
            answered_by=AnsweredBy.HUMAN,
            raw=RAW,
        )
        self._news.append(news)
        return PlacedCall(reference(attempt.token))

    def hangup(self, token: str, ref: str | None) -> None:
        """Every call is over already."""

    def lookup(self, token: str, ref: str | None) -> Sequence[CallUpdate]:
        return ()

    def events(self) -> Sequence[CallUpdate]:
        news, self._news = self._news, []
        return news

    def on_updates(self, wake: Callable[[], None]) -> None:
        """Nobody waits: the bench asks."""

    def close(self) -> None:
        """Nothing to let go of."""


def reference(token: str) -> str:
    """The provider's own id of a call."""
    return f"bench-{token}"
