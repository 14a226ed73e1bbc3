"""Dial profile: where and who a called person may be, which decides the hours and the rules of a call.

Few profiles serve many contacts: whoever has the same candidate zones, states, line and consent shares a row. A
number tells where its owner may be; what a file says of a person narrows that where both agree. Where they contradict
each other, either may be right, so both count and the row says so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from .countries import PARTS, country_name, find_country, fold_name
from .country_zones import find_common_name, find_country_zones, list_zones_by_country
from .errors import FieldError, InvalidInput
from .number_places import (
    LANDLINE,
    LINE_UNKNOWN,
    MOBILE,
    TOLL_FREE,
    VOIP,
    WORLD,
    NumberPlace,
    find_number_place,
)
from .number_zones import NEW_NAMES, is_zone
from .place_names import AMERICANS, SHORTEST_NAME, find_state, name_state, parse_state
from .postal_codes import PostalPlace, check_postal_code, find_postal_place
from .zone_names import find_timezone
from .zone_offsets import collapse_zones, find_common_zones

__all__ = [
    "DerivedProfile",
    "DialProfile",
    "check_postal_code",
    "derive_profile",
    "parse_consent_kind",
    "parse_line",
    "parse_party",
    "parse_state",
    "parse_timezone",
    "read_profile",
]

LINES = (LINE_UNKNOWN, MOBILE, LANDLINE, VOIP, TOLL_FREE)
CONSUMER, BUSINESS = "consumer", "business"
PARTIES = (CONSUMER, BUSINESS)
NO_CONSENT = "none"
CONSENTS = (NO_CONSENT, "express", "written", "existing")
WITHHELD = "withheld"
"""What a row said was none: what a campaign says of everybody on its list does not count for that person."""
COLUMN, POSTAL, STATE, COUNTRY, NUMBER, CAMPAIGN, UNKNOWN = (
    "column",
    "postal",
    "state",
    "country",
    "number",
    "campaign",
    "unknown",
)
DERIVATIONS = (COLUMN, POSTAL, STATE, COUNTRY, NUMBER, CAMPAIGN, UNKNOWN)
"""How zones are found, the surest first: the order in which they are joined by +."""

LINE_WORDS = {
    "cell": MOBILE,
    "cellular": MOBILE,
    "cell phone": MOBILE,
    "mobile phone": MOBILE,
    "wireless": MOBILE,
    "fixed": LANDLINE,
    "fixed line": LANDLINE,
    "land line": LANDLINE,
    "residential": LANDLINE,
    "voice over ip": VOIP,
    "toll free": TOLL_FREE,
    "tollfree": TOLL_FREE,
}
PARTY_WORDS = {
    "b2c": CONSUMER,
    "private": CONSUMER,
    "person": CONSUMER,
    "b2b": BUSINESS,
    "company": BUSINESS,
    "unknown": CONSUMER,
}
CONSENT_WORDS = {
    "no": NO_CONSENT,
    "oral": "express",
    "verbal": "express",
    "express written": "written",
    "existing customer": "existing",
    "existing relationship": "existing",
    "customer": "existing",
}
"""What files write for them. A mere yes is not here: it does not say which consent."""


@dataclass(frozen=True, slots=True)
class DialProfile:
    """Where and who a called person may be, as far as is known: what decides the hours and rules of a call."""

    zones: tuple[str, ...]
    """Candidate IANA zones, sorted, one for each clock; () is nothing known: never dialed by the person's clock."""
    country: str | None
    """The number's, ISO 3166 alpha-2; 001 for numbers of no country."""
    states: tuple[str, ...] = ()
    """Candidate subdivisions, ISO 3166-2 such as US-FL, sorted; () is unknown."""
    line: str = LINE_UNKNOWN
    """One of LINES."""
    party: str = CONSUMER
    """One of PARTIES; unknown is a consumer."""
    consent: str = NO_CONSENT
    """One of CONSENTS, or WITHHELD."""
    derived: str = UNKNOWN
    """How the zones were found: DERIVATIONS, joined by + where several agree or all stay candidates."""

    @property
    def has_consent(self) -> bool:
        """Whether a consent of any kind is on record of the person."""
        return self.consent not in (NO_CONSENT, WITHHELD)

    def to_json(self) -> dict[str, Any]:
        """Plain values, which `read_profile` reads back."""
        return {
            "zones": list(self.zones),
            "country": self.country,
            "states": list(self.states),
            "line": self.line,
            "party": self.party,
            "consent": self.consent,
            "derived": self.derived,
        }

    @property
    def key(self) -> str:
        """64 hexadecimal digits that are the same for equal profiles only, in every process."""
        return _hash_profile(self)


class DerivedProfile(NamedTuple):
    """A profile, and what is doubtful about it: sentences for the row."""

    profile: DialProfile
    doubts: tuple[str, ...] = ()


class _Evidence(NamedTuple):
    """What one source says of a person's place; () is nothing."""

    source: str
    label: str
    """`the postal code 94105`, for a sentence."""
    zones: tuple[str, ...]
    states: tuple[str, ...] = ()
    country: str | None = None


def derive_profile(
    phone: str,
    *,
    timezone: str | None = None,
    state: str | None = None,
    postal_code: str | None = None,
    line: str | None = None,
    party: str | None = None,
    consent_kind: str | None = None,
    country: str | None = None,
) -> DerivedProfile:
    """The profile of a number in E.164 and of what a row says of its owner; None and "" say nothing.

    `country` (ISO 3166 alpha-2) is the row's: the state and the postal code are read in it. Where it is not the
    number's, both count. Raises InvalidInput with every value that is not known: timezone, state, postal_code, line,
    party, consent.
    """
    place = find_number_place(phone)
    if country == place.country:
        country = None
    if timezone or state or postal_code or line or party or consent_kind or country:
        return _derive_from_row(
            place, timezone, state, postal_code, line, party, consent_kind, country or None
        )
    return _derive_from_number(place)


@lru_cache(maxsize=1 << 12)
def _derive_from_number(place: NumberPlace) -> DerivedProfile:
    derived = NUMBER if place.zones else UNKNOWN
    return DerivedProfile(DialProfile(place.zones, place.country, place.states, place.line, derived=derived))


@lru_cache(maxsize=1 << 16)
def _derive_from_row(
    place: NumberPlace,
    timezone: str | None,
    state: str | None,
    postal_code: str | None,
    line: str | None,
    party: str | None,
    consent_kind: str | None,
    country: str | None,
) -> DerivedProfile:
    errors: list[FieldError] = []
    homes = (country, place.country) if country else (place.country,)
    zone, _ = _read_in(errors, parse_timezone, timezone, homes)
    code, postal_country = _read_in(errors, check_postal_code, postal_code, homes)
    named, _ = _read_in(errors, parse_state, state, homes)
    words = (
        _collect_errors(errors, parse_line, line),
        _collect_errors(errors, parse_party, party),
        _collect_errors(errors, parse_consent_kind, consent_kind),
    )
    if errors:
        raise InvalidInput(errors)
    doubts: list[str] = []
    postal = find_postal_place(code, postal_country) if code is not None else None
    evidence = _list_evidence(place, zone, code, postal, named)
    if named is None and state and (area := _find_area(state, homes)) is not None:
        evidence.append(
            _Evidence(STATE, f"the state {country_name(area)}", find_country_zones(area), (), area)
        )
    if country and place.country not in PARTS.get(country, ()) and _adds_country(country, evidence):
        label = f"the country {country_name(country)}"
        evidence.append(_Evidence(COUNTRY, label, find_country_zones(country), (), country))
    zones, states, derived = _weigh_evidence(place, evidence, doubts)
    profile = DialProfile(
        zones,
        place.country,
        states,
        _choose_line(place.line, words[0], doubts),
        words[1] or CONSUMER,
        WITHHELD if words[2] == NO_CONSENT else words[2] or NO_CONSENT,
        derived,
    )
    return DerivedProfile(profile, tuple(doubts))


def _collect_errors(
    errors: list[FieldError], parse: Callable[..., str | None], value: str | None, *more: str | None
) -> str | None:
    """The value as `parse` reads it; what is wrong with it joins `errors`."""
    try:
        return parse(value, *more) if value else None
    except InvalidInput as error:
        errors.extend(error.errors)
        return None


def _read_in(
    errors: list[FieldError],
    parse: Callable[[str, str | None], str | None],
    value: str | None,
    countries: Sequence[str | None],
) -> tuple[str | None, str | None]:
    """The value as the first country reads it that can, and that country; if none can, what the first finds wrong joins
    `errors`."""
    refusals: list[FieldError] = []
    for country in countries if value else ():
        wrong: list[FieldError] = []
        found = _collect_errors(wrong, parse, value, country)
        if found is not None:
            return found, country
        if country == countries[0]:
            refusals = wrong
    errors.extend(refusals)
    return None, None


def _find_area(name: str, countries: Sequence[str | None]) -> str | None:
    """The overseas area of one of the countries that a state names, such as RE for Réunion in a French address."""
    found = find_country(name) if len(fold_name(name)) >= SHORTEST_NAME else None
    parts = [part for country in countries for part in PARTS.get(country or "", ())]
    return found.region if found is not None and found.region in parts else None


def _adds_country(country: str, evidence: Sequence[_Evidence]) -> bool:
    """Whether the row's country says more than its state and postal code, which may lie in one of its areas."""
    places = [each.country for each in evidence if each.country]
    return not any(each == country or each in PARTS.get(country, ()) for each in places)


def _list_evidence(
    place: NumberPlace, zone: str | None, code: str | None, postal: PostalPlace | None, state: str | None
) -> list[_Evidence]:
    """What the row says of the person's place, the surest first."""
    found = []
    if zone is not None:
        found.append(_Evidence(COLUMN, f"the time zone {zone}", find_common_name(zone, place.country)))
    if postal is not None:
        label = f"the postal code {code}"
        found.append(_Evidence(POSTAL, label, postal.zones, postal.states, postal.country))
    known = find_state(state) if state is not None else None
    if known is not None:
        label = f"the state {known.name}"
        found.append(_Evidence(STATE, label, known.zones, (known.code,), known.country))
    return found


def _weigh_evidence(
    place: NumberPlace, evidence: Sequence[_Evidence], doubts: list[str]
) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """Zones, states and derivation: what the row and the number have in common, or everything if they contradict."""
    number = _Evidence(NUMBER, "this number", place.zones, place.states, place.country)
    sources = [*evidence, number] if place.zones else list(evidence)
    derived = "+".join(each.source for each in sources) or UNKNOWN
    agree = True
    for index, each in enumerate(evidence):
        for other in evidence[index + 1 :]:
            if not _agrees(each, other):
                agree = False
                doubts.append(f"{each.label} does not match {other.label}: both count")
    if not agree:
        return _unite_zones([number, *evidence]), _unite_states([number, *evidence]), derived
    row = _narrow(evidence)
    if row is None:
        return place.zones, place.states, derived
    contrary = [each for each in evidence if not _agrees(number, each)]
    doubts.extend(_describe_doubt(each, number) for each in contrary)
    common = find_common_zones(place.zones, row.zones) if place.zones and row.zones else ()
    if contrary or (place.zones and row.zones and not common):
        return _unite_zones([number, row]), _unite_states([number, row]), derived
    both = set(place.states) & set(row.states) if place.states and row.states else ()
    return common or place.zones or row.zones, tuple(sorted(both)) or row.states or place.states, derived


def _agrees(one: _Evidence, other: _Evidence) -> bool:
    """Whether two sources may speak of one place."""
    if (
        one.country
        and other.country
        and one.country != other.country
        and WORLD not in (one.country, other.country)
    ):
        # A number such as +1 800, whose place is unknown, rings anywhere in North America.
        anywhere = one.source == NUMBER and not one.states and {one.country, other.country} <= AMERICANS
        return anywhere and bool(find_common_zones(one.zones, other.zones))
    if one.states and other.states and not set(one.states) & set(other.states):
        return False
    return not one.zones or not other.zones or bool(find_common_zones(one.zones, other.zones))


def _narrow(evidence: Sequence[_Evidence]) -> _Evidence | None:
    """What sources that agree have in common; None for no sources."""
    if not evidence:
        return None
    zones, states = evidence[0].zones, evidence[0].states
    for each in evidence[1:]:
        zones = find_common_zones(zones, each.zones) if zones and each.zones else zones or each.zones
        both = tuple(sorted(set(states) & set(each.states)))
        states = both if states and each.states else states or each.states
    return _Evidence("", "", zones, states)


def _unite_zones(evidence: Sequence[_Evidence]) -> tuple[str, ...]:
    zones = [zone for each in evidence for zone in each.zones]
    return collapse_zones(zones, evidence[0].zones)


def _unite_states(evidence: Sequence[_Evidence]) -> tuple[str, ...]:
    return tuple(sorted({state for each in evidence for state in each.states}))


def _describe_doubt(each: _Evidence, number: _Evidence) -> str:
    if each.country and number.country and each.country != number.country:
        name = country_name(each.country)
        place = each.label if each.label.endswith(name) else f"{each.label} ({name})"
        relation = "is not that" if each.source == COUNTRY else "is not in the country"
        return f"{place} {relation} of this number ({country_name(number.country)}): both count"
    if each.states and number.states and not set(each.states) & set(number.states):
        states = ", ".join(map(name_state, number.states))
        return f"{each.label} is not where this number is from ({states}): both count"
    return f"{each.label} is not one of this number’s: both count"


def _choose_line(of_number: str, of_row: str | None, doubts: list[str]) -> str:
    """The kind of line. A number that tells it knows better than a file, but not whether a landline is on the net."""
    if of_row in (None, LINE_UNKNOWN, of_number):
        return of_number
    if of_number == LINE_UNKNOWN or (of_number, of_row) == (LANDLINE, VOIP):
        return str(of_row)
    doubts.append(f"the line type {of_row} is not this number’s, which is {of_number}: {of_number} counts")
    return of_number


def parse_timezone(value: str, country: str | None) -> str | None:
    """The IANA name of the zone that a cell names, None for an empty cell. `country` is the number's, by which
    abbreviations such as EST are read. Raises InvalidInput."""
    if not value.strip():
        return None
    zone = find_timezone(value, country)
    if zone is None or not is_zone(zone):
        example = next(iter(list_zones_by_country().get(country or "", ())), "America/New_York")
        raise _refuse_word(
            "timezone", value, f"is not a known time zone; write its IANA name, such as {example}"
        )
    return NEW_NAMES.get(zone, zone)


def parse_line(value: str) -> str | None:
    """One of LINES for what a cell says; None for an empty one. Raises InvalidInput."""
    return _parse_word("line", value, LINES, LINE_WORDS)


def parse_party(value: str) -> str | None:
    """One of PARTIES for what a cell says; None for an empty one. Raises InvalidInput."""
    return _parse_word("party", value, PARTIES, PARTY_WORDS)


def parse_consent_kind(value: str) -> str | None:
    """One of CONSENTS for what a cell says; None for an empty one. Raises InvalidInput for `consent.kind`."""
    return _parse_word("consent.kind", value, CONSENTS, CONSENT_WORDS)


def _parse_word(field: str, value: str, words: Sequence[str], others: Mapping[str, str]) -> str | None:
    folded = " ".join(value.casefold().replace("_", " ").replace("-", " ").split())
    if not folded:
        return None
    found = others.get(folded) or next((word for word in words if word.replace("-", " ") == folded), None)
    if found is None:
        raise _refuse_word(field, value, f"is not known here; write one of {', '.join(words)}")
    return found


def _refuse_word(field: str, value: str, remedy: str) -> InvalidInput:
    return InvalidInput([FieldError(field, f"“{value.strip()[:40]}” {remedy}")])


def read_profile(value: Mapping[str, Any]) -> DialProfile:
    """The profile of what `to_json` made. Raises InvalidInput for what is none."""
    try:
        profile = DialProfile(
            zones=_read_names(value["zones"]),
            country=value["country"],
            states=_read_names(value["states"]),
            line=value["line"],
            party=value["party"],
            consent=value["consent"],
            derived=value["derived"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput([FieldError("dial_profile", f"is not a dial profile: {error}")]) from None
    known = (
        ("line", profile.line in LINES),
        ("party", profile.party in PARTIES),
        ("consent", profile.consent in (*CONSENTS, WITHHELD)),
        ("derived", set(str(profile.derived).split("+")) <= set(DERIVATIONS)),
        ("country", profile.country is None or isinstance(profile.country, str)),
    )
    wrong = [
        FieldError(f"dial_profile.{field}", "has a value that is not known")
        for field, good in known
        if not good
    ]
    if wrong:
        raise InvalidInput(wrong)
    return profile


def _read_names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(name, str) for name in value):
        raise ValueError("zones and states are lists of names")
    return tuple(sorted(value))


@lru_cache(maxsize=1 << 12)
def _hash_profile(profile: DialProfile) -> str:
    text = json.dumps(profile.to_json(), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
