"""The do-not-call list: what it takes out of the queues, at once and for good."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain.errors import InvalidInput, NotFound
from campaign_app.models import DoNotCall
from campaign_app.services import do_not_call
from tests.engine.world import BY, World, phones


def entries(world: World) -> list[DoNotCall]:
    with Session(world.db) as session:
        return list(session.scalars(select(DoNotCall).order_by(DoNotCall.id)))


def test_a_number_is_suppressed_wherever_it_waits(world: World) -> None:
    phone, other = phones(2)
    campaigns = [world.campaign([phone, other], start=bool(n)) for n in range(3)]
    world.forbid(phone)
    for campaign_id in campaigns:
        assert world.contact(phone, campaign_id).status == "suppressed"
        assert world.contact(phone, campaign_id).due_at is None
        assert world.contact(other, campaign_id).status == "pending"
        assert world.counters(campaign_id).contacts_suppressed == 1
    entry = world.audit()[-1]
    assert (entry.action, entry.detail["phone"], entry.detail["suppressed"]) == ("do-not-call.add", phone, 3)


def test_listed_for_one_campaign_it_waits_on_in_the_others(world: World) -> None:
    [phone] = phones(1)
    one, two = (world.campaign([phone], start=False) for _ in range(2))
    world.forbid(phone, one)
    assert [world.contact(phone, c).status for c in (one, two)] == ["suppressed", "pending"]


def test_a_contact_that_waits_for_a_retry_is_suppressed_too(world: World) -> None:
    [phone] = phones(1)
    campaign_id = world.campaign([phone])
    world.tick()
    world.provider.end_all("busy")
    world.tick()
    assert world.contact(phone).status == "retry"
    world.forbid(phone)
    assert world.contact(phone).status == "suppressed"
    world.tick()
    assert world.status(campaign_id) == "completed"


def test_an_open_call_goes_on_and_is_the_last(world: World) -> None:
    [phone] = phones(1)
    world.campaign([phone])
    world.tick()
    world.forbid(phone)
    assert (world.contact(phone).status, len(world.provider.live())) == ("dialing", 1)
    world.provider.end_all("no-answer")
    world.tick()
    assert world.contact(phone).status == "suppressed"


def test_listed_twice_is_listed_once_and_keeps_its_first_reason(world: World) -> None:
    with world.session() as session:
        made = [
            do_not_call.add_do_not_call_entry(
                session,
                raw,
                region="US",
                campaign_id=None,
                reason=reason,
                source="operator",
                actor=BY,
                now=world.clock.now(),
            ).id
            for raw, reason in (("+1 212 555 0100", "asked"), ("(212) 555-0100", "again"))
        ]
    assert made[0] == made[1]
    [entry] = entries(world)
    assert (entry.phone, entry.reason, entry.added_by, entry.source) == (
        "+12125550100",
        "asked",
        BY,
        "operator",
    )
    assert [e.action for e in world.audit()] == ["do-not-call.add"]


def test_for_all_and_for_one_campaign_are_two_entries(world: World) -> None:
    [phone] = phones(1)
    campaign_id = world.campaign([phone], start=False)
    world.forbid(phone, campaign_id)
    world.forbid(phone)
    assert [e.campaign_id for e in entries(world)] == [campaign_id, None]


def test_taken_off_the_list_nobody_is_called_by_surprise(world: World) -> None:
    [phone] = phones(1)
    campaign_id = world.campaign([phone])
    world.forbid(phone)
    [entry] = entries(world)
    with world.session() as session:
        do_not_call.remove_do_not_call_entry(
            session, entry.id, reason="asked again", actor=BY, now=world.clock.now()
        )
    assert entries(world) == []
    assert world.contact(phone).status == "suppressed"
    last = world.audit()[-1]
    assert (last.action, last.detail["phone"]) == ("do-not-call.remove", phone)
    world.tick()
    assert world.provider.asked == []
    assert world.status(campaign_id) == "completed"
    later = world.campaign([phone])
    world.tick()
    assert [a.campaign_id for a in world.attempts()] == [later]


@pytest.mark.parametrize("raw", ["", "abc", "12", "+999123"])
def test_what_is_no_number_is_not_listed(world: World, raw: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        world.forbid(raw)
    assert [e.field for e in caught.value.errors] == ["phone"]
    assert entries(world) == []


def test_what_does_not_exist_is_not_found(world: World) -> None:
    with pytest.raises(NotFound, match="campaign 404"):
        world.forbid(phones(1)[0], 404)
    with world.session() as session, pytest.raises(NotFound, match="404"):
        do_not_call.remove_do_not_call_entry(
            session, 404, reason="asked again", actor=BY, now=world.clock.now()
        )
