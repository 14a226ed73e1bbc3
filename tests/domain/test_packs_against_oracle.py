"""Each pack against an oracle by another hand, which shares no function with the product: a year of hours, caps.

By default every half hour of 2026 and the minute before it, since all edges are on half hours; with MILLIONS=1 every
minute.
"""

from __future__ import annotations

import os
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest

from campaign_app.domain.calling_window import DAYS, CallingWindow
from campaign_app.domain.country_zones import find_country_zones
from campaign_app.domain.dial_profile import DialProfile
from campaign_app.domain.packs import DEFAULT_PACK, Pack, Rule, find_rules, is_in_force
from campaign_app.domain.place_names import find_state
from campaign_app.domain.rulebook import CallCap, CampaignClock, Purpose, Rulebook
from campaign_app.domain.timeline import CONSENT, PROHIBITED, explain_hours, find_rule_timeline
from campaign_app.rules import load_shipped_packs
from tests.support import pack_oracle as oracle

PACKS = [each.pack for each in load_shipped_packs() if each.pack.name != DEFAULT_PACK]
ALWAYS = (CallingWindow(DAYS, 0, 24 * 60),)
PLACES = {
    "us-federal": ["US-NY", "US-AK", "US-AZ"],
    "france": ["FR", "RE", "MQ"],
    "uk": ["GB"],
    "australia": ["AU-NSW", "AU-SA"],
    "canada": ["CA-ON", "CA-NL"],
    "spain": ["ES"],
}
LINES = {"unknown": "unknown", "mobile": "wireless", "landline": "residential"}
FIRST = datetime(2026, 1, 2, tzinfo=UTC)
DAYS_LOOKED_AT = 364
TODAY = datetime(2026, 11, 28, 18, tzinfo=UTC)
EVERY_MINUTE = bool(os.environ.get("MILLIONS"))


def list_places(pack: Pack) -> list[str]:
    return PLACES.get(pack.name) or [place for place in pack.places if "-" in place] or [pack.places[0]]


def list_zones(place: str) -> tuple[str, ...]:
    state = find_state(place)
    return (state.zones if state else find_country_zones(place))[:2]


@cache
def list_days() -> list[list[datetime]]:
    """The instants of each day, in UTC."""
    half, minute = timedelta(minutes=30), timedelta(minutes=1)
    days: defaultdict[date, list[datetime]] = defaultdict(list)
    at = FIRST
    while at < FIRST + timedelta(days=DAYS_LOOKED_AT):
        for instant in (at + minute * n for n in range(30)) if EVERY_MINUTE else (at, at - minute):
            days[instant.date()].append(instant)
        at += half
    return list(days.values())


def make_profile(place: str, zone: str, consent: str, line: str = "unknown") -> DialProfile:
    country, dash, _ = place.partition("-")
    return DialProfile((zone,), country, (place,) if dash else (), line, consent=consent)


def find_pack_rules(
    pack: Pack, purpose: Purpose, profile: DialProfile, *, optional: bool
) -> tuple[Rule, ...]:
    on = tuple(rule.id for rule in pack.rules if rule.optional) if optional else ()
    book = Rulebook(purpose, "", CampaignClock.PERSON, None, ALWAYS, packs=(pack.key,), switched_on=on)
    return find_rules(book, profile)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    "pack, optional",
    [pytest.param(pack, False, id=pack.name) for pack in PACKS]
    + [
        pytest.param(pack, True, id=f"{pack.name}-optional")
        for pack in PACKS
        if any(rule.optional and rule.hours for rule in pack.rules)
    ],
)
def test_a_year_of_hours_is_the_oracles(pack: Pack, optional: bool) -> None:
    for place in list_places(pack):
        for zone in list_zones(place):
            seen: set[tuple[str, ...]] = set()
            for purpose in Purpose:
                for consent in ("none", "existing", "written"):
                    profile = make_profile(place, zone, consent)
                    rules = [
                        rule
                        for rule in find_pack_rules(pack, purpose, profile, optional=optional)
                        if rule.hours
                    ]
                    # A year for each set of rules, and two weeks for whoever else has the same, or none.
                    key = tuple(rule.id for rule in rules)
                    is_known = not rules or key in seen
                    seen.add(key)
                    compare(
                        pack, place, zone, purpose, profile, rules, optional, most=17 if is_known else None
                    )


def compare(
    pack: Pack,
    place: str,
    zone: str,
    purpose: Purpose,
    profile: DialProfile,
    rules: list[Rule],
    optional: bool,
    most: int | None = None,
) -> None:
    """On `most` days, or on all."""
    is_open = oracle.find_pack_hours(
        pack.name, purpose.value, place, zone, profile.consent, optional=optional
    )
    for day in list_days()[:most]:
        expected = [is_open(at) for at in day]
        found = [True] * len(day)
        for rule in rules:
            opened = find_rule_timeline(rule, profile, day[0]).is_open
            found = [before and opened(at) for before, at in zip(found, day, strict=True)]
        if found != expected:
            wrong = next(at for at, a, b in zip(day, found, expected, strict=True) if a != b)
            raise AssertionError(f"{place} {zone} {purpose} {profile.consent} {wrong.isoformat()}")


def as_oracle(cap: CallCap) -> tuple[int, int, str, str, str]:
    scope = cap.scope.value
    if cap.per is not None:
        return cap.most, 1, f"calendar_{cap.per.value}", "placed", scope
    assert cap.per_hours is not None
    days, hours = divmod(cap.per_hours, 24)
    return (
        (cap.most, days, "days", "placed", scope)
        if days > 2 and not hours
        else (cap.most, cap.per_hours, "hours", "placed", scope)
    )


STRICTER = {("us-federal", "healthcare")}
"""Three in a week: ours roll, the oracle's begin on Monday."""


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
def test_caps_are_the_oracles(pack: Pack) -> None:
    place = list_places(pack)[0]
    for purpose in Purpose:
        for consent in ("none", "existing", "express", "written"):
            if (pack.name, purpose.value) in STRICTER:
                continue
            rules = find_pack_rules(
                pack, purpose, make_profile(place, list_zones(place)[0], consent), optional=False
            )
            found = {as_oracle(cap) for rule in rules for cap in rule.caps}
            expected = {
                (most, amount, unit, counts, "subject" if scope == "subject" else "number")
                for most, amount, unit, counts, scope in oracle.pack_caps(pack.name, purpose.value, consent)
            }
            assert found == expected, (purpose, consent)


def may_only_warn(pack: Pack, purpose: Purpose, line: str) -> bool:
    """Of other calls than sales a US number that may be a mobile's is called, and the start says what it may need; so
    are people in Oklahoma, who may have asked for a notice."""
    if pack.name == "us-ok":
        return purpose in (Purpose.INFORMATIONAL, Purpose.HEALTHCARE, Purpose.SURVEY)
    return pack.name == "us-federal" and purpose is not Purpose.MARKETING and line == "unknown"


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
def test_who_may_not_be_called_without_consent_is_the_oracles(pack: Pack) -> None:
    place = list_places(pack)[0]
    zone = list_zones(place)[0]
    for purpose in Purpose:
        for consent in ("none", "existing", "express", "written"):
            for line, of_oracle in LINES.items():
                if may_only_warn(pack, purpose, line):
                    continue
                asked = oracle.pack_requires(pack.name, purpose.value, of_oracle, consent, date(2026, 11, 28))
                expected = (
                    "prohibited" in asked
                    or ("consent:written" in asked and consent != "written")
                    or ("consent:express" in asked and consent not in ("express", "written"))
                )
                book = Rulebook(purpose, "", CampaignClock.PERSON, None, ALWAYS, packs=(pack.key,))
                profile = make_profile(place, zone, consent, line)
                closed = {each.code for each in explain_hours(book, profile, TODAY)}
                assert bool(closed & {CONSENT, PROHIBITED}) is expected, (purpose, consent, line, asked)


def test_every_rule_of_a_pack_is_in_force_today_or_says_since_when_it_was() -> None:
    for pack in PACKS:
        for rule in pack.rules:
            assert is_in_force(rule, ("UTC",), TODAY) or rule.ends_on is not None, rule.id
