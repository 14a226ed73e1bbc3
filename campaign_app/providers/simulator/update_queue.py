"""Update queue: simulated call updates on their way to the engine, with the faults that happen to them there."""

from __future__ import annotations

import heapq
import itertools

from campaign_app.domain.attempt import CallUpdate
from campaign_app.providers.simulator.call import SimulatedCall
from campaign_app.providers.simulator.call_plan import SimulatorFaults, seeded_draws
from campaign_app.providers.simulator.ledger import LedgerEntry

LATE = (2.0, 30.0)
"""Seconds at time scale 1 by which late news is late, from and to."""
REPEAT_WITHIN = 5.0
"""Seconds at time scale 1 within which a duplicate follows."""


class UpdateQueue:
    """News by the time of its delivery, unix seconds. Not safe for threads by itself: its owner
    serializes."""

    def __init__(self, seed: int, time_scale: float, faults: SimulatorFaults) -> None:
        self._seed = seed
        self._time_scale = time_scale
        self._faults = faults
        self._sequence = itertools.count()
        self._heap: list[tuple[float, int, CallUpdate]] = []

    @property
    def next_at(self) -> float | None:
        return self._heap[0][0] if self._heap else None

    def add_updates(self, call: SimulatedCall, t: float) -> None:
        """Send the news of the steps up to `t` that were not told yet."""
        unreported = call.unreported_steps()
        for step, following in itertools.zip_longest(unreported, unreported[1:]):
            if step.t > t:
                return
            call.reported_events += (step.event,)
            self._schedule_update(call.make_update(step), step, following)

    def _schedule_update(self, update: CallUpdate, step: LedgerEntry, following: LedgerEntry | None) -> None:
        faults, at = self._faults, step.t
        if faults.duplicate or faults.late or faults.reordered:
            repeat, late, swap, delay, gap, *_ = seeded_draws(f"{self._seed}|{step.token}|{step.event}|news")
            if late < faults.late:
                at += (LATE[0] + (LATE[1] - LATE[0]) * delay) / self._time_scale
            if following is not None and swap < faults.reordered:
                at = max(at, following.t + 0.001)
            if repeat < faults.duplicate:
                self._push_update(at + REPEAT_WITHIN * gap / self._time_scale, update)
        self._push_update(at, update)

    def _push_update(self, at: float, update: CallUpdate) -> None:
        heapq.heappush(self._heap, (at, next(self._sequence), update))

    def collect_due(self, t: float) -> list[CallUpdate]:
        """What is to be delivered by `t`."""
        updates: list[CallUpdate] = []
        while self._heap and self._heap[0][0] <= t:
            updates.append(heapq.heappop(self._heap)[2])
        return updates
