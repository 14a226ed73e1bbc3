"""What each answer of a provider means: for the attempt, its contact, its campaign and its trunk. No database."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from campaign_app.domain.attempt import AttemptStatus as S
from campaign_app.domain.script import script_from_text
from campaign_app.engine.place import PlacementResult, ProviderAnswer, outcome_of, send_request
from campaign_app.providers.base import (
    CallRejected,
    DialRequest,
    InDoubt,
    PlacedCall,
    ProviderError,
    ProviderThrottled,
    ProviderUnavailable,
    TrunkDown,
)
from campaign_app.queries.claim import ClaimedAttempt
from tests.engine.fakes import ScriptedProvider
from tests.support.clock import FakeClock

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
ATTEMPT = ClaimedAttempt(1, 2, "token", "+12125550100", None, '{"text": "Hello"}')
ANYTHING_BUT_PLACED = (
    CallRejected("no such number"),
    CallRejected("not verified", our_fault=True),
    ProviderThrottled("too fast", 30),
    ProviderUnavailable("no route"),
    TrunkDown("wrong credentials"),
    InDoubt("timed out"),
    ProviderError("none of the four"),
    ValueError("a bug"),
)


def decide(answer: ProviderAnswer) -> PlacementResult:
    return outcome_of(answer, ATTEMPT, NOW)


@pytest.mark.parametrize(
    "answer, status, cause, again_after",
    [
        (PlacedCall("CA1"), S.QUEUED, None, 0),
        (CallRejected("no such number"), S.FAILED, "no such number", 0),
        (CallRejected("busy here", permanent=False), S.FAILED, "busy here", 0),
        (CallRejected("caller id not verified", our_fault=True), S.RELEASED, "caller id not verified", 60),
        (ProviderThrottled("too fast", 42), S.RELEASED, "too fast", 42),
        (ProviderThrottled("", 1), S.RELEASED, "ProviderThrottled", 1),
        (ProviderUnavailable("no route to host"), S.RELEASED, "no route to host", 5),
        (ProviderUnavailable(), S.RELEASED, "ProviderUnavailable", 5),
        (TrunkDown("wrong credentials"), S.RELEASED, "wrong credentials", 5),
        (InDoubt("read timed out"), S.IN_DOUBT, "read timed out", 0),
        (ProviderError("unknown"), S.IN_DOUBT, "ProviderError: unknown", 0),
        (ValueError("a bug in the adapter"), S.IN_DOUBT, "ValueError: a bug in the adapter", 0),
    ],
)
def test_an_answer_becomes_a_status_with_its_cause_and_a_time_to_try_again(
    answer: ProviderAnswer, status: S, cause: str | None, again_after: float
) -> None:
    report = decide(answer).report
    assert (report.update.token, report.update.at) == ("token", NOW)
    assert (report.update.status, report.update.cause) == (status, cause)
    assert report.again_after == again_after


@pytest.mark.parametrize(
    "answer, failure, retry_after, trunk_down",
    [
        (PlacedCall("CA1"), None, None, False),
        (CallRejected("no such number"), None, None, False),
        (CallRejected("not verified", our_fault=True), "not verified", 60, False),
        (ProviderThrottled("too fast", 42), "too fast", 42, False),
        (ProviderUnavailable("no route to host"), "no route to host", None, False),
        (TrunkDown("wrong credentials"), "wrong credentials", None, True),
        (InDoubt("timed out"), "no answer to the request: timed out", None, False),
        (ValueError("a bug"), "ValueError: a bug", None, False),
    ],
)
def test_what_the_campaign_and_the_trunk_record(
    answer: ProviderAnswer, failure: str | None, retry_after: float | None, trunk_down: bool
) -> None:
    result = decide(answer)
    assert (result.failure, result.retry_after, result.trunk_down) == (failure, retry_after, trunk_down)
    assert result.attempt is ATTEMPT
    assert result.provider_asked


def test_a_placed_call_keeps_the_providers_id_and_is_no_event_of_the_providers() -> None:
    report = decide(PlacedCall("CA1")).report
    assert report.update.provider_ref == "CA1"
    assert report.quiet


def test_a_rejection_keeps_the_numbers_that_explain_it() -> None:
    update = decide(CallRejected("unallocated", sip_code=404, q850=1)).report.update
    assert (update.sip_code, update.q850, update.permanent) == (404, 1, True)


@pytest.mark.parametrize("answer", ANYTHING_BUT_PLACED, ids=lambda answer: type(answer).__name__)
def test_only_an_attempt_that_is_still_dialing_is_released(answer: Exception) -> None:
    """A callback may have been faster than the answer: then the call was placed, whatever the answer says."""
    report = decide(answer).report
    released = report.update.status is S.RELEASED
    assert report.only_from == (frozenset({S.DIALING}) if released else None)


@pytest.mark.parametrize("answer", ANYTHING_BUT_PLACED, ids=lambda answer: type(answer).__name__)
def test_an_error_of_the_request_is_its_answer(answer: Exception) -> None:
    provider = ScriptedProvider(FakeClock())
    provider.answers["*"] = answer
    assert (
        send_request(provider, DialRequest("token", ATTEMPT.phone, None, script_from_text("Hello"))) is answer
    )
