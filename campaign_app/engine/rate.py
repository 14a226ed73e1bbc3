"""Redis rate limit: a trunk's calls per second in a moving window, never more than its amount in any window.

The database keeps the pace as well (`trunks.next_free`), and every call must pass there whatever Redis says. So a Redis
that is stopped, flushed or started anew costs speed and never the limit:

- always: at most rate × (T + 1) calls, and at least one, begin in any T seconds (`domain/pacing.py`);
- while Redis answers, also through a flush: at most rate × window calls in any window (`window`).

A flush, a restart or a failover would leave the window empty, and it would be filled anew at once. `SINCE` notices: it
carries Redis' own name of its run and the time by Redis' clock at which we first saw it so, and nothing is granted
before one window has passed since.
"""

from __future__ import annotations

import math
from typing import Any

import redis
from limits import RateLimitItemPerSecond
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter

from campaign_app.redis_link import RedisLink, RedisUnavailable

PREFIX = "switchboard"
SINCE = f"{PREFIX}:since"
LONGEST = 10
"""Seconds of the longest window for a rate above one call a second."""


def rate_window(rate: float) -> tuple[int, int]:
    """(calls, whole seconds): the shortest window in which a rate is a whole number of calls; where none of up to ten
    seconds is, the number is rounded down. One call in 1/rate seconds, rounded up, for a rate below one."""
    if rate < 1.0:
        return 1, math.ceil(1.0 / rate - 1e-9)
    for seconds in range(1, LONGEST + 1):
        if abs(rate * seconds - round(rate * seconds)) < 1e-9:
            return round(rate * seconds), seconds
    return math.floor(rate * LONGEST), LONGEST


class RedisRate:
    """What the trunks' windows have left. Asked under the trunk's row lock: nobody takes what was just offered."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link
        storage = RedisStorage(link.url, connection_pool=link.pool, key_prefix=PREFIX)
        self._windows = MovingWindowRateLimiter(storage)

    def count_calls_left(self, trunk_id: int, rate: float) -> int | None:
        """Calls that may begin now; None when Redis does not answer, and the database alone decides."""
        calls, seconds = rate_window(rate)
        item = RateLimitItemPerSecond(calls, seconds)

        def read_remaining(client: redis.Redis) -> int:
            # In this order: a flush between the two empties the window that is read after it.
            remaining = int(self._windows.get_window_stats(item, str(trunk_id)).remaining)
            return remaining if _seconds_known(client) >= seconds else 0

        try:
            return max(0, self._link.run_command(read_remaining))
        except RedisUnavailable:
            return None

    def take_calls(self, trunk_id: int, rate: float, calls: int) -> bool:
        """Write down that `calls` begin; False where they could not be written: then they must not begin."""
        item = RateLimitItemPerSecond(*rate_window(rate))
        try:
            return self._link.run_command(lambda _: self._windows.hit(item, str(trunk_id), cost=calls))
        except RedisUnavailable:
            return False


def _seconds_known(client: redis.Redis) -> float:
    """Seconds, by Redis' clock, for which it has certainly forgotten nothing."""
    pipeline: Any = client.pipeline(transaction=False)
    pipeline.time().info("server").get(SINCE)
    (seconds, micros), server, since = pipeline.execute()
    now = float(seconds) + float(micros) / 1e6
    run = str(server["run_id"])
    if since is not None:
        known_run, _, at = since.decode().partition(" ")
        if known_run == run and float(at) <= now:
            return now - float(at)
    client.set(SINCE, f"{run} {now}")
    return 0.0
