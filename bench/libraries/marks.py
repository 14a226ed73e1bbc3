"""Marks: when a worker's n-th job ran, for those n that the benchmark asks for.

A worker of several threads or one child process counts in the process that runs the jobs. The clock is the system's
monotonic one, in seconds, the same for every process.
"""

from __future__ import annotations

import os
from itertools import count
from time import monotonic

BROKER = os.environ.get("BENCH_BROKER", "")
"""A URL, or the path of a SQLite file."""
BATCH = 100
"""How many jobs a worker fetches ahead, or at once, where its library lets one say that."""

_FILE = os.environ.get("BENCH_MARKS", "")
_MARKED = frozenset(int(number) for number in os.environ.get("BENCH_MARKED", "").split(",") if number)
_numbers = count(1)


def mark_job() -> None:
    """All that a job does: count it, which needs no lock, and write down when it ran if it is one of the marked."""
    number = next(_numbers)
    if number in _MARKED:
        with open(_FILE, "a", encoding="utf-8") as file:
            file.write(f"{number} {monotonic()}\n")
