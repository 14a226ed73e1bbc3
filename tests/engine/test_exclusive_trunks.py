"""A trunk whose adapter gave its connection up: the engine pauses it, and connects it again once it is resumed."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from campaign_app.models import Trunk
from campaign_app.providers.base import ProviderCaps
from campaign_app.services import trunks
from campaign_app.services.trunk_status import TrunkStatus, get_trunk_status
from tests.engine.fakes import ScriptedProvider
from tests.engine.world import BY, World, phones

TAKEN = "another process has taken over the application: stop it, then resume this trunk"
EXCLUSIVE = ProviderCaps(blocking=False, horizon=600, exclusive=True)


def carrier(world: World) -> ScriptedProvider:
    """What the next adapter of the first trunk is."""
    made = world.providers[world.trunk_id] = ScriptedProvider(world.clock)
    made._caps = EXCLUSIVE
    return made


@pytest.fixture
def first(world: World) -> ScriptedProvider:
    """An adapter that has dialed ten calls, all ended, of a campaign that goes on; then it lost its connection."""
    made = carrier(world)
    world.campaign(phones(30), max_concurrent_calls=10)
    assert world.tick().placed == 10
    made.end_all()
    made.gave_up = TAKEN
    return made


def state(world: World) -> TrunkStatus:
    with Session(world.db) as session:
        return get_trunk_status(session.get_one(Trunk, world.trunk_id), world.clock.now())


def act(world: World, action: str) -> None:
    with world.session() as session:
        getattr(trunks, f"{action}_trunk")(session, world.trunk_id, actor=BY, now=world.clock.now())


def pauses(world: World) -> list[str]:
    rows = world.sql("SELECT actor FROM audit WHERE action = 'trunk.pause' ORDER BY id")
    return [row.actor for row in rows]


def test_the_engine_pauses_it_once_with_the_sentence_and_dials_nothing(
    world: World, first: ScriptedProvider
) -> None:
    second = carrier(world)
    world.tick(3)
    now = state(world)
    assert (now.code, now.by, now.detail) == ("paused", "engine", TAKEN)
    assert pauses(world) == ["engine"]
    assert len(first.asked) == 10
    assert not first.closed
    assert second.asked_ready == 0, "nobody takes the connection back by himself"


def test_resumed_it_is_connected_anew_and_dials(world: World, first: ScriptedProvider) -> None:
    world.tick(2)
    second = carrier(world)
    act(world, "resume")
    assert world.tick().placed == 10
    assert first.closed
    assert len(second.asked) == 10
    world.tick(2)
    assert state(world).code == "up"
    second.gave_up = TAKEN
    world.tick()
    assert state(world).detail == TAKEN, "it may happen again"


def test_a_trunk_paused_by_an_operator_connects_again_only_when_resumed(
    world: World, first: ScriptedProvider
) -> None:
    act(world, "pause")
    second = carrier(world)
    world.tick(3)
    assert (state(world).by, pauses(world), second.asked_ready) == (BY, [BY], 0)
    act(world, "resume")
    world.tick()
    assert len(second.asked) == 10


def test_an_engine_that_starts_anew_takes_nothing_back_before_the_trunk_is_resumed(
    world: World, first: ScriptedProvider
) -> None:
    world.tick()
    second = carrier(world)
    world.engine.stop()
    del world.engines["engine-1"]
    world.tick(3)
    assert second.asked_ready == 0
    act(world, "resume")
    assert world.tick().placed == 10
    assert len(second.asked) == 10


def test_a_pause_of_an_operators_alone_keeps_nobody_from_connecting(world: World) -> None:
    made = carrier(world)
    act(world, "pause")
    world.tick()
    assert made.asked_ready == 1, "calls may be open that go on"


def test_an_engine_that_lost_its_connection_to_another_of_the_same_installation_pauses_nothing(
    world: World, first: ScriptedProvider
) -> None:
    world.sql(
        "UPDATE leases SET owner = 'engine-2', expires_at = :late WHERE name = :name",
        name=f"trunk:{world.trunk_id}",
        late="2999-01-01 00:00:00.000000",
    )
    world.tick()
    assert first.closed
    assert state(world).code == "up"
