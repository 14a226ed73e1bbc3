"""Public holidays: the days on which marketing is closed, by country and state.

From the `holidays` library, with the dates that statutes name and it lacks.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import Any

THURSDAY = 3
LIBRARY_VERSION, LIBRARY_RELEASED = "0.109", date(2026, 11, 17)
"""Of the `holidays` library that requirements.txt pins; the library does not know its own release date."""
LIBRARY_OLD_AFTER = timedelta(days=365)
STATUTE_DAYS: dict[str, tuple[tuple[int, int, str], ...]] = {
    # 73 P.S. 2241 ff.
    "US-PA": ((6, 14, "Flag Day"),),
    # R.I. Gen. Laws 5-61-2(9)
    "US-RI": ((5, 4, "Rhode Island Independence Day"),),
    # Disputed, so optional: the Alabama PSC's rules name it, but are said to bind telephone utilities only.
    # It is closed because the other holidays of the state are, not because a law is known to ask for it.
    "US-AL": ((12, 1, "Rosa Parks Day"),),
}
"""(month, day, name) by state."""
DAY_AFTER_THANKSGIVING = frozenset({"US-LA"})
"""La. R.S. 45:811."""
GOOD_FRIDAY = frozenset({"US-HI"})
"""Haw. Rev. Stat. 8-1. The library has it for the other states that keep it."""


def find_holiday(country: str | None, states: tuple[str, ...], day: date) -> str | None:
    """The name of the holiday that `day` is in the country, or in any of the states (ISO 3166-2) where the person may
    be; None for a working day, and in countries whose holidays nobody here knows."""
    for place in (country, *states):
        if place is not None:
            name = _list_holidays(place, day.year).get(day)
            if name is not None:
                return name
    return None


def is_library_old(version: str, today: date) -> bool:
    """Whether `version` of the library is over a year old: parliaments may have moved holidays since. The age of a
    version newer than the pinned one is not known, so it never counts as old."""
    if _read_version(version) > _read_version(LIBRARY_VERSION):
        return False
    return today - LIBRARY_RELEASED > LIBRARY_OLD_AFTER


def _read_version(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def is_country_known(country: str) -> bool:
    """Whether the public holidays of a country (ISO 3166 alpha-2) are known."""
    import holidays

    return country in holidays.list_supported_countries()


@lru_cache(maxsize=4096)
def _list_holidays(place: str, year: int) -> dict[date, str]:
    """{day: name} of a country, or of a state with its country's."""
    days = {day: str(name) for day, name in _ask_library(place, year).items()}
    for month, day_of_month, name in STATUTE_DAYS.get(place, ()):
        days.setdefault(date(year, month, day_of_month), name)
    if place in DAY_AFTER_THANKSGIVING:
        days.setdefault(_find_thanksgiving(year) + timedelta(days=1), "Day after Thanksgiving")
    if place in GOOD_FRIDAY:
        days.setdefault(_find_easter(year) - timedelta(days=2), "Good Friday")
    return days


def _ask_library(place: str, year: int) -> dict[date, Any]:
    # Imported here: it takes a quarter of a second, and only marketing asks.
    import holidays

    country, _, state = place.partition("-")
    try:
        return dict(holidays.country_holidays(country, subdiv=state or None, years=year))
    except NotImplementedError:
        # A country, or a state of one, that the library does not know.
        return _ask_library(country, year) if state else {}


def _find_thanksgiving(year: int) -> date:
    """The fourth Thursday of November."""
    first = date(year, 11, 1)
    return first + timedelta(days=(THURSDAY - first.weekday()) % 7 + 21)


def _find_easter(year: int) -> date:
    """Easter Sunday: the Sunday after the first full moon of spring, as the Gregorian calendar reckons it."""
    century = year // 100
    # Days from 21 March to the full moon: it comes 11 days earlier every year, over the 19 years after which moon and
    # sun meet again, with the leap days left out at the turn of centuries and the moon's own drift.
    correction = century - century // 4 - (8 * century + 13) // 25
    moon = (19 * (year % 19) + correction + 15) % 30
    if moon == 29 or (moon == 28 and year % 19 > 10):
        moon -= 1
    full_moon = date(year, 3, 21) + timedelta(days=moon)
    return full_moon + timedelta(days=7 - (full_moon.weekday() + 1) % 7)
