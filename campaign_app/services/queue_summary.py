"""Queue summary: who waits in a campaign, and of those that are due who may be called at this hour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from campaign_app.domain.blackouts import Blackout, find_blackout
from campaign_app.domain.contact import DeferredBy
from campaign_app.domain.dial_profile import DialProfile
from campaign_app.domain.lists import ListRule
from campaign_app.domain.outside_check import OutsideCheck
from campaign_app.domain.rulebook import CampaignClock, Rulebook
from campaign_app.domain.timeline import (
    CONSENT,
    LASTING,
    PERSON_HOURS,
    PROHIBITED,
    REQUIREMENT,
    ZONE_UNKNOWN,
    ClosedHours,
    explain_hours,
)
from campaign_app.models.base import EPOCH
from campaign_app.queries.blackouts import load_blackouts
from campaign_app.queries.dial_profiles import (
    DeferredCount,
    ProfileCount,
    count_deferred,
    count_long_queues,
    count_queues_by_profile,
)
from campaign_app.queries.lists import load_list_rules
from campaign_app.queries.outside_check import load_outside_check
from campaign_app.services.dialing_rules import DialingRules, find_first_open, find_hours_refusal
from campaign_app.services.list_rules import STALE as LIST_STALE
from campaign_app.services.list_rules import find_blocking

MOST = 1_000
"""At first, waiting contacts are counted up to this many per campaign and profile. A campaign's longest queue need not
be counted: it is the campaign's counter less its other queues."""
MOST_OVERDUE = 100_000
"""Overdue retries are counted up to this many per campaign and profile; where there are more, it is said."""
BLACKOUT = "blackout"
OUTSIDE_SILENT = "outside-silent"
NEVER_OPEN = "never-open"
"""The hours that count leave no time in which a call may begin."""
AFTER_END = "after-end"
"""The same before the campaign's end."""
PUT_OFF = "put off while it was closed"
"""The detail of those who are due at an opening, although it is open since: somebody changed the hours."""

TOLD_FIRST = (ZONE_UNKNOWN, PROHIBITED, CONSENT, REQUIREMENT, PERSON_HOURS)


@dataclass(slots=True)
class ClosedPart:
    """The people of a group for whom the reason reads the same and ends at the same instant."""

    detail: str
    """The hours, the holiday's name, why a blackout was made, which list is too old, or the outside check's error; of
    NEVER_OPEN and AFTER_END, whose clock counts (CampaignClock)."""
    source: str
    """The pack and the text that a reason comes from; empty for the campaign's own."""
    until: datetime | None
    """When they may be called; None: not within two weeks, or not until somebody lifts a blackout."""
    contacts: int = 0
    places: set[str] = field(default_factory=set)
    """What a blackout closed, or the time zones where it is closed: where people may be in several, only the closed
    ones, except for NEVER_OPEN and AFTER_END."""


@dataclass(slots=True)
class ClosedGroup:
    """People who are due and may not be called at this hour, for the same kind of reason."""

    code: str
    """domain.timeline: PERSON_HOURS, HOLIDAY, CAMPAIGN_HOURS, ZONE_UNKNOWN, LASTING; or NEVER_OPEN, AFTER_END,
    BLACKOUT, LIST_STALE, OUTSIDE_SILENT."""
    parts: list[ClosedPart] = field(default_factory=list)

    @property
    def contacts(self) -> int:
        return sum(part.contacts for part in self.parts)

    @property
    def until(self) -> datetime | None:
        """When the first of them may be called; None where that is not known of any."""
        return min((part.until for part in self.parts if part.until is not None), default=None)

    def add(
        self, contacts: int, until: datetime | None, detail: str, places: Iterable[str] = (), source: str = ""
    ) -> None:
        """Count people in the part that reads the same, or a new one: what holds for some must not be said of all."""
        for part in self.parts:
            if (part.detail, part.source, part.until) == (detail, source, until):
                break
        else:
            part = ClosedPart(detail, source, until)
            self.parts.append(part)
        part.contacts += contacts
        part.places |= set(places)


@dataclass(slots=True)
class DeferredGroup:
    """People who had their turn, and whose number might not be called then."""

    code: DeferredBy
    contacts: int
    first: datetime | None
    """When the first of them may be called again; None: it does not open for any of them."""
    last: datetime | None


@dataclass(slots=True)
class QueueSummary:
    """The queue of one campaign, read off the claim index."""

    due: int = 0
    callable_now: int = 0
    """Of those that are due: whose hours are open."""
    overdue: int = 0
    """Of `callable_now`: whose retry has been due for a minute or more (OVERDUE_AFTER) ..."""
    more_overdue: bool = False
    """... whether there are more than were counted ..."""
    overdue_since: datetime | None = None
    """... and since when the longest of them is."""
    later: int = 0
    """Who waits for a retry, or for whatever else set a time."""
    closed: list[ClosedGroup] = field(default_factory=list)
    put_off_for_hours: int = 0
    """Of those in `closed`: who had their turn when the hours were over, and is due at the opening."""
    deferred: list[DeferredGroup] = field(default_factory=list)
    first_later: datetime | None = None
    """When the first of those who wait for a retry may be called; None: it does not open for any of them."""
    last_later: datetime | None = None
    people: list[tuple[DialProfile, int]] = field(default_factory=list)
    """How many of each profile wait, of those who may ever be called."""
    last_due: datetime | None = None
    """When the last of all waiting is due, whatever for; None where nobody is due later."""


@dataclass(frozen=True, slots=True)
class QueueRows:
    """What the queues of campaigns hold, and what may close them; read once for all of them."""

    counts: Mapping[int, Sequence[ProfileCount]]
    deferred: Mapping[int, Sequence[DeferredCount]]
    profiles: Mapping[int, DialProfile]
    blackouts: Sequence[Blackout]
    silent: OutsideCheck | None
    """The outside check, where it does not answer."""
    lists: Sequence[ListRule]


def load_queues(session: Session, waiting: Mapping[int, int], now: datetime) -> QueueRows:
    """Of the campaigns of `waiting`: the exact number of waiting contacts of each, as its counters have it."""
    connection = session.connection()
    counts = _count_queues(connection, waiting, now)
    deferred = count_deferred(connection, list(waiting), now)
    stored = load_outside_check(connection)
    rows = [one for group in (counts, deferred) for ones in group.values() for one in ones]
    return QueueRows(
        counts,
        deferred,
        DialingRules().get_profiles(connection, {one.profile_id for one in rows}),
        load_blackouts(connection, now),
        stored.check if stored is not None and stored.check.failures else None,
        load_list_rules(connection),
    )


def summarize_queue(
    queues: QueueRows, campaign_id: int, rulebook: Rulebook, now: datetime, ends_at: datetime | None = None
) -> QueueSummary:
    """What one campaign's queue comes to by its rules. `ends_at`: when the campaign ends."""
    profiles, blackouts, silent, lists = queues.profiles, queues.blackouts, queues.silent, queues.lists
    counts, deferred = queues.counts[campaign_id], queues.deferred[campaign_id]
    summary = QueueSummary()
    groups: dict[str, ClosedGroup] = {}
    if ends_at is not None and ends_at <= now:
        ends_at = None  # Then nobody is called, and another reason says so.
    for one in counts:
        summary.due += one.due
        summary.later += one.later
        profile = profiles[one.profile_id]
        if one.first_later is not None and one.last_later is not None:
            first = find_first_open(rulebook, profile, one.first_later, blackouts)
            summary.first_later = _earlier(summary.first_later, first)
            last = find_first_open(rulebook, profile, one.last_later, blackouts)
            summary.last_later = _later(summary.last_later, last)
            summary.last_due = max(summary.last_due or one.last_later, one.last_later)
        refusal = find_hours_refusal(rulebook, profile, now, rulebook.guard)
        stale = find_blocking(lists, rulebook.purpose, profile, now)
        if stale is not None:
            if one.due:
                group = groups.setdefault(f"{LIST_STALE}:{stale.id}", ClosedGroup(LIST_STALE))
                group.add(one.due, None, stale.describe_stale(now))
            continue
        held = find_blackout(blackouts, profile, rulebook.purpose, now, rulebook.guard)
        opens = find_first_open(rulebook, profile, now, blackouts)
        if opens is not None:
            summary.people.append((profile, one.due + one.later))
        if not one.due:
            continue
        if held is not None:
            _get_group(groups, BLACKOUT).add(one.due, opens, held.reason, [held.place])
            continue
        if refusal is None and silent is not None and silent.applies(profile, rulebook.purpose):
            _get_group(groups, OUTSIDE_SILENT).add(one.due, silent.retry_at, silent.last_error or "")
            continue
        if refusal is None:
            summary.callable_now += one.due
            summary.overdue += min(one.overdue, MOST_OVERDUE)
            summary.more_overdue |= one.overdue > MOST_OVERDUE
            summary.overdue_since = _earlier(summary.overdue_since, one.overdue_since)
            continue
        later = None if opens is not None else _find_lasting_blackout(rulebook, profile, now, blackouts)
        if later is not None:
            _get_group(groups, BLACKOUT).add(one.due, None, later.reason, [later.place])
            continue
        reasons = _list_closed_hours(rulebook, profile, now)
        _add_closed(groups, one.due, rulebook, profile, reasons, opens, ends_at)
    _add_deferred(summary, groups, deferred, rulebook, profiles, blackouts, now, ends_at)
    summary.closed = sorted(groups.values(), key=lambda group: -group.contacts)
    return summary


def _find_lasting_blackout(
    rulebook: Rulebook, profile: DialProfile, at: datetime, blackouts: Sequence[Blackout]
) -> Blackout | None:
    """The blackout without an end that will still hold when a place's hours next open; None where those never open."""
    opens = find_first_open(rulebook, profile, at)
    return (
        None if opens is None else find_blackout(blackouts, profile, rulebook.purpose, opens, rulebook.guard)
    )


def _get_group(groups: dict[str, ClosedGroup], code: str) -> ClosedGroup:
    return groups.setdefault(code, ClosedGroup(code))


def _add_closed(
    groups: dict[str, ClosedGroup],
    contacts: int,
    rulebook: Rulebook,
    profile: DialProfile,
    reasons: Sequence[ClosedHours],
    opens: datetime | None,
    ends_at: datetime | None,
) -> None:
    """Count people where it is closed under what keeps them longest: a rule that lasts; else that their hours never
    open, or only after the campaign ends; else the person's own reason before the campaign's."""
    codes = {reason.code for reason in reasons}
    code = next((each for each in TOLD_FIRST if each in codes), reasons[0].code if reasons else PERSON_HOURS)
    if code not in (ZONE_UNKNOWN, *LASTING):
        never = (
            NEVER_OPEN if opens is None else AFTER_END if ends_at is not None and opens >= ends_at else None
        )
        if never is not None:
            own = rulebook.timezone if rulebook.clock is CampaignClock.CAMPAIGN else None
            places = profile.zones if own is None else (own,)
            _get_group(groups, never).add(contacts, None, rulebook.clock, places)
            return
        if not reasons:
            _get_group(groups, code).add(contacts, opens, PUT_OFF, profile.zones)
            return
    of_code = [reason for reason in reasons if reason.code == code]
    # Of several rules, the one that keeps it closed for longest.
    longest = max(of_code, key=lambda reason: (reason.until is None, reason.until or EPOCH), default=None)
    detail, source = ("", "") if longest is None else (longest.detail, longest.source)
    zones = {
        reason.zone
        for reason in of_code
        if reason.zone is not None and (reason.detail, reason.source) == (detail, source)
    }
    _get_group(groups, code).add(contacts, opens, detail, zones, source)


def _add_deferred(
    summary: QueueSummary,
    groups: dict[str, ClosedGroup],
    deferred: Sequence[DeferredCount],
    rulebook: Rulebook,
    profiles: Mapping[int, DialProfile],
    blackouts: Sequence[Blackout],
    now: datetime,
    ends_at: datetime | None,
) -> None:
    """Those who had their turn: where it was for the hours they are closed like everybody else there."""
    by_code: dict[DeferredBy, DeferredGroup] = {}
    for one in deferred:
        summary.later -= one.contacts
        summary.last_due = max(summary.last_due or one.last, one.last)
        profile = profiles[one.profile_id]
        first = find_first_open(rulebook, profile, one.first, blackouts)
        last = find_first_open(rulebook, profile, one.last, blackouts)
        held = find_blackout(blackouts, profile, rulebook.purpose, now, rulebook.guard)
        if one.deferred_by is DeferredBy.HOURS:
            summary.put_off_for_hours += one.contacts
            if held is None and first is None:
                held = _find_lasting_blackout(rulebook, profile, one.first, blackouts)
            if held is not None:
                _get_group(groups, BLACKOUT).add(one.contacts, first, held.reason, [held.place])
            else:
                reasons = _list_closed_hours(rulebook, profile, now)
                _add_closed(groups, one.contacts, rulebook, profile, reasons, first, ends_at)
            continue
        found = by_code.setdefault(one.deferred_by, DeferredGroup(one.deferred_by, 0, first, last))
        found.contacts += one.contacts
        found.first, found.last = _earlier(found.first, first), _later(found.last, last)
    summary.deferred = sorted(by_code.values(), key=lambda group: -group.contacts)


def _count_queues(
    connection: Connection, waiting: Mapping[int, int], now: datetime
) -> dict[int, list[ProfileCount]]:
    """Exact: of a campaign's counts that were cut off all but one are counted out, and the one is what is missing to
    those who wait. Without that millions who sleep were said to be next in line."""
    counts = count_queues_by_profile(connection, list(waiting), now, most=MOST, most_overdue=MOST_OVERDUE + 1)
    cut_off = {
        campaign_id: [
            (campaign_id, one.profile_id, later)
            for later in (False, True)
            for one in of_campaign
            if (one.later if later else one.due) >= MOST
        ]
        for campaign_id, of_campaign in counts.items()
    }
    exact = count_long_queues(connection, [queue for queues in cut_off.values() for queue in queues[1:]], now)
    for campaign_id, queues in cut_off.items():
        of_campaign = counts[campaign_id] = [
            one._replace(
                due=exact.get((campaign_id, one.profile_id, False), one.due),
                later=exact.get((campaign_id, one.profile_id, True), one.later),
            )
            for one in counts[campaign_id]
        ]
        if not queues:
            continue
        missing = max(waiting[campaign_id] - sum(one.due + one.later for one in of_campaign), 0)
        _, profile_id, later = queues[0]
        place = next(place for place, one in enumerate(of_campaign) if one.profile_id == profile_id)
        one = of_campaign[place]
        of_campaign[place] = (
            one._replace(later=one.later + missing) if later else one._replace(due=one.due + missing)
        )
    return counts


def _list_closed_hours(rulebook: Rulebook, profile: DialProfile, now: datetime) -> list[ClosedHours]:
    """Why it is closed, or is about to be."""
    return explain_hours(rulebook, profile, now) or explain_hours(rulebook, profile, now + rulebook.guard)


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    known = [at for at in (one, other) if at is not None]
    return min(known) if known else None


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    known = [at for at in (one, other) if at is not None]
    return max(known) if known else None
