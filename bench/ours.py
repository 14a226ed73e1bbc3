"""The engine's own steps, as its tick calls them, on a batch at a time."""

from __future__ import annotations

import random

import sqlalchemy as sa

from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.engine.claim import claim_for_trunk
from campaign_app.engine.context import EngineContext
from campaign_app.engine.reap import settle_provider_events
from campaign_app.engine.send import send_attempts
from campaign_app.queries.claim import ClaimedAttempt

from .ground import TRUNK
from .provider import Instant


class Ours:
    def __init__(self, db: sa.Engine) -> None:
        self._provider = Instant(SYSTEM_CLOCK)
        self._state = EngineContext(
            db=db,
            name="bench",
            clock=SYSTEM_CLOCK,
            make_provider=lambda trunk: self._provider,
            rng=random.Random(1),
        )

    def claim(self, batch: int) -> list[ClaimedAttempt]:
        """T1 alone."""
        claims = claim_for_trunk(self._state, TRUNK, SYSTEM_CLOCK.now(), batch)
        if claims.failures:
            raise RuntimeError(f"the claim failed: {claims.failures[0][1]}")
        return claims.attempts

    def finish(self, claimed: list[ClaimedAttempt]) -> int:
        """T2, place, T3, and what the provider then tells. Returns how many attempts ended."""
        send_attempts(self._state, self._provider, TRUNK, claimed)
        return settle_provider_events(self._state, self._provider, TRUNK)

    def close(self) -> None:
        self._state.close()
