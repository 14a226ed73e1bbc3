"""Redis connection: short time-outs, one log line when it goes away, and no new try before its time.

Nothing of what is kept there may be missed: whoever asks must know what to do when `RedisAway` is raised.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from campaign_app.clock import Clock

log = logging.getLogger("switchboard.redis")

TIMEOUT = 0.5
"""Seconds for one answer: a page or a claim waits no longer."""
RETRY_AFTER = 2.0
"""Seconds for which nobody asks after it did not answer."""

PREFIX = "switchboard:live:"

T = TypeVar("T")


class RedisUnavailable(Exception):
    """It does not answer, or did not lately."""


class RedisLink:
    """One process's connections to one Redis. Safe for threads. Making it connects to nothing."""

    def __init__(self, url: str, clock: Clock) -> None:
        self.url = url
        self.pool = redis.ConnectionPool.from_url(
            url,
            socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT,
            retry=Retry(NoBackoff(), 0),
            decode_responses=False,
        )
        self._client = redis.Redis(connection_pool=self.pool)
        self._clock = clock
        self._lock = threading.Lock()
        self._retry_at = 0.0
        self._unavailable = False

    def run_command(self, command: Callable[[redis.Redis], T]) -> T:
        """The answer. Raises RedisAway, at once where it failed a moment ago."""
        with self._lock:
            if self._clock.monotonic() < self._retry_at:
                raise RedisUnavailable("Redis did not answer a moment ago")
        try:
            result = command(self._client)
        except redis.RedisError as error:
            self._record_failure(error)
            raise RedisUnavailable(f"Redis does not answer: {error}") from error
        self._record_success()
        return result

    def close(self) -> None:
        self.pool.disconnect()

    def _record_failure(self, error: redis.RedisError) -> None:
        with self._lock:
            self._retry_at = self._clock.monotonic() + RETRY_AFTER
            first, self._unavailable = not self._unavailable, True
        if first:
            log.warning("Redis does not answer, and we go on without it: %s", error)

    def _record_success(self) -> None:
        with self._lock:
            recovered, self._unavailable = self._unavailable, False
            self._retry_at = 0.0
        if recovered:
            log.warning("Redis answers again")


class RedisCache:
    """The `SharedBytes` of services/fragment_cache.py, for all processes that share a Redis."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link

    def get(self, key: str) -> bytes | None:
        try:
            value = self._link.run_command(lambda client: client.get(PREFIX + key))
        except RedisUnavailable:
            return None
        return value if isinstance(value, bytes) else None

    def put(self, key: str, value: bytes, seconds: float) -> None:
        with suppress(RedisUnavailable):
            self._link.run_command(lambda client: client.set(PREFIX + key, value, px=int(seconds * 1000)))
