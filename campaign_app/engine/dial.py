"""Dialing of one trunk in one tick: claim and send until lines, rate or contacts run out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from campaign_app import transaction
from campaign_app.providers.base import Provider
from campaign_app.queries.claim import ClaimedAttempt

from .claim import ClaimResult, claim_for_trunk
from .context import BATCH, EngineContext
from .dispatch import WorkerDispatch
from .failures import record_campaign_error
from .reap import settle_provider_events
from .send import choose_piece_size, give_back_claims, send_attempts

MOST_ROUNDS = 50
DIAL_SECONDS = 4.0
"""Claims, and seconds of dialing, per trunk and tick: a tick that never ended would never finish, reap or beat."""


class DialResult(NamedTuple):
    """How many calls the provider took, and why nothing more was dialed, where that is worth telling."""

    placed: int = 0
    last_error: str | None = None
    was_asked: bool = True
    """Whether the provider was asked if it is ready, and its answer (None: it is)."""
    not_ready: str | None = None


def dial_trunk(engine: EngineContext, trunk_id: int, provider: Provider) -> DialResult:
    """Claim and send until nothing more may begin on a trunk, or its time in this tick is up."""
    if engine.get_trunk_state(trunk_id).suspended:
        return DialResult(was_asked=False)
    # Who holds a trunk's only connection dials it, also where others are placed by workers.
    dispatch = None if provider.caps.exclusive else engine.dispatch
    not_ready = provider.ready()
    if not_ready is not None:
        return DialResult(0, not_ready, not_ready=not_ready)
    if dispatch is not None and dispatch.last_error is not None:
        return DialResult(0, dispatch.last_error)
    placed = 0
    until = engine.clock.monotonic() + DIAL_SECONDS
    error = None
    if engine.outside is not None and (answered := engine.outside.take_answered(trunk_id)):
        sent, error = _pass_on(engine, provider, trunk_id, dispatch, answered)
        placed += sent
    for _ in range(MOST_ROUNDS):
        if error is not None:
            return DialResult(placed, error)
        if engine.stopping.is_set():
            break
        if engine.clock.monotonic() >= until:
            engine.wake()
            break
        most = _count_sendable(engine, trunk_id, provider, dispatch)
        if not most:
            break
        claims = _claim_once(engine, trunk_id, most)
        if not claims.attempts:
            break
        sendable: Sequence[ClaimedAttempt] = claims.attempts
        if engine.outside is not None:
            sendable = engine.outside.hold_unanswered(engine.queue_profiles.rules, trunk_id, sendable)
        sent, error = _pass_on(engine, provider, trunk_id, dispatch, sendable)
        placed += sent
        if error is not None:
            return DialResult(placed, error)
        # What ended meanwhile frees its line for the next round.
        settle_provider_events(engine, provider, trunk_id)
        if len(claims.attempts) < most and not provider.caps.blocking:
            break
    return DialResult(placed)


def _count_sendable(
    engine: EngineContext, trunk_id: int, provider: Provider, dispatch: WorkerDispatch | None
) -> int:
    """How many may be claimed at once: no more than can be sent soon, as a claim that waits holds its line for
    nothing."""
    if dispatch is None:
        return choose_piece_size(engine, provider, trunk_id)
    return min(BATCH, dispatch.free_places)


def _claim_once(engine: EngineContext, trunk_id: int, most: int) -> ClaimResult:
    """One claim (T1), and what went wrong with single campaigns noted on them."""
    now = engine.clock.now()
    with engine.timings.measure("claim", engine.clock):
        claims = claim_for_trunk(engine, trunk_id, now, most)
    if claims.failures:
        with transaction.begin_write(engine.db) as connection:
            for campaign_id, text in claims.failures:
                record_campaign_error(connection, campaign_id, text, now)
    return claims


def _pass_on(
    engine: EngineContext,
    provider: Provider,
    trunk_id: int,
    dispatch: WorkerDispatch | None,
    attempts: Sequence[ClaimedAttempt],
) -> tuple[int, str | None]:
    """Send claimed attempts, or give them to the workers. How many the provider took, and why the workers took none."""
    if not attempts:
        return 0, None
    if dispatch is None:
        return send_attempts(engine, provider, trunk_id, attempts), None
    return 0, _hand_over_claims(engine, dispatch, attempts)


def _hand_over_claims(
    engine: EngineContext, dispatch: WorkerDispatch, attempts: Sequence[ClaimedAttempt]
) -> str | None:
    """Give claims to the workers. What the broker does not take is given back, and the reason returned."""
    published_ids = dispatch.hand_over_attempts([attempt.id for attempt in attempts])
    tokens = [attempt.token for attempt in attempts if attempt.id not in published_ids]
    if not tokens:
        return None
    reason = dispatch.last_error or "it could not be handed over"
    give_back_claims(engine, tokens, reason)
    return reason
