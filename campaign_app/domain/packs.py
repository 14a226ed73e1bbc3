"""Packs: rules of countries and states as data. What a pack may say, and which of its rules hold for one call.

A pack is a file of rules about calls that play a recording or a synthetic voice, each with its source, its status and
the days on which it is in force. A rulebook names packs by `name@version`; the version is a hash of what the pack says,
so that the rules of then can be read as long as their rows are kept. Where several rules apply, all of them hold.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from .calling_window import CallingWindow
from .dial_profile import NO_CONSENT, WITHHELD, DialProfile
from .place_names import find_state
from .rulebook import CALLER_ID, IDENTIFICATION, OPT_OUT_KEY, TOLL_FREE, CallCap, Purpose, Rulebook

ELSEWHERE = "elsewhere"
"""As a place: every country of which no pack in use says anything."""
ANYWHERE = "*"
PERSON_ZONE, STATE_ZONE = "person", "state"
DEFAULT_PACK = "default"
"""The name of the pack with the installation's own hours."""


class RuleStatus(StrEnum):
    LAW = "law"
    GUIDANCE = "guidance"
    """A regulator's."""
    CODE = "code"
    """Of an industry, for its members."""
    DISPUTED = "disputed"
    DEFAULT = "default"
    """The installation's own choice."""
    FLOOR = "floor"
    """The installation's own, and never switched off: else nobody's night would be safe."""


FIXED = frozenset({RuleStatus.LAW, RuleStatus.FLOOR})
"""What no operator can switch off."""


class SilenceEvent(StrEnum):
    """What happened on an earlier call, after which a number is left in peace."""

    ANSWERED = "answered"
    REFUSED = "refused"
    """The person asked for no more calls; it matters once the number is off the do-not-call list again."""


@dataclass(frozen=True, slots=True)
class AppliesWhen:
    """Whose calls a rule is about. Empty: everybody's."""

    purposes: tuple[Purpose, ...] = ()
    """Empty: all but emergencies."""
    lines: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    unless_consent: tuple[str, ...] = ()
    """The kinds of consent that lift the rule."""


@dataclass(frozen=True, slots=True)
class Holidays:
    """What a rule says of public holidays."""

    windows: tuple[CallingWindow, ...] = ()
    """When calls are allowed on them; empty: not at all. Their `days` do not matter."""
    of_states: bool = True
    """Of a country's rule: whether holidays of the state count beside those of the country."""
    of_country: bool = False
    """Of a state's rule: whether the country's holidays count that the state does not keep."""
    before_weekends: bool = True
    """Whether a Friday is closed for a holiday that falls on the Saturday."""
    added: tuple[tuple[int, int, str], ...] = ()
    """(month, day, name)."""
    removed: tuple[str, ...] = ()
    """By name: holidays on which the rule allows calls."""


@dataclass(frozen=True, slots=True)
class Silence:
    """How long a number is left in peace after an event."""

    event: SilenceEvent
    days: int


@dataclass(frozen=True, slots=True)
class Requires:
    """What a call needs apart from the right hour."""

    consent: tuple[str, ...] = ()
    """One of these kinds, of the person called."""
    opt_out_key: bool = False
    identification: bool = False
    """The caller's name in the first words."""
    toll_free: bool = False
    """A number to call for free in what machines get to hear."""
    caller_id: bool = False
    registry_days: int | None = None
    """A do-not-call registry of the country, no older than this."""
    warns: bool = False
    """A call without it is allowed, and the start says what is missing."""


@dataclass(frozen=True, slots=True)
class Example:
    """A call and whether the rule allows it, as its author reads the text. Times are local in `zone`, without an
    offset."""

    at: datetime
    zone: str
    place: str
    purpose: Purpose | None
    allowed: bool
    consent: str = "none"
    line: str = "unknown"
    party: str = "consumer"
    calls: tuple[datetime, ...] = ()
    """Earlier calls to the number."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a pack. `id` is `pack/name`."""

    id: str
    pack: str
    pack_title: str
    title: str
    status: RuleStatus
    source: str
    places: tuple[str, ...]
    """Countries (ISO 3166 alpha-2) and subdivisions (ISO 3166-2)."""
    except_places: tuple[str, ...] = ()
    """Subdivisions in which it does not hold."""
    url: str = ""
    optional: bool = False
    """Off until an operator switches it on."""
    covers: bool = False
    """Whether its pack knows all that there is to say of the hours in its places, so that they are not unknown."""
    starts_on: date | None = None
    ends_on: date | None = None
    """The first day on which it is not in force any more."""
    applies_when: AppliesWhen = AppliesWhen()
    hours: tuple[CallingWindow, ...] = ()
    zone: str = PERSON_ZONE
    """Whose clock the hours are on: the person's, the state's, or one IANA zone."""
    holidays: Holidays | None = None
    caps: tuple[CallCap, ...] = ()
    silence_after: tuple[Silence, ...] = ()
    requires: Requires | None = None
    prohibited: str = ""
    """Why there is no such call at all, in a sentence."""
    examples: tuple[Example, ...] = field(default=(), compare=False)

    @property
    def can_switch_off(self) -> bool:
        return self.status not in FIXED


@dataclass(frozen=True, slots=True)
class Pack:
    """Rules of one country or state, looked up on one day."""

    name: str
    version: str
    """12 hexadecimal digits of a hash of everything that it says."""
    title: str
    group: str
    """Under which the page lists it: `United States`, `Europe`."""
    checked_on: date
    rules: tuple[Rule, ...]
    notes: tuple[str, ...] = ()
    """What no program can decide, for the operator."""

    @property
    def key(self) -> str:
        return f"{self.name}@{self.version}"

    @property
    def places(self) -> tuple[str, ...]:
        return tuple(sorted({place for rule in self.rules for place in rule.places}))


def describe_source(rule: Rule | None) -> str:
    """`Florida: Fla. Stat. 501.616(6)(a)`; empty for the campaign's own rules and the installation's."""
    return "" if rule is None or rule.pack == DEFAULT_PACK else f"{rule.pack_title}: {rule.source}"


class PackEdition(NamedTuple):
    """What is in use: packs as `name@version`, and where it differs from what they ship with."""

    packs: tuple[str, ...] = ()
    switched_off: tuple[str, ...] = ()
    """Ids of rules that would hold."""
    switched_on: tuple[str, ...] = ()
    """Ids of optional rules that hold."""


NO_PACKS = PackEdition()
"""Of before there were packs."""
_shelf: dict[str, Pack] = {}


def register_pack(pack: Pack) -> None:
    """Put a pack on the shelf, from which rulebooks take it by `name@version`. What a version says never changes."""
    _shelf.setdefault(pack.key, pack)


def is_registered(key: str) -> bool:
    return key in _shelf


def get_pack(key: str) -> Pack:
    """Raises LookupError for one that is not on the shelf."""
    try:
        return _shelf[key]
    except KeyError:
        raise LookupError(f"the rules {key} are not known here") from None


def list_rules(rulebook: Rulebook) -> tuple[Rule, ...]:
    """Every rule that is in use under a rulebook, whoever is called. Raises LookupError."""
    return _list_rules(_edition_of(rulebook))


def _edition_of(rulebook: Rulebook) -> PackEdition:
    return PackEdition(rulebook.packs, rulebook.switched_off, rulebook.switched_on)


@lru_cache(maxsize=64)
def _list_rules(edition: PackEdition) -> tuple[Rule, ...]:
    off, on = frozenset(edition.switched_off), frozenset(edition.switched_on)
    return tuple(rule for key in edition.packs for rule in get_pack(key).rules if _holds(rule, off, on))


def _holds(rule: Rule, off: Container[str], on: Container[str]) -> bool:
    return rule.id in on if rule.optional else rule.id not in off or not rule.can_switch_off


def is_in_use(edition: PackEdition, rule: Rule) -> bool:
    """Whether a rule holds, as things are switched; what is law holds whatever was switched off."""
    return _holds(rule, edition.switched_off, edition.switched_on)


def find_rules(rulebook: Rulebook, profile: DialProfile) -> tuple[Rule, ...]:
    """The rules that hold for calls of a rulebook to a person, on any day: of every place where the person may be.
    Raises LookupError where the rulebook names a pack that nobody has."""
    return _find_rules(_edition_of(rulebook), rulebook.purpose, rulebook.consent, profile)


@lru_cache(maxsize=16_384)
def _find_rules(
    edition: PackEdition, purpose: Purpose | None, consent: str, profile: DialProfile
) -> tuple[Rule, ...]:
    rules = _list_rules(edition)
    places = find_places(profile, rules)
    kind = best_consent(profile.consent, consent)
    return tuple(
        rule
        for rule in rules
        if _is_about(rule, purpose or Purpose.MARKETING, profile, kind) and _is_in(rule, profile, places)
    )


def find_places(profile: DialProfile, rules: Sequence[Rule]) -> frozenset[str]:
    """Everywhere that a person may be: the number's country, the states and their countries; where no state is known,
    all those of the country that have rules of their own."""
    known = {state.partition("-")[0] for state in profile.states}
    countries = known | ({profile.country} if profile.country is not None else set())
    unknown_states = {
        place
        for rule in rules
        for place in rule.places
        if "-" in place and place.partition("-")[0] in countries - known
    }
    places = frozenset(countries | set(profile.states) | unknown_states)
    covered = {place.partition("-")[0] for rule in rules if rule.covers for place in rule.places}
    return places if countries & covered == countries and countries else places | {ELSEWHERE}


def _is_about(rule: Rule, purpose: Purpose, profile: DialProfile, consent: str) -> bool:
    when = rule.applies_when
    return (
        has_purpose(rule, purpose)
        and (not when.lines or profile.line in when.lines)
        and (not when.parties or profile.party in when.parties)
        and consent not in when.unless_consent
    )


def has_purpose(rule: Rule, purpose: Purpose) -> bool:
    """Whether a rule is about calls for a purpose."""
    purposes = rule.applies_when.purposes
    return purpose in purposes if purposes else purpose is not Purpose.EMERGENCY


def _is_in(rule: Rule, profile: DialProfile, places: frozenset[str]) -> bool:
    if ANYWHERE in rule.places:
        return True
    if places.isdisjoint(rule.places):
        return False
    if not rule.except_places or not profile.states:
        return True
    # It holds as soon as the person may be in one state of the rule's country that is no exception.
    countries = {place.partition("-")[0] for place in rule.places}
    states = [state for state in profile.states if state.partition("-")[0] in countries]
    return not states or not set(states) <= set(rule.except_places)


def list_needs(requires: Requires) -> tuple[str, ...]:
    """What is asked of the message and its call, in the words of Rulebook.lacks."""
    asked = (
        (IDENTIFICATION, requires.identification),
        (OPT_OUT_KEY, requires.opt_out_key),
        (TOLL_FREE, requires.toll_free),
        (CALLER_ID, requires.caller_id),
    )
    return tuple(need for need, is_asked in asked if is_asked)


def find_lacking(rule: Rule, lacks: Sequence[str]) -> tuple[str, ...]:
    """Of what a rule asks of the message what is lacking, where a call without it is refused."""
    if rule.requires is None or rule.requires.warns:
        return ()
    return tuple(need for need in list_needs(rule.requires) if need in lacks)


CONSENT_RANK = {"none": 0, "existing": 1, "express": 2, "written": 3}


def best_consent(of_person: str, of_campaign: str) -> str:
    """The consent that counts: what is known of the person, else what the campaign says of everybody on its list.
    `withheld` is a person's own word, and stays."""
    if of_person == WITHHELD:
        return NO_CONSENT
    return max(of_person, of_campaign, key=lambda kind: CONSENT_RANK.get(kind, 0))


def name_consent(kinds: Sequence[str]) -> str:
    """`written consent`, `express or written consent`, `express or written consent, or a customer relationship`."""
    agreed = " or ".join(kind for kind in kinds if kind != "existing")
    parts = [f"{agreed} consent"] if agreed else []
    parts += ["a customer relationship"] if "existing" in kinds else []
    return ", or ".join(parts)


def lacks_consent(rule: Rule, profile: DialProfile, of_campaign: str) -> bool:
    """Whether a rule that holds asks for a consent that the person has not given."""
    requires = rule.requires
    return (
        requires is not None
        and bool(requires.consent)
        and best_consent(profile.consent, of_campaign) not in requires.consent
    )


def find_days_in_force(rule: Rule, zones: Sequence[str]) -> tuple[datetime | None, datetime | None]:
    """From when until before when a rule is in force for somebody in one of these zones, UTC; None: no limit. Where the
    zones differ, the earlier start and the later end."""
    names = zones or ("UTC",)
    begins = [_begin_local_day(rule.starts_on, zone) for zone in names if rule.starts_on]
    ends = [_begin_local_day(rule.ends_on, zone) for zone in names if rule.ends_on]
    return min(begins, default=None), max(ends, default=None)


def is_in_force(rule: Rule, zones: Sequence[str], at: datetime) -> bool:
    starts, ends = find_days_in_force(rule, zones)
    return (starts is None or starts <= at) and (ends is None or at < ends)


@lru_cache(maxsize=4096)
def _begin_local_day(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def find_rule_zones(rule: Rule, profile: DialProfile) -> tuple[str, ...]:
    """The zones on whose clocks a rule's hours are read for a person."""
    if rule.zone == PERSON_ZONE:
        return profile.zones
    if rule.zone != STATE_ZONE:
        return (rule.zone,)
    of_states = {zone for place in rule.places for zone in _list_state_zones(place)}
    shared = tuple(zone for zone in profile.zones if zone in of_states)
    return shared or tuple(sorted(of_states)) or profile.zones


def _list_state_zones(place: str) -> tuple[str, ...]:
    state = find_state(place)
    return () if state is None else state.zones


def find_holiday_places(rule: Rule, profile: DialProfile) -> tuple[str | None, tuple[str, ...]]:
    """The country and states whose holidays count for a rule and a person."""
    own = [place for place in rule.places if "-" in place]
    if own:
        here = tuple(place for place in own if place in profile.states) or tuple(own)
        of_country = rule.holidays is not None and rule.holidays.of_country
        return own[0].partition("-")[0] if of_country else None, here
    # Of several countries of one law, such as France with its overseas areas, the first has its holidays.
    named = next((place for place in rule.places if place not in (ANYWHERE, ELSEWHERE)), None)
    country = named or profile.country
    states = profile.states if rule.holidays is None or rule.holidays.of_states else ()
    return country, tuple(state for state in states if state.partition("-")[0] == country)


def applies_to(rule: Rule, purpose: Purpose, profile: DialProfile) -> bool:
    """Whether one rule alone is about calls for a purpose to a person."""
    return _is_about(rule, purpose, profile, best_consent(profile.consent, NO_CONSENT)) and _is_in(
        rule, profile, find_places(profile, () if ELSEWHERE in rule.places else (rule,))
    )


def list_pack_caps(rulebook: Rulebook, profile: DialProfile, at: datetime) -> list[tuple[CallCap, Rule]]:
    """The caps of packs that hold for a person at an instant, with their rules."""
    return [
        (cap, rule)
        for rule in find_rules(rulebook, profile)
        for cap in rule.caps
        if is_in_force(rule, profile.zones, at)
    ]


def list_silences(rulebook: Rulebook, profile: DialProfile, at: datetime) -> list[tuple[Silence, Rule]]:
    """How long a person is left in peace after what, with the rules that say so."""
    return [
        (silence, rule)
        for rule in find_rules(rulebook, profile)
        for silence in rule.silence_after
        if is_in_force(rule, profile.zones, at)
    ]


def longest_pack_period(rulebook: Rulebook) -> timedelta:
    """How far back calls can matter to the packs of a rulebook, whoever is called."""
    return _measure_periods(_edition_of(rulebook), rulebook.purpose)[0]


def longest_pack_silence(rulebook: Rulebook) -> timedelta:
    """How far back a refusal can matter to the packs of a rulebook, whoever is called."""
    return _measure_periods(_edition_of(rulebook), rulebook.purpose)[1]


@lru_cache(maxsize=256)
def _measure_periods(edition: PackEdition, purpose: Purpose | None) -> tuple[timedelta, timedelta]:
    rules = [rule for rule in _list_rules(edition) if has_purpose(rule, purpose or Purpose.MARKETING)]
    silences = [silence for rule in rules for silence in rule.silence_after]
    periods = [
        timedelta(days=9) if cap.per_hours is None else timedelta(hours=cap.per_hours)
        for rule in rules
        for cap in rule.caps
    ]
    periods += [timedelta(days=each.days) for each in silences if each.event is SilenceEvent.ANSWERED]
    refusals = [timedelta(days=each.days) for each in silences if each.event is SilenceEvent.REFUSED]
    return max(periods, default=timedelta(0)), max(refusals, default=timedelta(0))
