"""Clock comparison: what a campaign's own hours are on the clocks of the people on its list."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from campaign_app.domain.campaign import CampaignSpec
from campaign_app.services.preflight import PreflightResult


class ClockComparison(NamedTuple):
    """What the campaign's own hours are on the clocks of people elsewhere."""

    zone: str
    """Theirs, where most of them are."""
    contacts: int
    own: str
    """`09:00–18:00`, in the campaign's zone ..."""
    theirs: str
    """... and the same on their clock."""


def compare_clocks(spec: CampaignSpec, result: PreflightResult) -> list[ClockComparison]:
    """The campaign's hours of today, or of the next day that has any, as people of other zones have them, the most
    people first; nothing where the windows are read on each person's own clock anyway."""
    schedule = spec.own_schedule
    if schedule is None or spec.timezone is None:
        return []
    midnight = result.at.astimezone(ZoneInfo(spec.timezone)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    stretches = schedule.list_intervals(midnight.astimezone(UTC), result.at + timedelta(days=8))
    stretch = next((each for each in stretches if each[1] > result.at), None)
    if stretch is None:
        return []
    opens, closes = stretch
    if closes - opens >= timedelta(days=1):
        return []
    people: defaultdict[tuple[str, ...], int] = defaultdict(int)
    for group in (*result.now_groups, *result.later_groups):
        people[group.zones] += group.contacts
    by_hours: dict[str, ClockComparison] = {}
    own = _describe_span(opens, closes, spec.timezone)
    for zones, contacts in sorted(people.items(), key=lambda item: -item[1]):
        if not zones:
            continue
        theirs = _describe_span(opens, closes, zones[0])
        if theirs != own:
            known = by_hours.get(theirs)
            by_hours[theirs] = (
                ClockComparison(zones[0], contacts, own, theirs)
                if known is None
                else known._replace(contacts=known.contacts + contacts)
            )
    return sorted(by_hours.values(), key=lambda each: -each.contacts)


def _describe_span(opens: datetime, closes: datetime, zone: str) -> str:
    place = ZoneInfo(zone)
    return f"{opens.astimezone(place):%H:%M}–{closes.astimezone(place):%H:%M}"
