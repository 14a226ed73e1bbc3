"""A call in doubt at a provider that keeps no token of ours: one candidate is the call, two are nobody's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from campaign_app.domain.attempt import AttemptStatus, CallUpdate
from campaign_app.providers.base import (
    CallCandidate,
    CallRejected,
    InDoubt,
    ProviderUnavailable,
    SearchesByNumber,
    SoughtCall,
)
from campaign_app.services import single_calls
from tests.engine.fakes import ScriptedProvider
from tests.engine.world import BY, World, phones

[PHONE] = phones(1)


class Forgetful(ScriptedProvider):
    """It knows its calls by number and by its own ids only. `strangers`: calls of others on the same account."""

    strangers: tuple[str, ...] = ()
    sought: list[SoughtCall]
    away_for_lists = False

    def lookup(self, token: str, ref: str | None) -> Sequence[CallUpdate]:
        return super().lookup(token, ref) if ref is not None else ()

    def find_candidates(self, sought: SoughtCall) -> Sequence[CallCandidate]:
        if self.away_for_lists:
            raise ProviderUnavailable("no list today")
        self.sought.append(sought)
        own = [f"ref-{dial.token[-8:]}" for dial in self.placed if dial.to == sought.to]
        return [
            CallCandidate(
                ref, (CallUpdate(sought.token, AttemptStatus.RINGING, self._clock.now(), provider_ref=ref),)
            )
            for ref in (*own, *self.strangers)
        ]


@pytest.fixture
def carrier(world: World) -> Forgetful:
    made = Forgetful(world.clock)
    made.sought = []
    made.answers["*"] = InDoubt("timed out")
    assert isinstance(made, SearchesByNumber)
    world.providers[world.trunk_id] = made
    return made


def test_the_one_call_to_the_number_is_the_one(world: World, carrier: Forgetful) -> None:
    world.campaign([PHONE], caller_id="+12125550188")
    world.tick()
    permitted = world.attempt(PHONE).dialing_at
    world.tick(6, every=5)
    attempt = world.attempt(PHONE)
    assert (attempt.status, attempt.provider_ref) == ("ringing", f"ref-{attempt.token[-8:]}")
    assert carrier.sought[0] == SoughtCall(attempt.token, PHONE, "+12125550188", permitted)  # type: ignore[arg-type]
    assert len(carrier.asked) == 1


def test_a_callback_is_waited_for_before_anything_is_guessed(world: World, carrier: Forgetful) -> None:
    world.campaign([PHONE])
    world.tick()
    world.tick(9)
    assert carrier.sought == []


def test_of_two_calls_none_is_taken_and_the_operator_sees_both(world: World, carrier: Forgetful) -> None:
    carrier.strangers = ("ref-stranger",)
    campaign_id = world.campaign([PHONE])
    world.tick(8, every=5)
    attempt = world.attempt(PHONE)
    named = f"2 calls at the provider could be this one: ref-{attempt.token[-8:]}, ref-stranger"
    assert (attempt.status, attempt.provider_ref, attempt.cause) == ("in-doubt", None, named)
    world.tick(12, every=60)
    attempt = world.attempt(PHONE)
    assert (attempt.status, attempt.cause) == ("unresolved", f"{named}; nothing was heard until its horizon")
    assert world.counters(campaign_id).attempts_unresolved == 1
    assert len(carrier.asked) == 1, "never dialed again"


def test_a_callback_with_the_token_decides_between_two(world: World, carrier: Forgetful) -> None:
    carrier.strangers = ("ref-stranger",)
    world.campaign([PHONE])
    world.tick(8, every=5)
    token = world.attempt(PHONE).token
    carrier.deliver(
        CallUpdate(token, AttemptStatus.IN_PROGRESS, world.clock.now(), provider_ref="ref-it-was-this")
    )
    world.tick()
    attempt = world.attempt(PHONE)
    assert (attempt.status, attempt.provider_ref) == ("in-progress", "ref-it-was-this")


def test_a_call_that_belongs_to_an_earlier_attempt_is_no_candidate(world: World, carrier: Forgetful) -> None:
    carrier.answers.clear()
    world.campaign([PHONE], retry={"max_retries": 1, "delays_minutes": [1]})
    world.tick()
    carrier.end_all("busy")
    world.tick()
    carrier.answers["*"] = InDoubt("timed out")
    world.clock.move(90)
    world.tick(6, every=5)
    first, second = world.attempts(phone=PHONE)
    assert first.status == "busy"
    assert (second.status, second.provider_ref) == ("ringing", f"ref-{second.token[-8:]}")


def test_a_call_that_belongs_to_a_single_call_is_no_candidate(world: World, carrier: Forgetful) -> None:
    carrier.answers.clear()
    with world.session() as session:
        message = {"text": "Hello"}
        single_calls.place_single_call(
            session, {"to": PHONE, "message": message}, actor=BY, now=world.clock.now()
        )
    world.tick()
    carrier.end_all("busy")
    world.tick()
    carrier.answers["*"] = InDoubt("timed out")
    world.campaign([PHONE])
    world.tick(6, every=5)
    first, second = world.attempts(phone=PHONE)
    assert (first.campaign_id, first.status) == (None, "busy")
    assert (second.status, second.provider_ref) == ("ringing", f"ref-{second.token[-8:]}")


def test_no_list_is_no_evidence(world: World, carrier: Forgetful) -> None:
    carrier.away_for_lists = True
    world.campaign([PHONE])
    world.tick(8, every=5)
    assert world.attempt(PHONE).status == "in-doubt"
    carrier.away_for_lists = False
    world.tick(4, every=5)
    assert world.attempt(PHONE).status == "ringing"


def test_a_rejection_that_is_our_own_fault_costs_no_contact_a_try(world: World) -> None:
    cause = "Twilio 21210: the caller id is not verified"
    world.provider.answers["*"] = CallRejected(cause, permanent=False, our_fault=True)
    campaign_id = world.campaign(2, caller_id="+12125550188")
    world.tick()
    assert world.outcomes(campaign_id) == {"released": 2}
    assert {world.contact(phone).tries for phone in phones(2)} == {0}
    campaign = world.row(campaign_id)
    assert campaign.last_error == cause
    assert campaign.backoff_until is not None
    assert campaign.backoff_until >= world.clock.now() + timedelta(seconds=59)
    world.provider.answers.clear()
    world.clock.move(61)
    world.tick()
    assert world.outcomes(campaign_id) == {"released": 2, "queued": 2}
