"""Calls of unknown outcome, and what a person decides about them."""

from __future__ import annotations

from campaign_app.domain.attempt import Decision
from campaign_app.services import unresolved
from campaign_app.services.unresolved import DecisionResult
from tests.engine.world import BY, World


def lose_calls(world: World) -> None:
    """The carrier forgets every call that is up, and each is given up."""
    world.provider.forgetful = True
    world.clock.move(world.provider.caps.horizon)
    world.tick()
    world.provider.forgetful = False


def decide(world: World, decision: Decision, *numbers: str, **which: object) -> DecisionResult:
    ids = [world.attempt(phone).id for phone in numbers] or None
    with world.session() as session:
        return unresolved.decide_calls(
            session,
            decision,
            attempt_ids=ids,
            actor=BY,
            now=world.clock.now(),
            **which,  # type: ignore[arg-type]
        )
