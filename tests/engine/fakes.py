"""A scripted carrier inside the process: it behaves as the wire does, and keeps a ledger of its own."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from campaign_app.clock import Clock
from campaign_app.domain.attempt import OUTCOMES, AttemptStatus, CallUpdate
from campaign_app.providers.base import (
    DialRequest,
    InDoubt,
    PlacedCall,
    ProviderCaps,
    ProviderError,
    ProviderUnavailable,
)

Answer = ProviderError | Exception | None
"""What placing raises; None: it is placed."""


@dataclass(slots=True)
class Line:
    """One call as the carrier knows it."""

    dial: DialRequest
    news: list[CallUpdate] = field(default_factory=list)

    @property
    def over(self) -> bool:
        return any(item.status in OUTCOMES for item in self.news)


class ScriptedProvider:
    """A `base.Provider`. Every number is placed unless `answers` says otherwise, by number or for all ("*").

    `asked` is every request in its order, `placed` only those that became a call. An `InDoubt` answer becomes a call
    when `doubt_places` is true: the reply was lost, not the request. `before_answer` runs inside `place`, as the time
    that a network takes.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        blocking: bool = False,
        horizon: float = 600.0,
        doubt_places: bool = True,
        absence_after: float | None = None,
    ) -> None:
        self._clock = clock
        self._caps = ProviderCaps(blocking=blocking, horizon=horizon, absence_after=absence_after)
        self._lock = threading.Lock()
        self._inbox: list[CallUpdate] = []
        self._wake: Callable[[], None] = lambda: None
        self.lines: dict[str, Line] = {}
        self.answers: dict[str, Answer] = {}
        self.doubt_places = doubt_places
        self.before_answer: Callable[[DialRequest], None] = lambda dial: None
        self.asked: list[DialRequest] = []
        self.placed: list[DialRequest] = []
        self.hung_up: list[str] = []
        self.looked_up: list[str] = []
        self.not_ready: str | None = None
        self.asked_ready = 0
        self.gave_up: str | None = None
        self.away: str | None = None
        """When set, `lookup` and `hangup` find no connection."""
        self.forgetful = False
        """When set, `lookup` knows of no call."""
        self.deaf = False
        """When set, nothing reaches `events`: the news is to be had by `lookup` alone."""
        self.peak = 0
        self.closed = False

    @property
    def caps(self) -> ProviderCaps:
        return self._caps

    def ready(self) -> str | None:
        self.asked_ready += 1
        return self.not_ready or self.gave_up

    def suspension_reason(self) -> str | None:
        return self.gave_up

    def place(self, attempt: DialRequest) -> PlacedCall:
        self.before_answer(attempt)
        with self._lock:
            self.asked.append(attempt)
            answer = self.answers.get(attempt.to, self.answers.get("*"))
            if answer is None or (isinstance(answer, InDoubt) and self.doubt_places):
                self.placed.append(attempt)
                self.lines.setdefault(attempt.token, Line(attempt))
                self.peak = max(self.peak, sum(1 for line in self.lines.values() if not line.over))
        if answer is not None:
            raise answer
        return PlacedCall(f"ref-{attempt.token[-8:]}")

    def hangup(self, token: str, ref: str | None) -> None:
        self._connected()
        self.hung_up.append(token)
        if token in self.lines and not self.lines[token].over:
            self.tell(token, AttemptStatus.CANCELED)

    def lookup(self, token: str, ref: str | None) -> Sequence[CallUpdate]:
        self._connected()
        with self._lock:
            self.looked_up.append(token)
            line = self.lines.get(token)
            if line is None or self.forgetful:
                return ()
            return (CallUpdate(token, AttemptStatus.QUEUED, self._clock.now()), *line.news)

    def events(self) -> Sequence[CallUpdate]:
        with self._lock:
            news, self._inbox = self._inbox, []
        return news

    def on_updates(self, wake: Callable[[], None]) -> None:
        self._wake = wake

    def close(self) -> None:
        self.closed = True

    # What a test does at the carrier's end of the line.

    def tell(self, token: str, status: AttemptStatus | str, **more: object) -> CallUpdate:
        """The call moved on; its news is on its way."""
        news = CallUpdate(
            token, AttemptStatus(status), self._clock.now(), raw=f'{{"status":"{status}"}}', **more
        )  # type: ignore[arg-type]
        with self._lock:
            self.lines[token].news.append(news)
            if not self.deaf:
                self._inbox.append(news)
        self._wake()
        return news

    def deliver(self, *news: CallUpdate) -> None:
        """Put news into the post as it is: repeated, late, or of a call that nobody made."""
        with self._lock:
            self._inbox.extend(news)

    def end_all(self, status: AttemptStatus | str = AttemptStatus.COMPLETED, **more: object) -> int:
        """Every call that is up ends so. Returns how many."""
        live = self.live()
        for token in live:
            self.tell(token, status, **more)
        return len(live)

    def token_of(self, phone: str) -> str:
        """The token of the last call to a number."""
        return [dial.token for dial in self.placed if dial.to == phone][-1]

    def live(self) -> list[str]:
        with self._lock:
            return [token for token, line in self.lines.items() if not line.over]

    def repeated(self) -> list[str]:
        """Tokens that were asked for more than once: there must be none, whatever happened (I1)."""
        return [token for token, times in Counter(dial.token for dial in self.asked).items() if times > 1]

    def _connected(self) -> None:
        if self.away:
            raise ProviderUnavailable(self.away)
