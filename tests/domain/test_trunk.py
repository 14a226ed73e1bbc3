"""Trunk settings: what read_trunk accepts, and which field it names for what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.trunk import (
    LONGEST_SETTING,
    MOST_CALLER_IDS,
    SETTINGS,
    TrunkSpec,
    propose_countries,
    read_trunk,
    settings_of,
)

TWILIO: dict[str, Any] = {
    "name": "Main account",
    "provider": "twilio",
    "settings": {"account_sid": "AC00", "detection": "sync"},
    "credentials": {"auth_token": "secret"},
    "caller_ids": ["+1 212 555 0100"],
    "countries": ["us", "CA"],
    "number_types": ["premium"],
    "max_concurrent_calls": 20,
    "calls_per_second": 2,
}


def checked(*, other_names: tuple[str, ...] = (), **fields: Any) -> TrunkSpec:
    spec, errors = read_trunk({**TWILIO, **fields}, other_names=other_names)
    if errors:
        raise InvalidInput(errors)
    return spec


def refused_fields(*, other_names: tuple[str, ...] = (), **fields: Any) -> dict[str, str]:
    """Each wrong field and what is said about it."""
    with pytest.raises(InvalidInput) as refused:
        checked(other_names=other_names, **fields)
    return {error.field: error.message for error in refused.value.errors}


def test_a_trunk_that_is_right_comes_back_in_one_form() -> None:
    assert checked(other_names=("Other",)) == TrunkSpec(
        name="Main account",
        provider="twilio",
        settings={"account_sid": "AC00", "detection": "sync"},
        credentials={"auth_token": "secret"},
        caller_ids=("+12125550100",),
        max_concurrent_calls=20,
        calls_per_second=2.0,
        countries=("CA", "US"),
        number_types=("premium",),
    )


def test_a_name_and_its_lines_are_enough() -> None:
    spec, _ = read_trunk(
        {"name": " sim ", "provider": "simulator", "max_concurrent_calls": 0}, other_names=()
    )
    assert spec == TrunkSpec("sim", "simulator", {}, {}, None, 0, None, None, None)


@pytest.mark.parametrize(
    "fields, result",
    [
        ({"name": "  a_b-c.d 9 "}, {"name": "a_b-c.d 9"}),
        ({"name": "a" * 64}, {"name": "a" * 64}),
        ({"name": "Ko\u0308ln 1"}, {"name": "Köln 1"}),
        ({"name": "हिन्दी"}, {"name": "हिन्दी"}),
        ({"max_concurrent_calls": 100_000}, {"max_concurrent_calls": 100_000}),
        ({"calls_per_second": None}, {"calls_per_second": None}),
        ({"calls_per_second": 0.01}, {"calls_per_second": 0.01}),
        ({"calls_per_second": 10_000}, {"calls_per_second": 10_000.0}),
        ({"settings": None, "credentials": None}, {"settings": {}, "credentials": {}}),
        # An empty setting is left out; an empty credential is one to forget.
        ({"settings": {"voice": "", "language": None}}, {"settings": {}}),
        ({"credentials": {"auth_token_2": ""}}, {"credentials": {"auth_token_2": None}}),
        ({"settings": {"base_url": "https://api.example.org"}}, {"settings": {"base_url": "https://api.example.org"}}),
        ({"settings": {"voice": "Polly.Amy "}}, {"settings": {"voice": "Polly.Amy"}}),
        ({"caller_ids": []}, {"caller_ids": None}),
        ({"caller_ids": ["+12125550100", "+1 (212) 555-0100"]}, {"caller_ids": ("+12125550100",)}),
        ({"countries": None, "number_types": None}, {"countries": None, "number_types": ()}),
        ({"countries": ["fr", "FR "]}, {"countries": ("FR",)}),
        ({"number_types": []}, {"number_types": ()}),
    ],
)  # fmt: skip
def test_a_field_is_accepted_and_put_into_one_form(fields: dict[str, Any], result: dict[str, Any]) -> None:
    spec = checked(**fields)
    assert {name: getattr(spec, name) for name in result} == result


@pytest.mark.parametrize(
    "fields, field, remedy",
    [
        ({"name": None}, "name", "up to 64 letters"),
        ({"name": ""}, "name", "up to 64 letters"),
        ({"name": "a" * 65}, "name", "up to 64 letters"),
        ({"name": "-dash first"}, "name", "beginning with a letter or a digit"),
        ({"name": "a & b"}, "name", "up to 64 letters"),
        ({"name": "two\nlines"}, "name", "up to 64 letters"),
        ({"provider": "carrier"}, "provider", "simulator, asterisk, twilio"),
        ({"provider": ["twilio"]}, "provider", "simulator, asterisk, twilio"),
        ({"speed": 3}, "speed", "max_concurrent_calls"),
        ({"max_concurrent_calls": None}, "max_concurrent_calls", "from 0 to 100,000"),
        ({"max_concurrent_calls": True}, "max_concurrent_calls", "whole number"),
        ({"max_concurrent_calls": 1.5}, "max_concurrent_calls", "whole number"),
        ({"max_concurrent_calls": -1}, "max_concurrent_calls", "from 0"),
        ({"max_concurrent_calls": 100_001}, "max_concurrent_calls", "100,000"),
        ({"calls_per_second": 0}, "calls_per_second", "from 0.01 to 10,000"),
        ({"calls_per_second": 10_001}, "calls_per_second", "10,000"),
        ({"calls_per_second": float("nan")}, "calls_per_second", "leave it empty"),
        ({"calls_per_second": float("inf")}, "calls_per_second", "leave it empty"),
        ({"calls_per_second": True}, "calls_per_second", "use a number"),
        ({"calls_per_second": "2"}, "calls_per_second", "use a number"),
        ({"settings": ["voice"]}, "settings", '{"name": "value"}'),
        ({"settings": {"pitch": "low"}}, "settings.pitch", "account_sid"),
        ({"settings": {"auth_token": "x"}}, "settings.auth_token", "credentials"),
        ({"credentials": {"voice": "x"}}, "credentials.voice", "settings"),
        ({"settings": {"voice": 3}}, "settings.voice", "on one line"),
        ({"settings": {"voice": "a\nb"}}, "settings.voice", "on one line"),
        ({"settings": {"voice": "a" * (LONGEST_SETTING + 1)}}, "settings.voice", "500 characters"),
        ({"settings": {"base_url": "ftp://x"}}, "settings.base_url", "http://"),
        ({"settings": {"base_url": "https://"}}, "settings.base_url", "http://"),
        ({"settings": {"detection": "maybe"}}, "settings.detection", "async, sync"),
        ({"caller_ids": "+12125550100"}, "caller_ids", "a list"),
        ({"caller_ids": ["+12125550100"] * (MOST_CALLER_IDS + 1)}, "caller_ids", "1,000"),
        ({"caller_ids": ["+12125550100", "0596"]}, "caller_ids[1]", "give it in full"),
        ({"caller_ids": [None]}, "caller_ids[0]", "give it in full"),
        ({"countries": []}, "countries", "null is every country"),
        ({"countries": "US"}, "countries", '["US", "CA"]'),
        ({"countries": ["US", "XX"]}, "countries[1]", "two letters"),
        ({"countries": [1]}, "countries[0]", "two letters"),
        ({"number_types": "premium"}, "number_types", "satellite"),
        ({"number_types": ["mobile"]}, "number_types[0]", "every trunk may call it"),
        ({"number_types": ["gold"]}, "number_types[0]", "satellite"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_with_its_remedy(fields: dict[str, Any], field: str, remedy: str) -> None:
    errors = refused_fields(**fields)
    # An unknown provider's settings cannot be checked; its own field is the one that is named.
    assert field in errors
    assert set(errors) == {field}
    assert remedy in errors[field]


def test_every_wrong_field_is_named_at_once() -> None:
    errors = refused_fields(name="", max_concurrent_calls=-1, calls_per_second=0, countries=["XX"])
    assert set(errors) == {"name", "max_concurrent_calls", "calls_per_second", "countries[0]"}


def test_two_trunks_cannot_share_a_name() -> None:
    assert refused_fields(other_names=("Main account",)) == {"name": "another trunk has this name"}
    assert refused_fields(name=" Main account ", other_names=("Main account",)).keys() == {"name"}


def test_an_asterisk_endpoint_must_say_where_the_number_goes() -> None:
    asterisk = {"provider": "asterisk", "credentials": {}}
    for endpoint in ("PJSIP/{number}@trunk", "PJSIP/{digits}@trunk"):
        assert checked(**asterisk, settings={"endpoint": endpoint}).settings == {"endpoint": endpoint}
    errors = refused_fields(**asterisk, settings={"endpoint": "PJSIP/trunk"})
    assert "no {number} and no {digits}" in errors["settings.endpoint"]


def test_nobody_has_chosen_the_numbers_of_a_simulator() -> None:
    simulator: dict[str, Any] = {"provider": "simulator", "settings": {}, "credentials": {}}
    assert checked(**simulator, countries=None, number_types=[]).number_types is None
    assert checked(**simulator, countries=["US"], number_types=[]).number_types == ()
    assert checked(**simulator, countries=None, number_types=["pager"]).number_types == ("pager",)


def test_a_trunk_without_countries_and_types_has_none_chosen() -> None:
    data = {name: value for name, value in TWILIO.items() if name not in ("countries", "number_types")}
    spec, _ = read_trunk(data, other_names=())
    assert (spec.countries, spec.number_types) == (None, None)


def test_settings_and_secrets_are_apart() -> None:
    for provider, settings in SETTINGS.items():
        plain, secret = settings_of(provider, secret=False), settings_of(provider, secret=True)
        assert sorted(one.name for one in plain + secret) == sorted(one.name for one in settings)
    assert settings_of("carrier", secret=False) == ()


@pytest.mark.parametrize(
    "caller_ids, countries",
    [
        (None, ()),
        ([], ()),
        (["+12125550100"], ("US",)),
        (["+33142345678", "+12125550100", "+12125550101"], ("FR", "US")),
        (["no number"], ()),
        (["no number", "+442079460000"], ("GB",)),
    ],
)
def test_the_countries_of_the_caller_ids_are_proposed(
    caller_ids: list[str] | None, countries: tuple[str, ...]
) -> None:
    assert propose_countries(caller_ids) == countries
