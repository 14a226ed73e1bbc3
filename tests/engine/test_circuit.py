"""A trunk whose provider fails: its circuit opens, one call probes it, success closes it. And paused trunks."""

from __future__ import annotations

from sqlalchemy.orm import Session

from campaign_app.domain.attempt import AttemptStatus
from campaign_app.domain.backoff import PATIENCE
from campaign_app.models import Trunk
from campaign_app.providers.base import (
    CallRejected,
    InDoubt,
    ProviderThrottled,
    ProviderUnavailable,
    TrunkDown,
)
from tests.engine.world import World, phones


def trunk(world: World) -> Trunk:
    with Session(world.db) as session:
        return session.get_one(Trunk, world.trunk_id)


def fail(world: World, batches: int = PATIENCE) -> None:
    """So many batches of calls of several campaigns that nobody answers for."""
    world.provider.answers["*"] = ProviderUnavailable("no route to host")
    for _ in range(batches):
        before = len(world.provider.asked)
        while len(world.provider.asked) == before:
            world.tick()
            world.clock.move(1)


def test_the_circuit_opens_after_three_failing_batches_and_holds_every_campaign_back(world: World) -> None:
    world.campaign(phones(5), max_concurrent_calls=5)
    fail(world)
    assert trunk(world).circuit_until is not None
    late = world.campaign(phones(5, 50), max_concurrent_calls=5)
    asked = len(world.provider.asked)
    world.tick(2)
    assert len(world.provider.asked) == asked
    assert world.reasons(late)[0].code == "circuit-open"
    assert "no route to host" in str(world.reasons(late)[0].params["error"])


def test_half_open_lets_one_call_through_and_its_success_closes_the_circuit(world: World) -> None:
    world.campaign(phones(40), max_concurrent_calls=40)
    fail(world)
    until = trunk(world).circuit_until
    assert until is not None
    world.clock.move((until - world.clock.now()).total_seconds() + 1)
    asked = len(world.provider.asked)
    world.tick()
    assert len(world.provider.asked) == asked + 1
    again = trunk(world).circuit_until
    assert again is not None
    assert again > world.clock.now()

    world.provider.answers.clear()
    world.clock.move((again - world.clock.now()).total_seconds() + 1)
    world.tick()
    row = trunk(world)
    assert (row.failures, row.circuit_until, row.last_error) == (0, None, None)
    world.clock.move(30)
    world.tick(3)
    assert len(world.provider.live()) > 1


def test_two_engines_send_one_probe_between_them(world: World) -> None:
    world.campaign(phones(20), max_concurrent_calls=20)
    fail(world)
    until = trunk(world).circuit_until
    assert until is not None
    world.clock.move((until - world.clock.now()).total_seconds() + 1)
    first = world.claim()
    assert len(first.attempts) == 1
    assert world.claim().attempts == []
    world.send(first.attempts)


def test_the_rest_of_a_claim_is_not_sent_once_the_circuit_is_open(world: World) -> None:
    provider = world.provider
    world.campaign(phones(60), max_concurrent_calls=60)
    fail(world, PATIENCE - 1)
    world.clock.move(10)
    claims = world.claim()
    assert len(claims.attempts) == 60
    before = len(provider.asked)
    world.state.sender_count = 1
    provider._caps = type(provider.caps)(blocking=True, horizon=600)
    world.state.get_trunk_state(world.trunk_id).latency = 0.1
    world.send(claims.attempts)
    assert len(provider.asked) - before == 20
    assert world.sql("SELECT count(*) FROM attempts WHERE ended_at IS NULL") == [(0,)]


def test_a_refusal_or_a_request_to_slow_down_does_not_open_the_circuit(world: World) -> None:
    world.campaign(phones(10), max_concurrent_calls=1, retry={"max_retries": 0})
    for answer in (CallRejected("invalid number"), ProviderThrottled("too fast", retry_after=1)):
        fail(world, PATIENCE - 1)
        world.provider.answers["*"] = answer
        world.clock.move(400)
        world.tick()
        assert trunk(world).failures == 0


def test_an_answer_that_was_lost_counts_as_a_failure(world: World) -> None:
    world.provider.doubt_places = False
    world.provider.answers["*"] = InDoubt("timed out")
    world.campaign(phones(1))
    world.tick()
    assert trunk(world).failures == 1
    world.clock.move(3600)
    world.tick()


def test_a_trunk_that_needs_somebody_is_paused_with_the_reason_and_an_audit_row(world: World) -> None:
    campaign_id = world.campaign(phones(30), max_concurrent_calls=30)
    world.provider.answers["*"] = TrunkDown("the carrier refuses the credentials")
    world.tick()
    row = trunk(world)
    assert (row.paused_by, row.paused_reason) == ("engine", "the carrier refuses the credentials")
    world.clock.move(6)
    assert world.reasons(campaign_id)[0].code == "trunk-paused"
    assert [entry.action for entry in world.audit() if entry.object_type == "trunk"] == ["trunk.pause"]
    asked = len(world.provider.asked)
    world.clock.move(3600)
    world.tick(3)
    assert len(world.provider.asked) == asked


def test_a_trunk_paused_between_claim_and_permit_is_not_dialed(world: World) -> None:
    world.campaign(phones(3))
    claims = world.claim()
    world.sql("UPDATE trunks SET paused_at = claimed_at FROM (SELECT claimed_at FROM attempts LIMIT 1) AS a")
    assert world.permit(claims.attempts) == []
    assert world.provider.asked == []


def test_a_far_end_out_of_reach_opens_the_circuit_at_once(world: World) -> None:
    world.campaign(phones(30), max_concurrent_calls=1)
    world.tick()
    [token] = world.provider.live()
    world.provider.tell(token, AttemptStatus.FAILED, cause="no answer from the carrier", trunk_down=True)
    world.tick()
    assert trunk(world).circuit_until is not None
    assert world.provider.live() == []


def test_an_exclusive_trunk_belongs_to_one_engine_and_goes_to_the_next_when_that_one_ends(
    world: World,
) -> None:
    world.providers[world.trunk_id]._caps = type(world.provider.caps)(
        blocking=False, horizon=600, exclusive=True
    )
    world.campaign(phones(30), max_concurrent_calls=10)
    first, second = world.new_engine("engine-1"), world.new_engine("engine-2")
    assert first.tick().placed == 10
    world.provider.end_all()
    assert second.tick().placed == 0
    assert second.context.providers.list_providers() == []
    first.stop()
    assert second.tick().placed > 0
