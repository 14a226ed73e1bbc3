"""The one check of a campaign that form and API share."""

from __future__ import annotations

from typing import Any

import pytest

from campaign_app.domain.campaign import DEFAULTS, check_campaign, spec_to_api
from campaign_app.domain.errors import InvalidInput

PROVIDERS = ["simulator", "asterisk"]
GOOD: dict[str, Any] = {"name": "Flu shots", "message": {"text": "Hello."}}


def errors_of(**changes: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as raised:
        check_campaign({**GOOD, **changes}, providers=PROVIDERS)
    return {error.field: error.message for error in raised.value.errors}


def test_a_name_and_a_message_are_enough() -> None:
    spec = check_campaign(GOOD, providers=PROVIDERS)
    assert spec.provider == "simulator"
    assert spec_to_api(spec) == {**DEFAULTS, **GOOD, "provider": "simulator"}


def test_what_comes_out_goes_in_again() -> None:
    spec = check_campaign(
        {
            **GOOD,
            "timezone": "Asia/Kolkata",
            "calling_windows": [{"days": ["fri"], "start": "22:00", "end": "06:00", "overnight": True}],
            "max_concurrent_calls": "20",
            "calls_per_second": 0.5,
            "caller_id": "(617) 555-0142",
            "default_region": "US",
            "provider": "asterisk",
            "starts_at": "2026-12-01T08:00:00+01:00",
            "ends_at": "2026-12-04T18:00:00Z",
            "priority": 9,
        },
        providers=PROVIDERS,
    )
    assert spec.caller_id == "+16175550142"
    api = spec_to_api(spec)
    assert api["starts_at"] == "2026-12-01T07:00:00Z"
    assert check_campaign(api, providers=PROVIDERS) == spec


@pytest.mark.parametrize(
    "field, value, named",
    [
        ("name", "", "name"),
        ("name", "   ", "name"),
        ("name", "x" * 201, "name"),
        ("name", "a\x00b", "name"),
        ("name", None, "name"),
        ("message", None, "message"),
        ("message", "Hello", "message"),
        ("message", {"text": ""}, "message.text"),
        ("message", {"text": "x" * 4001}, "message.text"),
        ("message", {"text": "Hi", "sound": "a"}, "message.sound"),
        ("timezone", "Mars/Olympus", "timezone"),
        ("timezone", 5, "timezone"),
        ("timezone", "../etc/passwd", "timezone"),
        ("calling_windows", [{"days": ["mon"], "start": "17:00", "end": "09:00"}], "calling_windows[0].end"),
        ("max_concurrent_calls", -1, "max_concurrent_calls"),
        ("max_concurrent_calls", 0, "max_concurrent_calls"),
        ("max_concurrent_calls", 10_001, "max_concurrent_calls"),
        ("max_concurrent_calls", 1.5, "max_concurrent_calls"),
        ("max_concurrent_calls", True, "max_concurrent_calls"),
        ("max_concurrent_calls", None, "max_concurrent_calls"),
        ("max_concurrent_calls", float("inf"), "max_concurrent_calls"),
        ("calls_per_second", 0, "calls_per_second"),
        ("calls_per_second", float("nan"), "calls_per_second"),
        ("retry", {"max_retries": 2, "delays_minutes": []}, "retry.delays_minutes"),
        ("caller_id", "123", "caller_id"),
        ("caller_id", 123, "caller_id"),
        ("provider", "carrier-pigeon", "provider"),
        ("starts_at", "tomorrow", "starts_at"),
        ("starts_at", "2026-12-01T08:00:00", "starts_at"),
        ("default_region", "XX", "default_region"),
        ("default_region", ["FR"], "default_region"),
        ("priority", 0, "priority"),
        ("priority", 11, "priority"),
        ("colour", "red", "colour"),
    ],
)
def test_a_wrong_field_is_named(field: str, value: object, named: str) -> None:
    assert named in errors_of(**{field: value})


def test_every_error_is_reported_at_once() -> None:
    assert set(errors_of(name="", timezone="x", priority=99)) == {"name", "timezone", "priority"}


def test_the_end_must_come_after_the_start() -> None:
    assert "ends_at" in errors_of(starts_at="2026-12-04T18:00:00Z", ends_at="2026-12-04T18:00:00Z")


def test_an_unknown_provider_is_refused_with_the_known_ones() -> None:
    assert "simulator, asterisk" in errors_of(provider="twilio")["provider"]
