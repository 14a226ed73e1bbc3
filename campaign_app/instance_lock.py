"""Instance lock: who serves from an instance folder holds it together with others; who replaces what lies in it, alone.

A SQLite database has a lock of its own beside it, since two folders may name the same file. They are locks of this
machine's. On PostgreSQL, where others may serve from elsewhere, queries/backup.py looks at who is
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
    """Somebody else holds the folder, or its lock cannot be used. The text is one line."""


def hold_shared(folder: Path, database: Path | None = None) -> list[int]:
    """Hold the folder, and a SQLite file, until the process ends or the returned handles are closed. Raises
    InstanceInUse while they are being replaced."""
    return _hold(folder, database, fcntl.LOCK_SH)


@contextmanager
def holding_shared(folder: Path, database: Path | None = None) -> Iterator[None]:
    """Hold them for the block, with others. Raises InstanceInUse."""
    handles = _hold(folder, database, fcntl.LOCK_SH)
    try:
        yield
    finally:
        _close(handles)


@contextmanager
def hold_alone(folder: Path, database: Path | None = None) -> Iterator[None]:
    """Hold them for the block. Raises InstanceInUse while anybody serves from them."""
    handles = _hold(folder, database, fcntl.LOCK_EX)
    try:
        yield
    finally:
        _close(handles)


def _hold(folder: Path, database: Path | None, how: int) -> list[int]:
    paths = [(folder, folder / FILE_NAME)]
    # Where there is no such folder the database cannot be opened, and that is said elsewhere.
    if database is not None and database.parent.is_dir():
        paths.append((database, database.with_name(f".{database.name}.{FILE_NAME}")))
    handles: list[int] = []
    try:
        for place, path in paths:
            handles.append(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            try:
                fcntl.flock(handles[-1], how | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InstanceInUse(
                    f"Switchboard is running on {place}: stop every process of it first"
                    if how == fcntl.LOCK_EX
                    else f"a restore or an upgrade of {place} is under way; start again when it is done"
                ) from None
    except OSError as error:
        _close(handles)
        raise InstanceInUse(f"{path} cannot be used: {error.strerror}; see whose file it is") from None
    except InstanceInUse:
        _close(handles)
        raise
    return handles


def _close(handles: list[int]) -> None:
    for handle in handles:
        os.close(handle)
