"""Timeline: the open intervals of a rulebook for a dial profile, and why it is closed at an instant.

Everybody who may be at several places may be called only while it is open at all of them. A pure function of rulebook,
profile and day; cached, so that the claim asks it for every profile at every tick.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from .calling_window import DAYS, CallingWindow, make_schedule
from .dial_profile import DialProfile
from .packs import (
    Holidays,
    Rule,
    RuleStatus,
    describe_source,
    find_days_in_force,
    find_holiday_places,
    find_lacking,
    find_rule_zones,
    find_rules,
    is_in_force,
    lacks_consent,
    name_consent,
)
from .person_hours import PersonHours, find_person_hours
from .public_holidays import find_holiday
from .rulebook import CampaignClock, Rulebook

HORIZON_DAYS = 15
TWO_WEEKS = timedelta(days=14)
FRIDAY = 4
SUBSTITUTE = "(observed)"
"""How the library ends the name of a day that stands for a holiday on a weekend."""
ANY_DAY = datetime(2026, 1, 5, tzinfo=UTC)
YEAR_AHEAD = timedelta(days=366)
ZONE_UNKNOWN = "zone-unknown"
PERSON_HOURS = "person-hours"
HOLIDAY = "holiday"
CAMPAIGN_HOURS = "campaign-hours"
CONSENT = "consent"
PROHIBITED = "prohibited"
REQUIREMENT = "requirement"
LASTING = (PROHIBITED, CONSENT, REQUIREMENT)
"""What closes at every hour."""
NEED_WORDS = {
    "identification": "the caller’s name in the first words",
    "opt-out-key": "a key that ends all calls",
    "toll-free": "a number to call for free on machines",
    "caller-id": "a caller ID",
}

Interval = tuple[datetime, datetime]
"""Half-open, aware UTC."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """Open intervals `[opens[n], closes[n])`, apart from each other and in order, until `horizon`. Aware UTC."""

    opens: tuple[datetime, ...]
    closes: tuple[datetime, ...]
    horizon: datetime

    def is_open(self, at: datetime) -> bool:
        """Whether it is open at an instant; not asked beyond the horizon."""
        place = bisect_right(self.opens, at) - 1
        return place >= 0 and at < self.closes[place]

    def closes_at(self, at: datetime) -> datetime | None:
        """When the present opening ends. None while it is closed, or open until beyond the horizon."""
        place = bisect_right(self.opens, at) - 1
        if place < 0 or at >= self.closes[place] or self.closes[place] >= self.horizon:
            return None
        return self.closes[place]

    def next_open(self, at: datetime, guard: timedelta = timedelta(0)) -> datetime | None:
        """The first open instant from `at` on with more than `guard` left until closing; None where there is none
        before the horizon."""
        for place in range(max(bisect_right(self.opens, at) - 1, 0), len(self.opens)):
            begin, closes = max(self.opens[place], at), self.closes[place]
            if closes > begin and (closes - begin > guard or closes >= self.horizon):
                return begin
        return None


class ClosedHours(NamedTuple):
    """One reason why it is closed."""

    code: str
    """ZONE_UNKNOWN, PERSON_HOURS, HOLIDAY, CAMPAIGN_HOURS, or one of LASTING."""
    until: datetime | None
    """When this reason ends; None where it does not within two weeks."""
    zone: str | None
    detail: str
    """The windows in words, the holiday's name, the consent that would do, or why there is no such call."""
    rule: Rule | None = None
    """The rule of a pack that says so; None for the campaign's own, and for the hours of before there were packs."""

    @property
    def source(self) -> str:
        """The text that asks for it; empty where that is the campaign or the installation itself."""
        return describe_source(self.rule)


class HoursPart(NamedTuple):
    """One part of what has to be open at once: the person's hours or the campaign's, in one zone."""

    code: str
    """PERSON_HOURS or CAMPAIGN_HOURS."""
    zone: str
    windows: str
    """In words: `Mon–Fri 09:00–18:00`."""
    rule: Rule | None = None

    @property
    def source(self) -> str:
        """As ClosedHours has it."""
        return describe_source(self.rule)


class _Hours(NamedTuple):
    """Windows in one zone: what one part of the rules asks."""

    code: str
    zone: str
    windows: tuple[CallingWindow, ...]
    holidays_of: tuple[str | None, tuple[str, ...]] | None = None
    """Country and states whose public holidays are closed."""
    holidays: Holidays = Holidays()
    """What is allowed on them, and which days there are besides."""
    begins: datetime | None = None
    """When the part comes into force, UTC; None: long ago."""
    ends: datetime | None = None
    """When it is not in force any more."""
    rule: Rule | None = None
    lacking: tuple[str, ...] = ()
    """What its message would have to have."""


def find_timeline(rulebook: Rulebook, profile: DialProfile, at: datetime) -> Timeline:
    """The timeline of the 15 days from the beginning of `at`'s day (UTC) on."""
    return _build_timeline(rulebook, profile, _begin_day(at))


def explain_hours(rulebook: Rulebook, profile: DialProfile, at: datetime) -> list[ClosedHours]:
    """Every reason why it is closed at `at`; empty exactly when the timeline is open then."""
    parts = _list_hours(rulebook, profile)
    if parts is None:
        return [ClosedHours(ZONE_UNKNOWN, None, None, "")]
    day = _begin_day(at)
    reasons: list[ClosedHours] = []
    # What lasts is told before what ends.
    for part in sorted(parts, key=lambda each: each.code not in LASTING):
        timeline = _make_timeline(_list_intervals(part, day), day)
        if timeline.is_open(at):
            continue
        opens = timeline.next_open(at)
        if part.code in LASTING:
            reasons.append(ClosedHours(part.code, opens, None, _describe_need(part), part.rule))
            continue
        holiday = _find_closing_holiday(part, at)
        detail = holiday or make_schedule(part.zone, part.windows).describe_windows()
        code = HOLIDAY if holiday else part.code
        reasons.append(ClosedHours(code, opens, part.zone, detail, part.rule))
    return reasons


def _describe_need(part: _Hours) -> str:
    if part.rule is None:
        return ""
    if part.lacking:
        needs = " and ".join(NEED_WORDS[need] for need in part.lacking)
        return f"the message needs {needs}"
    return part.rule.prohibited or name_consent(part.rule.requires.consent if part.rule.requires else ())


def find_lasting_refusal(rulebook: Rulebook, profile: DialProfile, at: datetime) -> ClosedHours | None:
    """A rule that forbids calls to the person at every hour: altogether, for want of consent, or for what the message
    does not have; None where there is none."""
    return next(iter(find_lasting_refusals(rulebook, profile, at)), None)


def find_lasting_refusals(rulebook: Rulebook, profile: DialProfile, at: datetime) -> list[ClosedHours]:
    """All such rules."""
    return [one for one in explain_hours(rulebook, profile, at) if one.code in LASTING]


def describe_refusals(refusals: Sequence[ClosedHours]) -> str:
    """`written consent is needed, and none is on record (Florida: …; US federal: …)`, of refusals that last."""
    sources: dict[str, dict[str, None]] = {}
    for each in refusals:
        sentence = f"{each.detail} is needed, and none is on record" if each.code == CONSENT else each.detail
        sources.setdefault(sentence, {}).setdefault(each.source)
    return "; ".join(f"{sentence} ({'; '.join(texts)})" for sentence, texts in sources.items())


def list_hours_parts(rulebook: Rulebook, profile: DialProfile) -> list[HoursPart]:
    """The hours that have to be open at once, without those that always are; empty where nobody knows them."""
    return [
        HoursPart(part.code, part.zone, make_schedule(part.zone, part.windows).describe_windows(), part.rule)
        for part in _list_hours(rulebook, profile) or ()
        if part.windows and not all(_is_always_open(part.windows, day) for day in DAYS)
    ]


def list_lifted_law(rulebook: Rulebook, profile: DialProfile, at: datetime) -> list[HoursPart]:
    """The hours of laws in force at `at` that a campaign on its own clock alone does not keep; whoever chose that clock
    answers for it."""
    if rulebook.clock is not CampaignClock.CAMPAIGN:
        return []
    return [
        HoursPart(part.code, part.zone, make_schedule(part.zone, part.windows).describe_windows(), part.rule)
        for rule in find_rules(rulebook, profile)
        if rule.status is RuleStatus.LAW and rule.hours and is_in_force(rule, profile.zones, at)
        for part in _list_rule_parts(rule, profile, rulebook.consent, rulebook.lacks)
        if part.code == PERSON_HOURS
    ]


def _is_always_open(windows: Sequence[CallingWindow], day: str) -> bool:
    return any(day in window.days and window.start == 0 and window.end == 24 * 60 for window in windows)


def never_open_together(rules: Sequence[Rule]) -> bool:
    """Whether the hours of all these rules, on one clock, leave no minute of a week."""
    day = _begin_day(ANY_DAY)
    intervals: Sequence[Interval] = ((day, day + timedelta(days=HORIZON_DAYS)),)
    for rule in rules:
        if rule.hours:
            intervals = _intersect(intervals, _list_window_intervals("UTC", rule.hours, day))
    return not intervals


def never_meets(
    rulebook: Rulebook, profiles: Iterable[DialProfile], start: datetime, end: datetime | None
) -> bool:
    """Whether there is no instant from `start` until before `end` (None: two weeks) at which any of these people may
    be called: none that is open, and not within the guard before closing. Looks a year ahead at the most: by then
    every week and every rule of the clocks has come."""
    last = min(end or start + TWO_WEEKS, start + YEAR_AHEAD)
    return not any(_meets(rulebook, profile, start, last) for profile in profiles)


def _meets(rulebook: Rulebook, profile: DialProfile, start: datetime, end: datetime) -> bool:
    at = start
    while at < end:
        timeline = find_timeline(rulebook, profile, at)
        for opens, closes in zip(timeline.opens, timeline.closes, strict=True):
            begin = max(opens, at)
            if begin < end and closes - begin > rulebook.guard:
                return True
        # A day again, so that an opening which the horizon cuts off is seen whole: a guard is shorter than a day.
        at = timeline.horizon - timedelta(days=1)
    return False


def _begin_day(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


@lru_cache(maxsize=16_384)
def _build_timeline(rulebook: Rulebook, profile: DialProfile, day: datetime) -> Timeline:
    parts = _list_hours(rulebook, profile)
    if parts is None:
        return _make_timeline((), day)
    intervals: Sequence[Interval] = ((day, day + timedelta(days=HORIZON_DAYS)),)
    for part in parts:
        intervals = _intersect(intervals, _list_intervals(part, day))
    return _make_timeline(intervals, day)


def _make_timeline(intervals: Sequence[Interval], day: datetime) -> Timeline:
    return Timeline(
        tuple(begin for begin, _ in intervals),
        tuple(end for _, end in intervals),
        day + timedelta(days=HORIZON_DAYS),
    )


def _list_hours(rulebook: Rulebook, profile: DialProfile) -> list[_Hours] | None:
    """All that has to be open at once. None where the person's clock counts and nobody knows it."""
    follows_person = rulebook.clock is not CampaignClock.CAMPAIGN or rulebook.timezone is None
    if follows_person and not profile.zones:
        return None
    parts: list[_Hours] = []
    if rulebook.clock is not CampaignClock.PERSON:
        zones = profile.zones if rulebook.timezone is None else (rulebook.timezone,)
        parts += [_Hours(CAMPAIGN_HOURS, zone, rulebook.windows) for zone in zones]
    if rulebook.packs:
        parts += _list_pack_parts(rulebook, profile)
    elif rulebook.clock is not CampaignClock.CAMPAIGN:
        # From before there were packs.
        hours: PersonHours = find_person_hours(rulebook.purpose)
        places = (profile.country, profile.states) if hours.holidays_closed else None
        parts += [_Hours(PERSON_HOURS, zone, hours.windows, places) for zone in profile.zones]
    return parts


def _list_pack_parts(rulebook: Rulebook, profile: DialProfile) -> list[_Hours]:
    """What packs ask: hours where the person's clock counts, and consent in any case."""
    return [
        part
        for rule in find_rules(rulebook, profile)
        for part in _list_rule_parts(rule, profile, rulebook.consent, rulebook.lacks)
        if part.code != PERSON_HOURS or rulebook.clock is not CampaignClock.CAMPAIGN
    ]


def _list_rule_parts(
    rule: Rule, profile: DialProfile, campaign_consent: str, lacks: tuple[str, ...] = ()
) -> list[_Hours]:
    parts: list[_Hours] = []
    begins, ends = find_days_in_force(rule, profile.zones)
    zone = profile.zones[0] if profile.zones else "UTC"
    if rule.prohibited:
        parts.append(_Hours(PROHIBITED, zone, (), begins=begins, ends=ends, rule=rule))
    elif lacks_consent(rule, profile, campaign_consent) and rule.requires and not rule.requires.warns:
        parts.append(_Hours(CONSENT, zone, (), begins=begins, ends=ends, rule=rule))
    if lacking := find_lacking(rule, lacks):
        parts.append(_Hours(REQUIREMENT, zone, (), begins=begins, ends=ends, rule=rule, lacking=lacking))
    if rule.hours:
        places = None if rule.holidays is None else find_holiday_places(rule, profile)
        holidays = rule.holidays or Holidays()
        parts += [
            _Hours(PERSON_HOURS, name, rule.hours, places, holidays, begins, ends, rule)
            for name in find_rule_zones(rule, profile)
        ]
    return parts


def is_open_by_rule(rule: Rule, profile: DialProfile, at: datetime) -> bool:
    """Whether one rule alone, which is about the person, lets a call begin at `at`; caps apart."""
    return find_rule_timeline(rule, profile, at).is_open(at)


def find_rule_timeline(rule: Rule, profile: DialProfile, at: datetime) -> Timeline:
    """The timeline of the 15 days from the beginning of `at`'s day (UTC) on, by one rule alone."""
    day = _begin_day(at)
    intervals: Sequence[Interval] = ((day, day + timedelta(days=HORIZON_DAYS)),)
    for part in _list_rule_parts(rule, profile, "none"):
        intervals = _intersect(intervals, _list_intervals(part, day))
    return _make_timeline(intervals, day)


@lru_cache(maxsize=8192)
def _list_intervals(part: _Hours, day: datetime) -> tuple[Interval, ...]:
    """The open intervals of windows in a zone, with what is allowed on its holidays, and all of the time in which the
    rule is not in force."""
    end = day + timedelta(days=HORIZON_DAYS)
    intervals: Sequence[Interval] = _list_window_intervals(part.zone, part.windows, day)
    if part.holidays_of is not None:
        closed = _list_holiday_intervals(part, day, end)
        intervals = _subtract(intervals, closed)
        if part.holidays.windows and closed:
            intervals = sorted(
                [*intervals, *_intersect(_list_window_intervals(part.zone, _daily(part), day), closed)]
            )
    if part.begins is not None and part.begins > day:
        intervals = _unite(intervals, (day, min(part.begins, end)))
    if part.ends is not None and part.ends < end:
        intervals = _unite(intervals, (max(part.ends, day), end))
    return tuple(intervals)


def _daily(part: _Hours) -> tuple[CallingWindow, ...]:
    """A rule's windows for holidays, whatever day of the week they are."""
    return tuple(CallingWindow(DAYS, each.start, each.end, each.overnight) for each in part.holidays.windows)


@lru_cache(maxsize=4096)
def _list_window_intervals(
    zone: str, windows: tuple[CallingWindow, ...], day: datetime
) -> tuple[Interval, ...]:
    return tuple(make_schedule(zone, windows).list_intervals(day, day + timedelta(days=HORIZON_DAYS)))


def _list_holiday_intervals(part: _Hours, begin: datetime, end: datetime) -> list[Interval]:
    info = ZoneInfo(part.zone)
    found: list[Interval] = []
    day = begin.astimezone(info).date()
    while datetime.combine(day, time(), info) < end:
        following = day + timedelta(days=1)
        if _name_holiday(part, day) is not None:
            first, last = (datetime.combine(each, time(), info).astimezone(UTC) for each in (day, following))
            found.append((first, last))
        day = following
    return found


def _name_holiday(part: _Hours, day: date) -> str | None:
    """The holiday that a local day is to a part of the rules."""
    if part.holidays_of is None:
        return None
    for month, number, name in part.holidays.added:
        if (day.month, day.day) == (month, number):
            return name
    found = find_holiday(*part.holidays_of, day)
    if found is None or found in part.holidays.removed:
        return None
    is_friday_before = day.weekday() == FRIDAY and found.endswith(SUBSTITUTE)
    return None if is_friday_before and not part.holidays.before_weekends else found


def _find_closing_holiday(part: _Hours, at: datetime) -> str | None:
    return _name_holiday(part, at.astimezone(ZoneInfo(part.zone)).date())


def _intersect(some: Sequence[Interval], others: Sequence[Interval]) -> list[Interval]:
    result: list[Interval] = []
    place = 0
    for begin, end in some:
        while place < len(others) and others[place][1] <= begin:
            place += 1
        at = place
        while at < len(others) and others[at][0] < end:
            result.append((max(begin, others[at][0]), min(end, others[at][1])))
            at += 1
    return result


def _unite(intervals: Sequence[Interval], more: Interval) -> list[Interval]:
    """Intervals and one more, joined where they touch."""
    result: list[Interval] = []
    for begin, end in sorted([*intervals, more]):
        if begin >= end:
            continue
        if result and begin <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((begin, end))
    return result


def _subtract(some: Sequence[Interval], removed: Sequence[Interval]) -> list[Interval]:
    result = list(some)
    for begin, end in removed:
        pieces: list[Interval] = []
        for first, last in result:
            if last <= begin or first >= end:
                pieces.append((first, last))
                continue
            if first < begin:
                pieces.append((first, begin))
            if last > end:
                pieces.append((end, last))
        result = pieces
    return result
