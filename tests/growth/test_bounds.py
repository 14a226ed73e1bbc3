"""What waits in memory while the database is away is bounded, and what does not fit is counted."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError

from campaign_app.domain.attempt import AttemptStatus, CallUpdate
from campaign_app.engine import reap
from campaign_app.engine.scheduler import EngineScheduler
from tests.engine.world import World


def test_events_are_held_in_a_bounded_queue_while_ticks_fail_and_dropped_ones_are_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reap, "MOST_UNSETTLED", 50)
    campaign_id = world.campaign(3)
    world.tick()
    tokens = world.provider.live()
    scheduler = EngineScheduler(world.engine, 1.0, lambda: False)
    real = world.engine.tick

    def away() -> None:
        raise OperationalError("SELECT 1", {}, Exception("server closed the connection"))

    monkeypatch.setattr(world.engine, "tick", away)
    for _ in range(4):
        world.provider.deliver(
            *(CallUpdate(tokens[n % 3], AttemptStatus.RINGING, world.clock.now()) for n in range(30))
        )
        scheduler._run_tick()
        assert len(world.provider.events()) == 0, "the adapter's own queue is emptied"
    assert len(world.state.get_trunk_state(world.trunk_id).unsettled_updates) == 50
    world.provider.end_all()
    monkeypatch.setattr(world.engine, "tick", real)
    scheduler._run_tick()
    assert world.outcomes(campaign_id) == {"completed": len(tokens)}
    [(dropped,)] = world.sql("SELECT value FROM counters WHERE name = 'events_dropped'")
    assert dropped == 73, "the oldest 70, and 3 for the ends of the calls"
