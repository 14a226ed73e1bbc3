"""Waiting for a condition, bounded, instead of sleeping for luck."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(condition: Callable[[], T], what: str, *, timeout: float = 120.0, every: float = 0.05) -> T:
    """The first true value of `condition`, asked every `every` seconds; AssertionError after `timeout`.

    `what` completes "gave up waiting for ..." in the message, with the last value seen.
    """
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise AssertionError(f"gave up waiting for {what} after {timeout:g} s; last seen: {value!r}")
        time.sleep(every)
