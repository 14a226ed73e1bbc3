"""Packs: each example of each shipped pack, what a wrong file is told, and which rules hold for whom."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from campaign_app.domain.calling_window import DAYS, CallingWindow
from campaign_app.domain.dial_profile import DialProfile, derive_profile
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.pack_examples import find_wrong_examples, is_example_allowed
from campaign_app.domain.pack_files import parse_pack
from campaign_app.domain.packs import Example, Rule, find_rules, register_pack
from campaign_app.domain.rulebook import CampaignClock, Purpose, Rulebook
from campaign_app.domain.timeline import explain_hours, find_timeline
from campaign_app.rules import load_shipped_packs

SHIPPED = load_shipped_packs()
KEYS = tuple(each.pack.key for each in SHIPPED)
ALWAYS = (CallingWindow(DAYS, 0, 24 * 60),)
EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.id}-{number}")
    for each in SHIPPED
    for rule in each.pack.rules
    for number, example in enumerate(rule.examples)
]


def rulebook(purpose: Purpose | None, **fields: object) -> Rulebook:
    made = Rulebook(purpose, "", CampaignClock.PERSON, None, ALWAYS, packs=KEYS)
    for name, value in fields.items():
        object.__setattr__(made, name, value)
    return made


def is_open(book: Rulebook, profile: DialProfile, at: str) -> bool:
    instant = datetime.fromisoformat(at).astimezone(UTC)
    return find_timeline(book, profile, instant).is_open(instant)


@pytest.mark.parametrize("rule, example", EXAMPLES)
def test_an_example_comes_out_as_its_author_wrote_it(rule: Rule, example: Example) -> None:
    assert is_example_allowed(rule, example) is example.allowed


def test_every_rule_says_where_it_comes_from_and_what_it_lets_through() -> None:
    for pack, _ in SHIPPED:
        assert pack.checked_on.year == 2026, pack.name
        for rule in pack.rules:
            assert rule.source, rule.id
            if rule.hours or rule.caps:
                allowed = {example.allowed for example in rule.examples}
                assert allowed == {True, False}, f"{rule.id} needs an example of each kind"


def test_a_version_is_a_hash_of_what_a_pack_says() -> None:
    text = next(each.text for each in SHIPPED if each.pack.name == "us-fl")
    same = text.replace("\n\n", "\n\n# A remark changes nothing.\n\n", 1)
    other = text.replace('start = "08:00"', 'start = "09:00"')
    assert parse_pack(same).version == parse_pack(text).version
    assert parse_pack(other).version != parse_pack(text).version


@pytest.mark.parametrize(
    "phone, at, is_allowed",
    [
        ("+13055550123", "2026-07-06T19:59:00-04:00", True),
        ("+13055550123", "2026-07-06T20:00:00-04:00", False),
        # Pensacola: the state has two zones, and both count.
        ("+18505550123", "2026-07-06T08:30:00-04:00", False),
        # Saturday in Paris is closed, though the installation would call.
        ("+33142685300", "2026-09-05T11:00:00+02:00", False),
        # An hour after noon is closed in France.
        ("+33142685300", "2026-09-07T13:30:00+02:00", False),
        # A country of which nobody knows rules.
        ("+254202000000", "2026-07-04T12:00:00+03:00", True),
        ("+254202000000", "2026-07-05T12:00:00+03:00", False),
    ],
)
def test_the_strictest_of_installation_country_and_state_holds(phone: str, at: str, is_allowed: bool) -> None:
    profile = derive_profile(phone, consent_kind="written").profile
    assert is_open(rulebook(Purpose.MARKETING), profile, at) is is_allowed


def test_a_call_without_the_consent_that_rules_ask_for_is_never_open_and_says_why() -> None:
    at = datetime(2026, 7, 6, 16, tzinfo=UTC)
    florida = derive_profile("+13055550123").profile
    book = rulebook(Purpose.MARKETING)
    assert find_timeline(book, florida, at).opens == ()
    sources = {closed.source for closed in explain_hours(book, florida, at) if closed.code == "consent"}
    assert sources == {
        "US federal: 47 CFR 64.1200(a)(2), (a)(3), (f)(9)",
        "Florida: Fla. Stat. 501.059(8)(a)",
    }
    assert find_timeline(rulebook(Purpose.MARKETING, consent="written"), florida, at).is_open(at)


def test_a_person_who_gave_none_is_not_covered_by_what_is_said_of_the_list() -> None:
    at = datetime(2026, 7, 6, 16, tzinfo=UTC)
    book = rulebook(Purpose.MARKETING, consent="written")
    refused = derive_profile("+13055550123", consent_kind="none").profile
    assert not find_timeline(book, refused, at).is_open(at)


def test_in_texas_any_express_consent_will_do_but_not_where_the_person_may_be_elsewhere() -> None:
    texas = DialProfile(("America/Chicago",), "US", ("US-TX",), consent="express")
    either = DialProfile(("America/Chicago",), "US", ("US-OK", "US-TX"), consent="express")
    noon = "2026-07-06T12:00:00-05:00"
    assert is_open(rulebook(Purpose.MARKETING), texas, noon)
    assert not is_open(rulebook(Purpose.MARKETING), either, noon)


def test_a_state_that_nobody_knows_may_be_any_of_them() -> None:
    unknown = DialProfile(("America/New_York",), "US", ())
    ids = {rule.id for rule in find_rules(rulebook(Purpose.MARKETING), unknown)}
    assert {"us-fl/hours", "us-wa/recordings", "us-ne/hours"} <= ids


def test_a_pack_of_ones_own_without_hours_opens_no_unknown_country() -> None:
    text = PACK.replace('places = ["FR"]', 'places = ["KE"]').replace(
        'hours = [{ days = "mon-fri", start = "10:00", end = "12:00" }]',
        "caps = [{ most = 3, per_days = 30 }]",
    )
    pack = parse_pack(text)
    register_pack(pack)
    book = rulebook(Purpose.INFORMATIONAL, packs=(*KEYS, pack.key))
    kenya = derive_profile("+254202000000").profile
    assert not is_open(book, kenya, "2026-11-30T20:33:00+03:00")
    assert is_open(book, kenya, "2026-11-30T19:33:00+03:00")


def test_who_needs_what_the_message_lacks_is_not_called_whenever_they_came() -> None:
    written = derive_profile("+13055550123", consent_kind="written").profile
    noon = datetime(2026, 11, 30, 17, tzinfo=UTC)
    assert find_timeline(rulebook(Purpose.MARKETING), written, noon).is_open(noon)
    book = rulebook(Purpose.MARKETING, lacks=("opt-out-key", "identification"))
    [first, second] = explain_hours(book, written, noon)
    assert {first.code, second.code} == {"requirement"}
    assert first.detail == "the message needs the caller’s name in the first words"
    assert second.detail == "the message needs a key that ends all calls"
    # Where it is only pointed out, calls go on.
    assert is_open(rulebook(Purpose.SURVEY, lacks=book.lacks), written, noon.isoformat())


def test_an_emergency_is_called_at_any_hour() -> None:
    profile = derive_profile("+13055550123").profile
    assert is_open(rulebook(Purpose.EMERGENCY), profile, "2026-07-06T03:00:00-04:00")


def test_the_campaigns_clock_alone_lifts_hours_but_not_consent() -> None:
    own = rulebook(Purpose.MARKETING, clock=CampaignClock.CAMPAIGN, timezone="America/New_York")
    night = "2026-07-06T03:00:00-04:00"
    florida = derive_profile("+13055550123").profile
    assert not is_open(own, florida, night)
    assert is_open(own, derive_profile("+13055550123", consent_kind="written").profile, night)


def test_a_rule_begins_with_the_local_day_on_which_it_comes_into_force() -> None:
    paris = DialProfile(("Europe/Paris",), "FR", (), derived="number")
    book = rulebook(Purpose.MARKETING)
    assert is_open(book, paris, "2026-08-10T19:59:00+02:00")
    assert not is_open(book, paris, "2026-08-11T10:00:00+02:00")


def test_what_is_law_cannot_be_switched_off() -> None:
    written = derive_profile("+13055550123", consent_kind="written").profile
    off = rulebook(
        Purpose.MARKETING, switched_off=("us-fl/hours", "default/marketing-hours", "default/daytime")
    )
    assert not is_open(off, written, "2026-07-06T20:30:00-04:00")
    assert not is_open(off, written, "2026-07-06T07:30:00-04:00")
    # The installation's own choice can: Sunday is allowed in Florida.
    assert is_open(off, written, "2026-07-05T12:00:00-04:00")


def test_an_optional_rule_holds_once_it_is_switched_on() -> None:
    written = DialProfile(("America/New_York",), "US", ("US-KY",), consent="written")
    at = "2026-07-06T09:30:00-04:00"
    assert is_open(rulebook(Purpose.MARKETING), written, at)
    assert not is_open(rulebook(Purpose.MARKETING, switched_on=("us-ky/hours",)), written, at)


PACK = """name = "acme"
title = "Acme house rules"
group = "Own"
places = ["FR"]
checked_on = 2026-11-28

[[rules]]
id = "hours"
title = "Late mornings"
status = "code"
source = "house rules"
hours = [{ days = "mon-fri", start = "10:00", end = "12:00" }]
examples = [{ zone = "Europe/Paris", at = 2026-07-06T11:00:00, allowed = true }]
"""


def refusals(text: str) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        parse_pack(text)
    return {error.field: error.message for error in caught.value.errors}


def test_a_pack_of_ones_own_is_read() -> None:
    pack = parse_pack(PACK)
    assert [rule.id for rule in pack.rules] == ["acme/hours"]
    assert find_wrong_examples(pack) == []


@pytest.mark.parametrize(
    "old, new, where, line",
    [
        ("hours = [", "horus = [", "rules[0].horus", 12),
        ('end = "12:00"', 'end = "09:00"', "rules[0].hours[0].end", 12),
        ('places = ["FR"]', 'places = ["XX"]', "places[0]", 4),
        ('status = "code"', 'status = "rumor"', "rules[0].status", 10),
        ('"mon-fri"', '"mon-day"', "rules[0].hours[0].days", 12),
        ("allowed = true", 'allowed = "yes"', "rules[0].examples[0].allowed", 13),
        ("checked_on = 2026-11-28", 'checked_on = "yesterday"', "checked_on", 5),
        ('zone = "Europe/Paris"', 'zone = "Paris"', "rules[0].examples[0].zone", 13),
        ('source = "house rules"', 'source = ""', "rules[0].source", 11),
    ],
)
def test_what_is_wrong_with_a_file_is_named_with_its_line(old: str, new: str, where: str, line: int) -> None:
    found = refusals(PACK.replace(old, new))
    assert where in found, found
    assert f"(line {line})" in found[where]


def test_a_file_that_is_not_toml_is_refused_with_its_line() -> None:
    assert "line 2" in refusals('name = "acme"\ntitle = = "x"')["pack"]
