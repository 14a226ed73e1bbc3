"""Test calls: to one's own number, with the campaign's message, and in no statistics."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaign_app.domain.errors import InvalidInput, NotFound, StateConflict
from campaign_app.domain.script import SayText
from campaign_app.services import confirmed_numbers, single_calls, transfer_permits
from tests.engine.world import BY, World, phones

ME = "+442079460123"


def campaign(world: World) -> int:
    campaign_id = world.campaign(0, message={"text": "Hello {name}."}, start=False)
    world.add(
        campaign_id,
        [{"phone": phone, "variables": {"name": f"N{place}"}} for place, phone in enumerate(phones(2))],
    )
    return campaign_id


def test_it_says_what_a_contact_would_hear_and_counts_nowhere(world: World) -> None:
    campaign_id = campaign(world)
    now = world.clock.now()
    second = world.contact(phones(2)[1])
    with world.session() as session:
        single_calls.place_test_call_for_campaign(
            session, campaign_id, ME, contact_id=None, actor=BY, now=now
        )
        single_calls.place_test_call_for_campaign(
            session, campaign_id, "+442079460124", contact_id=second.id, actor=BY, now=now
        )
    world.tick()
    assert [dial.script.message for dial in world.provider.placed] == [
        (SayText("Hello N0."),),
        (SayText("Hello N1."),),
    ]
    world.provider.end_all()
    world.tick()
    assert world.counters(campaign_id).attempts_completed == 0
    assert world.contact(phones(1)[0]).attempts_made == 0
    assert [entry.action for entry in world.audit()][-2:] == ["call.test", "call.test"]


def test_a_contact_of_another_campaign_and_a_missing_value_are_refused(world: World) -> None:
    mine, other = campaign(world), world.campaign(phones(1, 9), start=False)
    stranger = world.contact(phones(1, 9)[0], other)
    empty = world.campaign(0, message={"text": "Hello {name}."})
    with world.session() as session:
        now = world.clock.now()
        with pytest.raises(NotFound):
            single_calls.place_test_call_for_campaign(
                session, mine, ME, contact_id=stranger.id, actor=BY, now=now
            )
        with pytest.raises(InvalidInput, match="give a value"):
            single_calls.place_test_call_for_campaign(session, empty, ME, contact_id=None, actor=BY, now=now)


def test_a_confirmed_number_rings_at_night_and_another_does_not(world: World) -> None:
    world.clock.move(12 * 3600)
    with world.session() as session, pytest.raises(StateConflict, match="outside the hours"):
        single_calls.place_test_call_on_trunk(
            session, "simulator", "+442079460123", actor=BY, now=world.clock.now()
        )
    for _ in range(5):
        with world.session() as session:
            confirmed_numbers.confirm_number(session, "+44 20 7946 0123", actor=BY, now=world.clock.now())
            single_calls.place_test_call_on_trunk(
                session, "simulator", "+442079460123", actor=BY, now=world.clock.now()
            )
        world.tick()
        world.provider.end_all()
        world.tick()
    assert len(world.provider.placed) == 5
    world.check()


def test_a_campaigns_own_do_not_call_list_binds_its_test_calls_and_transfers(world: World) -> None:
    """It is told before the hours, which end; test calls of other campaigns may ring the number."""
    mine, other = campaign(world), campaign(world)
    world.forbid(ME, mine)
    world.act(mine, "start")
    world.tick()
    token = world.provider.token_of(phones(1)[0])
    with world.session() as session:
        refusal = transfer_permits.find_transfer_refusal(session, token, ME, world.clock.now())
        assert refusal == "the number is on the do-not-call list of this campaign"
        night = world.clock.now() + timedelta(hours=12)
        for now in (world.clock.now(), night):
            with pytest.raises(StateConflict, match="do-not-call list of this campaign, so it is not"):
                single_calls.place_test_call_for_campaign(
                    session, mine, ME, contact_id=None, actor=BY, now=now
                )
        single_calls.place_test_call_for_campaign(
            session, other, ME, contact_id=None, actor=BY, now=world.clock.now()
        )
    world.tick()
    assert world.provider.placed[-1].to == ME
