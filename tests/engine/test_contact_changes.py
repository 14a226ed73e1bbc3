"""Contacts that a person calls again, removes or changes: what the engine does then, and that I8 holds."""

from __future__ import annotations

import pytest

from campaign_app.domain.attempt import Decision
from campaign_app.domain.errors import InvalidInput, StateConflict
from campaign_app.queries.unresolved import count_undecided
from campaign_app.services import contact_changes
from campaign_app.services.contact_changes import ContactsChanged
from tests.engine.unresolved_support import decide, lose_calls
from tests.engine.world import BY, World, phones


def again(world: World, campaign_id: int, *ids: int) -> ContactsChanged:
    with world.session() as session:
        return contact_changes.call_again(session, campaign_id, ids, actor=BY, now=world.clock.now())


def test_one_whose_tries_are_used_up_begins_anew_and_is_called_at_once(world: World) -> None:
    campaign_id = world.campaign(3, retry={"max_retries": 1, "delays_minutes": [10]})
    world.record_moves()
    number = phones(1)[0]
    for _ in range(2):
        world.tick()
        world.provider.end_all("busy")
        world.tick()
        world.clock.move(700)
    assert world.contacts(campaign_id) == {"exhausted": 3}
    contact = world.contact(number)
    with pytest.raises(StateConflict, match="reopen it first"):
        again(world, campaign_id, contact.id)
    world.act(campaign_id, "reopen")
    assert again(world, campaign_id, contact.id, 10**9).done == 1
    world.act(campaign_id, "resume")
    for _ in range(2):
        assert world.tick().placed == 1
        world.provider.end_all("busy")
        world.tick()
        world.clock.move(700)
    assert len(world.attempts(phone=number)) == 4, "two tries more, as the policy has it"
    assert world.contacts(campaign_id) == {"exhausted": 3}
    world.check()


def test_who_waits_comes_now_who_is_on_the_line_or_listed_stays(world: World) -> None:
    campaign_id = world.campaign(3, max_concurrent_calls=1)
    waiting, talking, listed = (world.contact(number).id for number in phones(3))
    world.sql(
        "UPDATE contacts SET due_at = :at WHERE id <> :id", at="2026-11-21 15:00:00.000000+00:00", id=talking
    )
    world.tick()
    world.forbid(phones(3)[2])
    changed = again(world, campaign_id, waiting, talking, listed)
    assert changed.done == 1
    assert dict(changed.refused) == {contact_changes.BEING_CALLED: 1, contact_changes.ON_LIST: 1}
    world.provider.end_all("completed")
    world.tick()
    world.clock.move(1)
    world.tick()
    assert len(world.attempts(phone=phones(1)[0])) == 1
    world.check()


def test_only_those_without_a_call_are_removed_and_the_counters_follow(world: World) -> None:
    campaign_id = world.campaign(3, max_concurrent_calls=1)
    world.tick()
    ids = [world.contact(number).id for number in phones(3)]
    with world.session() as session:
        changed = contact_changes.remove_contacts(session, campaign_id, ids, actor=BY, now=world.clock.now())
    assert (changed.done, dict(changed.refused)) == (2, {contact_changes.HAS_CALLS: 1})
    assert world.contacts(campaign_id) == {"dialing": 1}
    assert world.audit()[-1].action == "contacts.remove"
    world.check()


def test_a_value_is_changed_added_and_removed_but_not_one_that_is_spoken(world: World) -> None:
    campaign_id = world.campaign(0, message={"text": "Hello {name}"})
    world.add(campaign_id, [{"phone": phones(1)[0], "variables": {"name": "Zoe", "room": "3"}}])  # type: ignore[list-item]
    world.act(campaign_id, "start")
    contact_id = world.contact(phones(1)[0]).id

    def change(**values: str | None) -> None:
        with world.session() as session:
            contact_changes.change_values(session, contact_id, values, actor=BY, now=world.clock.now())

    change(name="Zoë", room=None, day="Monday")
    assert world.contact(phones(1)[0]).variables == {"name": "Zoë", "day": "Monday"}
    entry = world.audit()[-1]
    assert (entry.action, entry.detail["variables"]) == ("contact.update", ["day", "name", "room"])
    change(day="Monday")
    assert world.audit()[-1].id == entry.id, "nothing changed"
    with pytest.raises(InvalidInput, match=r"no value for \{name\}"):
        change(name=" ")


def test_who_is_called_again_is_no_open_question_any_more(world: World) -> None:
    campaign_id = world.campaign(phones(2))
    world.tick()
    lose_calls(world)
    asked, left = phones(2)
    world.act(campaign_id, "reopen")
    assert again(world, campaign_id, world.contact(asked).id).done == 1
    assert world.attempt(asked).decision == "again"
    assert world.attempt(left).decision is None
    with world.session() as session:
        assert count_undecided(session, campaign_id) == 1
    assert decide(world, Decision.DONE, asked).decided == 0, "or it would be said to be done, and rung"
    assert [entry.object_id for entry in world.audit() if entry.action == "call.decide"] == [
        str(world.attempt(asked).id)
    ]
    world.act(campaign_id, "resume")
    assert world.tick().placed == 1
    world.provider.end_all("completed")
    world.tick()
    world.check()
