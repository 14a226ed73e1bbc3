"""Finish estimate: how many calls a list takes and when it is done, by the hours, the retries and the caps of its
people. The preflight, the start page and the live page all ask here, so that they agree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy.orm import Session

from campaign_app.domain.blackouts import Blackout
from campaign_app.domain.call_caps import CapReached, PlacedCall, find_caps_reached
from campaign_app.domain.dial_profile import DialProfile
from campaign_app.domain.retry import RetryPolicy, list_longest_delays, move_to_other_hour
from campaign_app.domain.rulebook import Rulebook
from campaign_app.domain.timeline import find_timeline
from campaign_app.services.dialing_rules import find_first_open
from campaign_app.services.simulator_speed import find_speed

LONGEST = timedelta(days=366)
SECONDS_PER_CALL = (20.0, 60.0)
"""How long a call holds its line, with its ringing: between these two, before there are calls to measure."""
MOST_STEPS = 50
"""Caps that one try may meet one after the other."""


class Waiting(NamedTuple):
    """People of one profile who wait, and since when (the latest of them) they may be called."""

    profile: DialProfile
    contacts: int
    since: datetime


class Pace(NamedTuple):
    """Calls a second, at best and at worst, and how long one takes."""

    fast: float
    slow: float
    seconds: tuple[float, float]


class TryLimit(NamedTuple):
    """A cap that puts later tries off beyond the retry's own delay."""

    reached: CapReached
    contacts: int
    number: int
    """The first try that it puts off: 2, 3 …"""
    until: datetime
    """When that try may be made at the earliest."""


class TryPlan(NamedTuple):
    """When each try to reach somebody of a profile may begin at the earliest, if all of them fail."""

    begins: tuple[datetime, ...]
    limit: TryLimit | None
    is_cut: bool = False
    """Whether the next one would begin only after the campaign's end."""


@dataclass(frozen=True, slots=True)
class FinishEstimate:
    """How many calls, and when the last of them is over."""

    calls: tuple[int, int]
    """One for each person, and all tries that the rules leave before the end."""
    finish: tuple[datetime, datetime] | None
    limits: Sequence[TryLimit]
    """Of all profiles, those of the most people first."""
    is_cut: bool = False
    """Whether the campaign's end takes tries away."""


def estimate_pace(session: Session, provider: str | None, lines: int, calls_per_second: float | None) -> Pace:
    """The pace of a campaign of which no call was measured, on a trunk of a kind of provider."""
    speed = find_speed(session.get_bind(), provider)
    short, long = (seconds / speed for seconds in SECONDS_PER_CALL)
    fast, slow = lines / short, lines / long
    if calls_per_second is not None:
        fast, slow = min(fast, calls_per_second), min(slow, calls_per_second)
    return Pace(fast, slow, (short, long))


def estimate_finish(
    rulebook: Rulebook,
    retry: RetryPolicy,
    people: Sequence[Waiting],
    at: datetime,
    pace: Pace,
    *,
    ends_at: datetime | None = None,
    blackouts: Sequence[Blackout] = (),
    made: int = 0,
    tries: float = 1.0,
) -> FinishEstimate:
    """Between the time for one short call each and that for all tries of long ones, with what lies between them:
    delays, closed hours, and caps. `made`: tries that those who wait have had, at the least; `tries`: how
    many it took so far to be done with somebody."""
    if not people:
        return FinishEstimate((0, 0), None, ())
    plans = [plan_tries(rulebook, retry, one, ends_at, blackouts) for one in people]
    contacts = sum(one.contacts for one in people)
    most = sum(one.contacts * len(plan.begins) for one, plan in zip(people, plans, strict=True)) - made
    calls = contacts, max(most, contacts)
    short, long = (timedelta(seconds=seconds) for seconds in pace.seconds)
    groups = [(one.profile, one.contacts) for one in people]
    limits = _join_limits(plan.limit for plan in plans if plan.limit is not None)
    low = find_finish(rulebook, groups, at, timedelta(seconds=max(contacts * tries, 1.0) / pace.fast))
    high = find_finish(rulebook, groups, at, timedelta(seconds=max(calls[1], contacts * tries) / pace.slow))
    if low is None or high is None:
        return FinishEstimate(calls, None, limits)
    low = max(low, max(one.since for one in people) + short)
    is_cut = any(plan.is_cut for plan in plans)
    last = max((plan.begins[-1] for plan in plans if plan.begins), default=at)
    return FinishEstimate(calls, (low, max(low, high, last + long)), limits, is_cut)


def plan_tries(
    rulebook: Rulebook,
    retry: RetryPolicy,
    one: Waiting,
    ends_at: datetime | None,
    blackouts: Sequence[Blackout] = (),
) -> TryPlan:
    """The tries of somebody whom nobody has called lately and whom nobody else calls meanwhile."""
    minute = one.since.replace(second=0, microsecond=0)
    begins, reached, number, is_cut = _plan_from(
        rulebook,
        list_longest_delays(retry),
        retry.other_hour,
        one.profile,
        minute,
        ends_at,
        tuple(blackouts),
    )
    later = one.since - minute
    until = begins[number - 1] if number <= len(begins) else None
    if reached is not None and until is None:
        until = reached.frees_at
    return TryPlan(
        tuple(begin + later for begin in begins),
        None if reached is None or until is None else TryLimit(reached, one.contacts, number, until + later),
        is_cut,
    )


@lru_cache(maxsize=8_192)
def _plan_from(
    rulebook: Rulebook,
    delays: tuple[float, ...],
    other_hour: bool,
    profile: DialProfile,
    begin: datetime,
    ends_at: datetime | None,
    blackouts: tuple[Blackout, ...],
) -> tuple[tuple[datetime, ...], CapReached | None, int, bool]:
    """When each try may begin, the first cap that puts one off, with that try's number, and whether the end takes tries
    away. `delays`: minutes before each retry. Pages ask every second or two, so it is kept for each minute."""
    begins: list[datetime] = []
    binding: CapReached | None = None
    first_put_off, is_cut = 0, False
    for number, delay in enumerate((0.0, *delays), 1):
        wanted = begin
        if begins:
            wanted = begins[-1] + timedelta(minutes=delay)
            wanted = move_to_other_hour(wanted, begins[-1]) if other_hour else wanted
        opens = find_first_open(rulebook, profile, wanted, blackouts)
        at, reached = _find_free(rulebook, profile, begins, opens, blackouts)
        if reached is not None and binding is None:
            binding, first_put_off = reached, number
        is_cut = at is not None and ends_at is not None and at >= ends_at and bool(begins)
        if at is None or is_cut:
            break
        begins.append(at)
    return tuple(begins), binding, first_put_off, is_cut


def _find_free(
    rulebook: Rulebook,
    profile: DialProfile,
    begins: Sequence[datetime],
    at: datetime | None,
    blackouts: Sequence[Blackout],
) -> tuple[datetime | None, CapReached | None]:
    """The first instant from `at` on at which no cap forbids one more call, and the last cap that did before."""
    calls = [PlacedCall(each, 0, rulebook.subject) for each in begins]
    binding: CapReached | None = None
    for _ in range(MOST_STEPS):
        if at is None or not calls:
            return at, binding
        reached = find_caps_reached(rulebook, profile, calls, 0, at)
        if not reached:
            return at, binding
        binding = max(reached, key=lambda each: each.frees_at)
        at = find_first_open(rulebook, profile, binding.frees_at, blackouts)
    return None, binding


def _join_limits(limits: Iterable[TryLimit]) -> list[TryLimit]:
    """People of several profiles under the same cap are one line: the first try and instant that it puts off."""
    found: dict[object, TryLimit] = {}
    for each in limits:
        key = (each.reached.cap, None if each.reached.rule is None else each.reached.rule.id)
        known = found.get(key)
        if known is not None:
            first = min(known, each, key=lambda one: one.until)
            each = first._replace(contacts=known.contacts + each.contacts)
        found[key] = each
    return sorted(found.values(), key=lambda each: -each.contacts)


def find_finish(
    rulebook: Rulebook, people: Sequence[tuple[DialProfile, int]], at: datetime, needed: timedelta
) -> datetime | None:
    """When calls that need so much time in all, from `at` on, are done: each profile's share of it passes in the hours
    of that profile. None where that takes over a year, or nobody is left."""
    total = sum(number for _, number in people)
    if not total:
        return None
    latest = at + needed
    for profile, number in people:
        end = _advance_open_time(rulebook, profile, at, needed * (number / total))
        if end is None:
            return None
        latest = max(latest, end)
    return latest


def _advance_open_time(
    rulebook: Rulebook, profile: DialProfile, at: datetime, needed: timedelta
) -> datetime | None:
    """When a profile's hours have been open for so long since `at`; None where that takes over a year."""
    horizon = at + LONGEST
    while at < horizon:
        timeline = find_timeline(rulebook, profile, at)
        opens = timeline.next_open(at)
        if opens is None:
            at = timeline.horizon
            continue
        closes = timeline.closes_at(opens) or timeline.horizon
        if closes - opens >= needed:
            return opens + needed
        needed -= closes - opens
        at = closes
    return None
