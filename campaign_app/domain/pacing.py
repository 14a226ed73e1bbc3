"""How many calls may begin now: free lines, calls per second, and fair shares between campaigns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from heapq import heapify, heappop, heapreplace

SLACK = timedelta(minutes=1)


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
    ahead = (_held(now, next_free, rate) - now).total_seconds()
    # The n-th call needs ahead + n × step ≤ tolerance; the small term keeps 0.1 × 10 from being less than 1.
    return max(min(most, int((tolerance - ahead) / step + 1e-6)), 0)


def advance(now: datetime, next_free: datetime | None, rate: float | None, calls: int) -> datetime | None:
    """The new theoretical arrival time after `calls` began now."""
    if rate is None:
        return None
    return _held(now, next_free, rate) + timedelta(seconds=calls / rate)


def _held(now: datetime, next_free: datetime | None, rate: float) -> datetime:
    """`next_free`, but not before now, and not where it makes no sense: further ahead than the pace can explain, the
    rate was raised or the clock set back, and nothing would be dialled until then."""
    if next_free is None or next_free < now:
        return now
    explained = timedelta(seconds=max(1.0, 1.0 / rate)) + SLACK
    return next_free if next_free - now <= explained else now


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
    # A first line for everybody comes before a second for anybody; then by lines per weight.
    queue = [(False, 0.0, -weight, key, demand) for key, weight, demand in waiting]
    heapify(queue)
    for _ in range(max(free, 0)):
        _, _, minus_weight, key, demand = queue[0]
        given[key] += 1
        if given[key] == demand:
            heappop(queue)
        else:
            heapreplace(queue, (True, given[key] / -minus_weight, minus_weight, key, demand))
    return given
