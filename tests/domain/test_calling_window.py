"""Calling windows: edges, nights, gaps and folds of daylight saving."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign_app.domain.calling_window import (
    DAYS,
    CallingSchedule,
    CallingWindow,
    parse_windows,
    windows_to_api,
)
from campaign_app.domain.errors import InvalidInput

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
OFFICE = (CallingWindow(WEEKDAYS, 9 * 60, 18 * 60),)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    "zone, windows, at, expected",
    [
        ("UTC", OFFICE, "2026-11-20T09:00:00Z", True),  # eq start
        ("UTC", OFFICE, "2026-11-20T08:59:59.999999Z", False),
        ("UTC", OFFICE, "2026-11-20T17:59:59.999999Z", True),
        ("UTC", OFFICE, "2026-11-20T18:00:00Z", False),  # eq end
        ("UTC", OFFICE, "2026-11-21T12:00:00Z", False),  # a Saturday
        ("America/New_York", OFFICE, "2026-11-20T13:59:00Z", False),
        ("America/New_York", OFFICE, "2026-11-20T14:00:00Z", True),
        ("Asia/Kolkata", OFFICE, "2026-11-20T03:29:00Z", False),  # 08:59 there
        ("Asia/Kolkata", OFFICE, "2026-11-20T03:30:00Z", True),
        ("UTC", (CallingWindow(("fri",), 22 * 60, 6 * 60, True),), "2026-11-20T21:59:00Z", False),
        ("UTC", (CallingWindow(("fri",), 22 * 60, 6 * 60, True),), "2026-11-20T22:00:00Z", True),
        (
            "UTC",
            (CallingWindow(("fri",), 22 * 60, 6 * 60, True),),
            "2026-11-21T05:59:00Z",
            True,
        ),  # belongs to Friday
        ("UTC", (CallingWindow(("fri",), 22 * 60, 6 * 60, True),), "2026-11-21T06:00:00Z", False),
        (
            "UTC",
            (CallingWindow(("fri",), 22 * 60, 6 * 60, True),),
            "2026-11-20T05:00:00Z",
            False,
        ),  # Thursday's night
        (
            "UTC",
            (CallingWindow(("sun",), 22 * 60, 6 * 60, True),),
            "2026-11-23T05:00:00Z",
            True,
        ),  # over the week's end
        ("UTC", (CallingWindow(("fri",), 0, 24 * 60),), "2026-11-20T23:59:59Z", True),
        ("UTC", (CallingWindow(("fri",), 0, 24 * 60),), "2026-11-21T00:00:00Z", False),
        # 2026-03-08, New York: 02:00–03:00 does not exist; 07:00 UTC is 03:00 there.
        ("America/New_York", (CallingWindow(("sun",), 150, 240),), "2026-03-08T06:59:00Z", False),
        ("America/New_York", (CallingWindow(("sun",), 150, 240),), "2026-03-08T07:00:00Z", True),
        # 2026-11-01, New York: 01:00–02:00 comes twice, and both are open.
        ("America/New_York", (CallingWindow(("sun",), 60, 120),), "2026-11-01T05:30:00Z", True),
        ("America/New_York", (CallingWindow(("sun",), 60, 120),), "2026-11-01T06:30:00Z", True),
        ("America/New_York", (CallingWindow(("sun",), 60, 120),), "2026-11-01T07:00:00Z", False),
    ],
)
def test_a_window_is_open_from_its_start_until_before_its_end(
    zone: str, windows: tuple[CallingWindow, ...], at: str, expected: bool
) -> None:
    assert CallingSchedule(zone, windows).is_open(utc(at)) is expected


@pytest.mark.parametrize(
    "zone, windows, at, opens",
    [
        ("UTC", OFFICE, "2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z"),
        ("UTC", OFFICE, "2026-11-20T18:00:00Z", "2026-11-23T09:00:00Z"),
        ("Europe/Paris", OFFICE, "2026-11-20T18:00:00Z", "2026-11-23T08:00:00Z"),
        # The window's start lies in the gap: it opens when the gap is over.
        (
            "America/New_York",
            (CallingWindow(("sun",), 150, 240),),
            "2026-03-08T06:00:00Z",
            "2026-03-08T07:00:00Z",
        ),
        # Lord Howe shifts by half an hour, at 02:00 on 2026-04-05 back to 01:30.
        (
            "Australia/Lord_Howe",
            (CallingWindow(("sun",), 105, 110),),
            "2026-04-04T14:00:00Z",
            "2026-04-04T14:45:00Z",
        ),
    ],
)
def test_the_next_opening_is_found(
    zone: str, windows: tuple[CallingWindow, ...], at: str, opens: str
) -> None:
    assert CallingSchedule(zone, windows).next_open(utc(at)) == utc(opens)


def test_closing_sees_through_adjacent_windows() -> None:
    schedule = CallingSchedule(
        "UTC",
        (
            CallingWindow(("fri",), 540, 720),
            CallingWindow(("fri",), 720, 1080),
            CallingWindow(("fri",), 1200, 120, True),
        ),
    )
    assert schedule.closes_at(utc("2026-11-20T10:00:00Z")) == utc("2026-11-20T18:00:00Z")
    assert schedule.closes_at(utc("2026-11-20T21:00:00Z")) == utc("2026-11-21T02:00:00Z")
    assert schedule.closes_at(utc("2026-11-20T19:00:00Z")) is None


def test_an_always_open_schedule_never_closes() -> None:
    schedule = CallingSchedule("UTC", (CallingWindow(DAYS, 0, 1440),))
    assert schedule.closes_at(utc("2026-11-20T10:00:00Z")) is None
    assert schedule.after_open_seconds(utc("2026-11-20T00:00:00Z"), 2 * 86400) == utc("2026-11-22T00:00:00Z")


def test_open_time_is_counted_without_the_closed_hours() -> None:
    schedule = CallingSchedule("UTC", OFFICE)
    assert schedule.after_open_seconds(utc("2026-11-20T17:00:00Z"), 2 * 3600) == utc("2026-11-23T10:00:00Z")
    assert schedule.after_open_seconds(utc("2026-11-21T17:00:00Z"), 60) == utc("2026-11-23T09:01:00Z")


windows_of_any_kind = st.builds(
    lambda days, start, length: CallingWindow(
        tuple(sorted(days, key=DAYS.index)),
        start,
        (start + length - 1) % 1440 + 1,
        (start + length - 1) % 1440 + 1 <= start,
    ),
    st.sets(st.sampled_from(DAYS), min_size=1),
    st.integers(0, 1439),
    st.integers(1, 1439),
)
schedules = st.builds(
    CallingSchedule,
    st.sampled_from(
        ["UTC", "America/New_York", "Europe/Paris", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"]
    ),
    st.lists(windows_of_any_kind, min_size=1, max_size=4).map(tuple),
)
instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))


@given(schedules, instants)
def test_it_is_open_at_its_next_opening_and_closed_until_then(
    schedule: CallingSchedule, now: datetime
) -> None:
    opens = schedule.next_open(now)
    assert opens is not None
    assert opens >= now
    assert schedule.is_open(opens)
    if opens > now:
        assert not schedule.is_open(now)
        assert not schedule.is_open(opens - timedelta(microseconds=1))
        assert not any(schedule.is_open(now + (opens - now) * part / 16) for part in range(16))


@given(schedules, instants)
def test_it_is_closed_when_it_closes_and_open_until_then(schedule: CallingSchedule, now: datetime) -> None:
    closes = schedule.closes_at(now)
    if closes is not None:
        assert schedule.is_open(closes - timedelta(microseconds=1))
        assert not schedule.is_open(closes)


@given(schedules)
def test_windows_survive_the_way_through_the_api(schedule: CallingSchedule) -> None:
    assert parse_windows(windows_to_api(schedule.windows)) == schedule.windows


@pytest.mark.parametrize(
    "value, field",
    [
        ([], "calling_windows"),
        ("mon", "calling_windows"),
        (["mon"], "calling_windows[0]"),
        ([{"days": ["mon"], "start": "17:00", "end": "09:00"}], "calling_windows[0].end"),
        ([{"days": ["mon"], "start": "09:00", "end": "09:00"}], "calling_windows[0].end"),
        (
            [{"days": ["mon"], "start": "09:00", "end": "17:00", "overnight": True}],
            "calling_windows[0].overnight",
        ),
        (
            [{"days": ["mon"], "start": "09:00", "end": "17:00", "overnight": "yes"}],
            "calling_windows[0].overnight",
        ),
        ([{"days": [], "start": "09:00", "end": "17:00"}], "calling_windows[0].days"),
        ([{"days": ["Monday"], "start": "09:00", "end": "17:00"}], "calling_windows[0].days"),
        ([{"days": [1], "start": "09:00", "end": "17:00"}], "calling_windows[0].days"),
        ([{"days": ["mon"], "start": "9am", "end": "17:00"}], "calling_windows[0].start"),
        ([{"days": ["mon"], "start": "24:00", "end": "24:00"}], "calling_windows[0].start"),
        ([{"days": ["mon"], "start": "09:00", "end": "24:01"}], "calling_windows[0].end"),
        ([{"days": ["mon"], "start": "09:00", "end": "17:60"}], "calling_windows[0].end"),
        ([{"days": ["mon"], "start": "٠٩:٠٠", "end": "17:00"}], "calling_windows[0].start"),
        ([{"days": ["mon"], "start": "09:00", "end": "17:00", "zone": "UTC"}], "calling_windows[0].zone"),
    ],
)
def test_a_wrong_window_names_its_field(value: object, field: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        parse_windows(value)
    assert field in [error.field for error in raised.value.errors]


def test_windows_are_described_as_people_write_them() -> None:
    assert CallingSchedule("UTC", OFFICE).describe_windows() == "Mon–Fri 09:00–18:00"
    assert CallingSchedule("UTC", (*OFFICE, CallingWindow(("sat", "sun"), 600, 780))).describe_windows() == (
        "Mon–Fri 09:00–18:00, Sat, Sun 10:00–13:00"
    )
