"""Sending claimed attempts: prepare, permit, journal, place and record them, in pieces that meet the deadline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from campaign_app import transaction
from campaign_app.domain.attempt import AttemptStatus
from campaign_app.domain.settlement import make_release_updates
from campaign_app.providers.base import Provider
from campaign_app.queries.claim import ClaimedAttempt
from campaign_app.services.calls.settle import apply_updates

from .context import BATCH, SEND_WITHIN, EngineContext
from .journal import journal_permitted
from .permit import permit_attempts
from .place import place_attempts
from .prepare import keep_playable
from .record import record_results

AUDIO_BATCH = 20
"""Attempts per claim where each may have to be rendered first: a claim must not wait until it is stale."""


def send_attempts(
    engine: EngineContext, provider: Provider, trunk_id: int, claimed: Sequence[ClaimedAttempt]
) -> int:
    """Send claimed attempts, in pieces that meet the deadline. Returns how many the provider took. Of each piece:

    1. prepare   what it plays is rendered and proved, where the provider plays files
    2. permit    every gate again, then `claimed` → `dialing`, committed
    3. journal   written down beside the database
    4. place     the provider is asked, once for each
    5. record    what it said
    """
    placed = 0
    remaining = list(claimed)
    while remaining:
        if engine.stopping.is_set():
            give_back_claims(engine, [a.token for a in remaining], "the engine was stopped")
            break
        size = choose_piece_size(engine, provider, trunk_id)
        piece, remaining = remaining[:size], remaining[size:]
        piece = keep_playable(engine, provider, piece)
        # Set before the permit, on the monotonic clock: random SIGSTOPs found that a freeze between its commit and a
        # deadline set after it did not count. A jump of the time of day does not.
        until = engine.clock.monotonic() + SEND_WITHIN
        with engine.timings.measure("permit", engine.clock):
            permitted = permit_attempts(engine, provider, piece)
            journaled = journal_permitted(engine, trunk_id, permitted)
        results = place_attempts(engine, provider, trunk_id, journaled, until)
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
    seconds = max(engine.get_trunk_state(trunk_id).expected_latency(), 0.001)
    most = AUDIO_BATCH if provider.caps.needs_audio else BATCH
    return max(1, min(most, int(senders * SEND_WITHIN * 0.4 / seconds)))


def give_back_claims(engine: EngineContext, tokens: Sequence[str], reason: str) -> None:
    """Claims that will not be sent, and certainly were not: only what still is `claimed` goes back."""
    now: datetime = engine.clock.now()
    with transaction.begin_write(engine.db) as connection:
        apply_updates(connection, make_release_updates(tokens, reason, now), now=now, rng=engine.rng)
