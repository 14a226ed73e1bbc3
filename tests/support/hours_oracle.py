"""Hours oracle: when a person may be called, worked out a second time from docs/hours.md, to judge the product by.

It shares no function with the product and has another shape: no intervals, only "turn this instant into local time and
look". `may_call_at` is the definition. `list_open_minutes` says the same of every minute of a year, by copying a table
of the local week along the stretches in which a zone keeps one offset.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 24 * 60
WEEK = 7 * DAY


def _dates(*days: str) -> frozenset[date]:
    return frozenset(date.fromisoformat(f"2026-{day}") for day in days)


HOLIDAYS_2026: Mapping[str, frozenset[date]] = {
    # Independence Day is a Saturday, so that federal offices close on the Friday before as well.
    "US": _dates(
        *("01-01", "01-19", "02-16", "05-25", "06-19", "07-03", "07-04"),
        *("09-07", "10-12", "11-11", "11-26", "12-25"),
    ),
    # Prince Kuhio Day, Good Friday, Kamehameha Day, Statehood Day, general election.
    "US-HI": _dates("03-26", "04-03", "06-11", "08-21", "11-03"),
    # Boxing Day is a Saturday: the Monday after it is the bank holiday.
    "GB-ENG": _dates("01-01", "04-03", "04-06", "05-04", "05-25", "08-31", "12-25", "12-26", "12-28"),
    "FR": _dates(
        *("01-01", "04-06", "05-01", "05-08", "05-14", "05-25"),
        *("07-14", "08-15", "11-01", "11-11", "12-25"),
    ),
    "DE": _dates("01-01", "04-03", "04-06", "05-01", "05-14", "05-25", "10-03", "12-25", "12-26"),
    # Only Sundays move to the Monday after: Women's Day does, Human Rights Day on its Saturday does not. The day of the
    # municipal elections, 4 November, is proclaimed.
    "ZA": _dates(
        *("01-01", "03-21", "04-03", "04-06", "04-27", "05-01", "06-16"),
        *("08-09", "08-10", "09-24", "11-04", "12-16", "12-25", "12-26"),
    ),
    # 6 May stands in for Sunday the 3rd; 22 September lies between two holidays, which makes it one.
    "JP": _dates(
        *("01-01", "01-12", "02-11", "02-23", "03-20", "04-29", "05-03", "05-04", "05-05", "05-06"),
        *("07-20", "08-11", "09-21", "09-22", "09-23", "10-12", "11-03", "11-23"),
    ),
}
"""Public holidays of 2026, written by hand from the countries' laws."""


@dataclass(frozen=True)
class Situation:
    """One campaign and one person, in plain values."""

    zones: Sequence[str]
    purpose: str | None = None
    clock: str = "both"
    timezone: str | None = None
    windows: Sequence[Mapping[str, object]] = field(default_factory=tuple)
    """In API shape: days, start, end."""
    holidays: frozenset[date] = frozenset()
    """Of the person's country and states."""
    late: timedelta = timedelta(0)
    """How wrong every clock is: a control makes it a minute, and must be noticed."""


def may_call_at(case: Situation, at: datetime) -> bool:
    """Whether it is an hour to call. `at` is in UTC."""
    at = at - case.late
    answers = []
    if case.clock in ("both", "person"):
        answers.append(bool(case.zones))
        for zone in case.zones:
            local = at.astimezone(ZoneInfo(zone))
            minute = local.hour * 60 + local.minute
            answers.append(_is_persons_hour(case, local.date(), minute))
    if case.clock in ("both", "campaign"):
        zones = case.zones if case.timezone is None else [case.timezone]
        answers.append(bool(zones))
        for zone in zones:
            local = at.astimezone(ZoneInfo(zone))
            minute = local.hour * 60 + local.minute
            answers.append(_is_in_a_window(case, local.weekday(), minute))
    return all(answers)


def list_open_minutes(case: Situation, year: int) -> bytearray:
    """For every minute of the UTC year 1 where it is an hour to call, else 0. `late` is in whole minutes."""
    first = datetime(year, 1, 1, tzinfo=UTC) - case.late
    count = (date(year + 1, 1, 1) - date(year, 1, 1)).days * DAY
    layers = []
    if case.clock in ("both", "person"):
        week = _draw_persons_week(case.purpose)
        layers += [_lay_week(week, zone, first, count, closed=_closed_dates(case)) for zone in case.zones]
        if not case.zones:
            return bytearray(count)
    if case.clock in ("both", "campaign"):
        week = _draw_windows_week(json.dumps(list(map(dict, case.windows))))
        zones = case.zones if case.timezone is None else [case.timezone]
        layers += [_lay_week(week, zone, first, count, closed=frozenset()) for zone in zones]
        if not zones:
            return bytearray(count)
    opened = int.from_bytes(layers[0], "big")
    for layer in layers[1:]:
        opened &= int.from_bytes(layer, "big")
    return bytearray(opened.to_bytes(count, "big"))


@lru_cache(maxsize=16)
def _draw_persons_week(purpose: str | None) -> bytes:
    """1 for each minute of a local week without a holiday that is the person's hour."""
    case = Situation((), purpose)
    return bytes(_is_persons_hour(case, None, minute % DAY, minute // DAY) for minute in range(WEEK))


@lru_cache(maxsize=64)
def _draw_windows_week(windows: str) -> bytes:
    """1 for each minute of a local week that is in a window of these, which are in JSON."""
    case = Situation((), windows=json.loads(windows))
    return bytes(_is_in_a_window(case, minute // DAY, minute % DAY) for minute in range(WEEK))


STEP = 6
"""Hours. No zone moves its clock and back again within them: a test looks more often."""


@lru_cache(maxsize=1024)
def list_offset_changes(
    zone: str, first: datetime, hours: int, step: int = STEP
) -> list[tuple[datetime, int]]:
    """The stretches of one offset: when each begins, in UTC, and its offset in minutes. Found by looking at the clock
    every `step` hours, and every minute of those in which it was moved."""
    place = ZoneInfo(zone)
    found = [(first, _offset(place, first))]
    for hour in range(0, hours, step):
        begin, length = first + timedelta(hours=hour), min(step, hours - hour)
        if _offset(place, begin + timedelta(hours=length)) == found[-1][1]:
            continue
        for minute in range(1, length * 60 + 1):
            at = begin + timedelta(minutes=minute)
            if _offset(place, at) != found[-1][1]:
                found.append((at, _offset(place, at)))
    return found


def _offset(place: ZoneInfo, at: datetime) -> int:
    offset = at.astimezone(place).utcoffset()
    assert offset is not None
    minutes, rest = divmod(offset.days * 86_400 + offset.seconds, 60)
    assert not rest
    return minutes


def _lay_week(week: bytes, zone: str, first: datetime, count: int, *, closed: frozenset[date]) -> bytearray:
    """The table of a zone's local week, laid along the minutes from `first` on; 0 throughout the closed dates."""
    monday = datetime(1970, 1, 5, tzinfo=UTC)
    weeks = week * (count // WEEK + 2)
    changes = list_offset_changes(zone, first, count // 60 + 1)
    ends = [at for at, _ in changes[1:]] + [first + timedelta(minutes=count)]
    line = bytearray()
    for (begin, offset), end in zip(changes, ends, strict=True):
        local = (begin - monday) // timedelta(minutes=1) + offset
        length = min((end - begin) // timedelta(minutes=1), count - len(line))
        part = bytearray(weeks[local % WEEK : local % WEEK + length])
        for day in closed:
            start = (day - monday.date()).days * DAY - local
            low, high = max(start, 0), min(start + DAY, length)
            if low < high:
                part[low:high] = bytes(high - low)
        line += part
    return line


def _closed_dates(case: Situation) -> frozenset[date]:
    return case.holidays if case.purpose in ("marketing", None) else frozenset()


def _is_persons_hour(case: Situation, day: date | None, minute: int, weekday: int | None = None) -> bool:
    """Whether this minute of the person's day is one to call. Without a date, holidays are not looked at."""
    if day is not None:
        weekday = day.weekday()
    if case.purpose == "emergency":
        return True
    if case.purpose in ("marketing", None):
        on_a_holiday = day is not None and day in case.holidays
        return weekday != 6 and 9 * 60 <= minute < 20 * 60 and not on_a_holiday
    return 8 * 60 <= minute < 21 * 60


def _is_in_a_window(case: Situation, weekday: int, minute: int) -> bool:
    """Whether some window holds this minute. What runs past midnight belongs to the day on which it began."""
    today, yesterday = DAY_NAMES[weekday], DAY_NAMES[weekday - 1]
    for window in case.windows:
        days = window["days"]
        assert isinstance(days, (list, tuple))
        start, end = _minute_of(window["start"]), _minute_of(window["end"])
        if start < end:
            if today in days and start <= minute < end:
                return True
        elif (today in days and minute >= start) or (yesterday in days and minute < end):
            return True
    return False


@lru_cache(maxsize=4096)
def _minute_of(text: object) -> int:
    hours, minutes = str(text).split(":")
    return int(hours) * 60 + int(minutes)
