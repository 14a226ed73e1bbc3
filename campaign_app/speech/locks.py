"""File locks between threads and processes alike: a file is locked as long as it is held open."""

from __future__ import annotations

import fcntl
import os
import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

MOST_COMMANDS = 2
"""Programs that may run at once, over all processes that share the folder."""


@contextmanager
def hold_lock(path: Path, *, shared: bool = False) -> Iterator[None]:
    """Wait for the lock, then hold it. The kernel frees it should this process be killed."""
    handle = _open_lock_file(path)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def hold_slot(folder: Path, count: int = MOST_COMMANDS) -> Iterator[None]:
    """One of `count` places: the first that is free, or else the turn in the queue of any of them."""
    with ExitStack() as stack:
        for number in range(count):
            handle = _open_lock_file(folder / f"slot-{number}")
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
            else:
                stack.callback(os.close, handle)
                break
        else:
            stack.enter_context(hold_lock(folder / f"slot-{random.randrange(count)}"))
        yield


def _open_lock_file(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
