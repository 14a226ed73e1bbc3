"""Public holidays: the days that the library knows, and those that statutes add in one state each."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import holidays
import pytest

from campaign_app.domain.calling_window import parse_windows
from campaign_app.domain.dial_profile import DialProfile
from campaign_app.domain.place_names import list_states
from campaign_app.domain.public_holidays import (
    LIBRARY_RELEASED,
    LIBRARY_VERSION,
    find_holiday,
    is_country_known,
    is_library_old,
)
from campaign_app.domain.rulebook import CampaignClock, Purpose, Rulebook
from campaign_app.domain.timeline import find_timeline

YEARS = range(2024, 2031)
GOOD_FRIDAYS = ("03-29", "04-18", "04-03", "03-26", "04-14", "03-30", "04-19")
THANKSGIVINGS = ("11-28", "11-27", "11-26", "11-25", "11-23", "11-22", "11-28")
"""Both of YEARS, from the almanac."""
AMERICAN_STATES = sorted(state.code for state in list_states("US"))


def list_added_days(state: str) -> dict[date, str]:
    """What is to be closed in a state though the library has neither its country nor the state itself closed."""
    added: dict[date, str] = {}
    for number, year in enumerate(YEARS):
        good_friday, thanksgiving = (
            date.fromisoformat(f"{year}-{days[number]}") for days in (GOOD_FRIDAYS, THANKSGIVINGS)
        )
        added |= {
            "US-PA": {date(year, 6, 14): "Flag Day"},
            "US-RI": {date(year, 5, 4): "Rhode Island Independence Day"},
            "US-AL": {date(year, 12, 1): "Rosa Parks Day"},
            "US-LA": {thanksgiving + timedelta(days=1): "Day after Thanksgiving"},
            "US-HI": {good_friday: "Good Friday"},
        }.get(state, {})
    return added


def list_days(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(days=number) for number in range(365 + (year % 4 == 0))]


def test_every_state_is_asked() -> None:
    assert {"US-AL", "US-HI", "US-LA", "US-PA", "US-RI", "US-DC"} <= set(AMERICAN_STATES)
    assert len(AMERICAN_STATES) >= 51


@pytest.mark.parametrize("state", AMERICAN_STATES)
def test_a_state_closes_what_the_library_has_and_what_its_own_statute_adds(state: str) -> None:
    found = {
        day: name for year in YEARS for day in list_days(year) if (name := find_holiday("US", (state,), day))
    }
    known: dict[date, str] = dict(holidays.country_holidays("US", years=YEARS))
    try:
        known = dict(holidays.country_holidays("US", subdiv=state[3:], years=YEARS)) | known
    except NotImplementedError:
        assert state not in {"US-AL", "US-HI", "US-LA", "US-PA", "US-RI"}
    added = list_added_days(state)
    # Good Friday of 2027 is Prince Kuhio Day: the library's name stands.
    twice = added.keys() & known.keys()
    assert twice == ({date(2027, 3, 26)} if state == "US-HI" else set()), "the library has learned the others"
    assert found == added | known


@pytest.mark.parametrize(
    "state, day, name",
    [
        ("US-PA", date(2027, 6, 14), "Flag Day"),
        ("US-RI", date(2026, 5, 4), "Rhode Island Independence Day"),
        ("US-AL", date(2026, 12, 1), "Rosa Parks Day"),
        ("US-LA", date(2026, 11, 27), "Day after Thanksgiving"),
        ("US-HI", date(2026, 4, 3), "Good Friday"),
    ],
)
def test_an_added_day_closes_marketing_in_its_state_and_nothing_else(
    state: str, day: date, name: str
) -> None:
    noon = datetime(day.year, day.month, day.day, 20, tzinfo=UTC)  # an hour to call in all five states

    def is_open(purpose: Purpose, *states: str) -> bool:
        windows = parse_windows(
            [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "00:00", "end": "24:00"}]
        )
        rulebook = Rulebook(purpose, "", CampaignClock.BOTH, None, windows)
        zone = {"US-HI": "Pacific/Honolulu", "US-RI": "America/New_York", "US-PA": "America/New_York"}
        profile = DialProfile((zone.get(state, "America/Chicago"),), "US", states)
        return find_timeline(rulebook, profile, noon).is_open(noon)

    assert find_holiday("US", (state,), day) == name
    assert not is_open(Purpose.MARKETING, state)
    # Whoever may be in that state or in another is closed as well; whoever is surely in the other is not.
    assert not is_open(Purpose.MARKETING, "US-VT", state)
    assert is_open(Purpose.MARKETING, "US-VT")
    assert is_open(Purpose.MARKETING)
    assert all(is_open(purpose, state) for purpose in Purpose if purpose is not Purpose.MARKETING)


def test_a_federal_holiday_is_closed_in_a_state_that_does_not_keep_it() -> None:
    columbus_day = date(2026, 10, 12)
    assert columbus_day not in holidays.country_holidays("US", subdiv="HI", years=2026)
    assert find_holiday("US", ("US-HI",), columbus_day) == "Columbus Day"


def test_what_stands_in_for_a_holiday_on_a_weekend_is_closed_as_well() -> None:
    assert find_holiday("US", (), date(2026, 7, 3)) == "Independence Day (observed)"
    assert find_holiday("US", (), date(2026, 7, 4)) == "Independence Day"
    # New Year's Day of 2028 is a Saturday: its Friday belongs to the year before.
    assert find_holiday("US", (), date(2027, 12, 31)) == "New Year's Day (observed)"


@pytest.mark.parametrize(
    "country, states, day, closed",
    [
        ("GB", (), date(2026, 4, 6), False),
        ("GB", ("GB-ENG",), date(2026, 4, 6), True),
        ("GB", ("GB-SCT",), date(2026, 4, 6), False),
        ("GB", ("GB-ENG", "GB-SCT"), date(2026, 4, 6), True),
        ("DE", (), date(2026, 11, 1), False),
        ("DE", ("DE-BY",), date(2026, 11, 1), True),
        ("CA", ("CA-ON",), date(2026, 2, 16), True),
        ("CA", ("CA-QC",), date(2026, 2, 16), False),
    ],
)
def test_a_regional_holiday_is_closed_where_the_person_may_be(
    country: str, states: tuple[str, ...], day: date, closed: bool
) -> None:
    assert (find_holiday(country, states, day) is not None) is closed


def test_a_state_that_the_library_does_not_know_keeps_its_countrys_holidays() -> None:
    assert find_holiday(None, ("US-XX",), date(2026, 12, 25)) == "Christmas Day"
    assert find_holiday(None, ("US-XX",), date(2026, 12, 24)) is None


@pytest.mark.parametrize("country", [None, "001", "ZZ"])
def test_where_nobody_knows_the_holidays_no_day_is_one(country: str | None) -> None:
    assert [day for day in list_days(2026) if find_holiday(country, (), day)] == []
    assert country is None or not is_country_known(country)
    assert is_country_known("US")


def test_the_library_is_old_a_year_after_its_release() -> None:
    """Whoever pins another version has to say when that one was released."""
    assert holidays.__version__ == LIBRARY_VERSION
    year_later = LIBRARY_RELEASED + timedelta(days=366)
    assert not is_library_old(LIBRARY_VERSION, LIBRARY_RELEASED)
    assert is_library_old(LIBRARY_VERSION, year_later)
    assert is_library_old("0.9", year_later)
    assert not is_library_old("0.110", year_later)
    assert not is_library_old("1.0", year_later)
