"""The last check before the wire, on what may have changed since the claim."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from campaign_app.domain.errors import StateConflict
from campaign_app.engine.permit import permit_attempts
from campaign_app.models import Contact, Trunk
from campaign_app.services import explanations, single_calls, trunks
from campaign_app.services.trunk_bounds import TrunkBounds
from campaign_app.vault import CredentialVault
from tests.engine.world import BY, World, phones

CHANGES: dict[str, Callable[[World, int], object]] = {
    "paused": lambda world, campaign: world.act(campaign, "pause"),
    "window closed": lambda world, campaign: world.clock.move(3600),
    "its end passed": lambda world, campaign: world.sql(
        "UPDATE campaigns SET ends_at = :at", at=stamp(world, "2026-11-20 15:00:00.000000")
    ),
    "backs off": lambda world, campaign: world.sql(
        "UPDATE campaigns SET backoff_until = :at", at=stamp(world, "2026-11-20 15:00:05.000000")
    ),
    "row broken": lambda world, campaign: world.sql("UPDATE campaigns SET calling_windows = '[]'"),
}
UNTIL_FOUR = [{"days": ["fri"], "start": "15:00", "end": "16:00"}]
CLOSING = datetime(2026, 11, 20, 16, tzinfo=UTC)
NEXT_FRIDAY = datetime(2026, 11, 27, 15, tzinfo=UTC)


def stamp(world: World, at: str) -> str:
    """A UTC instant as this database takes it in a text statement."""
    return at if world.db.dialect.name == "sqlite" else f"{at}+00"


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_nothing_is_sent_after_the_campaign_changed_between_claim_and_permit(
    world: World, change: Callable[[World, int], object]
) -> None:
    numbers = phones(3)
    campaign_id = world.campaign(numbers, calling_windows=UNTIL_FOUR)
    claimed = world.claim().attempts
    change(world, campaign_id)
    assert world.permit(claimed) == []
    assert world.provider.asked == []
    assert world.outcomes(campaign_id) == {"released": 3}
    for phone in numbers:
        contact, attempt = world.contact(phone), world.attempt(phone)
        assert (contact.status, contact.tries, contact.attempts_made) == ("pending", 0, 1)
        # At once, or when the window opens next.
        assert contact.due_at == (NEXT_FRIDAY if world.clock.now() >= CLOSING else world.clock.now())
        assert (attempt.counts, attempt.dialing_at) == (False, None)
        assert attempt.cause
    world.sql("DELETE FROM campaigns WHERE calling_windows = '[]'")


def test_stopped_between_claim_and_permit_cancels_what_was_claimed(world: World) -> None:
    campaign_id = world.campaign(3)
    claimed = world.claim().attempts
    world.act(campaign_id, "stop")
    assert world.permit(claimed) == []
    assert world.contacts(campaign_id) == {"canceled": 3}
    assert world.outcomes(campaign_id) == {"released": 3}


@pytest.mark.parametrize("everywhere", [True, False], ids=["for all", "for this campaign"])
def test_a_number_listed_between_claim_and_permit_is_not_sent_but_suppressed(
    world: World, everywhere: bool
) -> None:
    numbers = phones(3)
    campaign_id = world.campaign(numbers)
    claimed = world.claim().attempts
    world.forbid(numbers[0], None if everywhere else campaign_id)
    assert sorted(a.phone for a in world.permit(claimed)) == sorted(numbers[1:])
    assert world.contact(numbers[0]).status == "suppressed"
    assert world.attempt(numbers[0]).status == "released"
    assert world.contacts(campaign_id) == {"suppressed": 1, "dialing": 2}


def test_a_number_listed_for_another_campaign_is_sent(world: World) -> None:
    [phone] = phones(1)
    other = world.campaign([phone], start=False)
    world.campaign([phone])
    claimed = world.claim().attempts
    world.forbid(phone, other)
    assert len(world.permit(claimed)) == 1


def test_what_is_refused_is_put_back_as_it_was_and_costs_no_try(world: World) -> None:
    """A contact that had a counted try waits as `retry`, one that had none as `pending`."""
    numbers = phones(2)
    campaign_id = world.campaign(numbers[:1])
    world.tick()
    world.provider.end_all("busy")
    world.tick()
    world.add(campaign_id, numbers[1:])
    world.clock.move(700)
    claimed = world.claim().attempts
    assert len(claimed) == 2
    world.act(campaign_id, "pause")
    assert world.permit(claimed) == []
    assert [world.contact(phone).status for phone in numbers] == ["retry", "pending"]
    assert [world.contact(phone).tries for phone in numbers] == [1, 0]
    assert [world.contact(phone).attempts_made for phone in numbers] == [2, 1]
    counters = world.counters(campaign_id)
    assert (counters.contacts_retry, counters.contacts_pending, counters.attempts_released) == (1, 1, 2)
    world.act(campaign_id, "resume")
    world.tick()
    # The refused attempts took a number each, and no try.
    assert [(a.number, a.try_number, a.status) for a in world.attempts(phone=numbers[0])] == [
        (1, 1, "busy"),
        (2, 2, "released"),
        (3, 2, "queued"),
    ]
    world.provider.end_all("busy")
    world.tick()
    assert [world.contact(phone).status for phone in numbers] == ["exhausted", "retry"]


def test_one_campaign_refused_leaves_the_other_campaigns_of_the_batch_alone(world: World) -> None:
    refused = world.campaign(phones(3))
    sent = world.campaign(phones(3, 50))
    claimed = world.claim().attempts
    world.act(refused, "pause")
    assert {a.campaign_id for a in world.permit(claimed)} == {sent}
    assert world.outcomes(refused) == {"released": 3}
    assert world.outcomes(sent) == {"dialing": 3}


def test_a_broken_rulebook_leaves_the_other_campaigns_of_the_batch_alone(world: World) -> None:
    broken_id = world.campaign(phones(1))
    world.campaign(phones(1, 1))
    claimed = world.claim().attempts
    world.sql("UPDATE rulebooks SET body = '{}' WHERE campaign_id = :id", id=broken_id)
    # Another engine has not read the row before.
    permitted = permit_attempts(world.new_engine("engine-2").context, world.provider, claimed)
    assert [attempt.phone for attempt in permitted] == phones(1, 1)
    assert "rulebook cannot be read" in (world.attempt(phones(1)[0]).cause or "")


@pytest.mark.spoils  # nothing can be proved of the call whose rulebook is broken
def test_a_call_whose_rulebook_broke_since_still_counts_for_the_caps_of_others(world: World) -> None:
    world.campaign(phones(1))
    world.tick()
    world.provider.end_all()
    world.tick()
    world.sql("UPDATE rulebooks SET body = '{}'")
    world.campaign(phones(1), caps=[{"most": 2, "per_hours": 24, "scope": "number"}])
    world.new_engine("engine-2").tick()
    assert len(world.provider.placed) == 2
    world.campaign(phones(1), caps=[{"most": 2, "per_hours": 24, "scope": "number"}])
    world.provider.end_all()
    world.new_engine("engine-2").tick()
    assert len(world.provider.placed) == 2


def test_a_permit_is_given_once(world: World) -> None:
    world.campaign(3)
    claimed = world.claim().attempts
    assert len(world.permit(claimed)) == 3
    assert world.permit(claimed) == []
    assert {a.status for a in world.attempts()} == {"dialing"}, "a second permit takes nothing back either"


def test_the_permit_sets_horizon_and_first_poll(world: World) -> None:
    world.campaign(1)
    world.permit(world.claim().attempts)
    [attempt] = world.attempts()
    assert attempt.dialing_at == world.clock.now()
    assert (attempt.horizon_at - attempt.dialing_at).total_seconds() == world.provider.caps.horizon
    assert (attempt.poll_at - attempt.dialing_at).total_seconds() == 8


def test_a_single_call_is_refused_when_it_was_listed_or_hung_up_before_it_was_sent(world: World) -> None:
    listed, hung_up, sent = phones(3)
    with world.session() as session:
        made = [
            single_calls.place_single_call(
                session, {"to": phone, "message": "Hi"}, actor=BY, now=world.clock.now()
            )
            for phone in (listed, hung_up, sent)
        ]
    claimed = world.claim().attempts
    assert len(claimed) == 3
    world.forbid(listed)
    with world.session() as session:
        single_calls.request_hangup(session, made[1].id, actor=BY, now=world.clock.now())
    assert [a.phone for a in world.permit(claimed)] == [sent]
    assert [world.attempt(phone).status for phone in (listed, hung_up, sent)] == [
        "released",
        "released",
        "dialing",
    ]


def test_a_call_that_is_over_cannot_be_hung_up(world: World) -> None:
    world.campaign(1)
    world.tick()
    world.provider.end_all()
    world.tick()
    with world.session() as session, pytest.raises(StateConflict, match="completed has ended"):
        single_calls.request_hangup(session, world.attempts()[0].id, actor=BY, now=world.clock.now())


LONDON, PARIS, PREMIUM = "+442079460018", "+33612345678", "+449098790000"


def narrow(world: World, **rules: object) -> None:
    with world.session() as session:
        trunk = session.get_one(Trunk, world.trunk_id)
        for name, value in rules.items():
            setattr(trunk, name, value)


@pytest.mark.parametrize("when", ["before the claim", "after the claim"])
@pytest.mark.parametrize(
    "rules, refused, words",
    [
        ({"countries": ["GB"]}, {PARIS}, "is in France (FR), which this trunk may not call"),
        ({"number_types": []}, {PREMIUM}, "is a premium-rate number, which this trunk may not call"),
        ({"countries": ["US"]}, {LONDON, PARIS, PREMIUM}, "which this trunk may not call"),
    ],
    ids=["country", "type", "every number"],
)
def test_numbers_that_the_trunk_may_no_longer_call_are_not_sent_and_say_why(
    world: World, when: str, rules: dict[str, object], refused: set[str], words: str
) -> None:
    everybody = {LONDON, PARIS, PREMIUM}
    narrow(world, number_types=["premium"])
    campaign_id = world.campaign([LONDON, PARIS, PREMIUM], calling_windows=UNTIL_FOUR)
    if when == "before the claim":
        narrow(world, **rules)
    claimed = world.claim().attempts
    if when == "after the claim":
        narrow(world, **rules)
    assert {attempt.phone for attempt in world.permit(claimed)} == everybody - refused
    for phone in refused:
        contact, attempt = world.contact(phone), world.attempt(phone)
        assert (contact.status, contact.tries, contact.deferred_by) == ("pending", 0, "trunk")
        assert contact.due_at == world.clock.now() + timedelta(days=1)
        assert (attempt.status, attempt.counts) == ("released", False)
        assert words in attempt.cause
    assert world.claim().attempts == [], "they are not claimed again and again"
    reasons = {reason.code: reason.contacts for reason in world.reasons(campaign_id)}
    assert reasons["trunk-refuses"] == len(refused)
    with world.session() as session:
        one = session.get_one(Contact, world.contact(min(refused)).id)
        codes = [each.code for each in explanations.explain_contact(session, one, world.clock.now()).reasons]
        assert "trunk-refuses" in codes


def test_who_the_trunk_might_not_call_is_due_when_it_may(world: World) -> None:
    world.campaign([LONDON, PARIS], calling_windows=UNTIL_FOUR)
    with world.session() as session:
        change(session, world, {"countries": ["GB"]})
    assert {attempt.phone for attempt in world.permit(world.claim().attempts)} == {LONDON}
    with world.session() as session:
        change(session, world, {"countries": ["GB", "DE"]})
    assert world.permit(world.claim().attempts) == []
    with world.session() as session:
        change(session, world, {"countries": ["GB", "FR"]})
    assert {attempt.phone for attempt in world.permit(world.claim().attempts)} == {PARIS}


def change(session: Session, world: World, data: dict[str, object]) -> None:
    trunks.update_trunk(
        session,
        world.trunk_id,
        data,
        vault=CredentialVault([]),
        bounds=TrunkBounds(),
        actor=BY,
        now=world.clock.now(),
    )


def test_a_start_names_numbers_whose_type_the_trunk_may_not_call(world: World) -> None:
    narrow(world, number_types=["premium"])
    campaign_id = world.campaign([LONDON, PREMIUM], calling_windows=UNTIL_FOUR)
    world.act(campaign_id, "pause")
    narrow(world, number_types=[])
    with pytest.raises(
        StateConflict, match=r"1 contact has a number that the trunk .* may not call: \+44909"
    ):
        world.act(campaign_id, "resume")
