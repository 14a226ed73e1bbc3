"""Call journal: an append-only file beside the database with every call that this machine dialed.

One line a batch, written by one `write` and synced before the provider is asked. Any number of processes append to one
file (O_APPEND; nobody waits for anybody, also not for one that is frozen); two files of MOST bytes take turns. A line
that a power cut tore is passed over: nothing of its batch was dialed.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from campaign_app.folder_mark import JOURNAL_NAME
from campaign_app.queries.recovery import DialedCall

log = logging.getLogger("switchboard.engine")

MOST_BYTES = 8 * 1024 * 1024
"""Bytes of one file: about 130,000 calls."""


class CallJournal:
    """The journal of one installation. Every method raises OSError where the folder cannot be used."""

    def __init__(self, folder: Path, installation: str, most: int = MOST_BYTES) -> None:
        self.path = folder / JOURNAL_NAME.format(installation)
        self._old = self.path.with_suffix(".journal.1")
        self._most_bytes = most
        self._fd = -1
        self._open_file()

    def append_calls(self, calls: Sequence[DialedCall], at: datetime) -> None:
        """Write down that these were permitted at `at`; when it returns they outlive a power cut."""
        line = json.dumps(
            {"at": at.isoformat(), "calls": [call[:-1] for call in calls]}, separators=(",", ":")
        )
        # It begins with a line end too: what another's torn line left open ends there.
        data = f"\n{line}\n".encode()
        while True:
            self._rotate_file(len(data))
            written = os.write(self._fd, data)
            if written != len(data):
                raise OSError(28, "only a part of a line could be written")
            os.fdatasync(self._fd)
            # Rotated twice since it was opened, it would be a file that nobody reads any more.
            if os.fstat(self._fd).st_nlink:
                return
            self._open_file()

    def append_blank(self) -> None:
        """An empty line, which says nothing: whether one can be written."""
        if not self._is_current():
            self._open_file()
        os.write(self._fd, b"\n")
        os.fdatasync(self._fd)

    def newest_calls(self, most: int) -> list[DialedCall]:
        """The last `most` calls, or a few more, oldest first."""
        last = list(self._read_calls(self.path))
        if len(last) < most:
            last = [*self._read_calls(self._old), *last]
        return last[-most:]

    def all_calls(self) -> Iterator[DialedCall]:
        """All that it still holds, oldest first."""
        yield from self._read_calls(self._old)
        yield from self._read_calls(self.path)

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _open_file(self) -> None:
        self.close()
        fresh = not self.path.exists()
        self._fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
        if fresh:
            self._sync_folder()

    def _sync_folder(self) -> None:
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _rotate_file(self, more: int) -> None:
        """Begin a new file where this one is full. Whoever finds another at it just goes on appending."""
        if not self._is_current():
            self._open_file()
        if os.fstat(self._fd).st_size + more <= self._most_bytes:
            return
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        # The lock goes with the descriptor.
        if self._is_current():
            os.replace(self.path, self._old)
        self._open_file()
        self._sync_folder()

    def _is_current(self) -> bool:
        try:
            return os.fstat(self._fd).st_ino == self.path.stat().st_ino
        except FileNotFoundError:
            return False

    def _read_calls(self, path: Path) -> Iterator[DialedCall]:
        torn = 0
        with suppress(FileNotFoundError), path.open("rb") as file:
            for line in file:
                if line.isspace():
                    continue
                try:
                    entry = json.loads(line)
                    at = datetime.fromisoformat(entry["at"])
                    calls = [DialedCall._make((*call, at)) for call in entry["calls"]]
                except (ValueError, TypeError, KeyError):
                    torn += 1
                    continue
                yield from calls
        if torn:
            log.warning("%s: %s torn lines were passed over", path, torn)
