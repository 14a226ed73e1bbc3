"""The one check of a campaign that form and API share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from campaign_app.domain.campaign import DEFAULTS, HORIZON, check_campaign, find_begin, spec_to_api
from campaign_app.domain.errors import InvalidInput

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
PROVIDERS = ["simulator", "asterisk"]
GOOD: dict[str, Any] = {"name": "Flu shots", "message": {"text": "Hello."}}


def errors_of(**changes: Any) -> dict[str, str]:
    with pytest.raises(InvalidInput) as raised:
        check_campaign({**GOOD, **changes}, providers=PROVIDERS, now=NOW)
    return {error.field: error.message for error in raised.value.errors}


def test_a_name_and_a_message_are_enough() -> None:
    spec = check_campaign(GOOD, providers=PROVIDERS, now=NOW)
    assert spec.provider == "simulator"
    assert spec_to_api(spec) == {**DEFAULTS, **GOOD, "provider": "simulator"}


@pytest.mark.parametrize("field", ["starts_at", "ends_at"])
@pytest.mark.parametrize(
    "value",
    ["9999-12-31T23:59:00Z", "9999-12-31T23:59:00-12:00", "2036-11-22T15:00:00Z", "2999-01-01T00:00Z"],
)
def test_a_time_beyond_ten_years_is_refused_at_its_field(field: str, value: str) -> None:
    assert "ten years from now" in errors_of(**{field: value})[field]


@pytest.mark.parametrize("field", ["starts_at", "ends_at"])
@pytest.mark.parametrize(
    "value", ["0001-01-01T00:00:00+14:00", "1970-01-01T00:00:00Z", "1999-12-31T23:59:59Z"]
)
def test_a_time_before_2000_is_refused_at_its_field(field: str, value: str) -> None:
    assert "year 2000" in errors_of(**{field: value})[field]


@pytest.mark.parametrize("value", ["2000-01-01T00:00:00Z", "2036-11-20T15:00:00Z"])
def test_a_time_within_these_is_taken(value: str) -> None:
    spec = check_campaign({**GOOD, "starts_at": value}, providers=PROVIDERS, now=NOW)
    assert spec.starts_at == datetime.fromisoformat(value)


def test_calls_never_begin_before_now_nor_beyond_the_horizon() -> None:
    soon = NOW + timedelta(days=3)
    assert [find_begin(at, NOW) for at in (None, NOW - timedelta(days=3), soon)] == [NOW, NOW, soon]
    assert find_begin(datetime.max.replace(tzinfo=UTC), NOW) == NOW + HORIZON


@pytest.mark.parametrize(
    "zone",
    ["Pacific", "America", "US", "Etc", "posix", "right/UTC", "posix/UTC", "../etc/passwd", "/etc/localtime",
     "Factory", "localtime", "posixrules", "tzdata.zi", "zone.tab", "\x00", "UTC\x00", " ", "x" * 5_000, 5, ["UTC"]],
)  # fmt: skip
def test_what_is_no_zone_is_refused_at_its_field(zone: object) -> None:
    assert errors_of(timezone=zone) == {
        "timezone": "no such time zone: give that of a city, such as Europe/Paris"
    }


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
        now=NOW,
    )
    assert spec.caller_id == "+16175550142"
    api = spec_to_api(spec)
    assert api["starts_at"] == "2026-12-01T07:00:00Z"
    assert check_campaign(api, providers=PROVIDERS, now=NOW) == spec


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
