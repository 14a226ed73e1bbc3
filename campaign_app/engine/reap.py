"""Reap: whatever stands still is taken further, by evidence only. Nothing here ever dials."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from campaign_app import transaction
from campaign_app.domain.attempt import OPEN, AttemptStatus, News
from campaign_app.providers.base import Provider, ProviderError
from campaign_app.queries import settle as rows_of
from campaign_app.queries.settle import OpenCall
from campaign_app.services.settle import POLL_AFTER, Report, released, reports, settle

from . import trouble
from .state import BATCH, CLAIM_STALE_AFTER, EngineState, log


def take_events(engine: EngineState, provider: Provider, trunk_id: int) -> int:
    """Settle what the provider told since the last tick."""
    changed = 0
    news = list(provider.events())
    for start in range(0, len(news), BATCH):
        now = engine.clock.now()
        with transaction.write(engine.db, "settle") as connection:
            changed += settle(
                connection, reports(news[start : start + BATCH], "event"), now=now, rng=engine.rng
            )
    down = next((item for item in news if item.trunk_down), None)
    if down is not None:
        engine.failing_trunks.add(trunk_id)
        now = engine.clock.now()
        with transaction.write(engine.db) as connection:
            # One such call says it for all: the circuit opens at once.
            trouble.trunk_failed(
                connection, trunk_id, down.cause or "trunk down", now, failures=trouble.PATIENCE
            )
    return changed


def poll(engine: EngineState, provider: Provider, trunk_id: int) -> int:
    """Ask the provider about calls that were silent for too long: no event may have been lost for good."""
    now = engine.clock.now()
    with engine.db.connect() as reading:
        calls = rows_of.due_polls(reading, trunk_id, now, BATCH)
    if not calls:
        return 0

    def look(call: OpenCall) -> Sequence[News]:
        return provider.lookup(call.token, call.provider_ref)

    found = [Report(item, "poll") for answer in _each(engine, provider, look, calls) for item in answer]
    with transaction.write(engine.db, "poll") as connection:
        # First the new poll times: settle overwrites them where it moves an attempt.
        rows_of.next_poll(connection, [call.id for call in calls], now + POLL_AFTER)
        return settle(connection, found, now=now, rng=engine.rng)


def hang_up(engine: EngineState, provider: Provider, trunk_id: int) -> int:
    """Tell the provider to end the calls that an operator wants ended; asked again at each tick until they have."""
    with engine.db.connect() as reading:
        calls = rows_of.hangups(reading, trunk_id, BATCH)

    def end(call: OpenCall) -> Sequence[News]:
        provider.hangup(call.token, call.provider_ref)
        return ()

    if calls:
        _each(engine, provider, end, calls)
    return len(calls)


def reap(engine: EngineState, trunk_id: int) -> int:
    """Stale claims go back; what passed its horizon becomes `unresolved`, to be seen by an operator."""
    now = engine.clock.now()
    with transaction.write(engine.db, "reap") as connection:
        stale = rows_of.stale_claims(connection, trunk_id, now - timedelta(seconds=CLAIM_STALE_AFTER), BATCH)
        lost = rows_of.past_horizon(connection, trunk_id, now, BATCH)
        found = released([call.token for call in stale], "claimed, and never sent", now)
        found += [
            Report(
                News(call.token, AttemptStatus.UNRESOLVED, now, cause="nothing was heard until its horizon"),
                "engine",
                only_from=OPEN - {AttemptStatus.CLAIMED},
            )
            for call in lost
        ]
        return settle(connection, found, now=now, rng=engine.rng)


def _each(
    engine: EngineState,
    provider: Provider,
    ask: Callable[[OpenCall], Sequence[News]],
    calls: Sequence[OpenCall],
) -> list[Sequence[News]]:
    """Ask about each call, in the senders' threads where that means waiting; a failing one is logged and left."""

    def safely(call: OpenCall) -> Sequence[News]:
        try:
            return ask(call)
        except ProviderError as error:
            log.warning("asking about attempt %s: %s", call.token, error)
            return ()

    if provider.caps.blocking and len(calls) > 1:
        return list(engine.pool.map(safely, calls))
    return [safely(call) for call in calls]
