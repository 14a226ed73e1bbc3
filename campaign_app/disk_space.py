"""Disk space: how much is free where the data are, and whether an error means that nothing is."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.exc import DBAPIError

LEAST_FREE = 256 * 1024
"""Bytes. With less nothing is dialed: a batch's line in the journal must fit, and so must its rows."""
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
POSTGRES_FULL = "53100"


class DiskSpace(NamedTuple):
    """Bytes of the disk that a folder lies on; `free` for this user."""

    free: int
    size: int

    @property
    def is_full(self) -> bool:
        return self.free < LEAST_FREE


def measure_disk(folder: Path) -> DiskSpace:
    """Raises OSError where the folder cannot be asked about."""
    found = os.statvfs(folder)
    return DiskSpace(found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize)


def is_disk_full(error: BaseException) -> bool:
    """Whether an operation failed because a disk is full: ours, or the database's."""
    if isinstance(error, OSError):
        return error.errno in FULL
    if isinstance(error, DBAPIError):
        return getattr(error.orig, "sqlstate", None) == POSTGRES_FULL or (
            "database or disk is full" in str(error.orig)
        )
    return False
