"""Zone offsets: which time zones show the same clock, so that a contact has few of them to be open in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

AGREE_FROM = datetime(2026, 11, 2, tzinfo=UTC)
AGREE_UNTIL = datetime(2040, 1, 1, tzinfo=UTC)
"""Zones are one if they agree from then until then, by the rules that are known today. The span is long, so that two
zones that some law parts in a few years are not taken for one, and it is fixed, so that a profile's key stays."""
STEP = timedelta(days=7)
"""No zone changes its clock twice in a week."""
EXACT = timedelta(minutes=1)

Offsets = tuple[tuple[int, int], ...]
"""When a zone's clock changes (seconds since 1970, the first is AGREE_FROM), and its seconds east of UTC from then."""


@lru_cache(maxsize=1024)
def find_offsets(name: str) -> Offsets:
    """The zone's offsets from AGREE_FROM to AGREE_UNTIL; nothing for a name that is no zone."""
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ()
    at, offset = AGREE_FROM, _offset(zone, AGREE_FROM)
    found = [(int(at.timestamp()), offset)]
    while at < AGREE_UNTIL:
        later = at + STEP
        if (new := _offset(zone, later)) != offset:
            found.append((int(_find_change(zone, at, later).timestamp()), new))
            offset = new
        at = later
    return tuple(found)


@lru_cache(maxsize=1024)
def find_clock(name: str) -> str | None:
    """A name for the zone's offsets, the same for all zones that agree; None for a name that is no zone. It is for
    comparing only: which of the zones it names depends on which was asked for first."""
    offsets = find_offsets(name)
    return _clocks.setdefault(offsets, name) if offsets else None


_clocks: dict[Offsets, str] = {}


def collapse_zones(zones: Iterable[str], preferred: Sequence[str]) -> tuple[str, ...]:
    """The zones, sorted, with one name for those that show the same clock: the first of `preferred` that does, else
    the first as given. Names that are no zones are left out."""
    names: dict[str, str] = {}
    for zone in zones:
        if clock := find_clock(zone):
            names.setdefault(clock, zone)
    for zone in reversed(preferred):
        if (clock := find_clock(zone)) in names:
            names[clock] = zone
    return tuple(sorted(names.values()))


def find_common_zones(zones: Sequence[str], others: Iterable[str]) -> tuple[str, ...]:
    """Those of the zones whose clock one of the others shows as well."""
    clocks = {find_clock(zone) for zone in others}
    return tuple(zone for zone in zones if find_clock(zone) in clocks)


def _offset(zone: ZoneInfo, at: datetime) -> int:
    """Seconds east of UTC."""
    return int((at.astimezone(zone).utcoffset() or timedelta()).total_seconds())


def _find_change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first minute at which the clock shows what it shows at `after`."""
    offset = _offset(zone, before)
    while after - before > EXACT:
        middle = before + (after - before) / 2
        middle = middle.replace(second=0, microsecond=0)
        if middle <= before:
            break
        if _offset(zone, middle) == offset:
            before = middle
        else:
            after = middle
    return after
