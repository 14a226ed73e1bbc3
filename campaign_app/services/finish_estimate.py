"""Finish estimate: when a list is done, in the hours at which each of its people may be called."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from campaign_app.domain.dial_profile import DialProfile
from campaign_app.domain.rulebook import Rulebook
from campaign_app.domain.timeline import find_timeline

LONGEST = timedelta(days=366)


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
