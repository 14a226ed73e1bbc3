"""Person hours: which hours of the called person's day each purpose may use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from campaign_app.domain.calling_window import DAYS, make_schedule
from campaign_app.domain.person_hours import find_person_hours
from campaign_app.domain.rulebook import Purpose

MONDAY = datetime(2026, 6, 1, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
DAYTIME = tuple(purpose for purpose in Purpose if purpose not in (Purpose.MARKETING, Purpose.EMERGENCY))


def list_opening(purpose: Purpose | None, weekday: int) -> list[tuple[str, str]]:
    """When it is open on a weekday, as `("08:00", "21:00")`."""
    hours = find_person_hours(purpose)
    day = MONDAY + timedelta(days=weekday)
    intervals = make_schedule("UTC", hours.windows).list_intervals(day, day + timedelta(days=1))
    return [(f"{begin:%H:%M}", f"{end:%H:%M}") for begin, end in intervals]


@pytest.mark.parametrize("purpose", DAYTIME)
def test_what_is_not_marketing_may_ring_from_eight_to_nine_every_day(purpose: Purpose) -> None:
    for weekday in range(7):
        assert list_opening(purpose, weekday) == [("08:00", "21:00")], DAYS[weekday]
    assert not find_person_hours(purpose).holidays_closed


@pytest.mark.parametrize("purpose", [Purpose.MARKETING, None])
def test_marketing_and_what_nobody_has_named_may_ring_from_nine_to_eight_but_on_sundays_and_holidays(
    purpose: Purpose | None,
) -> None:
    for weekday in range(6):
        assert list_opening(purpose, weekday) == [("09:00", "20:00")], DAYS[weekday]
    assert list_opening(purpose, 6) == []
    assert find_person_hours(purpose).holidays_closed


def test_an_emergency_may_ring_at_any_hour() -> None:
    for weekday in range(7):
        assert list_opening(Purpose.EMERGENCY, weekday) == [("00:00", "00:00")], DAYS[weekday]
    assert not find_person_hours(Purpose.EMERGENCY).holidays_closed


@pytest.mark.parametrize("purpose", [None, *(each for each in Purpose if each is not Purpose.EMERGENCY)])
def test_the_closing_minute_itself_is_closed(purpose: Purpose | None) -> None:
    first, last = (9, 20) if purpose in (None, Purpose.MARKETING) else (8, 21)
    schedule = make_schedule("UTC", find_person_hours(purpose).windows)
    opens, closes = MONDAY + timedelta(hours=first), MONDAY + timedelta(hours=last)
    asked = (opens - INSTANT, opens, closes - INSTANT, closes)
    assert [schedule.is_open(at) for at in asked] == [False, True, True, False]
