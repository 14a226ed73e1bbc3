"""The called person's hours, judged by an oracle that another hand wrote without sharing a function.

A whole year at one-minute steps in twenty zones; the hours around every change of a clock, second by second; people
who may be in one of two zones. Holidays come from a table that was written by hand.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from zoneinfo import available_timezones

import holidays
import pytest

from campaign_app.domain.calling_window import parse_windows
from campaign_app.domain.dial_profile import DialProfile
from campaign_app.domain.public_holidays import find_holiday
from campaign_app.domain.rulebook import CampaignClock, Purpose, Rulebook
from campaign_app.domain.timeline import Timeline, find_timeline
from tests.support.hours_oracle import (
    DAY_NAMES,
    HOLIDAYS_2026,
    Situation,
    list_offset_changes,
    list_open_minutes,
    may_call_at,
)

YEAR = 2026
NEW_YEAR = datetime(YEAR, 1, 1, tzinfo=UTC)
DAYS_OF_YEAR = 365
MINUTES_OF_DAY = 24 * 60
WEEKDAYS = DAY_NAMES[:5]


@dataclass(frozen=True)
class Place:
    """A person and a campaign: the situation as the oracle has it, and what only the product asks."""

    zone: str
    country: str
    situation: Situation
    states: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.zone


def make_place(
    zone: str,
    country: str,
    purpose: str | None,
    clock: str,
    timezone: str | None = None,
    windows: Sequence[tuple[Sequence[str], str, str]] = ((DAY_NAMES, "00:00", "24:00"),),
    states: tuple[str, ...] = (),
) -> Place:
    days = frozenset[date]().union(*(HOLIDAYS_2026.get(name, ()) for name in (country, *states)))
    shaped = [{"days": list(names), "start": start, "end": end} for names, start, end in windows]
    return Place(zone, country, Situation([zone], purpose, clock, timezone, shaped, days), states)


PLACES = [
    make_place(
        "America/New_York", "US", "marketing", "person", "America/New_York", [(WEEKDAYS, "12:00", "13:00")]
    ),
    make_place(
        *("America/Los_Angeles", "US", None, "both", "America/New_York"), [(DAY_NAMES[:6], "08:00", "24:00")]
    ),
    make_place("America/Phoenix", "US", "debt", "both", "America/Denver", [(DAY_NAMES, "07:30", "20:15")]),
    make_place(
        *("Pacific/Honolulu", "US", "marketing", "both", None),
        [(DAY_NAMES, "08:00", "12:00"), (DAY_NAMES, "13:00", "24:00")],
        states=("US-HI",),
    ),
    make_place(
        *("Europe/London", "GB", "marketing", "both", "Asia/Tokyo"),
        [(WEEKDAYS, "17:00", "05:30")],
        states=("GB-ENG",),
    ),
    make_place("Europe/Paris", "FR", "marketing", "person"),
    make_place(
        "Asia/Kolkata",
        "IN",
        "informational",
        "both",
        "Europe/London",
        [(("sun", "wed", "thu"), "22:00", "12:00")],
    ),
    make_place("Australia/Sydney", "AU", "survey", "person"),
    make_place(
        *("America/Sao_Paulo", "BR", "healthcare", "both", None),
        [(WEEKDAYS, "10:00", "13:00"), (WEEKDAYS, "14:00", "24:00"), (("sat",), "07:00", "12:30")],
    ),
    make_place("Africa/Johannesburg", "ZA", "marketing", "both", "Africa/Johannesburg"),
    make_place("Asia/Tokyo", "JP", "marketing", "both", None, [(DAY_NAMES, "18:30", "10:15")]),
    make_place(
        "Atlantic/Reykjavik",
        "IS",
        "political",
        "campaign",
        "America/St_Johns",
        [(WEEKDAYS, "20:00", "06:00")],
    ),
    make_place("Australia/Lord_Howe", "AU", "informational", "person"),
    make_place(
        "Asia/Kathmandu",
        "NP",
        "informational",
        "both",
        "Australia/Lord_Howe",
        [(DAY_NAMES, "12:00", "02:00")],
    ),
    make_place("Africa/Casablanca", "MA", "charity", "both", None, [(DAY_NAMES[:6], "08:30", "20:45")]),
    make_place("America/Vancouver", "CA", "debt", "person", None, [(WEEKDAYS, "12:00", "13:00")]),
    make_place(
        "Pacific/Apia", "WS", "emergency", "both", "Pacific/Chatham", [(("sat", "sun"), "22:00", "03:15")]
    ),
    make_place(
        "Pacific/Chatham", "NZ", "informational", "both", None, [(("mon", "fri", "sun"), "20:15", "02:30")]
    ),
    make_place("America/St_Johns", "CA", "survey", "both", None, [(DAY_NAMES, "02:15", "08:45")]),
    make_place("Asia/Tehran", "IR", "emergency", "person"),
]
ZONES_WITH_CHANGES = [
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "America/Vancouver",
    "Pacific/Chatham",
    "America/St_Johns",
    "America/New_York",
    "Europe/London",
    "Australia/Sydney",
    "America/Santiago",
    "Africa/Cairo",
]
ZONES_AT_REST = ["Asia/Kathmandu", "Asia/Tokyo"]
AROUND = 2 * 3600
"""Seconds before a clock changes and after it."""
DAYS_OF_PAIRS = 15
"""As far as one timeline reaches."""
ALWAYS_OPEN = {"Asia/Tehran"}
LIBRARY_LACKS = {"US-HI"}
"""What the hand knows better: Hawaii keeps Good Friday, and a federal holiday is closed in every state."""


def make_rulebook(case: Situation) -> Rulebook:
    """The same, as the product has it."""
    windows = [
        window | ({"overnight": True} if str(window["end"]) <= str(window["start"]) else {})
        for window in map(dict, case.windows)
    ]
    return Rulebook(
        purpose=None if case.purpose is None else Purpose(case.purpose),
        subject="",
        clock=CampaignClock(case.clock),
        timezone=case.timezone,
        windows=parse_windows(windows),
    )


@pytest.fixture(scope="module")
def minutes() -> Sequence[datetime]:
    """Every minute of the year, UTC."""
    return [NEW_YEAR + timedelta(minutes=minute) for minute in range(DAYS_OF_YEAR * MINUTES_OF_DAY)]


def list_changes(zone: str) -> list[datetime]:
    """When the zone's offset changes in the year, UTC."""
    return [at for at, _ in list_offset_changes(zone, NEW_YEAR, DAYS_OF_YEAR * 24)[1:]]


def ask_product(place: Place, minutes: Sequence[datetime]) -> bytes:
    """For each minute 1 where it is open. The timeline is fetched anew every day, as the engine does."""
    rulebook = make_rulebook(place.situation)
    profile = DialProfile((place.zone,), place.country, place.states)
    opened = bytearray()
    for first in range(0, len(minutes), MINUTES_OF_DAY):
        day = minutes[first : first + MINUTES_OF_DAY]
        opened += bytes(map(find_timeline(rulebook, profile, day[0]).is_open, day))
    return bytes(opened)


def list_differences(
    case: Situation, expected: bytes, found: bytes, instants: Sequence[datetime]
) -> list[str]:
    """The first ten instants at which the two differ, and what each says."""
    if expected == found:
        return []
    words = ("closed", "open")
    return [
        f"{at:%a %d %b %H:%M:%S} UTC: the oracle says {words[right]}, the product {words[wrong]}: {case}"
        for at, right, wrong in zip(instants, expected, found, strict=True)
        if right != wrong
    ][:10]


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_year_of_minutes_is_as_the_oracle_has_it(place: Place, minutes: Sequence[datetime]) -> None:
    expected = bytes(list_open_minutes(place.situation, YEAR))
    found = ask_product(place, minutes)
    assert list_differences(place.situation, expected, found, minutes) == []
    assert sum(found) == len(minutes) if place.zone in ALWAYS_OPEN else 0 < sum(found) < len(minutes)


@pytest.mark.parametrize("place", [PLACES[0], PLACES[6], PLACES[17]], ids=str)
def test_the_comparison_notices_a_clock_that_is_a_minute_wrong(
    place: Place, minutes: Sequence[datetime]
) -> None:
    """The control: were it blind, a year without a difference would say nothing."""
    found = ask_product(place, minutes)
    for late in (timedelta(minutes=1), timedelta(minutes=-1)):
        wrong = replace(place.situation, late=late)
        assert list_differences(wrong, bytes(list_open_minutes(wrong, YEAR)), found, minutes)


def test_the_comparison_notices_a_holiday_that_is_forgotten(minutes: Sequence[datetime]) -> None:
    paris = next(place for place in PLACES if place.zone == "Europe/Paris")
    wrong = replace(paris.situation, holidays=paris.situation.holidays - {date(YEAR, 7, 14)})
    found = ask_product(paris, minutes)
    differences = list_differences(wrong, bytes(list_open_minutes(wrong, YEAR)), found, minutes)
    assert differences[0].startswith("Tue 14 Jul 07:00:00 UTC: the oracle says open, the product closed")


@pytest.mark.parametrize("zone", ZONES_WITH_CHANGES)
def test_the_oracle_sees_every_change_of_a_clock(zone: str) -> None:
    assert list_changes(zone) == [
        at for at, _ in list_offset_changes(zone, NEW_YEAR, DAYS_OF_YEAR * 24, 1)[1:]
    ]


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_the_two_halves_of_the_oracle_agree(place: Place, minutes: Sequence[datetime]) -> None:
    """Its table of minutes says what its definition says, on random days and around every change of a clock."""
    opened = list_open_minutes(place.situation, YEAR)
    zones = {place.zone, place.situation.timezone or place.zone}
    changes = [at for zone in sorted(zones) for at in list_changes(zone)]
    around = [int((at - NEW_YEAR) / timedelta(minutes=1)) for at in changes]
    chosen = random.Random(place.zone).sample(range(len(minutes)), 1500)
    for minute in [*chosen, *(at + step for at in around for step in range(-180, 181))]:
        assert opened[minute] == may_call_at(place.situation, minutes[minute]), minutes[minute]


@pytest.mark.parametrize("zone", [*ZONES_WITH_CHANGES, *ZONES_AT_REST])
def test_the_seconds_around_a_change_of_the_clock_are_as_the_oracle_has_them(zone: str) -> None:
    """Windows that begin and end inside the hour that is left out or repeated, and some that run past midnight."""
    windows = [
        {"days": list(DAY_NAMES), "start": start, "end": end}
        for start, end in (
            *(("00:25", "00:50"), ("01:05", "01:35"), ("01:45", "02:10"), ("02:20", "02:40")),
            *(
                ("02:50", "03:15"),
                ("03:45", "04:30"),
                ("22:30", "22:45"),
                ("23:05", "23:25"),
                ("23:40", "00:20"),
            ),
        )
    ]
    case = Situation([zone], "emergency", "both", None, windows)
    elsewhere = replace(case, timezone=zone, zones=["Asia/Kathmandu"])
    changes = list_changes(zone)
    assert bool(changes) is (zone in ZONES_WITH_CHANGES)
    for change in changes or [datetime(YEAR, 6, 30, 18, 15, tzinfo=UTC)]:
        seconds = [change + timedelta(seconds=second) for second in range(-AROUND, AROUND + 1)]
        for situation in (case, elsewhere):
            expected = bytes(may_call_at(situation, at) for at in seconds)
            profile = DialProfile(tuple(situation.zones), None)
            rulebook = make_rulebook(situation)
            # The timeline of that day, and those of days before, in which the change lies far ahead.
            for days in (0, 1, 9):
                timeline = find_timeline(rulebook, profile, change - timedelta(days=days, seconds=AROUND))
                found = bytes(map(timeline.is_open, seconds))
                assert list_differences(situation, expected, found, seconds) == []
            assert 0 < sum(expected) < len(expected)


def test_people_of_two_zones_are_called_when_it_is_time_in_both(minutes: Sequence[datetime]) -> None:
    """Every pair of the twenty zones, in the weeks in which the clocks of the north and of the south change."""
    rulebook_of = {purpose: make_rulebook(make_pair((), purpose)) for purpose in (None, "survey")}
    open_pairs = 0
    for number, pair in enumerate(combinations([place.zone for place in PLACES], 2)):
        case = make_pair(pair, (None, "survey")[number % 2])
        opened = list_open_minutes(case, YEAR)
        profile = DialProfile(tuple(sorted(pair)), None)
        for first_day in (date(YEAR, 3, 25), date(YEAR, 10, 24)):
            first = (first_day - NEW_YEAR.date()).days * MINUTES_OF_DAY
            span = minutes[first : first + DAYS_OF_PAIRS * MINUTES_OF_DAY]
            timeline = find_timeline(rulebook_of[case.purpose], profile, span[0])
            found = draw_minutes(timeline, span)
            expected = bytes(opened[first : first + len(span)])
            assert list_differences(case, expected, found, span) == []
            open_pairs += any(found)
    assert open_pairs > 250


def draw_minutes(timeline: Timeline, span: Sequence[datetime]) -> bytes:
    """As asking `is_open` of each minute, which others do: of eight million it asks around each edge only."""
    drawn, minute = bytearray(len(span)), timedelta(minutes=1)
    for opens, closes in zip(timeline.opens, timeline.closes, strict=True):
        first, last = ((at - span[0]) // minute for at in (opens, closes))
        assert span[0] + first * minute == opens
        assert span[0] + last * minute == closes
        drawn[first:last] = b"\1" * len(drawn[first:last])
    edges = {(at - span[0]) // minute for at in (*timeline.opens, *timeline.closes)} & set(range(len(span)))
    for edge in edges:
        for at in (edge - 1, edge):
            assert at < 0 or drawn[at] == timeline.is_open(span[at]), span[at]
    return bytes(drawn)


def make_pair(zones: Sequence[str], purpose: str | None) -> Situation:
    windows = [{"days": list(DAY_NAMES), "start": "08:30", "end": "19:45"}]
    return Situation(zones, purpose, "both", None, windows)


def draw_situation(chance: random.Random, zones: Sequence[str]) -> Situation:
    """Any windows, in any zone of the world or on the clocks of up to three people's zones."""
    windows = []
    for _ in range(chance.randint(1, 4)):
        # Half of them begin in the night, when clocks are changed.
        start, length = (
            chance.choice([chance.randrange(MINUTES_OF_DAY), chance.randrange(200)]),
            chance.choice([50, 600]),
        )
        end = (start + chance.randint(1, length)) % MINUTES_OF_DAY or MINUTES_OF_DAY
        first, last = (f"{minute // 60:02}:{minute % 60:02}" for minute in (start, end))
        windows.append({"days": chance.sample(DAY_NAMES, chance.randint(1, 7)), "start": first, "end": last})
    return Situation(
        sorted(chance.sample(zones, chance.choice([1, 1, 2, 3]))),
        chance.choice([None, "survey", "emergency", "emergency"]),
        chance.choice(["both", "person", "campaign"]),
        chance.choice([None, None, chance.choice(zones)]),
        windows,
    )


def test_anybody_anywhere_is_called_when_the_oracle_says_so() -> None:
    """Random campaigns and people over all zones of the world, most in the days before some clock changes: at random
    instants, in the minutes around the change, and in the seconds around all that the product says opens or closes."""
    chance = random.Random(2026)
    zones = sorted(available_timezones() - {"Factory", "localtime"})
    changing = [zone for zone in chance.sample(zones, 150) if list_changes(zone)]
    openings = 0
    for _ in range(100):
        case = draw_situation(chance, chance.choice([zones, changing]))
        changes = list_changes(case.zones[0]) or [NEW_YEAR + timedelta(days=chance.randrange(340))]
        change = chance.choice(changes)
        day = (change - timedelta(days=chance.randrange(12))).replace(hour=0, minute=0)
        timeline = find_timeline(make_rulebook(case), DialProfile(tuple(case.zones), None), day)
        edges = [
            at + timedelta(seconds=late) for at in (*timeline.opens, *timeline.closes) for late in (-1, 0)
        ]
        asked = [day + timedelta(seconds=chance.randrange(DAYS_OF_PAIRS * 86_400)) for _ in range(40)]
        asked += [change + timedelta(minutes=minute) for minute in range(-75, 76)]
        asked = sorted(at for at in {*asked, *edges} if day <= at < timeline.horizon)
        expected = bytes(may_call_at(case, at) for at in asked)
        found = bytes(map(timeline.is_open, asked))
        assert list_differences(case, expected, found, asked) == []
        openings += len(timeline.opens)
    assert openings > 600


@pytest.mark.parametrize("clock", ["both", "person", "campaign"])
@pytest.mark.parametrize("timezone", [None, "Europe/Paris"])
@pytest.mark.parametrize("purpose", ["marketing", "survey", "emergency"])
def test_a_person_of_whom_no_zone_is_known_is_called_by_the_campaigns_clock_alone(
    purpose: str, timezone: str | None, clock: str
) -> None:
    place = make_place("", "FR", purpose, clock, timezone, [(DAY_NAMES, "10:00", "12:00")])
    case = replace(place.situation, zones=[])
    timeline = find_timeline(make_rulebook(case), DialProfile((), "FR"), NEW_YEAR)
    day = [NEW_YEAR + timedelta(minutes=minute) for minute in range(MINUTES_OF_DAY)]
    found = [timeline.is_open(at) for at in day]
    assert found == [may_call_at(case, at) for at in day]
    assert any(found) is (clock == "campaign" and timezone is not None)


@pytest.mark.parametrize("place", HOLIDAYS_2026)
def test_the_product_and_the_table_name_the_same_holidays(place: str) -> None:
    country, _, state = place.partition("-")
    by_hand = HOLIDAYS_2026[place] | (HOLIDAYS_2026.get(country, frozenset()) if state else frozenset())
    days = [date(YEAR, 1, 1) + timedelta(days=number) for number in range(DAYS_OF_YEAR)]
    states = (place,) if state else ()
    assert {day for day in days if find_holiday(country, states, day) is not None} == by_hand


@pytest.mark.parametrize("place", [name for name in HOLIDAYS_2026 if name not in LIBRARY_LACKS])
def test_the_library_and_the_table_name_the_same_holidays(place: str) -> None:
    """That the table was written right, and that a new release of the library is looked at before it counts."""
    country, _, state = place.partition("-")
    assert set(holidays.country_holidays(country, subdiv=state or None, years=YEAR)) == HOLIDAYS_2026[place]
