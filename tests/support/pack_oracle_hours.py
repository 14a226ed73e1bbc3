"""Hours of the pack oracle: one small function per pack turns the instant into a clock on the wall and looks.

See `pack_oracle` for where the rules come from, for the words, and for the readings taken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri")
WEEK = (*WEEKDAYS, "Sat", "Sun")
EXPRESS = ("express", "written", "that_time")
WRITTEN = ("written", "that_time")


@dataclass(slots=True)
class Asked:
    """One question: may a call for this purpose begin now? `at` is moved on and the rest asked again, half a million
    times a pack."""

    purpose: str
    place: str
    zone: str
    at: datetime
    consent: str
    optional: bool

    def clock(self, zone: str | None = None) -> datetime:
        return self.at.astimezone(ZoneInfo(zone or self.zone))


def is_between(clock: datetime, start: str, end: str) -> bool:
    """From the minute `start` on, before the minute `end`, as a wall clock shows them."""
    return start <= f"{clock.hour:02}:{clock.minute:02}" < end


def find_weekday(clock: datetime) -> str:
    return WEEK[clock.weekday()]


# --- Holidays -------------------------------------------------------------------------------------------------------


@cache
def list_library_days(
    country: str, subdivision: str | None, year: int, observed: bool = True
) -> frozenset[date]:
    known = holidays.list_supported_countries()[country]
    return frozenset(
        holidays.country_holidays(
            country, subdiv=subdivision if subdivision in known else None, years=year, observed=observed
        )
    )


def is_library_holiday(country: str, subdivision: str | None, day: date) -> bool:
    return day in list_library_days(country, subdivision, day.year)


def is_day_after_thanksgiving(day: date) -> bool:
    """The Friday after the fourth Thursday of November: a Friday from the 23rd to the 29th."""
    return day.month == 11 and day.weekday() == 4 and 23 <= day.day <= 29


def is_alabama_holiday(day: date) -> bool:
    rosa_parks = [date(day.year, 12, 1)]
    if rosa_parks[0].weekday() == 5:
        rosa_parks.append(date(day.year, 11, 30))
    if rosa_parks[0].weekday() == 6:
        rosa_parks.append(date(day.year, 12, 2))
    return is_library_holiday("US", "AL", day) or day in rosa_parks


def is_mississippi_holiday(day: date) -> bool:
    the_day_before = day - timedelta(days=1)
    return day in list_library_days("US", "MS", day.year, observed=False) or (
        day.weekday() == 0
        and the_day_before in list_library_days("US", "MS", the_day_before.year, observed=False)
    )


SPANISH_PROVINCES = {
    "AN": "AL CA CO GR H J MA SE",
    "AR": "HU TE Z",
    "AS": "O",
    "CB": "S",
    "CL": "AV BU LE P SA SG SO VA ZA",
    "CM": "AB CR CU GU TO",
    "CN": "GC TF",
    "CT": "B GI L T",
    "EX": "BA CC",
    "GA": "C LU OR PO",
    "IB": "PM",
    "MC": "MU",
    "MD": "M",
    "NC": "NA",
    "PV": "BI SS VI",
    "RI": "LO",
    "VC": "A CS V",
}
"""The provinces of each autonomous community, by ISO 3166-2:ES. No province has the code of a community."""


def is_spanish_holiday(place: str, day: date) -> bool:
    subdivision = place.partition("-")[2]
    for community, provinces in SPANISH_PROVINCES.items():
        if subdivision in provinces.split():
            subdivision = community
    return is_library_holiday("ES", subdivision, day)


# --- Hours: one function for each pack, asked only of a place that the pack binds, and never of an emergency ---------


def open_us_federal(asked: Asked) -> bool:
    return asked.purpose not in ("marketing", "debt") or is_between(asked.clock(), "08:00", "21:00")


def open_daily(start: str, end: str) -> Callable[[Asked], bool]:
    """Marketing on every day of the week between two times of the callee's."""

    def is_open(asked: Asked) -> bool:
        return asked.purpose != "marketing" or is_between(asked.clock(), start, end)

    return is_open


def open_us_al(asked: Asked) -> bool:
    if asked.purpose != "marketing":
        return True
    clock = asked.clock()
    if find_weekday(clock) == "Sun" or is_alabama_holiday(clock.date()):
        return False
    return is_between(clock, "08:00", "20:00")


def open_us_la(asked: Asked) -> bool:
    if asked.purpose != "marketing":
        return True
    clock = asked.clock()
    if find_weekday(clock) == "Sun":
        return False
    if is_library_holiday("US", "LA", clock.date()) or is_day_after_thanksgiving(clock.date()):
        return False
    return is_between(clock, "08:00", "20:00")


def open_us_me(asked: Asked) -> bool:
    if asked.purpose != "marketing":
        return True
    clock = asked.clock("America/New_York")
    return find_weekday(clock) in WEEKDAYS and is_between(clock, "09:00", "17:00")


def open_us_ms(asked: Asked) -> bool:
    if asked.purpose != "marketing":
        return True
    clock = asked.clock("America/Chicago")
    if find_weekday(clock) == "Sun" or is_mississippi_holiday(clock.date()):
        return False
    return is_between(clock, "08:00", "20:00")


def open_us_ne(asked: Asked) -> bool:
    if asked.consent == "existing":
        return True
    clock = asked.clock()
    if asked.purpose == "marketing" and (
        find_weekday(clock) == "Sun" or is_library_holiday("US", "NE", clock.date())
    ):
        return is_between(clock, "13:00", "21:00")
    return is_between(clock, "08:00", "21:00")


def open_us_ok(asked: Asked) -> bool:
    if asked.purpose == "marketing":
        return is_between(asked.clock(), "09:00", "20:00")
    return is_between(asked.clock(), "09:00", "21:00")


def open_us_or(asked: Asked) -> bool:
    if asked.purpose != "marketing":
        return True
    clock = asked.clock()
    if clock.date() < date(2026, 1, 1):
        return is_between(clock, "08:00", "21:00")
    return is_between(clock, "08:00", "20:00")


def open_us_pa(asked: Asked) -> bool:
    if asked.purpose != "marketing":
        return True
    clock = asked.clock()
    if is_library_holiday("US", "PA", clock.date()) or (clock.month, clock.day) == (6, 14):
        return False
    return is_between(clock, "08:00", "21:00")


def open_us_ri(asked: Asked) -> bool:
    if asked.purpose != "marketing":
        return True
    clock = asked.clock()
    if is_library_holiday("US", "RI", clock.date()) or is_library_holiday("US", None, clock.date()):
        return False
    if (clock.month, clock.day) == (5, 4):
        return False
    if find_weekday(clock) in WEEKDAYS:
        return is_between(clock, "09:00", "18:00")
    return find_weekday(clock) == "Sat" and is_between(clock, "10:00", "17:00")


def open_us_sc(asked: Asked) -> bool:
    return asked.purpose not in ("marketing", "political") or is_between(asked.clock(), "08:00", "19:00")


def open_us_sd(asked: Asked) -> bool:
    if asked.purpose != "marketing":
        return True
    zones = ["America/Chicago", "America/Denver"]
    if asked.zone in zones:
        zones = [asked.zone]
    return all(
        find_weekday(asked.clock(zone)) in WEEKDAYS and is_between(asked.clock(zone), "09:00", "21:00")
        for zone in zones
    )


def open_us_tx(asked: Asked) -> bool:
    if asked.purpose != "marketing":
        return True
    if find_weekday(asked.clock()) == "Sun":
        return is_between(asked.clock(), "12:00", "21:00")
    return is_between(asked.clock(), "09:00", "21:00")


def open_us_ut(asked: Asked) -> bool:
    if asked.purpose != "marketing" or asked.consent in EXPRESS:
        return True
    clock = asked.clock()
    if find_weekday(clock) == "Sun" or is_library_holiday("US", "UT", clock.date()):
        return False
    return is_between(clock, "08:00", "21:00")


def open_canada(asked: Asked) -> bool:
    clock = asked.clock()
    if asked.optional and asked.purpose == "marketing":
        province = asked.place.partition("-")[2]
        if is_library_holiday("CA", province, clock.date()):
            return False
    if find_weekday(clock) in WEEKDAYS:
        return is_between(clock, "09:00", "21:30")
    return is_between(clock, "10:00", "18:00")


def open_france(asked: Asked) -> bool:
    if asked.purpose != "marketing":
        return True
    clock = asked.clock()
    if clock.date() < date(2023, 3, 1):
        return True
    if asked.consent == "that_time":
        return True
    if clock.date() < date(2026, 8, 11) and asked.consent in EXPRESS:
        return True
    if find_weekday(clock) not in WEEKDAYS or is_library_holiday("FR", None, clock.date()):
        return False
    return is_between(clock, "10:00", "13:00") or is_between(clock, "14:00", "20:00")


def open_spain(asked: Asked) -> bool:
    if asked.purpose != "marketing":
        return True
    clock = asked.clock()
    if find_weekday(clock) not in WEEKDAYS or is_spanish_holiday(asked.place, clock.date()):
        return False
    return is_between(clock, "09:00", "21:00")


def open_australia(asked: Asked) -> bool:
    clock = asked.clock()
    if asked.consent == "that_time":
        return True
    if asked.purpose == "marketing":
        if find_weekday(clock) == "Sun" or is_library_holiday("AU", None, clock.date()):
            return False
        return is_between(clock, "09:00", "20:00" if find_weekday(clock) in WEEKDAYS else "17:00")
    if asked.purpose in ("survey", "political"):
        return is_between(clock, "09:00", "20:30" if find_weekday(clock) in WEEKDAYS else "17:00")
    return True


def open_new_zealand(asked: Asked) -> bool:
    if asked.purpose != "marketing":
        return True
    clock = asked.clock()
    if find_weekday(clock) == "Sun" or is_library_holiday("NZ", asked.place.partition("-")[2], clock.date()):
        return False
    return is_between(clock, "08:00", "21:00")


def open_south_africa(asked: Asked) -> bool:
    if asked.purpose != "marketing" or asked.consent == "that_time":
        return True
    clock = asked.clock()
    if find_weekday(clock) == "Sun" or is_library_holiday("ZA", None, clock.date()):
        return False
    if find_weekday(clock) == "Sat":
        return is_between(clock, "09:00", "13:00")
    return is_between(clock, "08:00", "20:00")


def open_colombia(asked: Asked) -> bool:
    if asked.purpose not in ("marketing", "debt"):
        return True
    clock = asked.clock()
    if find_weekday(clock) == "Sun" or is_library_holiday("CO", None, clock.date()):
        return False
    if find_weekday(clock) == "Sat":
        return is_between(clock, "08:00", "15:00")
    return is_between(clock, "07:00", "19:00")


def open_always(asked: Asked) -> bool:
    return True


HOURS: dict[str, Callable[[Asked], bool]] = {
    "us-federal": open_us_federal,
    "us-al": open_us_al,
    "us-ct": open_daily("09:00", "20:00"),
    "us-fl": open_daily("08:00", "20:00"),
    "us-il": open_daily("08:00", "21:00"),
    "us-ky": open_daily("10:00", "21:00"),
    "us-la": open_us_la,
    "us-ma": open_daily("08:00", "20:00"),
    "us-md": open_daily("08:00", "20:00"),
    "us-me": open_us_me,
    "us-mi": open_daily("09:00", "21:00"),
    "us-mn": open_daily("09:00", "21:00"),
    "us-ms": open_us_ms,
    "us-ne": open_us_ne,
    "us-nm": open_daily("09:00", "21:00"),
    "us-nv": open_daily("09:00", "20:00"),
    "us-ny": open_daily("08:00", "21:00"),
    "us-ok": open_us_ok,
    "us-or": open_us_or,
    "us-pa": open_us_pa,
    "us-ri": open_us_ri,
    "us-sc": open_us_sc,
    "us-sd": open_us_sd,
    "us-tn": open_daily("08:00", "21:00"),
    "us-tx": open_us_tx,
    "us-ut": open_us_ut,
    "us-va": open_daily("08:00", "21:00"),
    "us-wa": open_daily("08:00", "20:00"),
    "canada": open_canada,
    "france": open_france,
    "spain": open_spain,
    "italy": open_always,
    "australia": open_australia,
    "new-zealand": open_new_zealand,
    "south-africa": open_south_africa,
    "colombia": open_colombia,
    "uk": open_always,
    "germany": open_always,
}
