"""Permit (T2), place, record (T3): from a claimed attempt to what the provider said about it.

The permit is committed before the provider is asked; the provider is asked once, with no transaction open; what it
said, or that nothing was heard, is recorded after. A crash anywhere leaves an attempt that was certainly not sent
(`claimed`) or one that is never sent again (`dialing`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from campaign_app import crash_points, logs, transaction
from campaign_app.domain.attempt import AttemptStatus, CallUpdate
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.gate import DialGate
from campaign_app.providers.base import (
    CallRejected,
    DialRequest,
    InDoubt,
    PlacedCall,
    Provider,
    ProviderThrottled,
    ProviderUnavailable,
    TrunkDown,
)
from campaign_app.queries import failures as failure_queries
from campaign_app.queries import permit as permit_queries
from campaign_app.queries import settle as settle_queries
from campaign_app.queries import trunks as trunk_queries
from campaign_app.queries.claim import ClaimedAttempt
from campaign_app.queries.failures import CAMPAIGNS, TRUNKS
from campaign_app.services.calls.settle import (
    POLL_AFTER,
    POLL_DOUBT_AFTER,
    SourcedUpdate,
    apply_updates,
    make_release_updates,
)

from . import failures
from .claim import campaign_closed_gate
from .context import BATCH, SEND_WITHIN, EngineContext, log
from .prepare import keep_playable

AUDIO_BATCH = 20
"""Attempts per claim where each may have to be rendered first: a claim must not wait until it is stale."""
UNAVAILABLE_AGAIN_AFTER = 5.0
"""Seconds until a contact is due again whose call could not be placed for want of a connection."""
OUR_FAULT_AGAIN_AFTER = 60.0
"""The same after a rejection that is our own fault: somebody has to see it first."""
REFUSAL_REASONS = {
    DialGate.NOT_RUNNING: "the campaign no longer runs",
    DialGate.STARTS_LATER: "the campaign starts later",
    DialGate.ENDED: "the campaign's end has passed",
    DialGate.OUTSIDE_HOURS: "outside calling hours",
    DialGate.BACKOFF: "the campaign backs off after failures",
}


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


def send_attempts(
    engine: EngineContext, provider: Provider, trunk_id: int, claimed: Sequence[ClaimedAttempt]
) -> int:
    """Permit, place and record claimed attempts, in pieces that can be sent within the deadline. Returns how many
    the provider took."""
    placed = 0
    remaining = list(claimed)
    while remaining:
        if engine.stopping.is_set():
            give_back_claims(engine, [a.token for a in remaining], "the engine was stopped")
            break
        size = choose_piece_size(engine, provider, trunk_id)
        piece, remaining = remaining[:size], remaining[size:]
        if provider.caps.needs_audio:
            piece = keep_playable(engine, piece)
        # Set before the permit, on the monotonic clock: random SIGSTOPs found that a freeze between its commit and a
        # deadline set after it did not count. A jump of the time of day does not.
        until = engine.clock.monotonic() + SEND_WITHIN
        with engine.timings.measure("permit", engine.clock):
            permitted = journal_permitted(engine, trunk_id, permit_attempts(engine, provider, piece))
        results = _place_attempts(engine, provider, trunk_id, permitted, until)
        with engine.timings.measure("record", engine.clock):
            goes_on = record_results(engine, trunk_id, results)
        placed += sum(1 for one in results if one.report.update.status is AttemptStatus.QUEUED)
        if remaining and not goes_on:
            give_back_claims(engine, [a.token for a in remaining], "the provider fails, and its trunk waits")
            break
    return placed


def choose_piece_size(engine: EngineContext, provider: Provider, trunk_id: int) -> int:
    """How many attempts one permit covers: what the senders manage in less than half the deadline."""
    if not provider.caps.blocking:
        return AUDIO_BATCH if provider.caps.needs_audio else BATCH
    senders = engine.sender_count
    seconds = max(engine.latency.get(trunk_id, 0.1), 0.001)
    most = AUDIO_BATCH if provider.caps.needs_audio else BATCH
    return max(1, min(most, int(senders * SEND_WITHIN * 0.4 / seconds)))


def permit_attempts(
    engine: EngineContext, provider: Provider, attempts: Sequence[ClaimedAttempt]
) -> list[ClaimedAttempt]:
    """The last check (T2): every gate again, on the campaigns as they are now, then `claimed` → `dialing`, durably.

    What may not be sent is released in the same transaction; a listed number suppresses its contact there.
    """
    now = engine.clock.now()
    ids = sorted({a.campaign_id for a in attempts if a.campaign_id is not None})
    with transaction.begin_write(engine.db, "permit") as connection:
        refusals: dict[int, str] = {}
        seen_ids = set()
        for campaign in permit_queries.lock_campaigns_for_permit(connection, ids) if ids else []:
            seen_ids.add(campaign.id)
            try:
                reason = campaign_closed_gate(campaign, now)
            except Exception as error:
                # Broken since its claim. The next claim notes it on the campaign; the others go on.
                log.exception("campaign %s could not be permitted", campaign.id)
                refusals[campaign.id] = f"its campaign cannot be read: {error}"
                continue
            if reason is not None:
                refusals[campaign.id] = REFUSAL_REASONS[reason.gate]
        permissible = [
            a
            for a in attempts
            if a.campaign_id is None or (a.campaign_id in seen_ids and a.campaign_id not in refusals)
        ]
        horizon = now + timedelta(seconds=provider.caps.horizon)
        permitted_ids = permit_queries.permit_claims(
            connection,
            [a.id for a in permissible],
            now=now,
            horizon=horizon,
            poll=now + POLL_DOUBT_AFTER + timedelta(seconds=SEND_WITHIN),
        )
        release_reports: list[SourcedUpdate] = []
        for attempt in attempts:
            if attempt.id not in permitted_ids:
                release_reason = refusals.get(
                    attempt.campaign_id or 0, "do-not-call, taken back, or its trunk paused"
                )
                release_reports += make_release_updates([attempt.token], release_reason, now)
        apply_updates(connection, release_reports, now=now, rng=engine.rng)
    return [a for a in attempts if a.id in permitted_ids]


def journal_permitted(
    engine: EngineContext, trunk_id: int, permitted: list[ClaimedAttempt]
) -> list[ClaimedAttempt]:
    """Write the calls down beside the database before they are asked for. Where that cannot be done, or the database
    proves to be an old one, they are given back: nothing is dialled that might be forgotten."""
    if engine.rollback_guard is None or not permitted:
        return permitted
    now = engine.clock.now()
    try:
        if engine.rollback_guard.check_not_rolled_back(now):
            engine.rollback_guard.journal_calls(trunk_id, permitted, now)
            return permitted
        reason = "the database went backwards, and dialling is in quarantine"
    except OSError as error:
        reason = f"the journal of calls cannot be written: {error.strerror or error}"
        log.error("nothing is dialled: %s", reason)
    tokens = [attempt.token for attempt in permitted]
    with transaction.begin_write(engine.db) as connection:
        release_reports = make_release_updates(
            tokens, reason, now, only_from=AttemptStatus.DIALING, again_after=UNAVAILABLE_AGAIN_AFTER
        )
        apply_updates(connection, release_reports, now=now, rng=engine.rng)
    campaigns = {a.campaign_id for a in permitted if a.campaign_id is not None}
    _update_campaign_failures(engine, set(), dict.fromkeys(campaigns, (reason, None)), now)
    return []


def _place_attempts(
    engine: EngineContext, provider: Provider, trunk_id: int, attempts: Sequence[ClaimedAttempt], until: float
) -> list[PlacementResult]:
    def place_one(attempt: ClaimedAttempt) -> PlacementResult:
        with logs.AttemptLogContext(attempt.token):
            return place_attempt(engine, provider, trunk_id, attempt, until)

    if not provider.caps.blocking or len(attempts) < 2:
        return [place_one(attempt) for attempt in attempts]
    return list(engine.pool.map(place_one, attempts))


def place_attempt(
    engine: EngineContext, provider: Provider, trunk_id: int, attempt: ClaimedAttempt, until: float
) -> PlacementResult:
    """Ask once. Every way in which that can end is a report; this function never raises."""
    started = engine.clock.monotonic()
    if started >= until:
        release_reports = make_release_updates(
            [attempt.token],
            "not sent within 5 s of its permit",
            engine.clock.now(),
            only_from=AttemptStatus.DIALING,
        )
        return PlacementResult(attempt, release_reports[0], provider_asked=False)
    try:
        script = attempt.build_call_script()
    except (InvalidInput, ValueError) as error:
        # The start checks that every contact has its values: this one's were changed since, or its row by hand.
        cause = f"the message cannot be spoken: {error}"
        news = CallUpdate(
            attempt.token, AttemptStatus.FAILED, engine.clock.now(), cause=cause, permanent=True
        )
        return PlacementResult(attempt, SourcedUpdate(news, "engine"), provider_asked=False)
    dial = DialRequest(attempt.token, attempt.phone, attempt.caller_id, script)
    failure: str | None = None
    retry_after: float | None = None
    trunk_down = False
    try:
        crash_points.pass_crash_point("place.before-request")
        placed: PlacedCall = provider.place(dial)
        crash_points.pass_crash_point("place.after-request")
        news = CallUpdate(attempt.token, AttemptStatus.QUEUED, engine.clock.now(), provider_ref=placed.ref)
        report = SourcedUpdate(news, "engine", quiet=True)
    except CallRejected as error:
        if error.our_fault:
            # The next call would fare no better: no contact pays for it, and the campaign waits and says why.
            failure, retry_after = error.cause, OUR_FAULT_AGAIN_AFTER
            report = make_release_updates(
                [attempt.token],
                failure,
                engine.clock.now(),
                only_from=AttemptStatus.DIALING,
                again_after=OUR_FAULT_AGAIN_AFTER,
            )[0]
        else:
            news = CallUpdate(
                attempt.token,
                AttemptStatus.FAILED,
                engine.clock.now(),
                cause=error.cause,
                permanent=error.permanent,
                sip_code=error.sip_code,
                q850=error.q850,
            )
            report = SourcedUpdate(news, "engine")
    except (ProviderThrottled, ProviderUnavailable) as error:
        failure = f"{error or type(error).__name__}"
        trunk_down = isinstance(error, TrunkDown)
        again = UNAVAILABLE_AGAIN_AFTER
        if isinstance(error, ProviderThrottled):
            again = retry_after = error.retry_after
        report = make_release_updates(
            [attempt.token], failure, engine.clock.now(), only_from=AttemptStatus.DIALING, again_after=again
        )[0]
    except InDoubt as error:
        failure = f"no answer to the request: {error}"
        report = SourcedUpdate(
            CallUpdate(attempt.token, AttemptStatus.IN_DOUBT, engine.clock.now(), cause=str(error)), "engine"
        )
    except Exception as error:
        # A bug in an adapter: the request may have left, so the attempt is in doubt and is not sent again.
        log.exception("placing attempt %s failed in an unforeseen way", attempt.token)
        failure = f"{type(error).__name__}: {error}"
        report = SourcedUpdate(
            CallUpdate(attempt.token, AttemptStatus.IN_DOUBT, engine.clock.now(), cause=failure), "engine"
        )
    seconds = engine.clock.monotonic() - started
    engine.timings.observe("place", seconds)
    engine.latency[trunk_id] = 0.8 * engine.latency.get(trunk_id, seconds) + 0.2 * seconds
    return PlacementResult(attempt, report, failure, retry_after, trunk_down)


def record_results(engine: EngineContext, trunk_id: int, results: Sequence[PlacementResult]) -> bool:
    """Record (T3) what the provider said, and let campaigns whose calls fail back off, and a trunk of which nobody
    got a call. False when nothing more should be sent on the trunk now."""
    if not results:
        return True
    now = engine.clock.now()
    failed_results = [one for one in results if one.failure is not None]
    if failed_results:
        with logs.AttemptLogContext(*(one.attempt.token for one in failed_results)):
            log.warning(
                "%s of %s calls failed at the provider: %s",
                len(failed_results),
                len(results),
                failed_results[0].failure,
            )
    succeeded = {
        one.attempt.campaign_id
        for one in results
        if one.provider_asked and one.failure is None and one.attempt.campaign_id is not None
    }
    with transaction.begin_write(engine.db, "record") as connection:
        accepted = [one.report.update for one in results if one.report.update.status is AttemptStatus.QUEUED]
        settle_queries.record_accepted(
            connection, [(n.token, n.provider_ref or "", n.at) for n in accepted], now + POLL_AFTER
        )
        other_reports = [
            one.report for one in results if one.report.update.status is not AttemptStatus.QUEUED
        ]
        apply_updates(connection, other_reports, now=now, rng=engine.rng)
    errors_by_campaign: dict[int, tuple[str, float | None]] = {}
    for one in failed_results:
        if one.attempt.campaign_id is not None:
            errors_by_campaign.setdefault(one.attempt.campaign_id, (one.failure or "", one.retry_after))
    _update_campaign_failures(engine, succeeded, errors_by_campaign, now)
    return _update_trunk_failures(engine, trunk_id, results, now)


def _update_campaign_failures(
    engine: EngineContext,
    succeeded: set[int],
    errors_by_campaign: Mapping[int, tuple[str, float | None]],
    now: datetime,
) -> None:
    """Let campaigns whose calls fail (why, and the seconds that the provider asks for) back off, and others no more. A
    transaction of its own: a claim, or a transfer that asks for its line, locks the campaign before the counters that
    `record` has changed; the other way round was a deadlock."""
    recovered = succeeded & engine.failing_campaign_ids
    if not recovered and not errors_by_campaign:
        return
    with transaction.begin_write(engine.db) as connection:
        for campaign_id in sorted(recovered | errors_by_campaign.keys()):
            if campaign_id in recovered:
                failure_queries.clear_failures(connection, CAMPAIGNS, campaign_id)
            if campaign_id in errors_by_campaign:
                failures.record_campaign_failure(
                    connection, campaign_id, *errors_by_campaign[campaign_id], now
                )
    engine.failing_campaign_ids -= succeeded
    engine.failing_campaign_ids |= errors_by_campaign.keys()


def _update_trunk_failures(
    engine: EngineContext, trunk_id: int, results: Sequence[PlacementResult], now: datetime
) -> bool:
    """A transaction of its own: a claim locks the trunk before what `record` has locked, the other way round is a
    deadlock. It is needed only when something changes."""
    down = next((one for one in results if one.trunk_down), None)
    failed = next((one for one in results if one.failure is not None), None)
    # An answer of any kind is a sign of life: also a refusal, or being told to slow down.
    alive = any(
        one.provider_asked and (one.retry_after is not None or one.failure is None) for one in results
    )
    if down is not None:
        with transaction.begin_write(engine.db) as connection:
            trunk_queries.pause_trunk(connection, trunk_id, down.failure or "", now)
        return False
    if alive and trunk_id in engine.failing_trunk_ids:
        with transaction.begin_write(engine.db) as connection:
            failure_queries.clear_failures(connection, TRUNKS, trunk_id)
        engine.failing_trunk_ids.discard(trunk_id)
    if alive or failed is None:
        return True
    engine.failing_trunk_ids.add(trunk_id)
    with transaction.begin_write(engine.db) as connection:
        return not failures.record_trunk_failure(connection, trunk_id, failed.failure or "", now)


def give_back_claims(engine: EngineContext, tokens: Sequence[str], reason: str) -> None:
    """Claims that will not be sent, and certainly were not: only what still is `claimed` goes back."""
    now: datetime = engine.clock.now()
    with transaction.begin_write(engine.db) as connection:
        apply_updates(connection, make_release_updates(tokens, reason, now), now=now, rng=engine.rng)
