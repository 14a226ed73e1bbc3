"""Public holidays: the days on which marketing is closed, by country and state.

From the `holidays` library, with the dates that statutes about calls name and a general calendar lacks.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import Any

THURSDAY = 3
STATUTE_DAYS: dict[str, tuple[tuple[int, int, str], ...]] = {
    "US-PA": ((6, 14, "Flag Day"),),
    "US-RI": ((5, 4, "Rhode Island Independence Day"),),
    "US-AL": ((12, 1, "Rosa Parks Day"),),
}
"""(month, day, name) by state. Sources: 73 P.S. 2241 ff. (PA), R.I. Gen. Laws 5-61-2(9) (RI), Ala. PSC rules (AL)."""
DAY_AFTER_THANKSGIVING = frozenset({"US-LA"})
"""La. R.S. 45:811."""


def find_holiday(country: str | None, states: tuple[str, ...], day: date) -> str | None:
    """The name of the holiday that `day` is in the country, or in any of the states (ISO 3166-2) where the person may
    be; None for a working day, and in countries whose holidays nobody here knows."""
    for place in (country, *states):
        if place is not None:
            name = _list_holidays(place, day.year).get(day)
            if name is not None:
                return name
    return None


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
