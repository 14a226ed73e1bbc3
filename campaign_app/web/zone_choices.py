"""Time zone choices: cities with their country, UTC offset and the clock there now, and the zone that a text means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

from campaign_app.domain.countries import country_name, fold_name
from campaign_app.domain.number_zones import all_zones
from campaign_app.domain.zone_names import name_city_and_state


@dataclass(frozen=True, slots=True)
class ZoneChoice:
    """An IANA zone as a list offers it: `America/New_York`, `New York, United States (UTC-5, 09:30 now)`."""

    zone: str
    label: str


def list_zone_choices(now: datetime) -> list[ZoneChoice]:
    """Every zone in use today, UTC first, then by city. Names that IANA keeps for old programs only are left out."""
    return list(_choices_of_minute(now.replace(second=0, microsecond=0)))


@lru_cache(maxsize=2)
def _choices_of_minute(now: datetime) -> tuple[ZoneChoice, ...]:
    choices = [ZoneChoice("UTC", f"UTC ({_describe_clock('UTC', now)})")]
    for zone, place in _places():
        choices.append(ZoneChoice(zone, f"{place} ({_describe_clock(zone, now)})"))
    return tuple(choices)


def find_zone(text: str) -> str:
    """The IANA zone that was typed: `europe/paris` or `Paris` → `Europe/Paris`. What is no zone stays as it is."""
    text = text.strip()
    if text in all_zones():
        return text
    return _zones_by_name().get(_fold(text), text)


def _describe_clock(zone: str, now: datetime) -> str:
    local = now.astimezone(ZoneInfo(zone))
    return f"{_describe_offset(local.utcoffset() or timedelta())}, {local:%H:%M} now"


def _describe_offset(offset: timedelta) -> str:
    """`UTC+5:30`, `UTC-3`."""
    minutes = abs(int(offset.total_seconds())) // 60
    sign = "-" if offset < timedelta() else "+"
    return f"UTC{sign}{minutes // 60}" + (f":{minutes % 60:02}" if minutes % 60 else "")


@lru_cache(maxsize=1)
def _places() -> tuple[tuple[str, str], ...]:
    """Zone and place, such as ("America/New_York", "New York, United States"), sorted by place."""
    places = ((zone, _name_place(zone, country_name(country))) for zone, country in _read_table())
    return tuple(sorted(places, key=lambda place: fold_name(place[1])))


def _name_place(zone: str, country: str) -> str:
    """`New York, United States`; of a place that its country is named for, the country alone: `Guatemala`."""
    city = name_city_and_state(zone)
    whole, part = fold_name(country), fold_name(city)
    if whole == part or whole.startswith((f"{part} ", f"{part.removesuffix('s')} ")):
        return country
    return f"{city}, {country}"


def _read_table() -> Iterator[tuple[str, str]]:
    """Zone and country code of each line of zone.tab, which has no old names."""
    table = resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text(encoding="utf-8")
    for line in table.splitlines():
        if line and not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            if zone in all_zones():
                yield zone, country


def _city_of(zone: str) -> str:
    """`America/Indiana/Knox` → `Knox, Indiana`, `America/New_York` → `New York`."""
    parts = [part.replace("_", " ") for part in zone.split("/")]
    return ", ".join(reversed(parts[1:]))


@lru_cache(maxsize=1)
def _zones_by_name() -> dict[str, str]:
    """Zones by their folded names and, where only one has it, by city."""
    zones: dict[str, str] = {}
    shared: set[str] = set()
    for zone, _ in _read_table():
        names = (_city_of(zone), _city_of(zone).partition(",")[0], name_city_and_state(zone))
        for city in {_fold(name) for name in names}:
            if zones.setdefault(city, zone) != zone:
                shared.add(city)
    for city in shared:
        del zones[city]
    zones.update({_fold(zone): zone for zone in sorted(all_zones())})
    return zones


def _fold(text: str) -> str:
    return fold_name(text.replace("_", " "))
