"""How many calls may begin now: free lines, calls per second, and fair shares between campaigns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta


def free_lines(limit: int, in_use: int) -> int:
    """Lines that may be taken; none, not a negative number, where a limit was lowered below what is in use."""
    return max(limit - in_use, 0)


def allowance(
    now: datetime, next_free: datetime | None, rate: float | None, most: int, burst: float = 1.0
) -> int:
    """How many calls may start now, at the most `most`, by the generic cell rate algorithm (ITU-T I.371).

    `next_free` is the theoretical arrival time kept from the calls before, `rate` calls per second (None: no pace)
    and `burst` seconds. In any interval of T seconds at most rate × (T + burst) calls begin, and at least one.
    """
    if rate is None:
        return most
    step = 1.0 / rate
    tolerance = max(burst, step)
    ahead = max((next_free - now).total_seconds(), 0.0) if next_free else 0.0
    # The n-th call needs ahead + n × step ≤ tolerance; the small term keeps 0.1 × 10 from being less than 1.
    return max(min(most, int((tolerance - ahead) / step + 1e-6)), 0)


def advance(now: datetime, next_free: datetime | None, rate: float | None, calls: int) -> datetime | None:
    """The new theoretical arrival time after `calls` began now."""
    if rate is None:
        return None
    start = max(now, next_free) if next_free else now
    return start + timedelta(seconds=calls / rate)


def shares(free: int, wants: Sequence[tuple[int, int, int]]) -> dict[int, int]:
    """Split `free` lines over campaigns: `wants` are (id, weight, demand); the answer gives each id its lines.

    Weighted max-min fairness, one line at a time to whom it is most due: nobody gets more than they demand, what one
    leaves goes to the others, and with as many lines as campaigns nobody who wants one goes without.
    """
    given = {key: 0 for key, _, _ in wants}
    waiting = [(key, max(weight, 1), demand) for key, weight, demand in wants if demand > 0]
    total = sum(demand for _, _, demand in waiting)
    if total <= free:
        given.update({key: demand for key, _, demand in waiting})
        return given
    for _ in range(max(free, 0)):
        # A first line for everybody comes before a second for anybody; then by lines per weight.
        key, _, demand = min(waiting, key=lambda w: (given[w[0]] > 0, given[w[0]] / w[1], -w[1], w[0]))
        given[key] += 1
        if given[key] == demand:
            waiting = [want for want in waiting if want[0] != key]
    return given
