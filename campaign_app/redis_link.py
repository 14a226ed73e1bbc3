"""How Redis is spoken to: short time-outs, one line when it goes away, and nobody asks again before its time.

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
AGAIN_AFTER = 2.0
"""Seconds for which nobody asks after it did not answer."""

PREFIX = "switchboard:live:"

T = TypeVar("T")


class RedisAway(Exception):
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
        self._quiet_until = 0.0
        self._away = False

    def ask(self, question: Callable[[redis.Redis], T]) -> T:
        """The answer. Raises RedisAway, at once where it failed a moment ago."""
        with self._lock:
            if self._clock.monotonic() < self._quiet_until:
                raise RedisAway("Redis did not answer a moment ago")
        try:
            answer = question(self._client)
        except redis.RedisError as error:
            self._failed(error)
            raise RedisAway(f"Redis does not answer: {error}") from error
        self._answered()
        return answer

    def close(self) -> None:
        self.pool.disconnect()

    def _failed(self, error: redis.RedisError) -> None:
        with self._lock:
            self._quiet_until = self._clock.monotonic() + AGAIN_AFTER
            first, self._away = not self._away, True
        if first:
            log.warning("Redis does not answer, and we go on without it: %s", error)

    def _answered(self) -> None:
        with self._lock:
            back, self._away = self._away, False
            self._quiet_until = 0.0
        if back:
            log.warning("Redis answers again")


class RedisCache:
    """A `services.figures.Cache` for all processes that share a Redis."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link

    def get(self, key: str) -> bytes | None:
        try:
            found = self._link.ask(lambda client: client.get(PREFIX + key))
        except RedisAway:
            return None
        return found if isinstance(found, bytes) else None

    def put(self, key: str, value: bytes, seconds: float) -> None:
        with suppress(RedisAway):
            self._link.ask(lambda client: client.set(PREFIX + key, value, px=int(seconds * 1000)))
