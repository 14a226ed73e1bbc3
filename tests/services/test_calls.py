"""Single calls: placed now, through the same gates, or refused with the reason."""

from __future__ import annotations

from typing import Any

import pytest

from campaign_app.domain.attempt import AnsweredBy
from campaign_app.domain.errors import InvalidInput, NotFound, StateConflict, TooManyRequests
from campaign_app.domain.script import script_from_text
from campaign_app.services import single_calls
from tests.engine.world import BY, World, phones

[PHONE] = phones(1)


def place(world: World, **fields: Any) -> int:
    data = {"to": PHONE, "message": {"text": "Hi"}, **fields}
    with world.session() as session:
        return single_calls.place_single_call(session, data, actor=BY, now=world.clock.now()).id


def test_a_call_is_made_at_the_next_tick_with_its_own_words(world: World) -> None:
    call_id = place(world, to="+1 (212) 555-0100", caller_id="+1 212 555 0199")
    world.tick()
    [dial] = world.provider.placed
    assert (dial.to, dial.script, dial.caller_id) == (PHONE, script_from_text("Hi"), "+12125550199")
    world.provider.end_all(answered_by=AnsweredBy.HUMAN)
    world.tick()
    [attempt] = world.attempts()
    shown = single_calls.call_to_api(attempt)
    assert (shown["id"], shown["to"], shown["status"]) == (call_id, PHONE, "completed")
    assert (shown["campaign_id"], shown["contact_id"], shown["provider"]) == (None, None, "simulator")
    entry = world.audit()[0]
    assert (entry.action, entry.object_id, entry.detail["to"]) == ("call.place", str(call_id), PHONE)


@pytest.mark.parametrize(
    "fields, field",
    [
        ({"to": "x"}, "to"),
        ({"to": None}, "to"),
        ({"to": "0612345678"}, "to"),
        ({"caller_id": "12"}, "caller_id"),
        ({"message": None}, "message.text"),
        ({"message": {"text": "  "}}, "message.text"),
        ({"message": "x" * 4001}, "message.text"),
        ({"message": "a\0b"}, "message.text"),
        ({"provider": "nobody"}, "provider"),
        ({"provider": 7}, "provider"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_field_is_named(world: World, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        place(world, **fields)
    assert [e.field for e in caught.value.errors] == [field]
    assert world.attempts() == []


def test_a_number_that_is_being_called_is_a_conflict(world: World) -> None:
    place(world)
    with pytest.raises(StateConflict, match="being called right now"):
        place(world)
    assert len(world.attempts()) == 1
    world.tick()
    world.provider.end_all()
    world.tick()
    place(world)


def test_a_number_that_a_campaign_is_calling_is_a_conflict(world: World) -> None:
    world.campaign([PHONE])
    world.tick()
    with pytest.raises(StateConflict, match="being called right now"):
        place(world)


def test_a_listed_number_is_a_conflict(world: World) -> None:
    world.forbid(PHONE)
    with pytest.raises(StateConflict, match="do-not-call"):
        place(world)


def test_a_number_listed_for_one_campaign_may_be_called_singly(world: World) -> None:
    world.forbid(PHONE, world.campaign([], start=False))
    place(world)
    world.tick()
    assert len(world.provider.placed) == 1


def test_a_trunk_without_a_free_line_says_when_to_try_again(world: World) -> None:
    world.sql("UPDATE trunks SET max_concurrent_calls = 2")
    world.campaign(phones(1, 50))
    world.tick()
    place(world)
    with pytest.raises(TooManyRequests, match="all 2 lines of simulator") as caught:
        place(world, to=phones(1, 60)[0])
    assert caught.value.retry_after > 0


def test_a_chosen_trunk_is_used(world: World) -> None:
    other = world.trunk("backup")
    place(world, provider="backup")
    world.tick()
    assert (len(world.provider.placed), len(world.providers[other].placed)) == (0, 1)


def test_hanging_up_is_asked_once_and_leaves_a_trace(world: World) -> None:
    call_id = place(world)
    world.tick()
    for _ in range(2):
        with world.session() as session:
            single_calls.request_hangup(session, call_id, actor=BY, now=world.clock.now())
    assert [entry.action for entry in world.audit()] == ["call.place", "call.hangup"]
    world.tick(2)
    assert world.attempts()[0].status == "canceled"
    with world.session() as session, pytest.raises(StateConflict, match="canceled has ended"):
        single_calls.request_hangup(session, call_id, actor=BY, now=world.clock.now())


def test_hung_up_before_it_was_sent_it_is_never_sent(world: World) -> None:
    call_id = place(world)
    with world.session() as session:
        single_calls.request_hangup(session, call_id, actor=BY, now=world.clock.now())
    world.tick(2)
    assert world.provider.asked == []
    assert world.attempts()[0].status == "released"


def test_what_does_not_exist_is_not_found(world: World) -> None:
    with world.session() as session:
        with pytest.raises(NotFound):
            single_calls.get_call(session, 404)
        with pytest.raises(NotFound):
            single_calls.request_hangup(session, 404, actor=BY, now=world.clock.now())
