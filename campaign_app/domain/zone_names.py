"""Time zone names: what files write for a zone, as the IANA name that clocks know."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.core import get_global

NORTH_AMERICA = {
    "et": "America/New_York",
    "est": "America/New_York",
    "edt": "America/New_York",
    "eastern": "America/New_York",
    "ct": "America/Chicago",
    "cst": "America/Chicago",
    "cdt": "America/Chicago",
    "central": "America/Chicago",
    "mt": "America/Denver",
    "mst": "America/Denver",
    "mdt": "America/Denver",
    "mountain": "America/Denver",
    "pt": "America/Los_Angeles",
    "pst": "America/Los_Angeles",
    "pdt": "America/Los_Angeles",
    "pacific": "America/Los_Angeles",
    "akst": "America/Anchorage",
    "akdt": "America/Anchorage",
    "alaska": "America/Anchorage",
    "hst": "Pacific/Honolulu",
    "hawaii": "Pacific/Honolulu",
    "ast": "America/Halifax",
    "adt": "America/Halifax",
    "atlantic": "America/Halifax",
}
"""Abbreviations that mean another zone elsewhere (CST is China's, too): read so for numbers of North America only."""
FULL_NAMES = {
    "eastern time": "America/New_York",
    "eastern standard time": "America/New_York",
    "eastern time (us & canada)": "America/New_York",
    "us eastern": "America/New_York",
    "central time": "America/Chicago",
    "central standard time": "America/Chicago",
    "central time (us & canada)": "America/Chicago",
    "us central": "America/Chicago",
    "mountain time": "America/Denver",
    "mountain standard time": "America/Denver",
    "mountain time (us & canada)": "America/Denver",
    "us mountain": "America/Denver",
    "us mountain standard time": "America/Phoenix",
    "arizona": "America/Phoenix",
    "pacific time": "America/Los_Angeles",
    "pacific standard time": "America/Los_Angeles",
    "pacific time (us & canada)": "America/Los_Angeles",
    "us pacific": "America/Los_Angeles",
    "alaskan standard time": "America/Anchorage",
    "hawaiian standard time": "Pacific/Honolulu",
    "atlantic standard time": "America/Halifax",
    "gmt standard time": "Europe/London",
    "greenwich mean time": "Etc/GMT",
    "british summer time": "Europe/London",
    "cest": "Europe/Berlin",
    "central european time": "Europe/Berlin",
    "w. europe standard time": "Europe/Berlin",
    "central europe standard time": "Europe/Budapest",
    "central european standard time": "Europe/Warsaw",
    "romance standard time": "Europe/Paris",
    "e. europe standard time": "Europe/Chisinau",
    "fle standard time": "Europe/Kyiv",
    "gtb standard time": "Europe/Bucharest",
    "turkey standard time": "Europe/Istanbul",
    "russian standard time": "Europe/Moscow",
    "msk": "Europe/Moscow",
    "israel standard time": "Asia/Jerusalem",
    "arabian standard time": "Asia/Dubai",
    "arab standard time": "Asia/Riyadh",
    "india standard time": "Asia/Kolkata",
    "indian standard time": "Asia/Kolkata",
    "china standard time": "Asia/Shanghai",
    "singapore standard time": "Asia/Singapore",
    "tokyo standard time": "Asia/Tokyo",
    "japan standard time": "Asia/Tokyo",
    "jst": "Asia/Tokyo",
    "korea standard time": "Asia/Seoul",
    "kst": "Asia/Seoul",
    "aest": "Australia/Sydney",
    "aedt": "Australia/Sydney",
    "aus eastern standard time": "Australia/Sydney",
    "acst": "Australia/Adelaide",
    "awst": "Australia/Perth",
    "nzst": "Pacific/Auckland",
    "nzdt": "Pacific/Auckland",
    "new zealand standard time": "Pacific/Auckland",
    "south africa standard time": "Africa/Johannesburg",
    "sast": "Africa/Johannesburg",
    "e. south america standard time": "America/Sao_Paulo",
    "brt": "America/Sao_Paulo",
    "argentina standard time": "America/Argentina/Buenos_Aires",
}
"""What Ruby on Rails and people call zones; Windows' own names are the CLDR's (`_windows_zones`)."""
MORE_NAMES = {
    "est5edt": "America/New_York",
    "cst6cdt": "America/Chicago",
    "mst7mdt": "America/Denver",
    "pst8pdt": "America/Los_Angeles",
    "mez": "Europe/Berlin",
    "mesz": "Europe/Berlin",
    "mitteleuropäische zeit": "Europe/Berlin",
    "central european summer time": "Europe/Berlin",
    "eastern european time": "EET",
    "eest": "EET",
    "western european time": "WET",
    "west": "WET",
    "moscow time": "Europe/Moscow",
    "eastern daylight time": "America/New_York",
    "central daylight time": "America/Chicago",
    "mountain daylight time": "America/Denver",
    "pacific daylight time": "America/Los_Angeles",
    "alaska time": "America/Anchorage",
    "hawaii time": "Pacific/Honolulu",
    "hawaii standard time": "Pacific/Honolulu",
    "atlantic time": "America/Halifax",
    "newfoundland time": "America/St_Johns",
    "coordinated universal time": "Etc/UTC",
    "z": "Etc/UTC",
    "irish standard time": "Europe/Dublin",
    "hkt": "Asia/Hong_Kong",
    "hong kong time": "Asia/Hong_Kong",
    "sgt": "Asia/Singapore",
    "singapore time": "Asia/Singapore",
    "pkt": "Asia/Karachi",
    "pht": "Asia/Manila",
    "philippine time": "Asia/Manila",
    "wib": "Asia/Jakarta",
    "wita": "Asia/Makassar",
    "wit": "Asia/Jayapura",
    "ict": "Asia/Bangkok",
    "indochina time": "Asia/Bangkok",
    "eat": "Africa/Nairobi",
    "east africa time": "Africa/Nairobi",
    "wat": "Africa/Lagos",
    "west africa time": "Africa/Lagos",
    "cat": "Africa/Maputo",
    "central africa time": "Africa/Maputo",
    "trt": "Europe/Istanbul",
    "idt": "Asia/Jerusalem",
    "israel time": "Asia/Jerusalem",
    "awst": "Australia/Perth",
    "acdt": "Australia/Adelaide",
    "australian eastern time": "Australia/Sydney",
    "new zealand time": "Pacific/Auckland",
    "nzt": "Pacific/Auckland",
    "brasilia time": "America/Sao_Paulo",
}
BY_COUNTRY = {
    "ist": {"IN": "Asia/Kolkata", "IE": "Europe/Dublin", "IL": "Asia/Jerusalem"},
    "bst": {
        "GB": "Europe/London", "GG": "Europe/London", "JE": "Europe/London", "IM": "Europe/London",
        "BD": "Asia/Dhaka",
    },
    "cst": {"CN": "Asia/Shanghai", "TW": "Asia/Taipei", "CU": "America/Havana"},
    "pst": {"PH": "Asia/Manila"},
    "ast": {"SA": "Asia/Riyadh"},
    "gst": {"AE": "Asia/Dubai", "OM": "Asia/Muscat"},
    "sst": {"SG": "Asia/Singapore", "AS": "Pacific/Pago_Pago"},
}  # fmt: skip
"""Abbreviations that mean different zones: each only beside a number of a country that uses it."""
FIXED_FRACTIONS = {
    5.5: "Asia/Kolkata", 5.75: "Asia/Kathmandu", 6.5: "Asia/Yangon", 4.5: "Asia/Kabul", 3.5: "Asia/Tehran",
    8.75: "Australia/Eucla", 9.5: "Australia/Darwin", -9.5: "Pacific/Marquesas",
}  # fmt: skip
"""Hours east of UTC that are no whole ones, and a zone that keeps them all year; others change in summer."""
OFFSET = re.compile(
    r"(?:utc|gmt|z)?\s*([+\-\u2212\u2013])\s*(\d{1,2})(?::?([0-5]\d)|\.(0+|25|5|50|75))?(?::00)?\s*(?:h|hours|hrs)?"
)
LED_BY_OFFSET = re.compile(r"\(?(?:utc|gmt)\s*([^)]*)\)?\s*[-:]?\s*(.+)")
"""`(UTC+01:00) Amsterdam, Berlin`, as Outlook and Windows show zones."""
LONGEST_NAME = 200
"""Characters. Names are read inside names (`(UTC-5) EST/EDT`), so a longer text could nest without end."""
WINTER = datetime(2026, 1, 15, 12, tzinfo=UTC)
SUMMER = datetime(2026, 7, 15, 12, tzinfo=UTC)


@lru_cache(maxsize=4096)
def find_timezone(text: str, region: str | None) -> str | None:
    """The IANA name of a zone, such as Europe/Berlin; None for what is no zone, or might be several.

    `region` is the number's: abbreviations like EST are read for North America, or where nothing is known (None), and
    IST only for the country that has it. A mere offset (UTC+2) is the zone that always has it (Etc/GMT-2).
    """
    if len(text) > LONGEST_NAME:
        return None
    folded = _fold(text)
    if folded in BY_COUNTRY and region in BY_COUNTRY[folded]:
        return BY_COUNTRY[folded][region]
    for names in (FULL_NAMES, MORE_NAMES):
        if folded in names:
            return names[folded]
    if folded in NORTH_AMERICA:
        return NORTH_AMERICA[folded] if region in (None, "US", "CA", "PR", "MX") else None
    if folded in BY_COUNTRY:
        return None
    known = _windows_zones().get(folded) or _zones().get(folded)
    if known is not None:
        return known
    if (offset := OFFSET.fullmatch(folded)) is not None:
        return _zone_of_offset(offset)
    if (led := LED_BY_OFFSET.fullmatch(folded)) is not None:
        return _zone_behind_offset(led[1].strip(), led[2].strip(), region)
    if folded.count("/") == 1:
        # EST/EDT: the names of one zone in winter and in summer.
        winter, summer = (find_timezone(part.strip(), region) for part in folded.split("/"))
        if winter is not None and winter == summer:
            return winter
    return _cities().get(folded)


def looks_like_timezone(text: str) -> bool:
    """Whether a text is a way to write a time zone, even one that means several (`IST`)."""
    return _fold(text) in BY_COUNTRY or find_timezone(text, None) is not None


def _fold(text: str) -> str:
    return " ".join(text.casefold().replace("_", " ").split())


def _zone_of_offset(found: re.Match[str]) -> str | None:
    """`+2` → Etc/GMT-2: the names under Etc count the other way round."""
    sign, hours, minutes, decimals = found.groups()
    amount = int(hours) + (int(minutes) / 60 if minutes else float(f"0.{decimals or 0}"))
    amount = amount if sign == "+" else -amount
    if amount != int(amount):
        return FIXED_FRACTIONS.get(amount)
    if not -12 <= amount <= 14:
        return None
    return f"Etc/GMT{-int(amount):+d}" if amount else "Etc/UTC"


def _zone_behind_offset(offset: str, rest: str, region: str | None) -> str | None:
    """The zone that is named behind its offset, if the two agree; else the offset's own."""
    found = OFFSET.fullmatch(offset or "+0")
    fixed = _zone_of_offset(found) if found is not None else None
    for name in (rest, *map(str.strip, rest.split(","))):
        zone = find_timezone(name, region) if name else None
        if zone is not None:
            return zone if found is None or _has_offset(zone, found) else None
    return fixed


def _has_offset(zone: str, found: re.Match[str]) -> bool:
    sign, hours, minutes, decimals = found.groups()
    fraction = int(minutes or 0) if not decimals else round(float(f"0.{decimals}") * 60)
    offset = timedelta(hours=int(hours), minutes=fraction)
    offset = offset if sign == "+" else -offset
    return offset in (at.astimezone(ZoneInfo(zone)).utcoffset() for at in (WINTER, SUMMER))


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    return {name.casefold().replace("_", " "): name for name in sorted(available_timezones())}


@lru_cache(maxsize=1)
def _windows_zones() -> dict[str, str]:
    zones: dict[str, str] = {}
    for windows, zone in get_global("windows_zone_mapping").items():
        zones[windows.casefold()] = zone
    return zones


@lru_cache(maxsize=1)
def _cities() -> dict[str, str]:
    """`berlin` → Europe/Berlin, for the cities after which one zone alone is called."""
    zones: dict[str, set[str]] = {}
    for name in available_timezones():
        area, _, city = name.rpartition("/")
        if area.partition("/")[0] in (
            "Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific",
        ):  # fmt: skip
            zones.setdefault(city.casefold().replace("_", " "), set()).add(name)
    return {
        city: next(iter(found))
        for city, found in zones.items()
        if len(found) == 1 and city not in ("north", "south", "west", "east", "central", "center", "general")
    }


@lru_cache(maxsize=1024)
def name_city_and_state(zone: str) -> str:
    """`America/Indiana/Knox` → `Knox, Indiana`; without the state where the city alone is clear."""
    canonical = get_global("zone_aliases").get(zone, zone)
    written = Locale.parse("en").time_zones.get(canonical, {}).get("city")
    return written or zone.rpartition("/")[2].replace("_", " ")
