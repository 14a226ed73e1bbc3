"""Local times in words: an instant as it is where a called person may be. Pure, and the same whenever it is read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .zone_names import name_city_and_state

MOST_NAMED = 3
"""Places that a sentence names one by one."""


def name_city(zone: str) -> str:
    """The zone's city as it is written: `America/New_York` → `New York`, `Africa/Sao_Tome` → `São Tomé`."""
    return name_city_and_state(zone).partition(",")[0]


def find_day_begin(text: str, zone: str, later: int = 0) -> datetime:
    """When a day (`2026-11-29`) begins in a zone (IANA), or one so many days later, as UTC. Raises ValueError with what
    to write instead."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError("give a day, such as 2026-11-29") from None
    if not MINYEAR < day.year < MAXYEAR:
        # So that it is an instant in every zone, and days before and after it are, too.
        raise ValueError("give a day between the years 2 and 9998")
    return datetime.combine(day + timedelta(days=later), time(), ZoneInfo(zone)).astimezone(UTC)


def describe_day(local: datetime) -> str:
    """`Friday 20 November 2026`."""
    return f"{local:%A} {local.day} {local:%B %Y}"


def describe_local_times(at: datetime, zones: Sequence[str]) -> str:
    """`on Friday 20 November 2026 it was 13:42 in Los Angeles`; without zones, in UTC."""
    if not zones:
        return f"on {describe_day(at.astimezone(UTC))} it was {at.astimezone(UTC):%H:%M} UTC"
    locals_ = sorted({at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for zone in zones})
    if len(zones) <= MOST_NAMED:
        clocks = [f"{at.astimezone(ZoneInfo(zone)):%H:%M} in {name_city(zone)}" for zone in zones]
        if locals_[0].date() != locals_[-1].date():
            clocks = [
                f"{at.astimezone(ZoneInfo(zone)):%H:%M} on {at.astimezone(ZoneInfo(zone)):%A} in {name_city(zone)}"
                for zone in zones
            ]
        joined = clocks[0] if len(clocks) == 1 else f"{', '.join(clocks[:-1])} and {clocks[-1]}"
        return f"on {describe_day(locals_[0])} it was {joined}"
    if len(locals_) == 1:
        return f"on {describe_day(locals_[0])} it was {locals_[0]:%H:%M} where the number may be"
    first, last = locals_[0], locals_[-1]
    return (
        f"on {describe_day(first)} it was between {first:%A %H:%M} and {last:%A %H:%M}"
        f" in the {len(zones)} time zones where the number may be"
    )
