"""The engine's own steps, as its tick calls them, on a batch at a time."""

from __future__ import annotations

import random

import sqlalchemy as sa

from campaign_app.clock import SYSTEM
from campaign_app.engine.claim import claim
from campaign_app.engine.place import send
from campaign_app.engine.reap import take_events
from campaign_app.engine.state import EngineState
from campaign_app.queries.claim import Claimed

from .ground import TRUNK
from .provider import Instant


class Ours:
    def __init__(self, db: sa.Engine) -> None:
        self._provider = Instant(SYSTEM)
        self._state = EngineState(
            db=db,
            name="bench",
            clock=SYSTEM,
            provider_of=lambda trunk: self._provider,
            rng=random.Random(1),
        )

    def claim(self, batch: int) -> list[Claimed]:
        """T1 alone."""
        claims = claim(self._state, TRUNK, SYSTEM.now(), batch)
        if claims.failures:
            raise RuntimeError(f"the claim failed: {claims.failures[0][1]}")
        return claims.attempts

    def finish(self, claimed: list[Claimed]) -> int:
        """T2, place, T3, and what the provider then tells. Returns how many attempts ended."""
        send(self._state, self._provider, TRUNK, claimed)
        return take_events(self._state, self._provider, TRUNK)

    def close(self) -> None:
        self._state.close()
