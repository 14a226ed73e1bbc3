"""Pacing: how many calls may begin now, by free lines, calls per second, and fair shares between campaigns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from heapq import heapify, heappop, heapreplace
from typing import NamedTuple

SLACK = timedelta(minutes=1)


def free_lines(limit: int, in_use: int) -> int:
    """Lines that may be taken; none, not a negative number, where a limit was lowered below what is in use."""
    return max(limit - in_use, 0)


def lines_for_calls(limit: int, transfers: bool) -> int:
    """The lines that calls may begin on. Where callees can be transferred one stays free for the other leg: were all
    taken by people who wait to be connected, none would come free for any of them. With a single line nobody is
    connected, and it is not kept."""
    return limit - 1 if transfers and limit > 1 else limit


def measure_full_share(
    spans: Sequence[tuple[datetime, datetime | None]], limit: int, since: datetime, now: datetime
) -> float:
    """The part of the time from `since` to `now`, 0..1, in which at least `limit` calls were on lines. Each span is
    when a call took its line and when it left it, None where it still has it. Aware UTC."""
    length = (now - since).total_seconds()
    if length <= 0:
        return 0.0
    changes: list[tuple[datetime, int]] = []
    for begin, end in spans:
        if begin < now and (end is None or end > since) and (end is None or end > begin):
            changes.append((max(begin, since), 1))
            if end is not None and end < now:
                changes.append((end, -1))
    full, lines, last = timedelta(0), 0, since
    for at, change in sorted(changes):
        if lines >= limit:
            full += at - last
        lines, last = lines + change, at
    if lines >= limit:
        full += now - last
    return full.total_seconds() / length


def count_allowed_calls(
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
    ahead = (_plausible_next_free(now, next_free, rate) - now).total_seconds()
    # The n-th call needs ahead + n × step ≤ tolerance; the small term keeps 0.1 × 10 from being less than 1.
    return max(min(most, int((tolerance - ahead) / step + 1e-6)), 0)


def advance_next_free(
    now: datetime, next_free: datetime | None, rate: float | None, calls: int
) -> datetime | None:
    """The new theoretical arrival time after `calls` began now."""
    if rate is None:
        return None
    return _plausible_next_free(now, next_free, rate) + timedelta(seconds=calls / rate)


def _plausible_next_free(now: datetime, next_free: datetime | None, rate: float) -> datetime:
    """`next_free`, but not before now, and not where it makes no sense: further ahead than the pace can explain, the
    rate was raised or the clock set back, and nothing would be dialed until then."""
    if next_free is None or next_free < now:
        return now
    explained = timedelta(seconds=max(1.0, 1.0 / rate)) + SLACK
    return next_free if next_free - now <= explained else now


class CampaignDemand(NamedTuple):
    """A campaign that could use lines."""

    id: int
    weight: int
    """Its priority, 1 or more."""
    demand: int
    """Lines that it could use besides those it has."""
    open: int = 0
    """Lines that it has."""


def share_lines(
    free: int, wants: Sequence[CampaignDemand], served: Mapping[int, float] | None = None
) -> dict[int, int]:
    """Split `free` lines over campaigns: the answer gives each id its new lines.

    Weighted max-min fairness over all the lines that a campaign then has, one at a time to whom one is most due:
    nobody gets more than they demand, and what one leaves goes to the others. Who has none comes first, so that with as
    many lines as campaigns nobody who wants one goes without. `served` (`Turns`) breaks ties: where calls end before
    the next line is given, or there are fewer lines than campaigns, it is what keeps the heaviest from taking all.
    """
    new_lines = {want.id: 0 for want in wants}
    waiting = [want for want in wants if want.demand > 0]
    if sum(want.demand for want in waiting) <= free:
        new_lines.update({want.id: want.demand for want in waiting})
        return new_lines
    turns = served or {}
    # (has a line, lines per weight, calls per weight so far, …): who is smallest is next.
    queue = []
    for want in waiting:
        weight = max(want.weight, 1)
        queue.append(
            (want.open > 0, want.open / weight, turns.get(want.id, 0.0), -weight, want.id, want.demand)
        )
    heapify(queue)
    line_counts = {want.id: want.open for want in waiting}
    for _ in range(max(free, 0)):
        _, _, turn, minus_weight, key, demand = queue[0]
        new_lines[key] += 1
        line_counts[key] += 1
        if new_lines[key] == demand:
            heappop(queue)
        else:
            after = turn + 1.0 / -minus_weight
            heapreplace(queue, (True, line_counts[key] / -minus_weight, after, minus_weight, key, demand))
    return new_lines


class TurnRecord:
    """Calls per weight that each campaign of a trunk was given so far: what `shares` breaks ties by.

    One who comes, or comes back after a pause, begins where the one who is least served stands: what was not asked for
    in the past is not made up for at the cost of the others.
    """

    def __init__(self) -> None:
        self._served: dict[int, float] = {}

    def served_among(self, wants: Sequence[CampaignDemand]) -> Mapping[int, float]:
        """What those who want lines now have had; the others are forgotten."""
        present = {want.id: self._served[want.id] for want in wants if want.id in self._served}
        least = min(present.values(), default=0.0)
        # Counted from the least, so that the numbers do not grow for ever.
        self._served = {want.id: present.get(want.id, least) - least for want in wants}
        return self._served

    def add_lines(self, want: CampaignDemand, lines: int) -> None:
        self._served[want.id] = self._served.get(want.id, 0.0) + lines / max(want.weight, 1)
