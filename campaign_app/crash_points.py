"""Crash points: named steps of the protocol at which a fault test ends or freezes the process, as a power cut
would.

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


class _ArmedPoint:
    def __init__(self, name: str, passing: int, number: signal.Signals) -> None:
        self.name, self.passes_left, self.signal_number = name, passing, number
        self.lock = threading.Lock()


_armed_point: _ArmedPoint | None = None


def arm_crash_point(where: str | None) -> None:
    """Arm `NAME[:PASSING[:kill|freeze]]`, or disarm with None. ValueError says what is allowed."""
    global _armed_point
    _armed_point = None if where is None else _parse_crash_point(where)


def check_crash_point(where: str) -> str:
    """The same text, when it can be armed. ValueError if not."""
    _parse_crash_point(where)
    return where


def _parse_crash_point(where: str) -> _ArmedPoint:
    name, _, rest = where.partition(":")
    passing, _, action = rest.partition(":")
    if name not in POINTS or not (passing or "1").isdigit() or (action or "kill") not in _ACTIONS:
        raise ValueError(f"NAME[:PASSING[:kill|freeze]] with one of {', '.join(sorted(POINTS))}")
    return _ArmedPoint(name, int(passing or 1), _ACTIONS[action or "kill"])


def pass_crash_point(name: str) -> None:
    """Pass a point."""
    if _armed_point is None or _armed_point.name != name:
        return
    with _armed_point.lock:
        _armed_point.passes_left -= 1
        due = _armed_point.passes_left == 0
    if due:
        os.kill(os.getpid(), _armed_point.signal_number)
