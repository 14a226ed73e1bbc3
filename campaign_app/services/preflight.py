"""Preflight: who of a campaign's list would be called when, and who never, by the rules that the permit asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from campaign_app.domain.call_caps import longest_period
from campaign_app.domain.campaign import CampaignSpec, to_rfc3339
from campaign_app.domain.dial_profile import DialProfile
from campaign_app.domain.rulebook import Rulebook
from campaign_app.domain.timeline import find_timeline
from campaign_app.models import Campaign
from campaign_app.queries import preflight as preflight_queries
from campaign_app.services.campaigns import build_campaign_spec
from campaign_app.services.dialing_rules import CallRequest, DialingRules, find_hours_refusal

SECONDS_PER_CALL = (20.0, 60.0)
"""How long a call holds its line, with its ringing: between these two, before there are calls to measure."""
KNOWN_BY = ("column", "postal", "state")
"""How a zone was found that somebody stated; by the number alone it is a guess."""
DO_NOT_CALL, ZONE_UNKNOWN, NEVER_OPEN = "do-not-call", "zone-unknown", "never-open"
PIECE = 5_000


@dataclass(slots=True)
class LaterGroup:
    """People who may be called from the same instant on."""

    opens_at: datetime
    contacts: int = 0
    zones: set[str] = field(default_factory=set)


@dataclass(slots=True)
class PreflightResult:
    """What a start at `at` would do. Every waiting contact is in exactly one of now, later and never."""

    at: datetime
    waiting: int = 0
    now: int = 0
    later: list[LaterGroup] = field(default_factory=list)
    never: dict[str, int] = field(default_factory=dict)
    """{code: contacts}."""
    capped: int = 0
    """Of those of `later`: who was called often enough lately."""
    zones_known: int = 0
    zones_guessed: int = 0
    calls: tuple[int, int] = (0, 0)
    finish: tuple[datetime, datetime] | None = None
    missing: list[str] = field(default_factory=list)
    """Fields that a start asks for."""


def compute_preflight(session: Session, campaign: Campaign, now: datetime) -> PreflightResult:
    """The rules over the whole list: one pass over the claim index by profile, and one over the numbers that were
    called lately or are listed."""
    spec = build_campaign_spec(campaign)
    rulebook, connection = spec.rulebook, session.connection()
    at = max(now, campaign.starts_at or now)
    result = PreflightResult(at)
    rules = DialingRules()
    counts = preflight_queries.count_waiting_by_profile(connection, campaign.id)
    profiles = rules.get_profiles(connection, [one.profile_id for one in counts])
    listed = preflight_queries.count_listed_by_profile(connection, campaign.id)
    later: defaultdict[datetime, LaterGroup] = defaultdict(lambda: LaterGroup(at))
    groups: list[tuple[DialProfile, int]] = []
    deferred = _find_deferred(connection, rules, campaign, rulebook, profiles, at)
    for one in counts:
        profile = profiles[one.profile_id]
        blocked = listed.get(one.profile_id, 0)
        _count_never(result, DO_NOT_CALL, blocked)
        people = one.contacts - blocked
        result.waiting += one.contacts
        _count_zones(result, profile, people)
        opens = _first_open(rulebook, profile, at)
        if opens is None:
            _count_never(result, NEVER_OPEN if profile.zones else ZONE_UNKNOWN, people)
            continue
        groups.append((profile, people))
        for begin, number in _split_by_begin(rulebook, profile, people, deferred.get(one.profile_id, []), at):
            if begin <= at:
                result.now += number
            else:
                _count_later(later, begin, number, profile)
    result.capped = sum(len(frees) for frees in deferred.values())
    result.later = [later[begin] for begin in sorted(later)]
    reachable = sum(people for _, people in groups)
    result.calls = (reachable, reachable * spec.retry.max_attempts)
    result.finish = _estimate_finish(spec, rulebook, groups, at)
    result.missing = [] if campaign.purpose is not None else ["purpose"]
    return result


def _count_never(result: PreflightResult, code: str, contacts: int) -> None:
    if contacts:
        result.never[code] = result.never.get(code, 0) + contacts


def _count_zones(result: PreflightResult, profile: DialProfile, contacts: int) -> None:
    if not profile.zones:
        return
    if any(part in KNOWN_BY for part in profile.derived.split("+")):
        result.zones_known += contacts
    else:
        result.zones_guessed += contacts


def _count_later(
    later: dict[datetime, LaterGroup], begin: datetime, contacts: int, profile: DialProfile
) -> None:
    if not contacts:
        return
    group = later[begin]
    group.opens_at = begin
    group.contacts += contacts
    group.zones |= set(profile.zones)


def _first_open(rulebook: Rulebook, profile: DialProfile, at: datetime) -> datetime | None:
    """The first instant at which a call may begin."""
    refusal = find_hours_refusal(rulebook, profile, at, rulebook.guard)
    return at if refusal is None else refusal.until


def _split_by_begin(
    rulebook: Rulebook,
    profile: DialProfile,
    people: int,
    deferred: Sequence[datetime],
    at: datetime,
) -> list[tuple[datetime, int]]:
    """(first instant, how many): most at the opening, those who wait for a cap or a retry later."""
    begins: defaultdict[datetime, int] = defaultdict(int)
    for free_at in deferred:
        opens = _first_open(rulebook, profile, free_at)
        if opens is not None:
            begins[opens] += 1
    opens = _first_open(rulebook, profile, at)
    if opens is not None:
        begins[opens] += max(people - len(deferred), 0)
    return sorted(begins.items())


def _find_deferred(
    connection: Any,
    rules: DialingRules,
    campaign: Campaign,
    rulebook: Rulebook,
    profiles: Mapping[int, DialProfile],
    at: datetime,
) -> dict[int, list[datetime]]:
    """{profile: when each of those is free who waits for a cap, a gap or the time that is set for the contact}."""
    deferred: defaultdict[int, list[datetime]] = defaultdict(list)
    rows = preflight_queries.list_called_or_later(connection, campaign.id, at - longest_period(rulebook), at)
    for start in range(0, len(rows), PIECE):
        piece = rows[start : start + PIECE]
        requests = [
            CallRequest(row.phone, campaign.id, rulebook, profiles[row.profile_id])
            for row in piece
            if row.profile_id in profiles
        ]
        reached = rules.find_caps(connection, requests, at)
        for row in piece:
            frees = [cap.frees_at for cap in reached.get(row.phone, [])]
            free_at = max([row.due_at, *frees])
            if free_at > at:
                deferred[row.profile_id].append(free_at)
    return deferred


def _estimate_finish(
    spec: CampaignSpec, rulebook: Rulebook, groups: Sequence[tuple[DialProfile, int]], at: datetime
) -> tuple[datetime, datetime] | None:
    """Between the time for one short call each and that for all tries of long ones, in the hours of each profile."""
    people = sum(number for _, number in groups)
    if not people:
        return None
    ends: list[datetime] = []
    for seconds, tries in ((SECONDS_PER_CALL[0], 1), (SECONDS_PER_CALL[1], spec.retry.max_attempts)):
        rate = spec.max_concurrent_calls / seconds
        if spec.calls_per_second is not None:
            rate = min(rate, spec.calls_per_second)
        needed = timedelta(seconds=people * tries / rate)
        found = [
            _advance_open_time(rulebook, profile, at, needed * (number / people))
            for profile, number in groups
        ]
        if any(end is None for end in found):
            return None
        ends.append(max([end for end in found if end is not None] + [at + needed]))
    return ends[0], max(ends)


def _advance_open_time(
    rulebook: Rulebook, profile: DialProfile, at: datetime, needed: timedelta
) -> datetime | None:
    """When a profile's hours have been open for so long since `at`; None where that takes over a year."""
    horizon = at + timedelta(days=366)
    while at < horizon:
        timeline = find_timeline(rulebook, profile, at)
        opens = timeline.next_open(at)
        if opens is None:
            at = timeline.horizon
            continue
        closes = timeline.closes_at(opens) or timeline.horizon
        if closes - opens >= needed:
            return opens + needed
        needed -= closes - opens
        at = closes
    return None


def preflight_to_api(result: PreflightResult) -> dict[str, Any]:
    return {
        "at": to_rfc3339(result.at),
        "waiting": result.waiting,
        "now": result.now,
        "later": [
            {"from": to_rfc3339(group.opens_at), "contacts": group.contacts, "zones": sorted(group.zones)}
            for group in result.later
        ],
        "never": [{"code": code, "contacts": number} for code, number in sorted(result.never.items())],
        "capped": result.capped,
        "zones": {"known": result.zones_known, "guessed": result.zones_guessed},
        "calls": {"from": result.calls[0], "to": result.calls[1]},
        "finish": None
        if result.finish is None
        else {"from": to_rfc3339(result.finish[0]), "to": to_rfc3339(result.finish[1])},
        "missing": result.missing,
    }
