"""What an engine remembers of a trunk: how long its requests take."""

from __future__ import annotations

import pytest

from campaign_app.engine.trunk_state import FIRST_LATENCY, TrunkState
from campaign_app.models import Trunk
from campaign_app.services.trunk_status import get_trunk_status
from tests.engine.world import World


def test_before_the_first_request_a_short_one_is_expected() -> None:
    assert TrunkState().expected_latency() == FIRST_LATENCY


def test_the_first_request_sets_the_latency_and_the_next_ones_move_it_by_a_fifth() -> None:
    state = TrunkState()
    state.observe_latencies([1.0])
    assert state.expected_latency() == pytest.approx(1.0)
    state.observe_latencies([2.0])
    assert state.expected_latency() == pytest.approx(1.2)
    state.observe_latencies([2.0])
    assert state.expected_latency() == pytest.approx(1.36)


def test_a_trunk_that_cannot_dial_is_not_up_and_its_campaigns_say_so(world: World) -> None:
    """Without credentials it was "Up" for ever, and its campaign about to call at the next tick."""
    campaign_id = world.campaign(2)
    world.provider.not_ready = "it needs the user and password of ari.conf"
    world.tick(2)
    with world.session() as session:
        status = get_trunk_status(session.get_one(Trunk, world.trunk_id), world.clock.now())
    assert (status.code, status.detail) == ("not-ready", world.provider.not_ready)
    reason = world.reasons(campaign_id)[0]
    assert (reason.code, reason.contacts, reason.is_failure) == ("trunk-not-ready", 2, True)
    assert reason.params == {"trunk": "simulator", "error": world.provider.not_ready}
    world.provider.not_ready = None
    world.tick()
    assert len(world.provider.placed) == 2
    assert [reason.code for reason in world.reasons(campaign_id)] == []
