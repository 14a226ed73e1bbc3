"""Dispatch: hand claimed attempts over to workers instead of placing them here. No broker is named here.

The claim stays the engine's, and with it every limit. What travels is the attempt's id alone: the worker permits,
places and records it through the functions of send.py, so a message that comes twice dials once (the permit is a
compare-and-set), and one that is lost leaves a claim that is reaped.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from campaign_app.clock import Clock
from campaign_app.services.health import BROKER_AWAY, NO_WORKER

log = logging.getLogger("switchboard.engine")

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
"""Seconds between two tries to reach a broker that is away."""


class BrokerAway(Exception):
    """The broker does not take tasks, with the reason in words."""


class TaskQueue(Protocol):
    """Where tasks wait for workers. One thread at a time uses it."""

    def count_waiting(self) -> int:
        """Tasks that no worker has taken yet. Raises BrokerAway."""

    def publish_tasks(self, attempt_ids: Sequence[int], on_published: Callable[[int], None]) -> None:
        """Publish a task for each; `taken` is told of each that the broker certainly has. Raises BrokerAway."""

    def close(self) -> None:
        """Let go of the connection."""


class WorkerDispatch:
    """A queue that may be away: asked again with a growing pause, never in a hurry, and never a crash.

    How much may wait in it follows the workers: where they emptied it since the last look it may be twice as much,
    where more than half is still there it is half. So they do not run dry, and no claim grows stale in the queue.
    """

    def __init__(self, queue: TaskQueue, clock: Clock, *, least: int, most: int) -> None:
        """`least` and `most` tasks per worker may wait."""
        self._queue = queue
        self._clock = clock
        self._least, self._most = least, most
        self._target = least
        self._free_places = 0
        self._failures = 0
        self._retry_at = 0.0
        self._last_error: str | None = None

    @property
    def free_places(self) -> int:
        """How many more tasks may be added until the next look."""
        return self._free_places

    @property
    def last_error(self) -> str | None:
        """Why nothing is handed over, as a sentence without its full stop."""
        return self._last_error

    def check_broker(self, workers: int) -> None:
        """Once a tick: is the broker there, and how much may be added for so many workers."""
        self._free_places = 0
        if self._failures and self._clock.monotonic() < self._retry_at:
            return
        try:
            waiting = self._queue.count_waiting()
        except BrokerAway as error:
            self._record_failure(error)
            return
        if self._failures:
            log.warning("the broker answers again")
        self._failures = 0
        self._last_error = None if workers else NO_WORKER
        if waiting == 0:
            self._target *= 2
        elif waiting > self._target // 2:
            self._target //= 2
        self._target = max(self._least * workers, min(self._target, self._most * workers))
        self._free_places = max(0, self._target - waiting)

    def hand_over_attempts(self, attempt_ids: Sequence[int]) -> set[int]:
        """Publish; the ids that the broker certainly has. With fewer than asked for, `trouble` says why."""
        published_ids: set[int] = set()
        self._free_places -= len(attempt_ids)
        try:
            self._queue.publish_tasks(attempt_ids, published_ids.add)
        except BrokerAway as error:
            self._record_failure(error)
        return published_ids

    def close(self) -> None:
        self._queue.close()

    def _record_failure(self, error: BrokerAway) -> None:
        pause = min(FIRST_PAUSE * 2.0 ** min(self._failures, 10), LONGEST_PAUSE)
        self._free_places = 0
        self._retry_at = self._clock.monotonic() + pause
        self._last_error = f"{BROKER_AWAY}: {error}"
        if not self._failures:
            log.warning("nothing is handed over to workers: %s", error)
        self._failures += 1
