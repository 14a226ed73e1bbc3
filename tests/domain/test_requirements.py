"""Requirements: what rules ask of a campaign, each with the sentence to add, and the age of registries."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from campaign_app.domain.campaign import CampaignSpec, check_campaign
from campaign_app.domain.dial_profile import DialProfile, derive_profile
from campaign_app.domain.lists import ListKind, ListRule, OnStale, find_registry_age, find_registry_ages
from campaign_app.domain.message_needs import FIRST_WORDS, is_named_first
from campaign_app.domain.packs import PackEdition
from campaign_app.domain.requirements import find_missing_requirements
from campaign_app.rules import load_shipped_packs

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
EDITION = PackEdition(tuple(each.pack.key for each in load_shipped_packs()))
US, CANADA, AUSTRALIA = "+12125550123", "+14165550123", "+61212345678"
OPT_OUT = {"digit": "9", "action": "opt-out"}
MESSAGE = {
    "text": "This is Hill Clinic. Press 9 and we will not call again, or call 1-800-555-0199.",
    "keys": [OPT_OUT],
}


def campaign(*, edition: PackEdition = EDITION, **fields: Any) -> CampaignSpec:
    """One that has all that US marketing needs, but for `fields`."""
    data = {
        "name": "Autumn",
        "purpose": "marketing",
        "message": MESSAGE,
        "caller_name": "Hill Clinic",
        "caller_id": "+12125550199",
        **fields,
    }
    return check_campaign(data, providers=["simulator"], now=NOW, edition=edition)


def find_gaps(
    spec: CampaignSpec, *people: str | DialProfile, ages: dict[str, int] | None = None, **known: str
) -> dict[str, tuple[str, str, bool]]:
    """{field: (sentence, sources, whether it only warns)}."""
    profiles = [
        derive_profile(each, **{"consent_kind": "written", **known}).profile
        if isinstance(each, str)
        else each
        for each in people
    ]
    missing = find_missing_requirements(spec, [(each, 7) for each in profiles], NOW, ages)
    return {each.field: (each.sentence, each.sources, each.warns) for each in missing}


def test_nothing_is_missing_where_everything_is_there() -> None:
    assert find_gaps(campaign(), US) == {}
    assert find_gaps(campaign(edition=PackEdition(), message={"text": "Hello"}), US) == {}


@pytest.mark.parametrize(
    "fields, field, remedy, source",
    [
        ({"caller_name": ""}, "caller_name", "say who calls", "US federal: 47 CFR 64.1200(b)(1)"),
        (
            {"caller_name": "Dale Clinic"},
            "message.text",
            "begin it with “This is Dale Clinic.”",
            "US federal: 47 CFR 64.1200(b)(1)",
        ),
        (
            {"message": {"text": MESSAGE["text"]}},
            "message.keys",
            "Press 9 and we will not call again",
            "US federal: 47 CFR 64.1200(b)(3)",
        ),
        (
            {"message": {"text": "This is Hill Clinic. Press 9 to stop.", "keys": [OPT_OUT]}},
            "message.machine",
            "To stop these calls, call 1-800-…",
            "US federal: 47 CFR 64.1200(b)(3)",
        ),
    ],
)
def test_what_is_missing_is_named_with_its_field_remedy_and_source(
    fields: dict[str, Any], field: str, remedy: str, source: str
) -> None:
    [(found, (sentence, sources, warns))] = find_gaps(campaign(**fields), US).items()
    assert (found, warns) == (field, False)
    assert remedy in sentence
    assert source in sources


def test_the_key_is_said_and_machines_hear_who_calls() -> None:
    silent_key = {"text": "This is Hill Clinic. Call 1-800-555-0199 to stop.", "keys": [OPT_OUT]}
    [(field, (sentence, _, _))] = find_gaps(campaign(message=silent_key), US).items()
    assert (field, "say “Press 9 and we will not call again.”" in sentence) == ("message.text", True)
    spelled = {**silent_key, "text": f"{silent_key['text']} Or press nine."}
    assert find_gaps(campaign(message=spelled), US) == {}
    machine = {**spelled, "on_machine": "leave-message", "machine": {"text": "Buy at 1-800-555-0199."}}
    assert list(find_gaps(campaign(message=machine), US)) == ["message.machine"]


def test_everything_is_told_at_once_with_how_many_people_it_is_for_and_refusals_first() -> None:
    spec = campaign(caller_name="", message={"text": "Hello"}, caller_id=None)
    people = [(derive_profile(each, consent_kind="written").profile, 3) for each in (US, "+13055550123")]
    missing = find_missing_requirements(spec, people, NOW)
    refused = {each.field for each in missing if not each.warns}
    assert refused >= {"caller_name", "message.keys", "message.machine"}
    assert [each.warns for each in missing] == sorted(each.warns for each in missing)
    assert {each.people for each in missing if each.field == "message.keys"} == {6}


def test_other_calls_than_sales_are_only_warned_of_where_nobody_knows_whether_it_is_a_mobile() -> None:
    spec = campaign(purpose="informational", caller_name="", message={"text": "Hello"})
    gaps = find_gaps(spec, derive_profile(US).profile)
    assert set(gaps) == {"caller_name", "message.keys", "message.machine", "consent"}
    assert all(warns for _, _, warns in gaps.values())
    assert gaps["consent"][0].startswith("express or written consent is not on record")


def test_whoever_may_never_be_called_asks_for_nothing() -> None:
    assert find_gaps(campaign(message={"text": "Hello"}), derive_profile(US).profile) == {}


@pytest.mark.parametrize(
    "name, text",
    [
        ("Hill Clinic", "This is Hill Clinic."),
        ("Hill Clinic", "HILL CLINIC here, good evening"),
        ("Hill Clinic", "Hello {first_name|there}, this is Hill\nClinic"),
        ("Dr. O’Neil & Sons", "Good day, Dr. O’Neil & Sons calling"),
        ("AT&T", "This is AT&T."),
        ("Saint-Étienne Métropole", "Bonjour, ici Saint-Étienne Métropole."),
        ("Saint-Étienne", "ici Saint Etienne"),
        ("Müller GmbH", "Hier ist die MÜLLER GmbH"),
        ("Straße 7", "hier ist STRASSE 7"),
        ("Macy's", "This is Macy’s"),
        ("Cafe\u0301 Roma", "This is Caf\u00e9 Roma."),
        ("3M", "This is 3M."),
        ("日本電気", "日本電気です"),
        ("Yahoo!", "It is Yahoo! with a question"),
        ("!!!", "!!! are on tour"),
        ("Hill Clinic", " ".join(["so"] * (FIRST_WORDS - 2)) + " Hill Clinic"),
    ],
)
def test_a_caller_is_named_in_the_first_words(name: str, text: str) -> None:
    assert is_named_first(text, name)


@pytest.mark.parametrize(
    "name, text",
    [
        ("Hill Clinic", "This is Clinic Hill."),
        ("Hill Clinic", "This is Hillside Clinic."),
        ("Hill Clinic", "This is the clinic on the hill."),
        ("Hill", "This is Hillary."),
        ("AT&T", "At a T-junction"),
        ("Hill Clinic", " ".join(["so"] * (FIRST_WORDS + 1)) + " Hill Clinic"),
        ("Hill Clinic", ""),
        ("", "This is Hill Clinic."),
    ],
)
def test_a_caller_is_not_named_by_other_words_or_too_late(name: str, text: str) -> None:
    assert not is_named_first(text, name)


SILENT = {"text": "This is Hill Clinic. Press 9 and we will not call again.", "keys": [OPT_OUT]}
TOLD = "This is Hill Clinic. To stop these calls, call 1-800-555-0199."
RECORDING = "a" * 64


@pytest.mark.parametrize(
    "message, is_missing",
    [
        # Machines hear what people hear.
        ({**SILENT, "on_machine": "as-human"}, True),
        ({**MESSAGE, "on_machine": "as-human"}, False),
        ({**SILENT, "on_machine": "as-human", "machine": {"text": TOLD}}, True),
        # They hear words of their own, if there are any.
        ({**SILENT, "on_machine": "leave-message"}, True),
        ({**MESSAGE, "on_machine": "leave-message"}, False),
        ({**SILENT, "on_machine": "leave-message", "machine": {"text": TOLD}}, False),
        ({**MESSAGE, "on_machine": "leave-message", "machine": {"text": "Hill Clinic. Goodbye."}}, True),
        ({**SILENT, "on_machine": "leave-message", "machine": {"recording": RECORDING}}, False),
        # They hear nothing.
        ({**SILENT, "on_machine": "hang-up"}, False),
        # A number that costs something is none.
        ({**SILENT, "text": f"{SILENT['text']} Call 212-555-0100."}, True),
        ({**SILENT, "text": f"{SILENT['text']} Call +1 (888) 555-0100."}, False),
    ],
)
def test_a_number_to_call_for_free_is_in_what_machines_hear(
    message: dict[str, Any], is_missing: bool
) -> None:
    assert ("message.machine" in find_gaps(campaign(message=message), US)) is is_missing


def test_a_number_is_shown_where_a_rule_asks_for_one() -> None:
    sentence, sources, warns = find_gaps(campaign(caller_id=None), AUSTRALIA, consent_kind="")["caller_id"]
    assert sentence == "a number has to be shown: choose a caller ID"
    assert sources.startswith("Australia: ")
    assert not warns
    assert "caller_id" not in find_gaps(campaign(), AUSTRALIA, consent_kind="")


AUSTRALIAN = EDITION._replace(switched_on=("australia/registry",))


@pytest.mark.parametrize(
    "ages, sentence",
    [
        ({}, "no do-not-call register is loaded for Australia: add it under Rules, Lists"),
        ({"US": 1}, "no do-not-call register is loaded for Australia: add it under Rules, Lists"),
        (
            {"AU": 31},
            "the do-not-call register for Australia is 31 days old, 30 are allowed: replace it under Rules, Lists",
        ),
        ({"AU": 30}, None),
        ({"*": 2}, None),
    ],
)
def test_a_registry_is_loaded_and_young_enough(ages: dict[str, int], sentence: str | None) -> None:
    # Christmas Island's numbers are in the Australian register.
    island = DialProfile(("Indian/Christmas",), "CX", ())
    for person in (derive_profile(AUSTRALIA).profile, island):
        found = find_gaps(campaign(edition=AUSTRALIAN), person, ages=ages).get("lists")
        assert (found and found[0]) == sentence


def test_consent_excuses_from_the_registry_and_so_does_a_rule_that_is_off() -> None:
    assert "lists" not in find_gaps(campaign(edition=AUSTRALIAN), AUSTRALIA)
    assert "lists" not in find_gaps(campaign(), AUSTRALIA, consent_kind="")


def test_whoever_has_a_foreign_number_is_held_to_the_register_of_where_he_may_be() -> None:
    abroad = derive_profile("+254712345678", state="NSW", country="AU").profile
    assert "Australia" in find_gaps(campaign(edition=AUSTRALIAN), abroad, ages={"KE": 1})["lists"][0]


def registry(number: int, as_of: date | None, **fields: Any) -> ListRule:
    values: dict[str, Any] = {
        "kind": ListKind.REGISTRY,
        "countries": frozenset({"US"}),
        "purposes": frozenset({"marketing"}),
        **fields,
    }
    return ListRule(
        number,
        f"list {number}",
        values["kind"],
        values["countries"],
        values["purposes"],
        31,
        OnStale.BLOCK,
        as_of,
        None if as_of is None else number,
    )


def test_of_several_registries_of_a_country_the_oldest_counts() -> None:
    rules = [
        registry(1, date(2026, 11, 18)),
        registry(2, date(2026, 10, 1), countries=frozenset({"US", "CA"})),
        registry(3, date(2026, 11, 19), countries=None),
        # None of these is asked about marketing by a version that is in force.
        registry(4, date(2020, 1, 1), kind=ListKind.LITIGATORS),
        registry(5, None, countries=frozenset({"GB"})),
        registry(6, date(2020, 1, 1), purposes=frozenset({"survey"})),
    ]
    ages = find_registry_ages(rules, "marketing", NOW)
    assert ages == {"US": 50, "CA": 50, "*": 1}
    assert find_registry_age(ages, "PR") == 50
    assert find_registry_age(ages, "GB") == 1
    assert find_registry_age({}, "GB") is None
    assert find_registry_ages(rules, "survey", NOW) == {"US": 2515}


def test_a_row_that_says_there_is_no_consent_is_held_to_the_registry() -> None:
    rule = registry(1, date(2026, 11, 18))
    withheld, written = (derive_profile(US, consent_kind=kind).profile for kind in ("none", "written"))
    assert rule.applies_to("marketing", withheld, US)
    assert not rule.applies_to("marketing", written, US)
