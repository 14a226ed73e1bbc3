"""The numbers of /metrics and of /readyz, on both databases."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy.orm import Session

from campaign_app.domain.attempt import AttemptStatus, CallUpdate
from campaign_app.services import metrics, readiness, single_calls
from tests.engine.world import BY, World, phones


@pytest.mark.spoils
def test_the_numbers_are_those_of_the_rows(world: World) -> None:
    world.campaign(phones(12), max_concurrent_calls=5)
    world.tick()
    token = world.provider.live()[0]
    world.provider.tell(token, AttemptStatus.COMPLETED)
    world.provider.deliver(CallUpdate("f" * 32, AttemptStatus.BUSY, world.clock.now(), raw="{}"))
    world.clock.move(3)
    world.tick()
    with Session(world.db) as session:
        numbers = metrics.read_metrics(session, world.clock.now(), 1.0)
    [running] = numbers.running
    assert (running.open, running.lines, running.due) == (5, 5, 12 - 6)
    assert numbers.ended["simulator", "completed"] == 1
    assert sum(numbers.open.values()) == 5
    assert numbers.open["simulator", "queued"] == 5
    [engine] = numbers.engines
    assert (engine.open, engine.role) == (5, "engine")
    assert sum(engine.timings["steps"]["place"]["counts"]) == 6
    assert numbers.update_lag["event", 0.5] == 3.0
    assert +Counter(numbers.counters) == {"events_unknown_token": 1}
    assert numbers.import_rows["accepted"] == 0
    assert numbers.trunks[0].open == 5


def test_single_calls_count_beside_those_of_campaigns(world: World) -> None:
    world.campaign(phones(2))
    world.tick()
    world.provider.tell(world.provider.token_of(phones(1)[0]), AttemptStatus.BUSY)
    numbers = phones(3, start=50)
    for phone in numbers:
        with world.session() as session:
            single_calls.place_single_call(
                session, {"to": phone, "message": {"text": "Hi"}}, actor=BY, now=world.clock.now()
            )
    world.tick()
    for phone, status in zip(numbers, (AttemptStatus.BUSY, AttemptStatus.COMPLETED), strict=False):
        world.provider.tell(world.provider.token_of(phone), status)
    world.tick()
    with Session(world.db) as session:
        ended = metrics.read_metrics(session, world.clock.now(), 1.0).ended
    assert {key: n for key, n in ended.items() if n} == {
        ("simulator", "busy"): 2,
        ("simulator", "completed"): 1,
    }


def test_every_part_that_dialing_needs_is_named(world: World) -> None:
    world.tick()
    with Session(world.db) as session:
        parts = readiness.check_readiness(session, world.clock.now(), 1.0)
        assert [part.name for part in parts] == ["database", *readiness.CHECKS]
        assert all(part.failure is None for part in parts), parts
        world.clock.move(60)
        [engine] = [
            part for part in readiness.check_readiness(session, world.clock.now(), 1.0) if part.failure
        ]
        assert (engine.name, engine.state) == ("engine", "away")
