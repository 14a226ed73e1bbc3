"""A provider that fails: how a campaign backs off, says so, and recovers."""

from __future__ import annotations

import itertools

from campaign_app.providers.base import CallRejected, InDoubt, ProviderThrottled, ProviderUnavailable
from tests.engine.world import World, phones


def test_a_provider_that_is_away_is_asked_ever_less_and_the_page_says_why(world: World) -> None:
    campaign_id = world.campaign(phones(1), max_concurrent_calls=1)
    world.provider.answers["*"] = ProviderUnavailable("no route to host")
    asked = []
    for _ in range(120):
        before = len(world.provider.asked)
        world.tick()
        if len(world.provider.asked) > before:
            asked.append(world.clock.now())
        world.clock.move(1)
    gaps = [(b - a).total_seconds() for a, b in itertools.pairwise(asked)]
    assert gaps == [5, 5, 5, 10, 20, 40]
    row = world.row(campaign_id)
    assert (row.failures, row.last_error) == (7, "no route to host")
    assert row.status == "running"
    assert world.contact(phones(1)[0]).tries == 0


def test_the_first_success_clears_the_trouble(world: World) -> None:
    campaign_id = world.campaign(phones(2), max_concurrent_calls=1)
    world.provider.answers["*"] = ProviderUnavailable("no route to host")
    world.tick(20)
    assert world.row(campaign_id).failures >= 3
    world.provider.answers.clear()
    world.tick(60)
    row = world.row(campaign_id)
    assert (row.failures, row.backoff_until, row.last_error, row.last_error_at) == (0, None, None, None)
    assert len(world.provider.live()) == 1


def test_another_engine_clears_it_as_well(world: World) -> None:
    campaign_id = world.campaign(phones(2), max_concurrent_calls=1)
    world.provider.answers["*"] = ProviderUnavailable("no route to host")
    world.tick()
    world.provider.answers.clear()
    world.clock.move(10)
    world.new_engine("engine-2").tick()
    assert world.row(campaign_id).failures == 0


def test_a_refusal_of_one_number_is_no_trouble_of_the_campaign(world: World) -> None:
    campaign_id = world.campaign(3)
    world.provider.answers["*"] = CallRejected("invalid number")
    world.tick()
    assert world.row(campaign_id).failures == 0
    assert world.row(campaign_id).last_error is None


def test_a_request_that_was_not_made_in_time_does_not_count_as_a_success(world: World) -> None:
    """The trunk failed before; releasing a late attempt says nothing about the provider's health."""
    campaign_id = world.campaign(phones(2), max_concurrent_calls=2)
    world.provider.answers["*"] = InDoubt("timed out")
    world.provider.away = "quiet"
    world.provider.before_answer = lambda dial: world.clock.move(6)
    world.tick()
    assert world.outcomes(campaign_id) == {"in-doubt": 1, "released": 1}
    assert world.row(campaign_id).failures == 1
    world.provider.away = None


def test_other_campaigns_of_the_trunk_go_on_while_one_backs_off(world: World) -> None:
    first, second = phones(1), phones(1, 50)
    failing = world.campaign(first)
    world.provider.answers[first[0]] = ProviderThrottled("quota of this caller id", retry_after=600)
    well = world.campaign(second)
    world.tick()
    assert world.row(failing).backoff_until is not None
    assert world.row(well).backoff_until is None
    assert world.outcomes(well) == {"queued": 1}


def test_an_edit_or_a_resume_begins_anew(world: World) -> None:
    campaign_id = world.campaign(phones(1))
    world.provider.answers["*"] = ProviderThrottled("too fast", retry_after=600)
    world.tick()
    world.act(campaign_id, "pause")
    world.act(campaign_id, "resume")
    row = world.row(campaign_id)
    assert (row.failures, row.backoff_until, row.last_error) == (0, None, None)
