"""Instance lock: who serves from an instance folder holds it together with others; who replaces what lies in it, alone.

It is a lock of this machine's. On PostgreSQL, where others may serve from elsewhere, queries/backup.py looks at who is
connected besides.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FILE_NAME = "in-use.lock"


class InstanceInUse(Exception):
    """Somebody else holds the folder. The text is one line."""


def hold_shared(folder: Path) -> int:
    """Hold the folder until the process ends. Raises InstanceInUse while it is being replaced."""
    handle = os.open(folder / FILE_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise InstanceInUse(
            f"a restore or an upgrade of {folder} is under way; start again when it is done"
        ) from None
    return handle


@contextmanager
def hold_alone(folder: Path) -> Iterator[None]:
    """Hold it for the block. Raises InstanceInUse while anybody serves from it."""
    handle = os.open(folder / FILE_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise InstanceInUse(f"Switchboard is running on {folder}: stop every process of it first") from None
    finally:
        os.close(handle)
