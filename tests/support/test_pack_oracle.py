"""The pack oracle itself, at instants whose answers were written by hand from the text of the rules."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.support.pack_oracle import (
    READINGS,
    pack_caps,
    pack_hours_open,
    pack_requires,
    pack_silences,
)

NY, CHICAGO, DENVER, LA = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"

LAW = [
    # pack, place, zone, wall clock of the person with its offset, open for marketing without consent
    ("us-federal", "US-GA", NY, "2026-11-30T07:59-05:00", False),
    ("us-federal", "US-GA", NY, "2026-11-30T08:00-05:00", True),
    ("us-federal", "US-GA", NY, "2026-11-30T20:59-05:00", True),
    ("us-federal", "US-GA", NY, "2026-11-30T21:00-05:00", False),
    ("us-federal", "CA-ON", "America/Toronto", "2026-11-30T03:00-05:00", True),  # another country
    # The clock goes forward on 8 March and back on 1 November 2026.
    ("us-fl", "US-FL", NY, "2026-03-07T08:00-05:00", True),
    ("us-fl", "US-FL", NY, "2026-03-08T08:00-04:00", True),
    ("us-fl", "US-FL", NY, "2026-03-08T07:59-04:00", False),
    ("us-fl", "US-FL", NY, "2026-11-01T19:59-05:00", True),
    ("us-fl", "US-FL", CHICAGO, "2026-11-01T20:00-06:00", False),
    ("us-fl", "US-GA", NY, "2026-11-01T20:00-05:00", True),
    # Louisiana: Saturday, Sunday, Thanksgiving and the day after, Mardi Gras.
    ("us-la", "US-LA", CHICAGO, "2026-11-28T19:59-06:00", True),
    ("us-la", "US-LA", CHICAGO, "2026-11-29T12:00-06:00", False),
    ("us-la", "US-LA", CHICAGO, "2026-11-27T12:00-06:00", False),
    ("us-la", "US-LA", CHICAGO, "2026-02-17T12:00-06:00", False),
    ("us-la", "US-LA", CHICAGO, "2026-11-20T12:00-06:00", True),
    # Maine's own time, for somebody whose clock is in Los Angeles: 16:59 and 17:00 there.
    ("us-me", "US-ME", LA, "2026-11-30T13:59-08:00", True),
    ("us-me", "US-ME", LA, "2026-11-30T14:00-08:00", False),
    ("us-me", "US-ME", NY, "2026-11-28T12:00-05:00", False),
    # Nebraska: Sundays and holidays from 13.
    ("us-ne", "US-NE", CHICAGO, "2026-11-29T12:59-06:00", False),
    ("us-ne", "US-NE", CHICAGO, "2026-11-29T13:00-06:00", True),
    ("us-ne", "US-NE", DENVER, "2026-12-25T12:59-07:00", False),
    ("us-ne", "US-NE", CHICAGO, "2026-11-30T08:00-06:00", True),
    ("us-ok", "US-OK", CHICAGO, "2026-11-30T08:59-06:00", False),
    ("us-ok", "US-OK", CHICAGO, "2026-11-30T20:00-06:00", False),
    # Oregon was 21 until the end of 2025.
    ("us-or", "US-OR", LA, "2025-12-31T20:30-08:00", True),
    ("us-or", "US-OR", LA, "2026-01-02T20:30-08:00", False),
    ("us-sc", "US-SC", NY, "2026-11-30T18:59-05:00", True),
    ("us-sc", "US-SC", NY, "2026-11-30T19:00-05:00", False),
    # South Dakota has two times; who lives by neither waits for both.
    ("us-sd", "US-SD", DENVER, "2026-11-30T20:30-07:00", True),
    ("us-sd", "US-SD", CHICAGO, "2026-11-30T09:00-06:00", True),
    ("us-sd", "US-SD", NY, "2026-11-30T10:00-05:00", False),
    ("us-sd", "US-SD", NY, "2026-11-30T11:00-05:00", True),
    ("us-sd", "US-SD", CHICAGO, "2026-11-28T12:00-06:00", False),
    # Texas on the Sunday on which the clock goes back.
    ("us-tx", "US-TX", CHICAGO, "2026-11-01T11:59-06:00", False),
    ("us-tx", "US-TX", CHICAGO, "2026-11-01T12:00-06:00", True),
    ("us-tx", "US-TX", CHICAGO, "2026-10-31T09:00-05:00", True),
    ("us-ut", "US-UT", DENVER, "2026-07-24T12:00-06:00", False),  # Pioneer Day, a Friday
    ("us-ut", "US-UT", DENVER, "2026-11-28T20:59-07:00", True),
    ("us-wa", "US-WA", LA, "2026-11-30T20:00-08:00", False),
    ("canada", "CA-NL", "America/St_Johns", "2026-11-30T21:29-03:30", True),
    ("canada", "CA-NL", "America/St_Johns", "2026-11-30T21:30-03:30", False),
    ("canada", "CA-ON", "America/Toronto", "2026-11-28T09:59-05:00", False),
    ("canada", "CA-ON", "America/Toronto", "2026-11-29T17:59-05:00", True),
    # France: noon, Bastille Day, the end of summer time, Réunion, a Saturday, the day before the decree.
    ("france", "FR", "Europe/Paris", "2026-11-30T12:59+01:00", True),
    ("france", "FR", "Europe/Paris", "2026-11-30T13:30+01:00", False),
    ("france", "FR", "Europe/Paris", "2026-11-30T14:00+01:00", True),
    ("france", "FR", "Europe/Paris", "2026-07-14T11:00+02:00", False),
    ("france", "FR", "Europe/Paris", "2026-10-26T10:00+01:00", True),
    ("france", "FR", "Europe/Paris", "2026-10-26T09:59+01:00", False),
    ("france", "RE", "Indian/Reunion", "2026-11-30T10:00+04:00", True),
    (
        "france",
        "FR-57",
        "Europe/Paris",
        "2026-04-03T10:00+02:00",
        True,
    ),  # Good Friday, a holiday in Moselle alone
    ("france", "FR", "Europe/Paris", "2026-11-28T11:00+01:00", False),
    ("france", "FR", "Europe/Paris", "2023-02-28T21:00+01:00", True),
    ("france", "FR", "Europe/Paris", "2023-03-01T21:00+01:00", False),
    ("spain", "ES-GC", "Atlantic/Canary", "2026-11-30T08:59+00:00", False),
    ("spain", "ES-GC", "Atlantic/Canary", "2026-11-30T09:00+00:00", True),
    ("spain", "ES-MD", "Europe/Madrid", "2026-12-08T12:00+01:00", False),
    ("spain", "ES-B", "Europe/Madrid", "2026-09-11T12:00+02:00", False),  # Catalonia's day
    ("spain", "ES-MD", "Europe/Madrid", "2026-09-11T12:00+02:00", True),
    ("spain", "ES-MD", "Europe/Madrid", "2026-11-28T12:00+01:00", False),
    ("australia", "AU-NSW", "Australia/Sydney", "2026-11-28T16:59+11:00", True),
    ("australia", "AU-NSW", "Australia/Sydney", "2026-11-28T17:00+11:00", False),
    ("australia", "AU-NSW", "Australia/Sydney", "2026-04-25T12:00+10:00", False),  # Anzac Day, a Saturday
    (
        "australia",
        "AU-NSW",
        "Australia/Sydney",
        "2026-04-27T12:00+10:00",
        True,
    ),  # a substitute, in some states
    ("south-africa", "ZA", "Africa/Johannesburg", "2026-11-28T12:59+02:00", True),
    ("south-africa", "ZA", "Africa/Johannesburg", "2026-11-28T13:00+02:00", False),
    ("south-africa", "ZA", "Africa/Johannesburg", "2026-08-10T12:00+02:00", False),  # for Sunday the 9th
    ("colombia", "CO", "America/Bogota", "2026-11-28T14:59-05:00", True),
    ("colombia", "CO", "America/Bogota", "2026-11-28T15:00-05:00", False),
    ("colombia", "CO", "America/Bogota", "2026-11-16T12:00-05:00", False),  # Independence of Cartagena
    ("uk", "GB", "Europe/London", "2026-11-29T03:00+00:00", True),
    ("germany", "DE", "Europe/Berlin", "2026-11-29T03:00+01:00", True),
    ("italy", "IT", "Europe/Rome", "2026-11-29T03:00+01:00", True),
]

OPTIONAL = [
    # pack, place, zone, wall clock, open for marketing when rows of confidence B are on (they never close by default)
    ("us-al", "US-AL", CHICAGO, "2026-12-01T12:00-06:00", False),  # Rosa Parks Day
    ("us-al", "US-AL", CHICAGO, "2026-12-02T12:00-06:00", True),
    ("us-al", "US-AL", CHICAGO, "2029-11-30T12:00-06:00", False),  # for Saturday 1 December
    ("us-ct", "US-CT", NY, "2026-11-30T08:59-05:00", False),
    ("us-ky", "US-KY", CHICAGO, "2026-11-30T10:00-06:00", True),
    ("us-ma", "US-MA", NY, "2026-11-30T20:00-05:00", False),
    ("us-mn", "US-MN", CHICAGO, "2026-11-30T20:59-06:00", True),
    ("us-nv", "US-NV", LA, "2026-11-30T20:00-08:00", False),
    ("us-ms", "US-MS", NY, "2026-11-30T20:30-05:00", True),  # 19:30 in Mississippi
    ("us-ms", "US-MS", NY, "2026-11-30T08:30-05:00", False),
    ("us-ms", "US-MS", CHICAGO, "2027-07-05T12:00-05:00", False),  # for Sunday the 4th
    ("us-ms", "US-MS", CHICAGO, "2026-07-03T12:00-05:00", True),  # not for Saturday the 4th
    ("us-pa", "US-PA", NY, "2027-06-14T12:00-04:00", False),  # Flag Day, a Monday
    ("us-pa", "US-PA", NY, "2026-06-14T12:00-04:00", False),
    ("us-pa", "US-PA", NY, "2027-06-13T12:00-04:00", True),  # a Sunday
    ("us-ri", "US-RI", NY, "2026-05-04T12:00-04:00", False),  # the state's Independence Day
    ("us-ri", "US-RI", NY, "2026-11-28T16:59-05:00", True),
    ("us-ri", "US-RI", NY, "2026-11-28T17:00-05:00", False),
    ("us-ri", "US-RI", NY, "2026-11-30T18:00-05:00", False),
    ("us-ri", "US-RI", NY, "2026-08-10T12:00-04:00", False),  # Victory Day
    ("canada", "CA-ON", "America/Toronto", "2026-02-16T12:00-05:00", False),  # Family Day
    ("canada", "CA-QC", "America/Toronto", "2026-02-16T12:00-05:00", True),
    ("new-zealand", "NZ", "Pacific/Auckland", "2026-07-10T12:00+12:00", False),  # Matariki
    ("new-zealand", "NZ", "Pacific/Auckland", "2026-11-28T20:59+13:00", True),
]

OTHER_PURPOSES = [
    # pack, purpose, place, zone, wall clock, open without consent
    ("us-federal", "informational", "US-GA", NY, "2026-11-30T06:00-05:00", True),
    ("us-federal", "debt", "US-GA", NY, "2026-11-30T07:59-05:00", False),
    ("us-ne", "informational", "US-NE", CHICAGO, "2026-11-29T08:00-06:00", True),
    ("us-ne", "informational", "US-NE", CHICAGO, "2026-11-29T07:59-06:00", False),
    ("us-ne", "emergency", "US-NE", CHICAGO, "2026-11-29T03:00-06:00", True),
    ("us-ok", "informational", "US-OK", CHICAGO, "2026-11-30T20:59-06:00", True),
    ("us-ok", "informational", "US-OK", CHICAGO, "2026-11-30T08:59-06:00", False),
    ("us-sc", "political", "US-SC", NY, "2026-11-30T19:00-05:00", False),
    ("us-tx", "survey", "US-TX", CHICAGO, "2026-11-29T09:00-06:00", True),
    ("canada", "informational", "CA-ON", "America/Toronto", "2026-11-28T18:00-05:00", False),
    ("canada", "emergency", "CA-ON", "America/Toronto", "2026-11-28T18:00-05:00", True),
    # Summer time begins in Sydney on Sunday 4 October 2026.
    ("australia", "survey", "AU-NSW", "Australia/Sydney", "2026-10-04T09:00+11:00", True),
    ("australia", "survey", "AU-NSW", "Australia/Sydney", "2026-10-04T08:59+11:00", False),
    ("australia", "political", "AU-NSW", "Australia/Sydney", "2026-11-30T20:29+11:00", True),
    ("australia", "political", "AU-NSW", "Australia/Sydney", "2026-11-30T20:30+11:00", False),
    ("australia", "informational", "AU-NSW", "Australia/Sydney", "2026-11-30T23:00+11:00", True),
    ("colombia", "debt", "CO", "America/Bogota", "2026-11-30T06:59-05:00", False),
    ("spain", "informational", "ES-MD", "Europe/Madrid", "2026-11-29T12:00+01:00", True),
]

CONSENTS = [
    # pack, place, zone, wall clock, consent, open for marketing
    ("us-ut", "US-UT", DENVER, "2026-11-29T12:00-07:00", "express", True),
    ("us-ut", "US-UT", DENVER, "2026-11-29T12:00-07:00", "existing", False),
    ("us-ne", "US-NE", CHICAGO, "2026-11-29T12:00-06:00", "existing", True),
    ("us-ne", "US-NE", CHICAGO, "2026-11-29T12:00-06:00", "written", False),
    ("us-la", "US-LA", CHICAGO, "2026-11-29T12:00-06:00", "written", False),
    ("us-federal", "US-GA", NY, "2026-11-30T21:00-05:00", "written", False),
    ("france", "FR", "Europe/Paris", "2026-08-10T21:00+02:00", "express", True),
    ("france", "FR", "Europe/Paris", "2026-08-11T21:00+02:00", "express", False),
    ("france", "FR", "Europe/Paris", "2026-08-11T21:00+02:00", "that_time", True),
    ("south-africa", "ZA", "Africa/Johannesburg", "2026-11-29T12:00+02:00", "written", False),
    ("south-africa", "ZA", "Africa/Johannesburg", "2026-11-29T12:00+02:00", "that_time", True),
    ("australia", "AU-NSW", "Australia/Sydney", "2026-11-29T12:00+11:00", "that_time", True),
]

EVERY_DAY = {
    # The same window on a Sunday and a Monday, optional rows on.
    "us-federal": "08:00–21:00",
    "us-ct": "09:00–20:00",
    "us-fl": "08:00–20:00",
    "us-il": "08:00–21:00",
    "us-ky": "10:00–21:00",
    "us-ma": "08:00–20:00",
    "us-md": "08:00–20:00",
    "us-mi": "09:00–21:00",
    "us-mn": "09:00–21:00",
    "us-nm": "09:00–21:00",
    "us-nv": "09:00–20:00",
    "us-ny": "08:00–21:00",
    "us-ok": "09:00–20:00",
    "us-or": "08:00–20:00",
    "us-pa": "08:00–21:00",
    "us-sc": "08:00–19:00",
    "us-tn": "08:00–21:00",
    "us-va": "08:00–21:00",
    "us-wa": "08:00–20:00",
}

WHOLE_DAYS = [
    # pack, purpose, place, zone, day, the windows in which a call may begin (optional rows on); no day of these has a
    # change of the clock.
    ("us-al", "marketing", "US-AL", CHICAGO, "2026-11-28", ["08:00–20:00"]),
    ("us-al", "marketing", "US-AL", CHICAGO, "2026-11-29", []),
    ("us-la", "marketing", "US-LA", CHICAGO, "2026-11-30", ["08:00–20:00"]),
    ("us-la", "marketing", "US-LA", CHICAGO, "2026-11-29", []),
    ("us-me", "marketing", "US-ME", NY, "2026-11-30", ["09:00–17:00"]),
    ("us-me", "marketing", "US-ME", NY, "2026-11-29", []),
    ("us-ms", "marketing", "US-MS", CHICAGO, "2026-11-28", ["08:00–20:00"]),
    ("us-ms", "marketing", "US-MS", CHICAGO, "2026-11-29", []),
    ("us-ne", "marketing", "US-NE", CHICAGO, "2026-11-28", ["08:00–21:00"]),
    ("us-ne", "marketing", "US-NE", CHICAGO, "2026-11-29", ["13:00–21:00"]),
    ("us-ne", "survey", "US-NE", CHICAGO, "2026-11-29", ["08:00–21:00"]),
    ("us-ok", "informational", "US-OK", CHICAGO, "2026-11-29", ["09:00–21:00"]),
    ("us-or", "marketing", "US-OR", LA, "2025-12-31", ["08:00–21:00"]),
    ("us-or", "marketing", "US-OR", LA, "2026-01-01", ["08:00–20:00"]),
    ("us-pa", "marketing", "US-PA", NY, "2026-11-27", []),  # the library's day after Thanksgiving
    ("us-ri", "marketing", "US-RI", NY, "2026-11-27", ["09:00–18:00"]),
    ("us-ri", "marketing", "US-RI", NY, "2026-11-28", ["10:00–17:00"]),
    ("us-ri", "marketing", "US-RI", NY, "2026-11-29", []),
    ("us-sd", "marketing", "US-SD", DENVER, "2026-11-30", ["09:00–21:00"]),
    ("us-tx", "marketing", "US-TX", CHICAGO, "2026-11-28", ["09:00–21:00"]),
    ("us-tx", "marketing", "US-TX", CHICAGO, "2026-11-29", ["12:00–21:00"]),
    ("us-ut", "marketing", "US-UT", DENVER, "2026-11-28", ["08:00–21:00"]),
    ("us-ut", "marketing", "US-UT", DENVER, "2026-11-29", []),
    ("canada", "debt", "CA-ON", "America/Toronto", "2026-11-30", ["09:00–21:30"]),
    ("canada", "marketing", "CA-ON", "America/Toronto", "2026-11-28", ["10:00–18:00"]),
    ("canada", "marketing", "CA-ON", "America/Toronto", "2026-11-29", ["10:00–18:00"]),
    ("france", "marketing", "FR", "Europe/Paris", "2026-11-30", ["10:00–13:00", "14:00–20:00"]),
    ("france", "marketing", "FR", "Europe/Paris", "2026-11-29", []),
    ("spain", "marketing", "ES", "Europe/Madrid", "2026-11-30", ["09:00–21:00"]),
    ("spain", "marketing", "ES", "Europe/Madrid", "2026-11-29", []),
    ("australia", "marketing", "AU", "Australia/Perth", "2026-11-30", ["09:00–20:00"]),
    ("australia", "marketing", "AU", "Australia/Perth", "2026-11-28", ["09:00–17:00"]),
    ("australia", "marketing", "AU", "Australia/Perth", "2026-11-29", []),
    ("australia", "political", "AU", "Australia/Perth", "2026-11-30", ["09:00–20:30"]),
    ("australia", "survey", "AU", "Australia/Perth", "2026-11-28", ["09:00–17:00"]),
    ("australia", "survey", "AU", "Australia/Perth", "2026-11-29", ["09:00–17:00"]),
    ("new-zealand", "marketing", "NZ", "Pacific/Auckland", "2026-11-28", ["08:00–21:00"]),
    ("new-zealand", "marketing", "NZ", "Pacific/Auckland", "2026-11-29", []),
    ("south-africa", "marketing", "ZA", "Africa/Johannesburg", "2026-11-30", ["08:00–20:00"]),
    ("south-africa", "marketing", "ZA", "Africa/Johannesburg", "2026-11-28", ["09:00–13:00"]),
    ("south-africa", "marketing", "ZA", "Africa/Johannesburg", "2026-11-29", []),
    ("colombia", "debt", "CO", "America/Bogota", "2026-11-30", ["07:00–19:00"]),
    ("colombia", "marketing", "CO", "America/Bogota", "2026-11-28", ["08:00–15:00"]),
    ("colombia", "marketing", "CO", "America/Bogota", "2026-11-29", []),
]

TODAY = date(2026, 11, 28)


def read_instant(wall_clock: str) -> datetime:
    return datetime.fromisoformat(wall_clock).astimezone(UTC)


@pytest.mark.parametrize("pack, place, zone, wall_clock, expected", LAW)
def test_marketing_without_consent(pack: str, place: str, zone: str, wall_clock: str, expected: bool) -> None:
    assert pack_hours_open(pack, "marketing", place, zone, read_instant(wall_clock), "none") is expected


@pytest.mark.parametrize("pack, place, zone, wall_clock, expected", OPTIONAL)
def test_optional_rows_close_only_when_they_are_on(
    pack: str, place: str, zone: str, wall_clock: str, expected: bool
) -> None:
    at = read_instant(wall_clock)
    assert pack_hours_open(pack, "marketing", place, zone, at, "none", optional=True) is expected
    assert pack_hours_open(pack, "marketing", place, zone, at, "none")


def list_windows(pack: str, purpose: str, place: str, zone: str, day: date) -> list[str]:
    """Stretches of the day's minutes in which a call may begin: the first one, and the first one after."""
    windows, start = [], None
    for minute in range(24 * 60 + 1):
        at = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        is_open = minute < 24 * 60 and pack_hours_open(
            pack, purpose, place, zone, at + timedelta(minutes=minute), "none", optional=True
        )
        wall_clock = f"{minute // 60:02}:{minute % 60:02}"
        if is_open and start is None:
            start = wall_clock
        if not is_open and start is not None:
            windows.append(f"{start}–{wall_clock}")
            start = None
    return windows


@pytest.mark.parametrize("pack, purpose, place, zone, day, windows", WHOLE_DAYS)
def test_every_minute_of_a_day(
    pack: str, purpose: str, place: str, zone: str, day: str, windows: list[str]
) -> None:
    assert list_windows(pack, purpose, place, zone, date.fromisoformat(day)) == windows


@pytest.mark.parametrize("pack", EVERY_DAY)
@pytest.mark.parametrize("day", [date(2026, 11, 29), date(2026, 11, 30)])
def test_packs_of_one_window_a_day(pack: str, day: date) -> None:
    place = "US-GA" if pack == "us-federal" else pack.upper()
    assert list_windows(pack, "marketing", place, NY, day) == [EVERY_DAY[pack]]


@pytest.mark.parametrize("pack, purpose, place, zone, wall_clock, expected", OTHER_PURPOSES)
def test_purposes_besides_marketing(
    pack: str, purpose: str, place: str, zone: str, wall_clock: str, expected: bool
) -> None:
    assert pack_hours_open(pack, purpose, place, zone, read_instant(wall_clock), "none") is expected


@pytest.mark.parametrize("pack, place, zone, wall_clock, consent, expected", CONSENTS)
def test_consent_lifts_hours_where_the_text_says_so(
    pack: str, place: str, zone: str, wall_clock: str, consent: str, expected: bool
) -> None:
    assert pack_hours_open(pack, "marketing", place, zone, read_instant(wall_clock), consent) is expected


@pytest.mark.parametrize(
    "rows, zone_at",
    [(LAW, (2, 3)), (OPTIONAL, (2, 3)), (OTHER_PURPOSES, (3, 4)), (CONSENTS, (2, 3))],
    ids=["law", "optional", "purposes", "consents"],
)
def test_the_wall_clocks_above_are_those_of_their_zones(
    rows: list[tuple[object, ...]], zone_at: tuple[int, int]
) -> None:
    """A wrong offset would make a wrong answer look right."""
    for row in rows:
        zone, wall_clock = (str(row[place]) for place in zone_at)
        local = datetime.fromisoformat(wall_clock).astimezone(ZoneInfo(zone))
        assert local.isoformat(timespec="minutes") == wall_clock


@pytest.mark.parametrize(
    "pack, purpose, consent, expected",
    [
        ("us-federal", "marketing", "none", []),
        ("us-federal", "survey", "none", [(3, 30, "days", "placed", "seller")]),
        ("us-federal", "survey", "express", []),
        (
            "us-federal",
            "healthcare",
            "none",
            [(1, 1, "calendar_day", "placed", "seller"), (3, 1, "calendar_week", "placed", "seller")],
        ),
        ("us-federal", "debt", "written", [(7, 7, "days", "placed", "subject")]),
        ("us-fl", "marketing", "written", [(3, 24, "hours", "placed", "subject")]),
        ("us-ok", "informational", "none", []),
        ("us-or", "marketing", "none", [(3, 24, "hours", "placed", "subject")]),
        ("us-or", "marketing", "existing", []),
        ("us-me", "marketing", "none", [(1, 8, "hours", "placed", "installation")]),
        ("france", "marketing", "written", [(4, 30, "days", "placed", "seller")]),
        ("colombia", "debt", "none", [(1, 1, "calendar_day", "placed", "seller")]),
    ],
)
def test_caps(pack: str, purpose: str, consent: str, expected: list[tuple[int, int, str, str, str]]) -> None:
    assert pack_caps(pack, purpose, consent) == expected


def test_silences() -> None:
    assert pack_silences("france", "marketing") == [(60, "days", "refused")]
    assert pack_silences("us-federal", "debt") == [(7, "days", "talked")]
    assert pack_silences("uk", "marketing") == []
    assert pack_silences("uk", "marketing", optional=True) == [
        (72, "hours", "abandoned"),
        (24, "hours", "machine"),
    ]


@pytest.mark.parametrize(
    "pack, purpose, line, consent, expected",
    [
        (
            "us-federal",
            "marketing",
            "unknown",
            "none",
            {"consent:written", "registry:31", "opt_out_key", "toll_free", "identification"},
        ),
        (
            "us-federal",
            "marketing",
            "wireless",
            "existing",
            {"consent:written", "opt_out_key", "toll_free", "identification"},
        ),
        ("us-federal", "informational", "wireless", "none", {"consent:express", "identification"}),
        ("us-federal", "political", "residential", "none", {"opt_out_key", "toll_free", "identification"}),
        ("us-federal", "emergency", "wireless", "none", {"identification"}),
        ("us-fl", "marketing", "unknown", "none", {"consent:written"}),
        ("us-me", "marketing", "wireless", "written", {"prohibited"}),
        ("us-me", "marketing", "unknown", "written", {"prohibited"}),
        ("us-me", "marketing", "residential", "none", set()),
        ("us-mn", "charity", "unknown", "none", {"consent:express"}),
        ("us-mn", "charity", "unknown", "existing", set()),
        ("us-ne", "informational", "unknown", "none", {"identification"}),
        ("us-ok", "debt", "unknown", "none", set()),
        ("us-ok", "survey", "unknown", "existing", {"consent:express"}),
        ("us-ut", "marketing", "unknown", "existing", set()),
        ("us-wa", "marketing", "unknown", "written", {"prohibited"}),
        ("us-wa", "informational", "unknown", "none", set()),
        ("canada", "marketing", "unknown", "existing", {"consent:express", "registry:31"}),
        ("canada", "survey", "unknown", "none", {"identification"}),
        ("uk", "political", "unknown", "none", {"consent:express", "identification"}),
        ("germany", "marketing", "business", "none", {"consent:express"}),
        ("france", "marketing", "unknown", "none", {"consent:express"}),
        ("italy", "marketing", "unknown", "none", {"consent:express", "registry"}),
        ("australia", "survey", "unknown", "none", {"identification"}),
        ("new-zealand", "marketing", "unknown", "none", set()),
    ],
)
def test_demands(pack: str, purpose: str, line: str, consent: str, expected: set[str]) -> None:
    assert pack_requires(pack, purpose, line, consent, TODAY) == expected


def test_demands_of_optional_rows() -> None:
    assert pack_requires("us-ct", "marketing", "unknown", "none", TODAY) == set()
    assert pack_requires("us-ct", "marketing", "unknown", "none", TODAY, optional=True) == {"consent:written"}
    assert "registry:15" in pack_requires("italy", "marketing", "unknown", "none", TODAY, optional=True)
    assert "registry:30" in pack_requires("australia", "marketing", "unknown", "none", TODAY, optional=True)


def test_oregon_has_its_opt_out_from_2026_on() -> None:
    assert pack_requires("us-or", "marketing", "unknown", "none", date(2025, 12, 31)) == set()
    assert pack_requires("us-or", "marketing", "unknown", "none", date(2026, 1, 1)) == {"opt_out_key"}


def test_misspelt_words_are_refused() -> None:
    at = read_instant("2026-11-30T12:00+00:00")
    with pytest.raises(ValueError, match="us-xx"):
        pack_hours_open("us-xx", "marketing", "US-FL", NY, at, "none")
    with pytest.raises(ValueError, match="sales"):
        pack_hours_open("us-fl", "sales", "US-FL", NY, at, "none")
    with pytest.raises(ValueError, match="not in UTC"):
        pack_hours_open(
            "us-fl", "marketing", "US-FL", NY, datetime.fromisoformat("2026-11-30T12:00-05:00"), "none"
        )


def test_readings_are_single_lines() -> None:
    assert len(READINGS) == len(set(READINGS))
    assert [reading for reading in READINGS if "\n" in reading] == []
