"""Blackouts: whom one holds, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from campaign_app.domain.blackouts import Blackout, BlackoutState, find_blackout, find_next_start
from campaign_app.domain.dial_profile import DialProfile, derive_profile
from campaign_app.domain.rulebook import Purpose

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
LOUISIANA = Blackout(1, "US", "US-LA", None, NOON, NOON + HOUR, "hurricane", NOON)
ALL_US = replace(LOUISIANA, id=2, state=None)
FRANCE = replace(LOUISIANA, id=3, country="FR", state=None)
PUERTO_RICO = replace(LOUISIANA, id=4, state="US-PR")


def of(phone: str, **row: str) -> DialProfile:
    return derive_profile(phone, **row).profile


@pytest.mark.parametrize(
    "blackout, profile, held",
    [
        (LOUISIANA, of("+15045550123"), True),
        (LOUISIANA, of("+12125550123"), False),
        (LOUISIANA, of("+12125550123", state="LA"), True),  # the row and the number: either may be right
        (LOUISIANA, of("+15045550123", state="TX"), True),
        (LOUISIANA, of("+18005550123"), True),  # its state is unknown
        (LOUISIANA, of("+17875550123"), False),  # Puerto Rico
        (LOUISIANA, of("+14165550123"), False),  # Toronto
        (LOUISIANA, of("+14165550123", state="LA"), True),
        (LOUISIANA, of("+12125550123", state="ON"), False),
        (ALL_US, of("+12125550123"), True),
        (ALL_US, of("+17875550123"), True),
        (ALL_US, of("+14165550123"), False),
        (ALL_US, of("+14165550123", state="NY"), True),
        (ALL_US, of("+442079460123"), False),
        (ALL_US, of("+442079460123", state="LA", country="US"), True),
        (ALL_US, of("+442079460123", timezone="America/New_York"), True),
        (ALL_US, of("+80012345678"), False),
        (FRANCE, of("+33123456789"), True),
        (FRANCE, of("+262262123456"), True),  # Réunion
        (FRANCE, of("+12125550123", country="FR"), True),
        (FRANCE, of("+12125550123", timezone="Europe/Paris"), True),
        (FRANCE, of("+4930123456"), False),
        (PUERTO_RICO, of("+17875550123"), True),
        (PUERTO_RICO, of("+12125550123"), False),
        (PUERTO_RICO, of("+18005550123"), True),
        (replace(PUERTO_RICO, state=None, country="PR"), of("+17875550123"), True),
        (replace(PUERTO_RICO, state=None, country="PR"), of("+12125550123", state="PR"), True),
        (FRANCE, DialProfile((), None), True),  # nobody has looked at them
    ],
)
def test_it_holds_those_who_may_be_there(blackout: Blackout, profile: DialProfile, held: bool) -> None:
    assert blackout.covers(profile, Purpose.SURVEY) is held


def test_emergencies_are_not_held_unless_they_are_named() -> None:
    person = of("+15045550123")
    assert not LOUISIANA.covers(person, Purpose.EMERGENCY)
    assert LOUISIANA.covers(person, None)
    named = replace(LOUISIANA, purposes=(Purpose.EMERGENCY, Purpose.DEBT))
    assert named.covers(person, Purpose.EMERGENCY)
    assert named.covers(person, None), "nobody said what the call is for"
    assert not named.covers(person, Purpose.SURVEY)


def test_it_forbids_from_its_start_until_just_before_its_end_and_within_the_guard_before() -> None:
    later = replace(LOUISIANA, made_at=NOON - HOUR)
    second = timedelta(seconds=1)
    assert not later.forbids(NOON - second)
    assert later.forbids(NOON - second, guard=second)
    assert later.forbids(NOON)
    assert later.forbids(NOON + HOUR - second)
    assert not later.forbids(NOON + HOUR)
    assert [later.find_state(at) for at in (NOON - second, NOON, NOON + HOUR)] == [
        BlackoutState.COMING,
        BlackoutState.IN_FORCE,
        BlackoutState.OVER,
    ]


def test_one_that_began_when_it_was_made_is_in_force_on_clocks_that_are_behind() -> None:
    assert LOUISIANA.forbids(NOON - HOUR)
    assert not replace(LOUISIANA, starts_at=NOON + HOUR, ends_at=None).forbids(NOON)


def test_lifting_ends_it_and_one_lifted_before_its_start_never_was() -> None:
    lifted = replace(LOUISIANA, lifted_at=NOON + HOUR / 2)
    assert lifted.over_at == NOON + HOUR / 2
    assert not lifted.forbids(NOON + HOUR / 2)
    never = replace(LOUISIANA, made_at=NOON - HOUR, lifted_at=NOON - HOUR / 2)
    assert never.find_state(NOON) is BlackoutState.OVER
    assert not any(never.forbids(at) for at in (NOON - HOUR / 4, NOON, NOON + HOUR / 4))


def test_of_several_the_one_that_ends_last_is_told() -> None:
    person = of("+15045550123")
    endless = replace(LOUISIANA, id=9, ends_at=None)
    assert find_blackout([LOUISIANA, ALL_US], person, None, NOON) is ALL_US
    assert find_blackout([LOUISIANA, endless, ALL_US], person, None, NOON) is endless
    assert find_blackout([FRANCE], person, None, NOON) is None
    assert find_next_start([LOUISIANA, FRANCE], person, None, NOON - HOUR) == NOON
    assert find_next_start([LOUISIANA], person, None, NOON) is None
