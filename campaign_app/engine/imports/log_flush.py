"""Log flush: writes SQLite's log to the disk behind an import's slices, whose commits do not wait for it.

Otherwise the next durable commit, which may be the engine's before a call, would have to flush everything that the
slices wrote since the last one while it holds the write lock: hundreds of megabytes on a fast machine.
"""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path


class LogFlusher:
    """Flushes the log of a database file in a thread of its own, while the next slice is prepared and written."""

    def __init__(self, database: str) -> None:
        self._log = Path(f"{database}-wal")
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="import-flush")
        self._last: Future[None] | None = None

    def follow(self) -> None:
        """Begin to flush what is in the log, once the flush before has ended: a disk that is slower than the import
        slows it down. Raises OSError where that one failed."""
        if self._last is not None:
            self._last.result()
        self._last = self._thread.submit(self._flush)

    def close(self) -> None:
        self._thread.shutdown()

    def _flush(self) -> None:
        # SQLite keeps its locks on the database and its -shm file: closing this one lets go of none.
        with suppress(FileNotFoundError):
            descriptor = os.open(self._log, os.O_RDWR)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
