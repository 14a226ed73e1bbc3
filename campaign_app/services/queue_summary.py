"""Queue summary: who waits in a campaign, and of those that are due who may be called at this hour."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from campaign_app.domain.blackouts import Blackout, find_blackout
from campaign_app.domain.contact import DeferredBy
from campaign_app.domain.dial_profile import DialProfile
from campaign_app.domain.lists import ListRule
from campaign_app.domain.outside_check import OutsideCheck
from campaign_app.domain.rulebook import Rulebook
from campaign_app.domain.timeline import (
    CONSENT,
    PERSON_HOURS,
    PROHIBITED,
    REQUIREMENT,
    ZONE_UNKNOWN,
    ClosedHours,
    explain_hours,
)
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
"""Overdue retries are counted up to this many."""
BLACKOUT = "blackout"
OUTSIDE_SILENT = "outside-silent"

TOLD_FIRST = (ZONE_UNKNOWN, PROHIBITED, CONSENT, REQUIREMENT, PERSON_HOURS)


@dataclass(slots=True)
class ClosedGroup:
    """People who are due and may not be called at this hour, for one and the same reason."""

    code: str
    """domain.timeline: PERSON_HOURS, HOLIDAY, CAMPAIGN_HOURS, ZONE_UNKNOWN, LASTING; or BLACKOUT,
    LIST_STALE, OUTSIDE_SILENT."""
    contacts: int = 0
    until: datetime | None = None
    """When the first of them may be called; None: not within two weeks, or not until somebody lifts a blackout."""
    zones: set[str] = field(default_factory=set)
    """Where it is closed: of somebody who may be at several places not those that are open."""
    detail: str = ""
    """The hours, the holiday's name, or why a blackout was made."""
    source: str = ""
    """The pack and the text that a reason comes from; empty for the campaign's own."""
    places: set[str] = field(default_factory=set)
    """What blackouts closed."""

    def add_blackout(self, held: Blackout) -> None:
        """Take place and reason from one that holds some of them."""
        self.code, self.detail = BLACKOUT, held.reason
        self.places.add(held.place)

    def explain(self, code: str, reasons: Sequence[ClosedHours]) -> None:
        """Take zones and words from why it is closed for some of them."""
        self.code = code
        of_code = [reason for reason in reasons if reason.code == code]
        self.zones |= {reason.zone for reason in of_code if reason.zone is not None}
        if of_code:
            self.detail = of_code[0].detail
            self.source = of_code[0].source


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


def summarize_queue(queues: QueueRows, campaign_id: int, rulebook: Rulebook, now: datetime) -> QueueSummary:
    """What one campaign's queue comes to by its rules."""
    profiles, blackouts, silent, lists = queues.profiles, queues.blackouts, queues.silent, queues.lists
    counts, deferred = queues.counts[campaign_id], queues.deferred[campaign_id]
    summary = QueueSummary()
    groups: defaultdict[str, ClosedGroup] = defaultdict(lambda: ClosedGroup(""))
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
                group = groups[f"{LIST_STALE}:{stale.id}"]
                group.code, group.detail = LIST_STALE, stale.describe_stale(now)
                group.contacts += one.due
            continue
        held = find_blackout(blackouts, profile, rulebook.purpose, now, rulebook.guard)
        opens = find_first_open(rulebook, profile, now, blackouts)
        if opens is not None:
            summary.people.append((profile, one.due + one.later))
        if not one.due:
            continue
        if held is not None:
            group = groups[BLACKOUT]
            group.contacts += one.due
            group.until = _earlier(group.until, opens)
            group.add_blackout(held)
            continue
        if refusal is None and silent is not None and silent.applies(profile, rulebook.purpose):
            group = groups[OUTSIDE_SILENT]
            group.code, group.detail = OUTSIDE_SILENT, silent.last_error or ""
            group.contacts += one.due
            group.until = silent.retry_at
            continue
        if refusal is None:
            summary.callable_now += one.due
            summary.overdue += one.overdue
            summary.overdue_since = _earlier(summary.overdue_since, one.overdue_since)
            continue
        reasons = _list_closed_hours(rulebook, profile, now)
        # The person's own reason is told before the campaign's, and what lasts before what ends.
        codes = {reason.code for reason in reasons}
        code = next(
            (each for each in TOLD_FIRST if each in codes), reasons[0].code if reasons else PERSON_HOURS
        )
        group = groups[code]
        group.contacts += one.due
        group.until = _earlier(group.until, opens)
        group.explain(code, reasons)
    _add_deferred(summary, groups, deferred, rulebook, profiles, blackouts, now)
    summary.closed = sorted(groups.values(), key=lambda group: -group.contacts)
    return summary


def _add_deferred(
    summary: QueueSummary,
    groups: dict[str, ClosedGroup],
    deferred: Sequence[DeferredCount],
    rulebook: Rulebook,
    profiles: Mapping[int, DialProfile],
    blackouts: Sequence[Blackout],
    now: datetime,
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
        if one.deferred_by is DeferredBy.HOURS and held is not None:
            group = groups[BLACKOUT]
            group.contacts += one.contacts
            summary.put_off_for_hours += one.contacts
            group.until = _earlier(group.until, first)
            group.add_blackout(held)
            continue
        if one.deferred_by is DeferredBy.HOURS:
            group = groups[PERSON_HOURS]
            group.contacts += one.contacts
            summary.put_off_for_hours += one.contacts
            group.until = _earlier(group.until, first)
            group.explain(PERSON_HOURS, _list_closed_hours(rulebook, profile, now))
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
    counts = count_queues_by_profile(connection, list(waiting), now, most=MOST, most_overdue=MOST_OVERDUE)
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
