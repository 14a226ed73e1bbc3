"""Soft starts: a few people, then somebody says to go on."""

from __future__ import annotations

import pytest

from campaign_app.domain.errors import StateConflict
from campaign_app.services import campaigns
from tests.engine.world import BY, World, phones


def proceed(world: World, campaign_id: int, people: int | None) -> None:
    with world.session() as session:
        campaigns.proceed_campaign(session, campaign_id, people, actor=BY, now=world.clock.now())


def called(world: World) -> int:
    return len({dial.to for dial in world.provider.placed})


def codes(world: World, campaign_id: int) -> dict[str, int]:
    return {reason.code: reason.contacts for reason in world.reasons(campaign_id)}


def test_it_calls_so_many_people_and_waits(world: World) -> None:
    campaign_id = world.campaign(20, start=False, max_concurrent_calls=50)
    world.act(campaign_id, "start", soft_start=5)
    world.tick(3)
    assert called(world) == 5
    world.provider.end_all("completed")
    world.tick(3)
    assert called(world) == 5
    assert world.status(campaign_id) == "running"
    assert codes(world, campaign_id) == {"soft-start": 15}
    proceed(world, campaign_id, 3)
    assert codes(world, campaign_id) == {"next": 15}
    world.tick(3)
    assert called(world) == 8
    proceed(world, campaign_id, None)
    world.tick()
    assert called(world) == 20
    assert [entry.action for entry in world.audit()][-2:] == ["campaign.proceed", "campaign.proceed"]


def test_nobody_is_called_before_the_first_word(world: World) -> None:
    campaign_id = world.campaign(20, start=False)
    world.act(campaign_id, "start", soft_start=0)
    world.tick(3)
    assert called(world) == 0
    assert codes(world, campaign_id) == {"soft-start": 20}


def test_one_that_went_back_unsent_does_not_use_it_up(world: World) -> None:
    campaign_id = world.campaign(20, start=False)
    world.act(campaign_id, "start", soft_start=5)
    assert len(world.claim().attempts) == 5
    world.clock.move(60)
    world.tick(3)
    assert called(world) == 5, "the first five were released; they or others are called instead"


def test_a_retry_is_the_same_person(world: World) -> None:
    campaign_id = world.campaign(2, start=False, retry={"max_retries": 2, "delays_minutes": [1]})
    world.act(campaign_id, "start", soft_start=5)
    for _ in range(3):
        world.tick()
        world.provider.end_all("busy")
        world.tick()
        world.clock.move(600)
    world.tick()
    assert called(world) == 2
    assert len(world.provider.placed) == 6
    assert world.status(campaign_id) == "completed"


def test_two_engines_call_no_more_between_them(world: World) -> None:
    world.new_engine("second")
    campaign_id = world.campaign(40, start=False)
    world.act(campaign_id, "start", soft_start=7)
    claimed = [len(world.claim().attempts) for _ in range(4)]
    assert claimed == [7, 0, 0, 0]


def test_a_pause_keeps_it(world: World) -> None:
    campaign_id = world.campaign(20, start=False)
    world.act(campaign_id, "start", soft_start=5)
    world.tick()
    world.act(campaign_id, "pause")
    world.act(campaign_id, "resume")
    world.tick(3)
    assert called(world) == 5


def test_there_is_nothing_to_go_on_with_where_everyone_is_called(world: World) -> None:
    with pytest.raises(StateConflict, match="calls everyone already"):
        proceed(world, world.campaign(3), None)
    with pytest.raises(StateConflict, match="draft"):
        proceed(world, world.campaign(phones(3, 50), start=False), 5)
