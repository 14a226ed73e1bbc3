"""One clock for all processes of a fault run: it may run faster than the wall's, and it can be moved ahead.

It lies in a small mapped file, so that the carrier, every engine and the harness read the same seconds. It counts from
CLOCK_MONOTONIC, which is the same for every process of a machine.
"""

from __future__ import annotations

import mmap
import struct
import time
from datetime import UTC, datetime
from pathlib import Path

FORMAT = "=5d"
SIZE = struct.calcsize(FORMAT)
AHEAD_AT = struct.calcsize("=3d")
JUMP_AT = struct.calcsize("=4d")


class SharedTime:
    """Seconds since 1970 that all share. `scale` of them pass in one real second; `skip` adds some at once."""

    def __init__(self, path: Path, *, scale: float | None = None) -> None:
        """Open the clock in `path`; with `scale`, make it, beginning now."""
        if scale is not None:
            path.write_bytes(struct.pack(FORMAT, time.monotonic(), time.time(), scale, 0.0, 0.0))
        self.path = path
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), SIZE)
        self._began, self._epoch, self.scale, *_ = struct.unpack(FORMAT, self._map[:SIZE])

    def now(self) -> float:
        ahead: float = struct.unpack_from("=d", self._map, AHEAD_AT)[0]
        now: float = self._epoch + (time.monotonic() - self._began) * self.scale + ahead
        return now

    def skip(self, seconds: float) -> None:
        """Let `seconds` pass at once. Only the harness does."""
        ahead: float = struct.unpack_from("=d", self._map, AHEAD_AT)[0]
        struct.pack_into("=d", self._map, AHEAD_AT, ahead + seconds)

    @property
    def jump(self) -> float:
        """Seconds by which the engines' time of day is wrong. The carrier's is right."""
        jump: float = struct.unpack_from("=d", self._map, JUMP_AT)[0]
        return jump

    @jump.setter
    def jump(self, seconds: float) -> None:
        struct.pack_into("=d", self._map, JUMP_AT, seconds)

    def close(self) -> None:
        self._map.close()


class EngineClock:
    """The shared seconds as a `campaign_app.clock.Clock`. A jump sets the time of day off, never the monotonic
    seconds, as an operator or NTP would."""

    def __init__(self, times: SharedTime) -> None:
        self._times = times

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._times.now() + self._times.jump, UTC)

    def monotonic(self) -> float:
        return self._times.now()

    def thread_seconds(self) -> float:
        return time.thread_time()
