"""Streamed downloads: a bounded number at once, so that slow readers never take every thread of the web server."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue

from flask import has_app_context

from campaign_app.clock import SYSTEM_CLOCK, Clock
from campaign_app.domain.errors import TooManyRequests

from .current import current_context

MOST_STREAMS = 3
"""Long downloads at once, of the web server's threads; the others stay for pages, webhooks and health checks."""
SHORT = 1024 * 1024
"""Bytes that are gathered before a download counts as long: the web server buffers that much for any client."""
SOON = 0.1
"""Seconds after which what was gathered is sent, where a place is free: nobody waits longer for the first byte."""
RETRY_SECONDS = 30.0

_free_slots: SimpleQueue[None] = SimpleQueue()
"""Not a semaphore: a stream that nobody closed gives its slot back when it is collected, which may be in the midst of
taking one, and only this queue can be put to at that point."""
for _ in range(MOST_STREAMS):
    _free_slots.put(None)


class BoundedStream:
    """The same pieces. One that is longer than SHORT, or takes longer than SOON, holds a place until it is closed.
    Raises TooManyRequests where one is longer than SHORT and no place is free, before anything was sent. A source
    that finds nothing for a while yields empty pieces. `clock` is the application's unless it is given."""

    def __init__(self, pieces: Iterable[bytes] | Iterable[str], clock: Clock | None = None) -> None:
        self._pieces: Iterator[bytes | str] = iter(pieces)
        self._first: deque[bytes] = deque()
        self._has_slot = False
        gathered = 0
        clock = clock or _find_clock()
        soon = clock.monotonic() + SOON
        for piece in self._pieces:
            if piece:
                self._first.append(_encode(piece))
                gathered += len(self._first[-1])
            is_long = gathered > SHORT
            if (is_long or clock.monotonic() > soon) and self._take_slot():
                break
            if is_long:
                self.close()
                raise TooManyRequests(
                    f"{MOST_STREAMS} downloads are already under way, which is the limit",
                    RETRY_SECONDS,
                )

    def _take_slot(self) -> bool:
        """Whether one was free."""
        with suppress(Empty):
            _free_slots.get_nowait()
            self._has_slot = True
        return self._has_slot

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._first:
            return self._first.popleft()
        # An empty one might be taken for the end.
        return _encode(next(piece for piece in self._pieces if piece))

    def close(self) -> None:
        has_slot, self._has_slot = self._has_slot, False
        if has_slot:
            _free_slots.put(None)
        close = getattr(self._pieces, "close", None)
        if close is not None:
            close()

    def __del__(self) -> None:
        self.close()


def _find_clock() -> Clock:
    return current_context().clock if has_app_context() else SYSTEM_CLOCK


def _encode(piece: bytes | str) -> bytes:
    return piece.encode() if isinstance(piece, str) else piece
