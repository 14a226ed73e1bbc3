"""Call caps: how often a number may be called, and when the next call is allowed. Pure.

A cap counts calls that were placed, over all campaigns. Nobody is skipped for one: who has been called often enough is
due again at the instant when the cap frees.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from operator import attrgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from .dial_profile import NO_CONSENT, DialProfile
from .packs import (
    Rule,
    Silence,
    SilenceEvent,
    best_consent,
    list_pack_caps,
    list_silences,
    longest_pack_period,
    longest_pack_silence,
)
from .rulebook import CallCap, CampaignClock, CapPeriod, CapScope, Rulebook

CAP = "cap"
GAP = "gap"
SILENCE = "silence"
DAY = timedelta(days=1)
LONGEST_DAY = timedelta(hours=26)
"""A local day is at most so long: clocks that go back, and zones a day apart."""


class PlacedCall(NamedTuple):
    """An earlier call to the number, as far as caps look at it."""

    at: datetime
    """When it was permitted, aware UTC."""
    campaign_id: int | None
    """None: a single call; all of them count as those of one campaign."""
    subject: str
    answered: bool = False
    """Whether somebody answered it."""


class CapReached(NamedTuple):
    """A rule that forbids one more call now."""

    code: str
    """`cap`; `gap`, the least distance to calls of other campaigns; or `silence` after an answer or a refusal."""
    frees_at: datetime
    """The first instant at which this rule allows one more call, if none is placed meanwhile."""
    cap: CallCap | None = None
    rule: Rule | None = None
    """The rule of a pack that says so; None for the campaign's own."""
    single: bool = False
    """Of a gap: whether the latest of the calls was a single call, of no campaign."""

    @property
    def deferral(self) -> str:
        """Under which a contact that waits for it is counted: `cap` or `gap`."""
        return CAP if self.code == SILENCE else self.code


class CapUse(NamedTuple):
    """How much of a cap is used up by the calls that count."""

    cap: CallCap
    used: int
    rule: Rule | None = None


def longest_refusal(rulebook: Rulebook) -> timedelta:
    """How far back a refusal can matter; zero where no rule looks at them."""
    return longest_pack_silence(rulebook)


def longest_period(rulebook: Rulebook) -> timedelta:
    """How far back calls can matter."""
    periods = [rulebook.min_gap, longest_pack_period(rulebook)]
    for cap in rulebook.caps:
        if cap.per_hours is not None:
            periods.append(timedelta(hours=cap.per_hours))
        else:
            periods.append(LONGEST_DAY * (7 if cap.per is CapPeriod.WEEK else 1) + DAY)
    return max(periods)


def find_caps_reached(
    rulebook: Rulebook,
    profile: DialProfile,
    history: Iterable[PlacedCall],
    campaign_id: int | None,
    now: datetime,
    refusals: Sequence[datetime] = (),
) -> list[CapReached]:
    """Every cap, gap and time of rest that forbids one more call of this campaign at `now`; nothing where it is
    allowed.

    `history` are the calls placed to the number, at least those of the last `longest_period`; `refusals` are when the
    person asked for no more calls. Exact: a call is allowed at `frees_at` of the last of them, and was not a moment
    before.
    """
    calls = sorted(history, key=attrgetter("at"))
    reached = [
        found._replace(rule=rule)
        for cap, rule in _list_caps(rulebook, profile, now)
        if (found := _check_cap(cap, rulebook, profile, calls, campaign_id, now))
    ]
    reached += _check_silences(rulebook, profile, calls, refusals, now)
    gap = _check_gap(rulebook, calls, campaign_id, now)
    return reached if gap is None else [*reached, gap]


def _list_caps(rulebook: Rulebook, profile: DialProfile, now: datetime) -> list[tuple[CallCap, Rule | None]]:
    """The campaign's own, then those of packs."""
    own: list[tuple[CallCap, Rule | None]] = [(cap, None) for cap in rulebook.caps]
    return own if not rulebook.packs else [*own, *list_pack_caps(rulebook, profile, now)]


def _check_silences(
    rulebook: Rulebook,
    profile: DialProfile,
    calls: Sequence[PlacedCall],
    refusals: Sequence[datetime],
    now: datetime,
) -> list[CapReached]:
    silences = list_silences(rulebook, profile, now) if rulebook.packs else []
    return _find_silences(silences, calls, refusals, now)


def _find_silences(
    silences: Iterable[tuple[Silence, Rule]],
    calls: Sequence[PlacedCall],
    refusals: Sequence[datetime],
    now: datetime,
) -> list[CapReached]:
    found: list[CapReached] = []
    for silence, rule in silences:
        answered = [call.at for call in calls if call.answered]
        events = answered if silence.event is SilenceEvent.ANSWERED else list(refusals)
        over = max(events) + timedelta(days=silence.days) if events else now
        if over > now:
            found.append(CapReached(SILENCE, over, rule=rule))
    return found


def find_rule_refusals(
    rule: Rule, profile: DialProfile, calls: Sequence[PlacedCall], now: datetime
) -> list[CapReached]:
    """What one rule alone, which is about the person, forbids after these calls."""
    alone = Rulebook(None, "", CampaignClock.BOTH, None, (), caps=())
    caps = [_check_cap(cap, alone, profile, calls, None, now) for cap in rule.caps]
    silences = _find_silences([(each, rule) for each in rule.silence_after], calls, (), now)
    return [found for found in caps if found is not None] + silences


def measure_caps(
    rulebook: Rulebook,
    profile: DialProfile,
    history: Iterable[PlacedCall],
    campaign_id: int | None,
    now: datetime,
) -> list[CapUse]:
    """How many calls count now against each cap that holds for this person; the history as for `find_caps_reached`."""
    calls = sorted(history, key=attrgetter("at"))
    uses: list[CapUse] = []
    for cap, rule in _list_caps(rulebook, profile, now):
        if _is_exempt(cap, rulebook, profile):
            continue
        counted = [call.at for call in calls if _counts(cap, call, rulebook, campaign_id)]
        if cap.per_hours is not None:
            used = len(_list_recent(cap.per_hours, counted, now))
        else:
            used = max(
                sum(begin <= at < end for at in counted)
                for begin, end in _list_calendar_periods(cap, profile, now)
            )
        uses.append(CapUse(cap, used, rule))
    return uses


def _check_cap(
    cap: CallCap,
    rulebook: Rulebook,
    profile: DialProfile,
    calls: Sequence[PlacedCall],
    campaign_id: int | None,
    now: datetime,
) -> CapReached | None:
    if _is_exempt(cap, rulebook, profile):
        return None
    counted = [call.at for call in calls if _counts(cap, call, rulebook, campaign_id)]
    if cap.per_hours is not None:
        recent = _list_recent(cap.per_hours, counted, now)
        if len(recent) < cap.most:
            return None
        # Of those in the period all but `most - 1` have to leave it.
        return CapReached(CAP, recent[-cap.most] + timedelta(hours=cap.per_hours), cap)
    return _check_calendar_cap(cap, profile, counted, now)


def _is_exempt(cap: CallCap, rulebook: Rulebook, profile: DialProfile) -> bool:
    return cap.unless_consent and best_consent(profile.consent, rulebook.consent) != NO_CONSENT


def _list_recent(hours: int, counted: Sequence[datetime], now: datetime) -> list[datetime]:
    return [at for at in counted if at > now - timedelta(hours=hours)]


def _counts(cap: CallCap, call: PlacedCall, rulebook: Rulebook, campaign_id: int | None) -> bool:
    if cap.answered_only and not call.answered:
        return False
    if cap.scope is CapScope.SUBJECT:
        return call.subject.casefold() == rulebook.subject.casefold()
    if cap.scope is CapScope.CAMPAIGN:
        return call.campaign_id == campaign_id
    return True


def _check_calendar_cap(
    cap: CallCap, profile: DialProfile, counted: Sequence[datetime], now: datetime
) -> CapReached | None:
    """The strictest of the candidate zones: it frees when the last of those that are full begins anew."""
    frees = [
        end
        for begin, end in _list_calendar_periods(cap, profile, now)
        if sum(begin <= at < end for at in counted) >= cap.most
    ]
    return CapReached(CAP, max(frees), cap) if frees else None


def _list_calendar_periods(
    cap: CallCap, profile: DialProfile, now: datetime
) -> list[tuple[datetime, datetime]]:
    """The present day or week in each candidate zone."""
    week = cap.per is CapPeriod.WEEK
    return [_find_calendar_period(week, ZoneInfo(name), now) for name in profile.zones or ("UTC",)]


def _find_calendar_period(week: bool, zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    """The local day or week that `now` lies in, [begin, end), UTC."""
    day = now.astimezone(zone).date()
    if week:
        day -= timedelta(days=day.weekday())
    following = day + timedelta(days=7 if week else 1)
    begin, end = (datetime.combine(each, time(), zone).astimezone(UTC) for each in (day, following))
    return begin, end


def _check_gap(
    rulebook: Rulebook, calls: Sequence[PlacedCall], campaign_id: int | None, now: datetime
) -> CapReached | None:
    gap = rulebook.min_gap
    others = [call for call in calls if call.campaign_id != campaign_id]
    if not gap or not others or others[-1].at + gap <= now:
        return None
    return CapReached(GAP, others[-1].at + gap, single=others[-1].campaign_id is None)
