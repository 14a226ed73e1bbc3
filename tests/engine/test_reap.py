"""What stands still is taken further by evidence only, and never by dialing."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta

import pytest

from campaign_app.domain.attempt import AttemptStatus, CallUpdate
from campaign_app.domain.settlement import wrap_updates
from campaign_app.engine.context import BATCH, CLAIM_STALE_AFTER
from campaign_app.engine.reap import UNREACHABLE_GRACE, poll_calls, reap_stale_claims
from campaign_app.providers.base import InDoubt
from campaign_app.services import single_calls
from campaign_app.services.calls.settle import apply_updates
from campaign_app.transaction import begin_write
from tests.engine.world import BY, World, phones


def test_a_claim_that_nobody_sent_goes_back_after_fifteen_seconds(world: World) -> None:
    """The engine died between claim and permit: certainly not sent, so it may be dialed."""
    campaign_id = world.campaign(3)
    world.claim()
    world.clock.move(CLAIM_STALE_AFTER - 0.001)
    world.tick()
    assert world.outcomes(campaign_id) == {"claimed": 3}
    world.clock.move(0.001)
    world.tick()
    assert world.outcomes(campaign_id) == {"released": 3, "queued": 3}
    assert {contact.tries for contact in map(world.contact, phones(3))} == {0}


def test_a_permit_that_nobody_recorded_is_never_sent_again(world: World) -> None:
    """The engine died between permit and record: the request may have left."""
    campaign_id = world.campaign(1)
    world.permit(world.claim().attempts)
    world.tick(60, every=10)
    assert world.outcomes(campaign_id) == {"dialing": 1}
    assert world.provider.asked == []
    world.tick(3, every=10)
    assert world.outcomes(campaign_id) == {"unresolved": 1}
    assert world.contacts(campaign_id) == {"exhausted": 1}
    assert world.status(campaign_id) == "completed"
    assert world.provider.asked == []


def test_in_doubt_is_resolved_by_what_the_provider_knows(world: World) -> None:
    [phone] = phones(1)
    world.provider.answers["*"] = InDoubt("timed out")
    world.campaign([phone])
    world.tick()
    token = world.provider.token_of(phone)
    world.tick(4)
    assert world.attempt(phone).status == "queued", "found by its token"
    world.provider.deaf = True
    world.provider.tell(token, "ringing")
    world.provider.tell(token, "busy")
    world.tick(16)
    assert world.attempt(phone).status == "busy"
    assert len(world.provider.asked) == 1


def test_in_doubt_of_which_the_provider_knows_nothing_waits_for_its_horizon(world: World) -> None:
    """An empty lookup proves nothing: the request may still be on its way."""
    [phone] = phones(1)
    world.provider.doubt_places = False
    world.provider.answers["*"] = InDoubt("timed out")
    campaign_id = world.campaign([phone], retry={"max_retries": 5, "delays_minutes": [1]})
    world.tick(60, every=10)
    assert world.attempt(phone).status == "in-doubt"
    world.tick(3, every=10)
    attempt = world.attempt(phone)
    assert (attempt.status, attempt.cause) == (
        "unresolved",
        "timed out; nothing was heard until its horizon",
    )
    world.tick(30, every=60)
    assert len(world.provider.asked) == 1, "a retry might ring a second time"
    assert world.contacts(campaign_id) == {"exhausted": 1}
    assert world.counters(campaign_id).attempts_unresolved == 1


def test_a_call_whose_events_are_lost_is_found_by_asking(world: World) -> None:
    [phone] = phones(1)
    world.provider.deaf = True
    campaign_id = world.campaign([phone])
    world.tick()
    world.provider.tell(world.provider.token_of(phone), "completed")
    world.tick(14)
    assert world.provider.looked_up == []
    world.tick(3)
    assert world.attempt(phone).status == "completed"
    assert world.status(campaign_id) == "completed"
    [(source,)] = world.sql("SELECT DISTINCT source FROM call_events WHERE status = 'completed'")
    assert source == "poll"


def test_asking_goes_on_at_intervals_while_the_provider_is_away(world: World) -> None:
    [phone] = phones(1)
    world.campaign([phone])
    world.tick()
    world.provider.deaf = True
    world.provider.tell(world.provider.token_of(phone), "completed")
    world.provider.away = "no connection"
    world.tick(20, every=3)
    assert world.attempt(phone).status == "queued"
    world.provider.away = None
    world.tick(16)
    assert world.attempt(phone).status == "completed"
    assert len(world.provider.looked_up) == 1


def test_what_a_dead_engine_had_sent_is_followed_by_the_next_one(world: World) -> None:
    numbers = phones(3)
    campaign_id = world.campaign(numbers)
    world.tick()
    world.provider.events()
    world.provider.end_all("busy")
    world.provider.events()  # Lost with the process that had taken them.
    world.sql("DELETE FROM leases")
    successor = world.new_engine("engine-2")
    for _ in range(18):
        successor.tick()
        world.clock.move(1)
    assert world.outcomes(campaign_id) == {"busy": 3}
    assert world.contacts(campaign_id) == {"retry": 3}


@pytest.mark.parametrize("action", ["pause", "stop"])
def test_hanging_up_ends_the_open_calls_and_asks_until_they_have_ended(world: World, action: str) -> None:
    numbers = phones(3)
    campaign_id = world.campaign(numbers)
    world.tick()
    world.provider.away = "no connection"
    world.act(campaign_id, action, hang_up=True)
    world.tick()
    assert world.provider.hung_up == []
    world.provider.away = None
    world.tick(3)
    assert sorted(world.provider.hung_up) == sorted(dial.token for dial in world.provider.placed)
    assert world.outcomes(campaign_id) == {"canceled": 3}
    assert world.contacts(campaign_id) == {"retry" if action == "pause" else "canceled": 3}


def test_without_hanging_up_the_calls_run_to_their_end(world: World) -> None:
    campaign_id = world.campaign(3)
    world.tick()
    world.act(campaign_id, "pause")
    world.tick(3)
    assert len(world.provider.live()) == 3
    world.provider.end_all()
    world.tick()
    assert world.outcomes(campaign_id) == {"completed": 3}
    assert world.status(campaign_id) == "paused"


def test_a_single_call_that_nobody_took_in_time_is_not_made_by_surprise(world: World) -> None:
    with world.session() as session:
        single_calls.place_single_call(
            session, {"to": phones(1)[0], "message": "Hi"}, actor=BY, now=world.clock.now()
        )
    world.clock.move(CLAIM_STALE_AFTER)
    world.tick()
    assert world.provider.asked == []
    assert world.attempts()[0].status == "released"


def test_the_provider_is_asked_a_last_time_when_the_horizon_has_come(world: World) -> None:
    """Its last news put the next poll off beyond the horizon, and the news of the end was lost."""
    [phone] = phones(1)
    trunk = world.trunk("quick", horizon=15)
    carrier = world.providers[trunk]
    world.campaign([phone], provider="quick")
    world.tick()
    world.clock.move(10)
    carrier.tell(carrier.token_of(phone), "ringing")
    world.tick()
    carrier.deaf = True
    carrier.tell(carrier.token_of(phone), "completed")
    world.clock.move(5)
    world.tick()
    assert world.attempt(phone).status == "completed"


def test_a_question_that_nobody_answers_is_no_evidence(world: World) -> None:
    """Its end was there to be read: the one question at its horizon timed out."""
    [phone] = phones(1)
    world.campaign([phone])
    world.tick()
    world.provider.deaf = True
    world.provider.tell(world.provider.token_of(phone), "completed")
    world.provider.away = "timed out"
    world.clock.move(700)
    world.tick(5, every=60)
    assert world.attempt(phone).status == "queued"
    world.provider.away = None
    world.tick(2, every=20)
    assert world.attempt(phone).status == "completed"


def test_a_provider_that_has_gone_for_good_is_not_asked_for_ever(world: World) -> None:
    [phone] = phones(1)
    world.campaign([phone])
    world.tick()
    world.provider.away = "no such account"
    world.clock.move(UNREACHABLE_GRACE.total_seconds())
    world.tick(2, every=1)
    assert world.attempt(phone).status == "unresolved"


def test_a_call_that_the_provider_says_is_up_keeps_its_line_past_its_horizon(world: World) -> None:
    """The time of day jumped ahead by an hour: given up, its line would be taken while the call goes on."""
    [phone] = phones(1)
    world.campaign([phone])
    world.tick()
    world.provider.tell(world.provider.token_of(phone), "in-progress")
    world.tick()
    world.clock.set(world.clock.now() + timedelta(hours=1))
    world.tick(3, every=20)
    attempt = world.attempt(phone)
    assert attempt.status == "in-progress"
    assert attempt.horizon_at is not None
    assert attempt.horizon_at > world.clock.now()
    world.provider.deaf = True
    world.provider.tell(world.provider.token_of(phone), "completed")
    world.tick(2, every=20)
    assert world.attempt(phone).status == "completed"


def test_a_clock_that_jumps_between_poll_and_reap_gives_nothing_up(world: World) -> None:
    [phone] = phones(1)
    world.campaign([phone])
    world.tick()
    world.clock.set(world.clock.now() + timedelta(hours=1))
    reap_stale_claims(world.state, world.trunk_id)
    assert world.attempt(phone).status == "queued"
    world.tick()
    assert world.attempt(phone).status == "queued"
    world.provider.end_all()
    world.tick()


def test_a_horizon_that_comes_between_poll_and_reap_waits_for_the_next_question(world: World) -> None:
    """A tick is not an instant: the end was there to be read, and nobody had asked for it."""
    [phone] = phones(1)
    trunk = world.trunk("quick", horizon=15)
    carrier = world.providers[trunk]
    world.campaign([phone], provider="quick")
    world.tick()
    world.clock.move(1)
    carrier.tell(carrier.token_of(phone), "ringing")
    world.tick()
    carrier.deaf = True
    carrier.tell(carrier.token_of(phone), "completed")
    world.clock.move(13.999)
    assert poll_calls(world.state, carrier, trunk) == 0
    world.clock.move(0.002)
    reap_stale_claims(world.state, trunk)
    world.tick()
    assert world.attempt(phone).status == "completed"


def test_more_calls_than_one_batch_are_asked_about_before_any_is_given_up(world: World) -> None:
    numbers = phones(BATCH + 20)
    trunk = world.trunk("quick", horizon=15)
    carrier = world.providers[trunk]
    campaign_id = world.campaign(numbers, provider="quick", max_concurrent_calls=BATCH + 20)
    world.tick()
    world.clock.move(1)
    for phone in numbers:
        carrier.tell(carrier.token_of(phone), "ringing")
    world.tick()
    carrier.deaf = True
    carrier.end_all()
    world.clock.move(14)
    world.tick(2)
    assert world.outcomes(campaign_id) == {"completed": BATCH + 20}


def test_an_update_that_arrives_during_a_lookup_is_evidence(world: World) -> None:
    """A callback came while the provider said that it knew nothing of the call."""
    [phone] = phones(1)
    world.provider.doubt_places = False
    world.provider.answers["*"] = InDoubt("timed out")
    world.campaign([phone])
    world.tick()
    attempt = world.attempt(phone)
    assert attempt.horizon_at is not None
    world.clock.set(attempt.horizon_at)
    asked = world.provider.lookup

    def overtaken(token: str, ref: str | None) -> Sequence[CallUpdate]:
        answer = asked(token, ref)
        told = wrap_updates([CallUpdate(token, AttemptStatus.RINGING, world.clock.now())], "callback")
        with begin_write(world.db) as connection:
            apply_updates(connection, told, now=world.clock.now(), rng=random.Random(1))
        return answer

    world.provider.lookup = overtaken  # type: ignore[method-assign]
    poll_calls(world.state, world.provider, world.trunk_id)
    assert world.attempt(phone).status == "ringing"


@pytest.mark.parametrize("status, outcome", [("ringing", "unresolved"), ("in-progress", "completed")])
def test_a_line_is_free_once_two_lookups_do_not_find_its_call(
    world: World, status: str, outcome: str
) -> None:
    """Killed and restarted over a carrier without a journal, a campaign kept its lines for 11 minutes for calls that
    were over."""
    [phone] = phones(1)
    trunk = world.trunk("asterisk", horizon=690, absence_after=20)
    carrier = world.providers[trunk]
    world.campaign([phone], provider="asterisk")
    world.tick()
    carrier.tell(carrier.token_of(phone), status)
    world.tick()
    carrier.forgetful = True
    world.clock.move(15)
    world.tick(20)
    assert world.attempt(phone).status == status, (
        "a request that is on its way gets 20 seconds, and then ten more"
    )
    carrier.away = "no connection"
    world.tick(12)
    carrier.away = None
    world.tick(20)
    attempt = world.attempt(phone)
    assert attempt.status == outcome, "a question that nobody answered began the ten seconds anew"
    assert attempt.ended_at is not None
    assert (attempt.ended_at - attempt.claimed_at).total_seconds() < 75
    world.check()


def test_a_call_that_is_found_between_two_lookups_is_up(world: World) -> None:
    [phone] = phones(1)
    trunk = world.trunk("asterisk", horizon=690, absence_after=20)
    carrier = world.providers[trunk]
    world.campaign([phone], provider="asterisk")
    world.tick()
    for _ in range(4):
        carrier.forgetful = True
        world.tick(10)
        carrier.forgetful = False
        world.tick(16)
    assert world.attempt(phone).status == "queued"


def test_a_call_that_never_ends_is_trouble_whatever_its_carrier_says(world: World) -> None:
    """It was up for five days, its line was taken, and every check said that all was well."""
    [phone] = phones(1)
    campaign_id = world.campaign([phone], max_concurrent_calls=1)
    world.tick()
    world.provider.tell(world.provider.token_of(phone), "in-progress")
    horizon = world.provider.caps.horizon
    world.tick(int(horizon / 20), every=20)
    assert world.broken() == {}
    world.tick(6, every=20)
    [text] = world.broken()["I9"]
    assert "is in-progress and should have ended by" in text
    assert world.outcomes(campaign_id) == {"in-progress": 1}, "its line stays taken while the carrier says so"
    world.provider.end_all()
    world.tick()
