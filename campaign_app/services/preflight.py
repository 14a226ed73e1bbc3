"""Preflight: who of a campaign's list would be called when, and who never, by the rules that the permit asks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from campaign_app.domain.blackouts import Blackout, find_next_start
from campaign_app.domain.call_caps import longest_period, longest_refusal
from campaign_app.domain.call_price import CallPrice, parse_price
from campaign_app.domain.campaign import CampaignSpec, find_begin, to_rfc3339
from campaign_app.domain.contact import DeferredBy
from campaign_app.domain.dial_profile import DialProfile
from campaign_app.domain.gate import DialGate, find_closed_trunk_gate
from campaign_app.domain.lists import ListRule, find_registry_ages, suppressed_code
from campaign_app.domain.packs import describe_source
from campaign_app.domain.requirements import (
    MissingRequirement,
    find_missing_with_consent,
    requirement_to_api,
)
from campaign_app.domain.rulebook import Purpose, Rulebook
from campaign_app.domain.timeline import (
    CONSENT,
    PROHIBITED,
    REQUIREMENT,
    find_lasting_refusal,
    find_timeline,
    list_lifted_law,
)
from campaign_app.models import Campaign, Trunk
from campaign_app.queries import lists as list_queries
from campaign_app.queries import preflight as preflight_queries
from campaign_app.queries.blackouts import load_blackouts
from campaign_app.queries.forgotten import is_forget_key_missing
from campaign_app.services import recovery
from campaign_app.services.campaign_specs import build_campaign_spec
from campaign_app.services.dialing_rules import (
    UNKNOWN_PERSON,
    CallRequest,
    DialingRules,
    apply_trunk_guard,
    find_first_open,
)
from campaign_app.services.finish_estimate import (
    SECONDS_PER_CALL,
    Pace,
    TryLimit,
    Waiting,
    estimate_finish,
    estimate_pace,
)
from campaign_app.services.list_rules import STALE as LIST_STALE
from campaign_app.services.list_rules import find_blocking
from campaign_app.services.outside_rule import SILENT as OUTSIDE_SILENT
from campaign_app.services.outside_rule import is_silent_for_all
from campaign_app.services.pack_limits import describe_rule_cap, describe_rule_hours
from campaign_app.services.rule_checks import FORGET_KEY_MISSING
from campaign_app.services.wait_reasons import ReasonCode

KNOWN_BY = ("column", "postal", "state")
"""How a zone was found that somebody stated; by the number alone it is a guess."""
DO_NOT_CALL, ZONE_UNKNOWN, NEVER_OPEN = "do-not-call", "zone-unknown", "never-open"
LASTING_HOLDS = (
    ReasonCode.TRUNK_NOT_READY.value,
    DialGate.TRUNK_PAUSED.value,
    DialGate.QUARANTINED.value,
    FORGET_KEY_MISSING,
)
"""What ends only when somebody acts, so that nobody knows when the campaign would finish."""
AFTER_END = "after-end"
"""Their turn comes only when the campaign has ended."""
BLACKED_OUT = "blackout"
"""Closed where they are, until somebody lifts it."""
OUTSIDE_CHECK = "outside-check"
"""Refused for good by the outside check."""
NEVER_CODES = (
    DO_NOT_CALL,
    ZONE_UNKNOWN,
    CONSENT,
    PROHIBITED,
    REQUIREMENT,
    NEVER_OPEN,
    BLACKED_OUT,
    AFTER_END,
    LIST_STALE,
    OUTSIDE_CHECK,
)
"""Beside these, `list:ID` is who is on a list (domain.lists.suppressed_code)."""
PIECE = 5_000


class LaterWhy(StrEnum):
    """Why somebody is called later."""

    HOURS = "hours"
    """The hours where the person is, or the campaign's, open later."""
    BLACKOUT = "blackout"
    """Closed where they are, until an instant."""
    CAP = "cap"
    """The number was called often enough lately."""
    GAP = "gap"
    """Another campaign called the number a short while ago."""
    OUTSIDE = "outside"
    """The outside check refused the number, or did not answer."""
    DUE = "due"
    """A retry, or whatever else set a time."""


@dataclass(slots=True)
class PeopleGroup:
    """People of the same time zones who may be called now, or later for the same reason."""

    zones: tuple[str, ...]
    contacts: int = 0
    guessed: int = 0
    """Of them: whose zones are known from the number alone."""
    opens_at: datetime | None = None
    """The first instant at which one of them may be called; None: now."""
    last_opens_at: datetime | None = None
    """The same of the last of them."""
    closes_at: datetime | None = None
    """Of those who may be called now: until when, where that is within two weeks."""
    why: LaterWhy = LaterWhy.HOURS
    profile: DialProfile | None = None
    """Of one of them."""


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
    suppressed: dict[str, int] = field(default_factory=dict)
    """{code: contacts} of those who were taken out of the queue before; never called either."""
    capped: int = 0
    """Of those of `later`: who was called often enough lately."""
    zones_known: int = 0
    zones_guessed: int = 0
    calls: tuple[int, int] = (0, 0)
    price: CallPrice | None = None
    """What a call costs on the campaign's trunk, where somebody has said."""
    cost: tuple[Decimal, Decimal] | None = None
    """What all calls cost, in the currency of the price: those of one short try each, and those of all tries."""
    finish: tuple[datetime, datetime] | None = None
    limits: list[TryLimit] = field(default_factory=list)
    """Caps that later tries will meet, and that put them off."""
    tries_cut: bool = False
    """Whether the campaign's end takes tries away."""
    ends_first: bool = False
    """Whether the campaign may end before all of them have been called."""
    missing: list[str] = field(default_factory=list)
    """Fields that a start asks for."""
    requirements: list[MissingRequirement] = field(default_factory=list)
    """What the rules of countries ask for and the campaign does not have."""
    holds: list[str] = field(default_factory=list)
    """Why nobody at all would be called at this moment: codes of domain.gate, such as `trunk-paused`, and
    `trunk-not-ready`, `forget-key-missing` and `outside-silent`."""
    trunk_id: int | None = None
    """Of the trunk that the campaign would use."""
    trunk_error: str | None = None
    """Why that trunk can place no call."""
    stale_lists: list[str] = field(default_factory=list)
    """Lists that are older than they may be and apply to somebody who waits, in words; those that only warn, too."""
    oldest_list_days: int | None = None
    """The age of the oldest list that applies to somebody who waits; None where none does."""
    lifted: list[LiftedLaw] = field(default_factory=list)
    """Laws whose hours the campaign's own clock does not keep, those of the most people first."""
    list_names: dict[str, str] = field(default_factory=dict)
    """{`list:ID`: its name}."""
    now_groups: list[PeopleGroup] = field(default_factory=list)
    later_groups: list[PeopleGroup] = field(default_factory=list)


class Deferral(NamedTuple):
    """When one contact is free who waits for a cap, a gap or the time that is set for it."""

    free_at: datetime
    why: LaterWhy
    phone: str


def compute_preflight(
    session: Session, campaign: Campaign, now: datetime, spec: CampaignSpec | None = None
) -> PreflightResult:
    """The rules over the whole list: one pass over the claim index by profile, and one over the numbers that were
    called lately or are listed. `spec`: as the campaign is about to be saved."""
    spec = spec or build_campaign_spec(campaign)
    # It may be about to get another trunk.
    trunk = session.scalar(select(Trunk).where(Trunk.name == spec.provider))
    rulebook = apply_trunk_guard(spec.rulebook, 0.0 if trunk is None else trunk.guard_seconds)
    connection = session.connection()
    at = find_begin(spec.starts_at, now)
    result = PreflightResult(at)
    rules = DialingRules()
    counts = preflight_queries.count_waiting_by_profile(connection, campaign.id)
    profiles = rules.get_profiles(connection, [one.profile_id for one in counts])
    listed = preflight_queries.count_listed_by_profile(
        connection, campaign.id, sum(one.contacts for one in counts)
    )
    blackouts = load_blackouts(connection, at)
    sorter = _PeopleSorter(rulebook, at, spec.ends_at, blackouts)
    lists = list_queries.load_list_rules(connection)
    result.list_names = {suppressed_code(rule.id): rule.name for rule in lists}
    on_lists = find_waiting_on_lists(connection, lists, campaign.id, spec.purpose, profiles)
    held: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for each in on_lists.values():
        held[each.profile_id][each.list_id] += 1
    deferred = find_deferred(connection, rules, campaign.id, rulebook, profiles, at, on_lists)
    for one in counts:
        profile = profiles[one.profile_id]
        blocked = listed.get(one.profile_id, 0)
        _count_never(result, DO_NOT_CALL, blocked)
        people = one.contacts - blocked
        result.waiting += one.contacts
        for list_id, number in held.get(one.profile_id, Counter()).items():
            _count_never(result, suppressed_code(list_id), number)
            people -= number
        _note_age(result, lists, spec, profile, now)
        if find_blocking(lists, spec.purpose, profile, now) is not None:
            _count_never(result, LIST_STALE, people)
            continue
        _count_zones(result, profile, people)
        never = find_never_code(rulebook, profile, at, blackouts)
        if never is not None:
            _count_never(result, never, people)
            continue
        late = deferred.get(one.profile_id, [])
        sorter.add_due(profile, max(people - len(late), 0))
        for deferral in late:
            sorter.add_deferred(profile, deferral)
    sorter.write_to(result)
    if campaign.counters.contacts_suppressed:
        result.suppressed = preflight_queries.count_suppressed(connection, campaign.id)
    pace = estimate_pace(
        session,
        None if trunk is None else trunk.provider,
        spec.max_concurrent_calls,
        spec.calls_per_second,
    )
    price = None if trunk is None else parse_price(trunk.price)
    _estimate_calls(result, spec, rulebook, sorter.list_reachable(), pace, price, blackouts)
    waiting = [(profiles[one.profile_id], one.contacts) for one in counts]
    result.requirements = find_missing_with_consent(
        spec, waiting, at, find_registry_ages(lists, spec.purpose, at)
    )
    refusing = dict.fromkeys(each.field for each in result.requirements if not each.warns)
    result.missing = [*([] if spec.purpose is not None else ["purpose"]), *refusing]
    result.lifted = _list_lifted(rulebook, waiting, at)
    if trunk is not None:
        result.trunk_id, result.trunk_error = trunk.id, trunk.check_error or trunk.not_ready
    result.holds = list(_list_holds(session, trunk, now))
    if any(hold in LASTING_HOLDS for hold in result.holds):
        result.finish = None
    if is_silent_for_all(session, profiles.values(), spec.purpose):
        result.holds.append(OUTSIDE_SILENT)
    return result


def _estimate_calls(
    result: PreflightResult,
    spec: CampaignSpec,
    rulebook: Rulebook,
    people: Sequence[Waiting],
    pace: Pace,
    price: CallPrice | None,
    blackouts: Sequence[Blackout],
) -> None:
    """How many calls, what they cost, and when they are done."""
    estimate = estimate_finish(
        rulebook, spec.retry, people, result.at, pace, ends_at=spec.ends_at, blackouts=blackouts
    )
    result.calls, result.finish, result.limits = estimate.calls, estimate.finish, list(estimate.limits)
    result.price = price
    if price is not None:
        short, long = SECONDS_PER_CALL
        result.cost = (price.estimate(result.calls[0], short), price.estimate(result.calls[1], long))
    result.tries_cut = result.ends_first = estimate.is_cut
    if result.finish is not None and spec.ends_at is not None and result.finish[1] > spec.ends_at:
        result.ends_first = True
        result.finish = min(result.finish[0], spec.ends_at), spec.ends_at


def _list_lifted(
    rulebook: Rulebook, people: Sequence[tuple[DialProfile, int]], at: datetime
) -> list[LiftedLaw]:
    lifted: dict[str, LiftedLaw] = {}
    for profile, number in people:
        for rule in {part.rule: None for part in list_lifted_law(rulebook, profile, at)}:
            if rule is not None:
                law = lifted.setdefault(rule.id, LiftedLaw(describe_source(rule), describe_rule_hours(rule)))
                law.contacts += number
    return sorted(lifted.values(), key=lambda law: (-law.contacts, law.source))


def _list_holds(session: Session, trunk: Trunk | None, now: datetime) -> Iterator[str]:
    if trunk is not None:
        closed = find_closed_trunk_gate(
            paused_at=trunk.paused_at,
            circuit_until=trunk.circuit_until,
            now=now,
            quarantined=recovery.is_quarantined(session),
        )
        if closed is not None:
            yield closed.gate.value
        if trunk.check_error or trunk.not_ready:
            yield ReasonCode.TRUNK_NOT_READY.value
    if is_forget_key_missing(session.connection()):
        yield FORGET_KEY_MISSING


class HeldContact(NamedTuple):
    """Somebody who waits and whom the first list holds back."""

    list_id: int
    profile_id: int
    contact: list_queries.ListedContact


def find_waiting_on_lists(
    connection: Connection,
    lists: Sequence[ListRule],
    campaign_id: int,
    purpose: Purpose | None,
    profiles: Mapping[int, DialProfile],
) -> dict[str, HeldContact]:
    """{number: list} of those who wait though a list holds them back: the sweep is on its way to them."""
    swept = list_queries.load_sweeps(connection) if lists else {}
    held: dict[str, HeldContact] = {}
    for rule in lists:
        if rule.version_id is None:
            continue
        for row in list_queries.list_waiting_listed(
            connection, campaign_id, rule.version_id, swept.get(rule.id, 0)
        ):
            profile = profiles.get(row.profile_id, UNKNOWN_PERSON)
            if rule.applies_to(purpose, profile, row.phone):
                held.setdefault(row.phone, HeldContact(rule.id, row.profile_id, row))
    return held


def _note_age(
    result: PreflightResult,
    lists: Sequence[ListRule],
    spec: CampaignSpec,
    profile: DialProfile,
    now: datetime,
) -> None:
    for rule in lists:
        age = rule.age_days(now)
        if age is None or not rule.applies_to(spec.purpose, profile, ""):
            continue
        result.oldest_list_days = max(age, result.oldest_list_days or 0)
        if rule.is_stale(now):
            sentence = rule.describe_stale(now)
            if sentence not in result.stale_lists:
                result.stale_lists.append(sentence)


@dataclass(slots=True)
class LiftedLaw:
    """A law whose hours a campaign on its own clock alone does not keep."""

    source: str
    """`Florida: Fla. Stat. 501.616(6)(a)`."""
    hours: str
    """In words, on the person's clock."""
    contacts: int = 0
    """Of those who wait: whom it is about."""


class _PeopleSorter:
    """People by the zones where they may be, and by when and why they may be called."""

    def __init__(
        self, rulebook: Rulebook, at: datetime, ends_at: datetime | None, blackouts: Sequence[Blackout]
    ) -> None:
        self._rulebook, self._at, self._ends_at = rulebook, at, ends_at
        self._blackouts = blackouts
        self._after_end = 0
        self._reachable: defaultdict[DialProfile, int] = defaultdict(int)
        """How many of each profile may be called now and before the end ..."""
        self._reachable_later: defaultdict[DialProfile, int] = defaultdict(int)
        """... or later and before the end."""
        self._last_begin: dict[DialProfile, datetime] = {}
        """The latest instant from which on somebody of a profile may be called, where that is later."""
        self._now: dict[tuple[str, ...], PeopleGroup] = {}
        self._later: dict[tuple[object, ...], PeopleGroup] = {}
        self._by_begin: dict[datetime, LaterGroup] = {}

    def add_due(self, profile: DialProfile, people: int) -> None:
        """Those who wait for nothing but the hours."""
        opens = find_first_open(self._rulebook, profile, self._at, self._blackouts)
        if opens is None or not people:
            return
        if self._is_over(opens):
            self._after_end += people
            return
        if opens <= self._at:
            self._reachable[profile] += people
            group = self._now.setdefault(profile.zones, PeopleGroup(profile.zones, profile=profile))
            closes = self._find_closing(profile)
            if closes is not None:
                group.closes_at = min(group.closes_at or closes, closes)
            self._count(group, profile, people)
            return
        self._count_later(
            (self._why_closed(profile, self._at, opens), profile.zones, opens), profile, people, opens
        )

    def _find_closing(self, profile: DialProfile) -> datetime | None:
        """When it closes for them, or a blackout begins."""
        ends = (
            find_timeline(self._rulebook, profile, self._at).closes_at(self._at),
            find_next_start(self._blackouts, profile, self._rulebook.purpose, self._at),
        )
        return min((each for each in ends if each is not None), default=None)

    def _why_closed(self, profile: DialProfile, free_at: datetime, opens: datetime) -> LaterWhy:
        """Whether it is the hours or a blackout for which somebody who is free at an instant waits until `opens`."""
        hours = find_first_open(self._rulebook, profile, free_at)
        return LaterWhy.HOURS if hours == opens else LaterWhy.BLACKOUT

    def add_deferred(self, profile: DialProfile, deferral: Deferral) -> None:
        """One who has to wait longer, told by the reason and not by the zone."""
        opens = find_first_open(self._rulebook, profile, deferral.free_at, self._blackouts)
        if opens is None or self._is_over(opens):
            self._after_end += 1
            return
        if deferral.why is LaterWhy.HOURS:
            why = self._why_closed(profile, self._at, opens)
            self._count_later((why, profile.zones, opens), profile, 1, opens)
        else:
            self._count_later((deferral.why,), profile, 1, opens)

    def _count_later(
        self, key: tuple[object, ...], profile: DialProfile, people: int, opens: datetime
    ) -> None:
        self._reachable_later[profile] += people
        self._last_begin[profile] = max(self._last_begin.get(profile, opens), opens)
        group = self._later.get(key)
        if group is None:
            why = LaterWhy(str(key[0]))
            group = self._later[key] = PeopleGroup(profile.zones, opens_at=opens, why=why, profile=profile)
        group.opens_at = min(group.opens_at or opens, opens)
        group.last_opens_at = max(group.last_opens_at or opens, opens)
        self._count(group, profile, people)
        begin = self._by_begin.setdefault(opens, LaterGroup(opens))
        begin.contacts += people
        begin.zones |= set(profile.zones)

    def list_reachable(self) -> list[Waiting]:
        """How many of each profile may be called before the end, and from when on the last of them."""
        at_once = [Waiting(profile, people, self._at) for profile, people in self._reachable.items()]
        return at_once + [
            Waiting(profile, people, self._last_begin[profile])
            for profile, people in self._reachable_later.items()
        ]

    def _is_over(self, opens: datetime) -> bool:
        return self._ends_at is not None and opens >= self._ends_at

    @staticmethod
    def _count(group: PeopleGroup, profile: DialProfile, people: int) -> None:
        group.contacts += people
        if not is_zone_known(profile):
            group.guessed += people

    def write_to(self, result: PreflightResult) -> None:
        result.now_groups = sorted(self._now.values(), key=lambda group: -group.contacts)
        result.now = sum(group.contacts for group in result.now_groups)
        result.later_groups = sorted(
            self._later.values(), key=lambda group: (group.opens_at or self._at, -group.contacts)
        )
        result.later = [self._by_begin[begin] for begin in sorted(self._by_begin)]
        result.capped = sum(
            group.contacts for group in self._later.values() if group.why in (LaterWhy.CAP, LaterWhy.GAP)
        )
        _count_never(result, AFTER_END, self._after_end)


def _count_never(result: PreflightResult, code: str, contacts: int) -> None:
    if contacts:
        result.never[code] = result.never.get(code, 0) + contacts


def is_zone_known(profile: DialProfile) -> bool:
    """Whether somebody stated where the person is, so that it is not a guess by the number."""
    return any(part in KNOWN_BY for part in profile.derived.split("+"))


def _count_zones(result: PreflightResult, profile: DialProfile, contacts: int) -> None:
    if not profile.zones:
        return
    if is_zone_known(profile):
        result.zones_known += contacts
    else:
        result.zones_guessed += contacts


def find_never_code(
    rulebook: Rulebook, profile: DialProfile, at: datetime, blackouts: Sequence[Blackout]
) -> str | None:
    """Why people of a profile are never called by what is known now; None where they are."""
    if find_first_open(rulebook, profile, at) is None:
        if not profile.zones:
            return ZONE_UNKNOWN
        lasting = find_lasting_refusal(rulebook, profile, at)
        return NEVER_OPEN if lasting is None else lasting.code
    return BLACKED_OUT if find_first_open(rulebook, profile, at, blackouts) is None else None


def find_deferred(
    connection: Connection,
    rules: DialingRules,
    campaign_id: int,
    rulebook: Rulebook,
    profiles: Mapping[int, DialProfile],
    at: datetime,
    on_lists: Mapping[str, HeldContact],
) -> dict[int, list[Deferral]]:
    """By profile: who waits for a cap, a gap or the time that is set for the contact. Nobody where the key is missing
    by which forgotten numbers are known: nobody is called then, and a hold of the preflight says so."""
    if is_forget_key_missing(connection):
        return {}
    deferred: defaultdict[int, list[Deferral]] = defaultdict(list)
    refusal = longest_refusal(rulebook)
    found = preflight_queries.list_called_or_later(
        connection, campaign_id, at - longest_period(rulebook), at, at - refusal if refusal else None
    )
    rows = [row for row in found if row.phone not in on_lists]
    for start in range(0, len(rows), PIECE):
        piece = rows[start : start + PIECE]
        requests = [
            CallRequest(row.phone, campaign_id, rulebook, profiles[row.profile_id])
            for row in piece
            if row.profile_id in profiles
        ]
        reached = rules.find_caps(connection, requests, at)
        for row in piece:
            waits = [Deferral(row.due_at, _why_due_later(row.deferred_by), row.phone)]
            waits += [
                Deferral(cap.frees_at, LaterWhy(cap.deferral), row.phone)
                for cap in reached.get(row.phone, [])
            ]
            last = max(waits, key=lambda each: each.free_at)
            if last.free_at > at:
                deferred[row.profile_id].append(last)
    return deferred


def _why_due_later(deferred_by: str | None) -> LaterWhy:
    known = {
        DeferredBy.CAP: LaterWhy.CAP,
        DeferredBy.GAP: LaterWhy.GAP,
        DeferredBy.HOURS: LaterWhy.HOURS,
        DeferredBy.OUTSIDE: LaterWhy.OUTSIDE,
        DeferredBy.UNASKED: LaterWhy.OUTSIDE,
    }
    return LaterWhy.DUE if deferred_by is None else known.get(DeferredBy(deferred_by), LaterWhy.DUE)


def describe_limit(limit: TryLimit) -> str:
    """`3 calls in 30 days`."""
    cap = limit.reached.cap
    return "a time of rest" if cap is None else describe_rule_cap(cap)


def preflight_to_api(result: PreflightResult, lacking: Sequence[str]) -> dict[str, Any]:
    """`lacking`: variables for which some contact has no value, so that a start is refused (start_checks.py)."""
    return {
        "at": to_rfc3339(result.at),
        "waiting": result.waiting,
        "now": result.now,
        "later": [
            {"from": to_rfc3339(group.opens_at), "contacts": group.contacts, "zones": sorted(group.zones)}
            for group in result.later
        ],
        "never": [{"code": code, "contacts": number} for code, number in sorted(result.never.items())],
        "suppressed": [
            {"code": code, "contacts": number} for code, number in sorted(result.suppressed.items())
        ],
        "capped": result.capped,
        "zones": {"known": result.zones_known, "guessed": result.zones_guessed},
        "calls": {"from": result.calls[0], "to": result.calls[1]},
        "limits": [
            {
                "cap": describe_limit(limit),
                "source": describe_source(limit.reached.rule) or None,
                "try": limit.number,
                "from": to_rfc3339(limit.until),
                "contacts": limit.contacts,
            }
            for limit in result.limits
        ],
        "cost": None
        if result.cost is None or result.price is None
        else {
            "currency": result.price.currency,
            "from": str(round(result.cost[0], 2)),
            "to": str(round(result.cost[1], 2)),
        },
        "finish": None
        if result.finish is None
        else {"from": to_rfc3339(result.finish[0]), "to": to_rfc3339(result.finish[1])},
        "ends_first": result.ends_first,
        "missing": [*result.missing, *(f"variables.{name}" for name in lacking)],
        "requirements": [requirement_to_api(each) for each in result.requirements],
        "lifted": [
            {"source": law.source, "hours": law.hours, "contacts": law.contacts} for law in result.lifted
        ],
        "stale_lists": result.stale_lists,
        "holds": result.holds,
    }
