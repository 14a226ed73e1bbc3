"""Place: ask the provider for one call, once, with no transaction open, and decide what its answer means.

`send_request` asks; `outcome_of` decides, without asking anybody. Recording the outcome is record.py's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from campaign_app import crash_points, logs
from campaign_app.domain.attempt import AttemptStatus, CallUpdate
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.settlement import SourcedUpdate, make_release_updates
from campaign_app.providers.base import (
    CallRejected,
    DialRequest,
    InDoubt,
    PlacedCall,
    Provider,
    ProviderError,
    ProviderThrottled,
    ProviderUnavailable,
    TrunkDown,
)
from campaign_app.queries.claim import ClaimedAttempt
from campaign_app.services.call_scripts import choose_claimed_words

from .context import EngineContext, log

UNAVAILABLE_AGAIN_AFTER = 5.0
"""Seconds until a contact is due again whose call could not be placed because there was no connection."""
OUR_FAULT_AGAIN_AFTER = 60.0
"""The same after a rejection that is our own fault: somebody has to see it first."""

ProviderAnswer = PlacedCall | Exception
"""The call that the provider took, or the error that it, or the way to it, gave instead."""


class PlacementResult(NamedTuple):
    """What came of asking the provider for one attempt."""

    attempt: ClaimedAttempt
    report: SourcedUpdate
    failure: str | None = None
    retry_after: float | None = None
    trunk_down: bool = False
    """Nothing can be placed on this trunk until somebody acts."""
    provider_asked: bool = True
    """Whether the provider was: what was not sent is no sign of its health."""
    seconds: float | None = None
    """How long the request took; None where there was none."""


def place_attempts(
    engine: EngineContext, provider: Provider, trunk_id: int, attempts: Sequence[ClaimedAttempt], until: float
) -> list[PlacementResult]:
    """Place each, in the senders' threads where that means waiting. `until`: seconds of the monotonic clock, the
    deadline of the permit."""

    def place_one(attempt: ClaimedAttempt) -> PlacementResult:
        with logs.AttemptLogContext(attempt.token):
            return place_attempt(engine, provider, attempt, until)

    if provider.caps.blocking and len(attempts) > 1:
        results = list(engine.pool.map(place_one, attempts))
    else:
        results = []
        with logs.AttemptLogContext() as about:
            for attempt in attempts:
                about.turn_to(attempt.token)
                results.append(place_attempt(engine, provider, attempt, until))
    durations = [result.seconds for result in results if result.seconds is not None]
    engine.timings.observe_all("place", durations)
    engine.get_trunk_state(trunk_id).observe_latencies(durations)
    return results


def place_attempt(
    engine: EngineContext, provider: Provider, attempt: ClaimedAttempt, until: float
) -> PlacementResult:
    """Ask once, unless it is too late or there is nothing to say. Every way in which that can end is a result; this
    function never raises."""
    started = engine.clock.monotonic()
    if started >= until:
        return _released(
            attempt, "not sent within 5 s of its permit", engine.clock.now(), provider_asked=False
        )
    try:
        script, detection = choose_claimed_words(attempt)
    except (InvalidInput, ValueError) as error:
        # The start checks that every contact has its values: this one's were changed since, or its row by hand.
        cause = f"the message cannot be spoken: {error}"
        update = CallUpdate(
            attempt.token, AttemptStatus.FAILED, engine.clock.now(), cause=cause, permanent=True
        )
        return PlacementResult(attempt, SourcedUpdate(update, "engine"), provider_asked=False)
    request = DialRequest(
        attempt.token,
        attempt.phone,
        attempt.caller_id,
        script,
        float(attempt.ring_seconds),
        float(attempt.longest_call_seconds),
        detection,
    )
    answer = send_request(provider, request)
    seconds = engine.clock.monotonic() - started
    return outcome_of(answer, attempt, engine.clock.now(), seconds)


def send_request(provider: Provider, request: DialRequest) -> ProviderAnswer:
    """The one request of an attempt. Errors are returned, not raised: each of them is an answer too."""
    try:
        crash_points.pass_crash_point("place.before-request")
        placed = provider.place(request)
        crash_points.pass_crash_point("place.after-request")
        return placed
    except ProviderError as error:
        return error
    except Exception as error:
        log.exception("placing attempt %s failed in an unforeseen way", request.token)
        return error


def outcome_of(
    answer: ProviderAnswer, attempt: ClaimedAttempt, now: datetime, seconds: float | None = None
) -> PlacementResult:
    """What the answer to an attempt's request means for the attempt, its contact, its campaign and its trunk.
    `seconds`: how long the request took."""
    if isinstance(answer, PlacedCall):
        update = CallUpdate(attempt.token, AttemptStatus.QUEUED, now, answer.ref)
        report = SourcedUpdate(update, "engine", None, 0.0, True)
        # By position: named arguments make a tuple of this length half as fast again.
        return PlacementResult(attempt, report, None, None, False, True, seconds)
    return _judge_error(answer, attempt, now)._replace(seconds=seconds)


def _judge_error(answer: Exception, attempt: ClaimedAttempt, now: datetime) -> PlacementResult:
    match answer:
        case CallRejected(our_fault=True):
            # The next call would fare no better: no contact pays for it, and the campaign waits and says why.
            again = OUR_FAULT_AGAIN_AFTER
            return _released(attempt, answer.cause, now, again, failure=answer.cause, retry_after=again)
        case CallRejected():
            update = CallUpdate(
                attempt.token,
                AttemptStatus.FAILED,
                now,
                cause=answer.cause,
                permanent=answer.permanent,
                sip_code=answer.sip_code,
                q850=answer.q850,
            )
            return PlacementResult(attempt, SourcedUpdate(update, "engine"))
        case ProviderThrottled(retry_after=again):
            failure = _describe_error(answer)
            return _released(attempt, failure, now, again, failure=failure, retry_after=again)
        case ProviderUnavailable():
            failure, down = _describe_error(answer), isinstance(answer, TrunkDown)
            return _released(attempt, failure, now, UNAVAILABLE_AGAIN_AFTER, failure=failure, trunk_down=down)
        case InDoubt():
            failure = f"no answer to the request: {answer}"
            return _in_doubt(attempt, str(answer), now, failure)
        case _:
            # A bug in an adapter: the request may have left, so the attempt is in doubt and is not sent again.
            failure = f"{type(answer).__name__}: {answer}"
            return _in_doubt(attempt, failure, now, failure)


def _released(
    attempt: ClaimedAttempt,
    cause: str,
    now: datetime,
    again_after: float = 0.0,
    *,
    failure: str | None = None,
    retry_after: float | None = None,
    trunk_down: bool = False,
    provider_asked: bool = True,
) -> PlacementResult:
    """Certainly not placed: the contact is due again after `again_after` seconds, and has paid no try."""
    [report] = make_release_updates(
        [attempt.token], cause, now, only_from=AttemptStatus.DIALING, again_after=again_after
    )
    return PlacementResult(attempt, report, failure, retry_after, trunk_down, provider_asked)


def _in_doubt(attempt: ClaimedAttempt, cause: str, now: datetime, failure: str) -> PlacementResult:
    """Perhaps placed: it keeps its line, and only the provider's evidence takes it further."""
    update = CallUpdate(attempt.token, AttemptStatus.IN_DOUBT, now, cause=cause)
    return PlacementResult(attempt, SourcedUpdate(update, "engine"), failure)


def _describe_error(error: Exception) -> str:
    return str(error) or type(error).__name__
