"""Person's clock: instants as they are where a called person may be, beside the reader's clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from campaign_app.domain.local_times import name_city

from .times import day_and_clock, name_moment

MOST_CLOCKS = 3


def describe_their_time(at: datetime, zones: Sequence[str]) -> str:
    """`12:42 New York` for a person's column; `10:42 or 11:42` where two clocks differ, and a span of more."""
    clocks = sorted({at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for zone in zones})
    if not clocks:
        return "Unknown"
    if len(clocks) == 1:
        return f"{clocks[0]:%H:%M} {name_city(zones[0])}"
    return f"{clocks[0]:%H:%M} {'or' if len(clocks) == 2 else 'to'} {clocks[-1]:%H:%M}"


@dataclass(frozen=True, slots=True)
class PersonClock:
    """The candidate zones of a dial profile, IANA; none where nothing is known. Beside it stands the reader's clock."""

    zones: Sequence[str]

    @property
    def zone(self) -> str | None:
        """The zone in which a table shows their times."""
        return self.zones[0] if self.zones else None

    @property
    def owner(self) -> str:
        """Whose clock that is, for a table's header: several are told apart by their city."""
        if len(self.zones) == 1:
            return "Their time"
        return f"Their time ({name_city(self.zones[0])})" if self.zones else "Their time"

    def describe_now(self, now: datetime) -> str:
        """`It’s Fri 13:52 there (America/Los_Angeles).`, in all of their zones."""
        if not self.zones:
            return "The time there is unknown."
        clocks = [f"{now.astimezone(ZoneInfo(zone)):%a %H:%M}" for zone in self.zones]
        if len(self.zones) == 1:
            return f"It’s {clocks[0]} there ({self.zones[0]})."
        if len(self.zones) <= MOST_CLOCKS:
            named = [f"{clock} ({name_city(zone)})" for clock, zone in zip(clocks, self.zones, strict=True)]
            return f"It’s {', '.join(named[:-1])} or {named[-1]} there."
        ordered = sorted(now.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for zone in self.zones)
        return (
            f"It’s between {ordered[0]:%a %H:%M} and {ordered[-1]:%a %H:%M} there ({len(self.zones)} zones)."
        )

    def describe(self, at: datetime) -> str:
        """`15:12 their time, 18:12 UTC`; `15:12 in New York, 20:12 UTC` where they may be in several zones."""
        reader = name_moment(at)
        if not self.zones:
            return reader
        whose = "their time" if len(self.zones) == 1 else f"in {name_city(self.zones[0])}"
        return f"{day_and_clock(at, self.zones[0])} {whose}, {reader}"
