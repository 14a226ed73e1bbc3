"""Time zone names: what files write for a zone, as the IANA name that clocks know."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import available_timezones

NORTH_AMERICA = {
    "et": "America/New_York",
    "est": "America/New_York",
    "edt": "America/New_York",
    "eastern": "America/New_York",
    "est5edt": "America/New_York",
    "ct": "America/Chicago",
    "cst": "America/Chicago",
    "cdt": "America/Chicago",
    "central": "America/Chicago",
    "cst6cdt": "America/Chicago",
    "mt": "America/Denver",
    "mst": "America/Denver",
    "mdt": "America/Denver",
    "mountain": "America/Denver",
    "mst7mdt": "America/Denver",
    "pt": "America/Los_Angeles",
    "pst": "America/Los_Angeles",
    "pdt": "America/Los_Angeles",
    "pacific": "America/Los_Angeles",
    "pst8pdt": "America/Los_Angeles",
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
    "bst": "Europe/London",
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
"""What Windows, Ruby on Rails and people call zones."""


@lru_cache(maxsize=4096)
def find_timezone(text: str, region: str | None) -> str | None:
    """The IANA name of a zone, such as Europe/Berlin; None for what is no zone, or might be several.

    `region` is the number's: abbreviations like EST are read for North America, or where nothing is known (None).
    Mere offsets (UTC+2) are none, for they do not know about summer.
    """
    folded = " ".join(text.casefold().replace("_", " ").split())
    if folded in FULL_NAMES:
        return FULL_NAMES[folded]
    if folded in NORTH_AMERICA:
        return NORTH_AMERICA[folded] if region in (None, "US", "CA", "PR", "MX") else None
    return _zones().get(folded)


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    return {name.casefold().replace("_", " "): name for name in sorted(available_timezones())}
