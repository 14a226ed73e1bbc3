"""Where tests put files that nobody will read afterwards."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM_WANTED = 2 * 1024**3


def in_memory() -> Path | None:
    """A folder in memory with 2 GiB of room, where this machine has one.

    Hundreds of SQLite files with `synchronous=FULL` and of copied PostgreSQL databases wait for the disk else. What
    the tests kill is processes, not the machine, so nothing is proved less.
    """
    if not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < ROOM_WANTED:
        return None
    return MEMORY
