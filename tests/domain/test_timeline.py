"""Timeline: its intervals where clocks are moved, the agreement of its answers, and until when each reason holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign_app.domain import timeline as module
from campaign_app.domain.calling_window import DAYS, CallingWindow
from campaign_app.domain.dial_profile import DialProfile
from campaign_app.domain.rulebook import CampaignClock, Purpose, Rulebook
from campaign_app.domain.timeline import (
    CAMPAIGN_HOURS,
    HOLIDAY,
    HORIZON_DAYS,
    PERSON_HOURS,
    ZONE_UNKNOWN,
    ClosedHours,
    Timeline,
    explain_hours,
    find_timeline,
    never_meets,
)

NEW_YORK, LORD_HOWE, VANCOUVER = "America/New_York", "Australia/Lord_Howe", "America/Vancouver"
SANTIAGO, KOLKATA, LONDON = "America/Santiago", "Asia/Kolkata", "Europe/London"
INSTANT = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
FRIDAY = datetime(2026, 11, 20, 15, tzinfo=UTC)


def utc(text: str) -> datetime:
    """`2026-03-08 07:00`"""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def window(start: str, end: str, days: Sequence[str] = DAYS) -> CallingWindow:
    first, last = (int(text[:2]) * 60 + int(text[3:]) for text in (start, end))
    return CallingWindow(tuple(days), first, last, last <= first)


def make_rulebook(
    *windows: CallingWindow,
    purpose: Purpose | None = Purpose.EMERGENCY,
    clock: CampaignClock = CampaignClock.BOTH,
    zone: str | None = None,
    guard: int = 60,
) -> Rulebook:
    return Rulebook(purpose, "", clock, zone, windows, guard_seconds=guard)


ALL_DAY = window("00:00", "24:00")


def list_openings(timeline: Timeline, day: datetime) -> list[tuple[str, str]]:
    """What begins within 24 hours, as `("05:15", "05:45")` UTC."""
    return [
        (f"{opens:%H:%M}", f"{closes:%H:%M}")
        for opens, closes in zip(timeline.opens, timeline.closes, strict=True)
        if day <= opens < day + timedelta(days=1)
    ]


@pytest.mark.parametrize(
    "zone, day, start, end, openings",
    [
        # New York, 02:00 becomes 03:00: at 07:00 UTC.
        (NEW_YORK, "2026-03-08", "02:15", "02:45", []),
        (NEW_YORK, "2026-03-08", "01:30", "02:30", [("06:30", "07:00")]),
        (NEW_YORK, "2026-03-08", "02:30", "04:00", [("07:00", "08:00")]),
        (NEW_YORK, "2026-03-08", "01:30", "03:30", [("06:30", "07:30")]),
        # New York, 02:00 becomes 01:00: at 06:00 UTC.
        (NEW_YORK, "2026-11-01", "01:15", "01:45", [("05:15", "05:45"), ("06:15", "06:45")]),
        (NEW_YORK, "2026-11-01", "00:30", "01:30", [("04:30", "05:30"), ("06:00", "06:30")]),
        (NEW_YORK, "2026-11-01", "01:30", "02:30", [("05:30", "06:00"), ("06:30", "07:30")]),
        (NEW_YORK, "2026-11-01", "00:30", "02:30", [("04:30", "07:30")]),
        # Lord Howe moves by half an hour: 02:00 becomes 02:30 at 15:30 UTC, and 01:30 at 15:00 UTC.
        (LORD_HOWE, "2026-10-03", "02:10", "02:20", []),
        (LORD_HOWE, "2026-10-03", "01:45", "02:45", [("15:15", "15:45")]),
        (LORD_HOWE, "2026-04-04", "01:40", "01:50", [("14:40", "14:50"), ("15:10", "15:20")]),
        (LORD_HOWE, "2026-04-04", "01:15", "02:15", [("14:15", "15:45")]),
        # Vancouver keeps its summer time from 2026 on.
        (VANCOUVER, "2026-11-01", "01:15", "01:45", [("08:15", "08:45")]),
        (VANCOUVER, "2026-12-15", "08:00", "16:00", [("15:00", "23:00")]),
        # Santiago leaves midnight out: 00:00 becomes 01:00 at 04:00 UTC; and repeats 23:00 at 03:00 UTC.
        (SANTIAGO, "2026-09-06", "00:15", "00:45", []),
        (SANTIAGO, "2026-09-06", "00:00", "01:30", [("04:00", "04:30")]),
        (SANTIAGO, "2026-04-05", "23:15", "23:45", [("02:15", "02:45"), ("03:15", "03:45")]),
    ],
)
def test_windows_open_by_what_the_clock_shows(
    zone: str, day: str, start: str, end: str, openings: list[tuple[str, str]]
) -> None:
    at = utc(day)
    for asked in (at, at - timedelta(days=9)):
        timeline = find_timeline(make_rulebook(window(start, end)), DialProfile((zone,), None), asked)
        assert list_openings(timeline, at) == openings


@pytest.mark.parametrize(
    "start, hours", [("2026-03-07", 3), ("2026-03-08", 4), ("2026-10-31", 5), ("2026-11-01", 4)]
)
def test_a_night_is_as_long_as_the_clock_makes_it(start: str, hours: int) -> None:
    """23:00 to 03:00 in New York; it belongs to the day on which it began."""
    day = utc(start)
    night = window("23:00", "03:00", [DAYS[day.weekday()]])
    timeline = find_timeline(make_rulebook(night), DialProfile((NEW_YORK,), None), day)
    assert timeline.closes[0] - timeline.opens[0] == timedelta(hours=hours)
    assert timeline.opens[0].date() in (day.date(), (day + timedelta(days=1)).date())


def test_people_of_several_zones_are_called_when_it_is_time_in_all() -> None:
    rulebook = make_rulebook(ALL_DAY, purpose=Purpose.SURVEY)
    profile = DialProfile((VANCOUVER, NEW_YORK), "CA")
    day = utc("2026-12-15")
    assert list_openings(find_timeline(rulebook, profile, day), day) == [
        ("00:00", "02:00"),
        ("15:00", "02:00"),
    ]
    no_hour = DialProfile((KOLKATA, NEW_YORK, "Pacific/Honolulu"), None)
    assert find_timeline(rulebook, no_hour, FRIDAY).opens == ()
    assert find_timeline(rulebook, no_hour, FRIDAY).next_open(FRIDAY) is None


@pytest.mark.parametrize(
    "clock, zone, openings",
    [
        # 10:00–12:00, of London or of Kolkata; the person in Kolkata may be called 02:30–15:30 UTC.
        (CampaignClock.BOTH, LONDON, [("10:00", "12:00")]),
        (CampaignClock.BOTH, None, [("04:30", "06:30")]),
        (CampaignClock.BOTH, "Asia/Tokyo", [("02:30", "03:00")]),
        (CampaignClock.PERSON, LONDON, [("02:30", "15:30")]),
        (CampaignClock.PERSON, None, [("02:30", "15:30")]),
        (CampaignClock.CAMPAIGN, "Asia/Tokyo", [("01:00", "03:00")]),
        (CampaignClock.CAMPAIGN, None, [("04:30", "06:30")]),
    ],
)
def test_the_clock_says_whose_hours_count(
    clock: CampaignClock, zone: str | None, openings: list[tuple[str, str]]
) -> None:
    rulebook = make_rulebook(window("10:00", "12:00"), purpose=Purpose.SURVEY, clock=clock, zone=zone)
    day = utc("2026-11-25")
    assert list_openings(find_timeline(rulebook, DialProfile((KOLKATA,), "IN"), day), day) == openings


@pytest.mark.parametrize("purpose", [Purpose.SURVEY, Purpose.EMERGENCY, None])
def test_who_is_nowhere_known_is_called_by_the_campaigns_clock_alone(purpose: Purpose | None) -> None:
    nobody = DialProfile((), None)
    for clock, zone in (
        (CampaignClock.BOTH, LONDON),
        (CampaignClock.PERSON, LONDON),
        (CampaignClock.CAMPAIGN, None),
    ):
        rulebook = make_rulebook(ALL_DAY, purpose=purpose, clock=clock, zone=zone)
        assert find_timeline(rulebook, nobody, FRIDAY).opens == ()
        assert explain_hours(rulebook, nobody, FRIDAY) == [ClosedHours(ZONE_UNKNOWN, None, None, "")]
    own = make_rulebook(ALL_DAY, purpose=purpose, clock=CampaignClock.CAMPAIGN, zone=LONDON)
    assert find_timeline(own, nobody, FRIDAY).is_open(FRIDAY)
    assert explain_hours(own, nobody, FRIDAY) == []


def test_what_is_open_beyond_the_horizon_has_no_closing() -> None:
    timeline = find_timeline(make_rulebook(ALL_DAY), DialProfile((LONDON,), "GB"), FRIDAY)
    assert timeline.opens == (FRIDAY.replace(hour=0),)
    assert timeline.closes == (timeline.horizon,)
    assert timeline.horizon == FRIDAY.replace(hour=0) + timedelta(days=HORIZON_DAYS)
    assert timeline.closes_at(FRIDAY) is None
    assert timeline.next_open(FRIDAY) == FRIDAY
    assert not timeline.is_open(timeline.horizon)


def test_every_reason_is_told_with_its_zone_and_its_windows() -> None:
    rulebook = make_rulebook(window("09:00", "10:00", ["mon"]), purpose=Purpose.SURVEY, zone=LONDON)
    profile = DialProfile((KOLKATA, NEW_YORK), None)
    assert explain_hours(rulebook, profile, utc("2026-11-21 22:00")) == [
        ClosedHours(CAMPAIGN_HOURS, utc("2026-11-23 09:00"), LONDON, "Mon 09:00–10:00"),
        ClosedHours(PERSON_HOURS, utc("2026-11-22 02:30"), KOLKATA, "Mon–Sun 08:00–21:00"),
    ]


@pytest.mark.parametrize(
    "at, code, detail",
    [
        ("2026-12-25 12:00", HOLIDAY, "Christmas Day"),
        ("2026-12-26 12:00", HOLIDAY, "Boxing Day"),
        ("2026-12-27 12:00", PERSON_HOURS, "Mon–Sat 09:00–20:00"),
        ("2026-12-28 03:00", HOLIDAY, "Boxing Day (observed)"),
        ("2026-12-24 20:00", PERSON_HOURS, "Mon–Sat 09:00–20:00"),
    ],
)
def test_a_holiday_is_named_and_ends_when_marketing_may_ring_again(at: str, code: str, detail: str) -> None:
    rulebook = make_rulebook(ALL_DAY, purpose=Purpose.MARKETING, zone=LONDON)
    reasons = explain_hours(rulebook, DialProfile((LONDON,), "GB"), utc(at))
    assert reasons == [ClosedHours(code, utc("2026-12-29 09:00"), LONDON, detail)]


def test_a_reason_that_does_not_end_within_two_weeks_has_no_end() -> None:
    # No window: the campaign's hours never open.
    reasons = explain_hours(make_rulebook(zone=LONDON), DialProfile((LONDON,), "GB"), FRIDAY)
    assert reasons == [ClosedHours(CAMPAIGN_HOURS, None, LONDON, "never")]


EDGES = st.integers(0, 287).map(lambda number: number * 5)
ZONES = (
    NEW_YORK,
    LORD_HOWE,
    VANCOUVER,
    SANTIAGO,
    KOLKATA,
    LONDON,
    "Pacific/Chatham",
    "Africa/Casablanca",
    "Asia/Tokyo",
)


@st.composite
def draw_windows(draw: st.DrawFn) -> tuple[CallingWindow, ...]:
    windows = []
    for _ in range(draw(st.integers(1, 3))):
        start, end = draw(EDGES), draw(EDGES) + 5
        days = draw(st.sets(st.sampled_from(DAYS), min_size=1))
        windows.append(CallingWindow(tuple(day for day in DAYS if day in days), start, end, end <= start))
    return tuple(windows)


RULEBOOKS = st.builds(
    lambda windows, purpose, clock, zone, guard: make_rulebook(
        *windows, purpose=purpose, clock=clock, zone=zone, guard=guard
    ),
    draw_windows(),
    st.sampled_from([None, Purpose.MARKETING, Purpose.SURVEY, Purpose.EMERGENCY]),
    st.sampled_from(CampaignClock),
    st.none() | st.sampled_from(ZONES),
    st.sampled_from([0, 60, 900, 3600]),
)
PROFILES = st.builds(
    lambda zones, country: DialProfile(tuple(sorted(zones)), country),
    st.sets(st.sampled_from(ZONES), max_size=3),
    st.sampled_from(["US", "GB", "CL", None]),
)
# Around the changes of the clocks and the holidays of a winter, and anywhere in two years.
INSTANTS = st.one_of(
    st.sampled_from(
        ["2026-03-08", "2026-04-04", "2026-09-06", "2026-10-03", "2026-11-01", "2026-12-25"]
    ).flatmap(
        lambda day: st.integers(-2 * 86_400, 2 * 86_400).map(
            lambda second: utc(day) + timedelta(seconds=second)
        )
    ),
    st.integers(0, 2 * 365 * 86_400).map(lambda second: utc("2026-01-01") + timedelta(seconds=second)),
)
anything = settings(max_examples=150, deadline=None, derandomize=True)


@anything
@given(RULEBOOKS, PROFILES, INSTANTS)
def test_the_answers_of_a_timeline_agree(rulebook: Rulebook, profile: DialProfile, at: datetime) -> None:
    timeline = find_timeline(rulebook, profile, at)
    edges = [edge for pair in zip(timeline.opens, timeline.closes, strict=True) for edge in pair]
    assert all(edge < later for edge, later in pairwise(edges)), "they touch or overlap"
    assert not edges or edges[-1] <= timeline.horizon
    opens, closes = timeline.next_open(at), timeline.closes_at(at)
    assert (opens == at) is timeline.is_open(at)
    if opens is None:
        assert not any(timeline.is_open(edge) for edge in edges if edge >= at)
    elif opens > at:
        assert closes is None
        assert timeline.is_open(opens)
        assert not timeline.is_open(opens - INSTANT)
        assert not any(at <= edge < opens for edge in timeline.opens)
    elif closes is not None:
        assert timeline.is_open(closes - INSTANT)
        assert not timeline.is_open(closes)
        assert not any(at < edge < closes for edge in edges)
    else:
        assert timeline.is_open(timeline.horizon - INSTANT)
        assert not any(at < edge < timeline.horizon for edge in edges)
    usable = [
        max(begin, at)
        for begin, end in zip(timeline.opens, timeline.closes, strict=True)
        if end > at and (end - max(begin, at) > rulebook.guard or end == timeline.horizon)
    ]
    assert timeline.next_open(at, rulebook.guard) == (usable[0] if usable else None)


@anything
@given(RULEBOOKS, PROFILES, INSTANTS, st.integers(0, 6 * 86_400))
def test_timelines_of_two_days_say_the_same_of_an_instant(
    rulebook: Rulebook, profile: DialProfile, at: datetime, later: int
) -> None:
    asked = at + timedelta(seconds=later)
    first, second = (find_timeline(rulebook, profile, day) for day in (at, asked))
    assert first.is_open(asked) is second.is_open(asked)
    closing = first.closes_at(asked)
    assert closing is None or closing == second.closes_at(asked)


@anything
@given(RULEBOOKS, PROFILES, INSTANTS)
def test_there_is_a_reason_exactly_while_it_is_closed(
    rulebook: Rulebook, profile: DialProfile, at: datetime
) -> None:
    timeline = find_timeline(rulebook, profile, at)
    asked = [at, *(edge + step for edge in timeline.opens[:4] for step in (-INSTANT, timedelta(0)))]
    asked += [edge + step for edge in timeline.closes[:4] for step in (-INSTANT, timedelta(0))]
    for each in asked:
        if each < timeline.horizon and each >= timeline.horizon - timedelta(days=HORIZON_DAYS):
            assert (explain_hours(rulebook, profile, each) == []) is timeline.is_open(each)


def list_parts(rulebook: Rulebook, profile: DialProfile, at: datetime) -> set[tuple[bool, str | None]]:
    """Whose hours are closed where. A holiday is a part of the person's hours: the night before it goes on in it."""
    return {(each.code == CAMPAIGN_HOURS, each.zone) for each in explain_hours(rulebook, profile, at)}


@anything
@given(RULEBOOKS, PROFILES, INSTANTS, st.randoms(use_true_random=False))
def test_a_reason_ends_at_the_first_instant_at_which_it_does_not_hold(
    rulebook: Rulebook, profile: DialProfile, at: datetime, random: Random
) -> None:
    for reason in explain_hours(rulebook, profile, at):
        part = (reason.code == CAMPAIGN_HOURS, reason.zone)
        if reason.until is not None:
            assert reason.until > at
            assert part not in list_parts(rulebook, profile, reason.until)
        until = reason.until or at + timedelta(days=14)
        # Windows begin and end at whole five minutes.
        steps = int((until - at) / (5 * MINUTE))
        chosen = {1, 2, steps, *(random.randint(0, steps) for _ in range(25))}
        for step in chosen:
            between = max(until - step * 5 * MINUTE, at) - INSTANT * (step == 0)
            assert part in list_parts(rulebook, profile, between), between
    reasons = explain_hours(rulebook, profile, at)
    opens = find_timeline(rulebook, profile, at).next_open(at)
    if opens is not None:
        assert all(reason.until is not None and reason.until <= opens for reason in reasons)


# Whether a campaign can ever call.


def test_windows_that_do_not_meet_the_persons_hours_never_do() -> None:
    night = make_rulebook(window("02:00", "07:59"), purpose=Purpose.SURVEY)
    assert never_meets(night, [DialProfile((LONDON,), "GB")], FRIDAY, None)
    morning = make_rulebook(window("02:00", "08:02"), purpose=Purpose.SURVEY)
    assert not never_meets(morning, [DialProfile((LONDON,), "GB")], FRIDAY, None)


def test_one_person_who_may_be_called_is_enough() -> None:
    rulebook = make_rulebook(window("02:00", "04:00"), purpose=Purpose.SURVEY, zone=LONDON)
    sleeping, awake, nowhere = (
        DialProfile((LONDON,), "GB"),
        DialProfile((KOLKATA,), "IN"),
        DialProfile((), None),
    )
    assert never_meets(rulebook, [sleeping, nowhere], FRIDAY, None)
    assert not never_meets(rulebook, [sleeping, nowhere, awake], FRIDAY, None)
    assert never_meets(rulebook, [], FRIDAY, None)


@pytest.mark.parametrize(
    "end, never",
    [
        ("2026-11-23 09:00", True),
        ("2026-11-23 09:01", False),
        ("2026-11-20 15:00", True),
        ("2026-11-20 14:00", True),
        ("2031-01-01 00:00", False),
    ],
)
def test_it_must_open_before_the_end(end: str, never: bool) -> None:
    mondays = make_rulebook(window("09:00", "17:00", ["mon"]), zone=LONDON)
    assert never_meets(mondays, [DialProfile((LONDON,), "GB")], FRIDAY, utc(end)) is never


@pytest.mark.parametrize("start, never", [("16:58", False), ("16:59", True), ("17:00", True)])
def test_what_is_left_of_an_opening_must_be_longer_than_the_guard(start: str, never: bool) -> None:
    mondays = make_rulebook(window("09:00", "17:00", ["mon"]), zone=LONDON, guard=60)
    begin = utc(f"2026-11-23 {start}")
    assert never_meets(mondays, [DialProfile((LONDON,), "GB")], begin, begin + timedelta(days=2)) is never


@pytest.mark.parametrize("minutes, never", [(59, True), (60, True), (61, False)])
def test_a_meeting_shorter_than_the_guard_is_none(minutes: int, never: bool) -> None:
    """Also where the horizon of a timeline, a midnight of UTC, lies in the middle of it."""
    rulebook = make_rulebook(window("23:30", f"00:{minutes - 30:02}"), zone="UTC", guard=3600)
    assert never_meets(rulebook, [DialProfile((LONDON,), "GB")], FRIDAY, FRIDAY + timedelta(days=60)) is never


def test_an_opening_that_the_horizon_of_a_timeline_cuts_in_two_is_seen_whole() -> None:
    """Fridays 23:30 to 00:15 UTC in Hawaii: too little is left of the first, the second is Good Friday, and midnight
    of the third is the horizon."""
    fridays = window("13:30", "14:15", ["fri"])
    rulebook = make_rulebook(fridays, purpose=Purpose.MARKETING, guard=40 * 60)
    profile = DialProfile(("Pacific/Honolulu",), "US", ("US-HI",))
    start = utc("2026-03-27 23:59")
    assert find_timeline(rulebook, profile, start).horizon == utc("2026-04-11 00:00")
    assert never_meets(rulebook, [profile], start, utc("2026-04-10 23:30"))
    assert not never_meets(rulebook, [profile], start, utc("2026-04-10 23:31"))


def test_an_opening_months_away_is_found() -> None:
    """It is noon in New York at 16:00 in London only while their clocks differ by four hours: two weeks in March."""
    rulebook = make_rulebook(window("12:00", "12:30"), window("16:00", "16:30"), purpose=Purpose.SURVEY)
    both = [DialProfile((LONDON, NEW_YORK), None)]
    begin = utc("2026-11-15")
    assert never_meets(rulebook, both, begin, None)
    assert never_meets(rulebook, both, begin, utc("2027-03-14"))
    assert not never_meets(rulebook, both, begin, utc("2027-03-15"))


def test_the_search_ends_after_a_year(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[datetime] = []

    def find(rulebook: Rulebook, profile: DialProfile, at: datetime) -> Timeline:
        asked.append(at)
        assert len(asked) < 40
        return find_timeline(rulebook, profile, at)

    monkeypatch.setattr(module, "find_timeline", find)
    night = make_rulebook(window("02:00", "04:00"), purpose=Purpose.SURVEY)
    assert never_meets(night, [DialProfile((LONDON,), "GB")], FRIDAY, utc("9000-01-01"))
    assert asked[-1] > FRIDAY + timedelta(days=350)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(RULEBOOKS, PROFILES, INSTANTS, st.integers(0, 20 * 24))
def test_it_meets_exactly_where_some_minute_may_be_used(
    rulebook: Rulebook, profile: DialProfile, at: datetime, hours: int
) -> None:
    end = at + timedelta(hours=hours)
    minute = at
    found = False
    while minute < end and not found:
        timeline = find_timeline(rulebook, profile, minute)
        opens = timeline.next_open(minute)
        if opens is None or opens >= end:
            minute = timeline.horizon - timedelta(days=2)
            continue
        closes = timeline.closes_at(opens)
        found = closes is None or closes - opens > rulebook.guard
        minute = closes or end
    assert never_meets(rulebook, [profile], at, end) is not found
