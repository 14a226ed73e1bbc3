"""Resident memory of the server that `make run` starts, with nothing to do."""

from __future__ import annotations

from pathlib import Path
from time import sleep

from .report import Result
from .server import Installation

SETTLED_AFTER = 5.0
"""Seconds of idling before it is read: five ticks of the engine."""


def memory(directory: Path) -> list[Result]:
    """Start `python app.py` on an empty instance, let it idle, read its resident set, stop it by its pid."""
    with Installation(directory) as site:
        server = site.start_web(with_engine=True)
        sleep(SETTLED_AFTER)
        megabytes = server.read_memory()
    return [Result("memory of the idle server", "SQLite", None, megabytes, None, "MB")]
