"""By whom calls were answered: in the figures, and what a machine that was hung up on means for its contact."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaign_app.domain.attempt import AnsweredBy
from campaign_app.domain.script import Disposition
from campaign_app.models import Campaign
from campaign_app.services.stats import compute_campaign_stats, compute_dashboard_stats, stats_to_api
from tests.engine.world import World, phones


def test_people_machines_and_unknown_are_counted_apart_whenever_it_is_known(world: World) -> None:
    numbers = phones(6)
    campaign_id = world.campaign(numbers, max_concurrent_calls=10, retry={"max_retries": 0})
    world.tick()
    told = [AnsweredBy.HUMAN, AnsweredBy.MACHINE, AnsweredBy.FAX, AnsweredBy.UNKNOWN, None]
    for phone, answered_by in zip(numbers, told, strict=False):
        world.provider.tell(world.provider.token_of(phone), "completed", answered_by=answered_by)
    world.provider.tell(world.provider.token_of(numbers[5]), "busy")
    world.tick()
    # Of one it is said after its end; said twice, it counts once.
    for _ in range(2):
        world.provider.tell(
            world.provider.token_of(numbers[4]), "in-progress", answered_by=AnsweredBy.MACHINE
        )
        world.tick()
    with world.session() as session:
        stats = compute_campaign_stats(session, session.get_one(Campaign, campaign_id), world.clock.now())
        board = compute_dashboard_stats(session, world.clock.now())
    shown = stats_to_api(stats)
    assert shown["answered_by"] == {"human": 1, "machine": 2, "fax": 1, "unknown": 1}
    assert (shown["answer_rate"], shown["person_rate"]) == (0.8333, 0.3333)
    assert board.answered_today == pytest.approx(2 / 6)
    assert world.drift() == {}
    world.check()


@pytest.mark.parametrize("by_outcome, minutes", [({}, 30), ({"machine": [60]}, 60), ({"machine": []}, None)])
def test_a_machine_that_was_hung_up_on_is_a_try_and_retried_by_policy(
    world: World, by_outcome: dict[str, list[int]], minutes: int | None
) -> None:
    retry = {"max_retries": 1, "delays_minutes": [30], "by_outcome": by_outcome}
    [phone] = phones(1)
    campaign_id = world.campaign([phone], retry=retry, caps=[])
    hung_up = {"answered_by": AnsweredBy.MACHINE, "disposition": Disposition.MACHINE_HUNG_UP}
    world.tick()
    world.provider.end_all("completed", **hung_up)
    world.tick()
    if minutes is not None:
        due_at, ended_at = world.contact(phone).due_at, world.attempt(phone).ended_at
        assert due_at is not None
        assert ended_at is not None
        assert minutes <= (due_at - ended_at) / timedelta(minutes=1) <= minutes * 1.1
        world.clock.move(70 * 60)
        world.tick()
        world.provider.end_all("completed", **hung_up)
        world.tick()
    # Nothing was ever said.
    assert world.contacts(campaign_id) == {"exhausted": 1}
    world.check()


@pytest.mark.parametrize("detection, on_machine", [("careful", "hang-up"), ("off", "as-human")])
def test_ring_time_longest_call_and_detection_reach_the_provider(
    world: World, detection: str, on_machine: str
) -> None:
    world.campaign(
        1,
        message={"text": "Hello", "on_machine": "hang-up"},
        ring_seconds=45,
        longest_call_seconds=120,
        machine_detection=detection,
    )
    world.tick()
    [dial] = world.provider.placed
    assert (dial.ring_timeout, dial.max_duration, dial.detection) == (45.0, 120.0, detection)
    assert dial.script.on_machine == on_machine
