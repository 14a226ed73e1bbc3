"""Number zones: the time zone in which a number's owner is, as far as the number tells."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import phonenumbers
from phonenumbers import timezone as zone_data

PROBES = (datetime(2026, 1, 15, 12, tzinfo=UTC), datetime(2026, 7, 15, 12, tzinfo=UTC))
"""Zones that agree in winter and in summer are one for whoever wants to know whether people sleep."""
MAIN_ZONES = frozenset(
    {
        "Europe/London",
        "Europe/Paris",
        "Europe/Berlin",
        "America/New_York",
        "America/Chicago",
        "America/Denver",
        "America/Los_Angeles",
        "Asia/Kolkata",
        "Asia/Tokyo",
        "Australia/Sydney",
    }
)
"""Which of several equal zones is named: one that people know."""
NEW_NAMES = {
    "Africa/Asmera": "Africa/Asmara",
    "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
    "America/Godthab": "America/Nuuk",
    "Asia/Calcutta": "Asia/Kolkata",
    "Asia/Choibalsan": "Asia/Ulaanbaatar",
    "Asia/Katmandu": "Asia/Kathmandu",
    "Asia/Rangoon": "Asia/Yangon",
    "Asia/Saigon": "Asia/Ho_Chi_Minh",
    "Atlantic/Faeroe": "Atlantic/Faroe",
    "Europe/Kiev": "Europe/Kyiv",
    "Pacific/Enderbury": "Pacific/Kanton",
    "Pacific/Ponape": "Pacific/Pohnpei",
    "Pacific/Truk": "Pacific/Chuuk",
}
"""What phonenumbers still calls by an older name."""
LAST_DIGITS = 4
"""Digits that no country gives a zone by."""


def find_zone(e164: str) -> str | None:
    """The IANA name of the number's zone; None where it may be in several that differ, or in none."""
    return _find_zone(e164[:-LAST_DIGITS])


@lru_cache(maxsize=1 << 16)
def _find_zone(prefix: str) -> str | None:
    try:
        number = phonenumbers.parse(prefix + "0" * LAST_DIGITS)
    except phonenumbers.NumberParseException:
        return None
    found = (NEW_NAMES.get(name, name) for name in zone_data.time_zones_for_geographical_number(number))
    names = [name for name in found if _offsets(name)]
    if not names or len({_offsets(name) for name in names}) > 1:
        return None
    return next((name for name in names if name in MAIN_ZONES), names[0])


NO_PLACES = frozenset({"Factory", "localtime", "posixrules"})
"""Files of the time zone database that are no zone of anybody."""


@lru_cache(maxsize=1)
def all_zones() -> frozenset[str]:
    """Every IANA zone. Listing them reads hundreds of files: 38 ms, so it is done once."""
    return frozenset(available_timezones()) - NO_PLACES


def is_zone(name: str) -> bool:
    """Whether it is the IANA name of a time zone. A folder of them (`Pacific`), and any other path, is none."""
    return name in all_zones()


@lru_cache(maxsize=1024)
def _offsets(name: str) -> tuple[float, ...]:
    """Seconds east of UTC in winter and summer; nothing for a name that is no zone."""
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ()
    offsets = (probe.replace(tzinfo=zone).utcoffset() for probe in PROBES)
    return tuple(offset.total_seconds() for offset in offsets if offset is not None)
