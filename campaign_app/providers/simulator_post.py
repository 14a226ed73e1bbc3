"""The simulated carrier's news on its way to the engine, with the faults that may befall it there."""

from __future__ import annotations

import heapq
import itertools

from campaign_app.domain.attempt import CallUpdate
from campaign_app.providers.simulator_call import Call
from campaign_app.providers.simulator_ledger import Entry
from campaign_app.providers.simulator_script import Faults, draws

LATE = (2.0, 30.0)
"""Seconds at time scale 1 by which late news is late, from and to."""
REPEAT_WITHIN = 5.0
"""Seconds at time scale 1 within which a duplicate follows."""


class Post:
    """News by the time of its delivery, unix seconds. Not safe for threads by itself: its owner
    serialises."""

    def __init__(self, seed: int, time_scale: float, faults: Faults) -> None:
        self._seed = seed
        self._scale = time_scale
        self._faults = faults
        self._number = itertools.count()
        self._heap: list[tuple[float, int, CallUpdate]] = []

    @property
    def next_at(self) -> float | None:
        return self._heap[0][0] if self._heap else None

    def tell(self, call: Call, t: float) -> None:
        """Send the news of the steps up to `t` that were not told yet."""
        untold = call.untold()
        for step, following in itertools.zip_longest(untold, untold[1:]):
            if step.t > t:
                return
            call.told += (step.event,)
            self._send(call.news(step), step, following)

    def _send(self, news: CallUpdate, step: Entry, following: Entry | None) -> None:
        faults, at = self._faults, step.t
        if faults.duplicate or faults.late or faults.reordered:
            repeat, late, swap, delay, gap, *_ = draws(f"{self._seed}|{step.token}|{step.event}|news")
            if late < faults.late:
                at += (LATE[0] + (LATE[1] - LATE[0]) * delay) / self._scale
            if following is not None and swap < faults.reordered:
                at = max(at, following.t + 0.001)
            if repeat < faults.duplicate:
                self._push(at + REPEAT_WITHIN * gap / self._scale, news)
        self._push(at, news)

    def _push(self, at: float, news: CallUpdate) -> None:
        heapq.heappush(self._heap, (at, next(self._number), news))

    def collect(self, t: float) -> list[CallUpdate]:
        """What is to be delivered by `t`."""
        news: list[CallUpdate] = []
        while self._heap and self._heap[0][0] <= t:
            news.append(heapq.heappop(self._heap)[2])
        return news
