"""Named points of the protocol at which a fault test ends or freezes the process, as a power cut or a stalled
machine would.

`SWITCHBOARD_CRASH_AT=claim.after-commit` kills at the first passing, `claim.after-commit:3` at the third, and
`permit.before-commit:1:freeze` sends SIGSTOP instead, so that a test can change the world before SIGCONT. Unset, as in
every real installation, a point costs one comparison.
"""

from __future__ import annotations

import os
import signal
import threading

STEPS = ("claim", "permit", "record", "settle", "poll", "reap", "finish", "import", "pause")
"""Transactions with a point before and one after their commit."""
POINTS = frozenset(
    {f"{step}.{side}-commit" for step in STEPS for side in ("before", "after")}
    | {"place.before-request", "place.after-request"}
)
_ACTIONS = {"kill": signal.SIGKILL, "freeze": signal.SIGSTOP}


class _Armed:
    def __init__(self, name: str, passing: int, number: signal.Signals) -> None:
        self.name, self.passing, self.number = name, passing, number
        self.lock = threading.Lock()


_armed: _Armed | None = None


def arm(where: str | None) -> None:
    """Arm `NAME[:PASSING[:kill|freeze]]`, or disarm with None. ValueError says what is allowed."""
    global _armed
    _armed = None if where is None else _parse(where)


def check(where: str) -> str:
    """The same text, when it can be armed. ValueError if not."""
    _parse(where)
    return where


def _parse(where: str) -> _Armed:
    name, _, rest = where.partition(":")
    passing, _, action = rest.partition(":")
    if name not in POINTS or not (passing or "1").isdigit() or (action or "kill") not in _ACTIONS:
        raise ValueError(f"NAME[:PASSING[:kill|freeze]] with one of {', '.join(sorted(POINTS))}")
    return _Armed(name, int(passing or 1), _ACTIONS[action or "kill"])


def point(name: str) -> None:
    """Pass a point."""
    if _armed is None or _armed.name != name:
        return
    with _armed.lock:
        _armed.passing -= 1
        due = _armed.passing == 0
    if due:
        os.kill(os.getpid(), _armed.number)
