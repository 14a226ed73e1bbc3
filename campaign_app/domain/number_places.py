"""Number places: the country, states and time zones in which a number's owner may be, and the kind of its line.

The zones are all that come into question, never a guess at one of them: a call is right when all of them are awake.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneNumberType
from phonenumbers.tzdata import TIMEZONE_DATA, TIMEZONE_LONGEST_PREFIX

from .area_codes import (
    EXTRA_ZONES,
    NORTH_AMERICAN_EXTRAS,
    TOLL_FREE_CODES,
    WRONG_AREA_ZONES,
    WRONG_ZONES,
    list_brazilian_states,
    list_codes_of_area,
    list_states_by_area_code,
)
from .country_zones import collapse_for_country, find_country_zones, list_zones_by_country
from .number_types import find_region_and_type
from .number_zones import NEW_NAMES
from .place_names import US_AREAS, find_state
from .zone_offsets import collapse_zones

WORLD = "001"
LINE_UNKNOWN, MOBILE, LANDLINE, VOIP, TOLL_FREE = "unknown", "mobile", "landline", "voip", "toll-free"
LINES = {
    PhoneNumberType.FIXED_LINE: LANDLINE,
    PhoneNumberType.MOBILE: MOBILE,
    PhoneNumberType.VOIP: VOIP,
    PhoneNumberType.TOLL_FREE: TOLL_FREE,
}
"""Any other type tells no line."""
PLACED_TYPES = frozenset({PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
"""Types whose first digits tell a place."""
PLACED_MOBILES = frozenset({"BR", "MX"})
"""Countries whose mobile numbers begin with an area code."""


class NumberPlace(NamedTuple):
    """Where a number may be: `country` (ISO 3166 alpha-2; 001 for none, None where it is unknown), candidate `states`
    (ISO 3166-2) and `zones` (IANA), both sorted, () for unknown; `line` is one of the five words above."""

    country: str | None
    states: tuple[str, ...]
    zones: tuple[str, ...]
    line: str


NOWHERE = NumberPlace(None, (), (), LINE_UNKNOWN)
STATION_PREFIXES = ("+6721",)
STATIONS = NumberPlace(
    None,
    (),
    ("Antarctica/Casey", "Antarctica/Davis", "Antarctica/Macquarie", "Antarctica/Mawson"),
    LINE_UNKNOWN,
)
"""Numbers that phonenumbers takes for Norfolk Island's: Australia's stations in Antarctica share its calling code, each
with a clock of its own."""


def find_number_place(e164: str) -> NumberPlace:
    """The place of a number in E.164; nowhere for a text that is none."""
    if e164.startswith("+1"):
        place = _find_north_american(e164[2:5])
        if place.country in ("US", "CA", None):
            return place
        _, kind = find_region_and_type(1, e164[2:])
        return place._replace(line=LINES.get(kind, LINE_UNKNOWN))
    code = _find_calling_code(e164[1:4]) if e164.startswith("+") else 0
    if code == 0:
        return NOWHERE
    if e164.startswith(STATION_PREFIXES):
        return STATIONS
    region, kind = find_region_and_type(code, e164[1 + len(str(code)) :])
    country = region or phonenumbers.region_code_for_country_code(code)
    placed = kind in PLACED_TYPES or (kind == PhoneNumberType.MOBILE and country in PLACED_MOBILES)
    digits = e164[1 : 1 + _longest_prefix(code)] if placed else ""
    return _find_place(country, code, digits, LINES.get(kind, LINE_UNKNOWN))


@lru_cache(maxsize=1024)
def count_place_characters(digits: str) -> int:
    """How many characters of a number in E.164 that begins with `+` and these three digits tell its place, together
    with its country and type: numbers that are alike so far have the same place."""
    if digits.startswith("1"):
        return len("+1202")
    return 1 + max(_longest_prefix(_find_calling_code(digits)), len(STATION_PREFIXES[0]))


@lru_cache(maxsize=1024)
def _find_calling_code(digits: str) -> int:
    """The calling code with which digits begin; 0 for none."""
    if not digits.isascii() or not digits.isdigit():
        return 0
    codes = (int(digits[:size]) for size in (1, 2, 3))
    return next((code for code in codes if code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE), 0)


@lru_cache(maxsize=512)
def _longest_prefix(code: int) -> int:
    """How many digits tell something of the zone, with the calling code; 0 in a country of one clock."""
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(code, ())
    if all(len(find_country_zones(region)) < 2 for region in regions) and "CN" not in regions:
        return 0
    start = str(code)
    prefixes = [prefix for prefix in TIMEZONE_DATA if prefix.startswith(start)]
    prefixes += [prefix for region in regions for prefix in EXTRA_ZONES.get(region, ())]
    return max(map(len, prefixes), default=0)


@lru_cache(maxsize=1 << 16)
def _find_place(country: str, code: int, digits: str, line: str) -> NumberPlace:
    """`digits` is the number's beginning, calling code included; nothing where it tells no place."""
    if country == WORLD:
        return NumberPlace(WORLD, (), (), line)
    states: tuple[str, ...] = ()
    zones = _find_listed_zones(country, code, digits)
    if country == "BR":
        states = list_brazilian_states().get(digits[2:4], ())
        zones += tuple(zone for name in states if (state := find_state(name)) for zone in state.zones)
    return NumberPlace(
        country, states, collapse_for_country(zones, country) or find_country_zones(country), line
    )


def _find_listed_zones(country: str, code: int, digits: str) -> tuple[str, ...]:
    """The zones of the longest prefix that says more than the calling code, and what it lacks; () for no such one."""
    zones: tuple[str, ...] = ()
    for size in range(min(len(digits), TIMEZONE_LONGEST_PREFIX), len(str(code)), -1):
        if digits[:size] in TIMEZONE_DATA:
            zones = tuple(_correct_name(country, zone) for zone in TIMEZONE_DATA[digits[:size]])
            break
    if not zones:
        return ()
    extras = EXTRA_ZONES.get(country, {}).items()
    return zones + tuple(
        zone for prefix, names in extras if digits.startswith(prefix) for zone in names.split()
    )


def _correct_name(country: str, zone: str) -> str:
    return WRONG_ZONES.get((country, zone)) or NEW_NAMES.get(zone, zone)


@lru_cache(maxsize=1024)
def _find_north_american(area: str) -> NumberPlace:
    """The place of all numbers with an area code of North America (three digits)."""
    if len(area) < 3 or not area.isascii() or not area.isdigit():
        return NOWHERE
    states = list_states_by_area_code().get(area, ())
    if area in TOLL_FREE_CODES:
        return NumberPlace("US", (), _all_north_american_zones(), TOLL_FREE)
    country = _find_american_country(area, states)
    codes = list_codes_of_area(area)
    prefixes = tuple(f"1{code}" for code in codes)
    names = [zone for prefix, zones in TIMEZONE_DATA.items() if prefix.startswith(prefixes) for zone in zones]
    names = [WRONG_AREA_ZONES[area]] if area in WRONG_AREA_ZONES else names
    names += [zone for code in codes for zone in NORTH_AMERICAN_EXTRAS.get(code, "").split()]
    if not names and len(states) == 1 and (state := find_state(states[0])):
        names = list(state.zones)
    if not names and not states and country not in ("US", "CA"):
        names = list(find_country_zones(country))
    zones = tuple(NEW_NAMES.get(name, name) for name in names)
    return NumberPlace(
        country, states, collapse_for_country(zones, country) or _all_north_american_zones(), LINE_UNKNOWN
    )


def _find_american_country(area: str, states: tuple[str, ...]) -> str:
    if states:
        code = states[0]
        return next((country for country, state in US_AREAS.items() if state == code), code[:2])
    region, _ = find_region_and_type(1, f"{area}2345678")
    return region or "US"


@lru_cache(maxsize=1)
def _all_north_american_zones() -> tuple[str, ...]:
    """Every clock of the countries that share +1, the United States' names first."""
    table = list_zones_by_country()
    regions = ("US", "CA", *phonenumbers.COUNTRY_CODE_TO_REGION_CODE[1])
    zones = [zone for region in regions for zone in table.get(region, ())]
    return collapse_zones(zones, zones)
