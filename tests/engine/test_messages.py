"""What each contact hears: variables filled in, missing ones found before the start, recordings and keys carried on."""

from __future__ import annotations

import pytest

from campaign_app.domain.errors import InvalidInput, StateConflict
from campaign_app.domain.script import KeyAction, MenuKey, OnMachine, SayText
from campaign_app.services import contacts, single_calls
from tests.engine.world import BY, World, phones

ASK = {"text": "Hello {name|there}, see you on {date}.", "keys": [{"digit": "9", "action": "opt-out"}]}


def people(count: int, **values: str) -> list[dict[str, object]]:
    return [{"phone": phone, "variables": dict(values)} for phone in phones(count)]


def test_each_contact_hears_its_own_values(world: World) -> None:
    campaign_id = world.campaign(0, message=ASK)
    one, two = phones(2)
    world.add(
        campaign_id,
        [
            {"phone": one, "variables": {"name": "Ada", "date": "Monday"}},
            {"phone": two, "variables": {"date": "{name}"}},
        ],
    )
    world.act(campaign_id, "start")
    world.tick()
    said = {dial.to: dial.script.message for dial in world.provider.placed}
    assert said == {
        one: (SayText("Hello Ada, see you on Monday."),),
        two: (SayText("Hello there, see you on {name}."),),
    }
    [dial, _] = world.provider.placed
    assert dial.script.keys == (MenuKey("9", KeyAction.OPT_OUT),)
    assert dial.script.on_machine is OnMachine.AS_HUMAN


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_start_without_a_value_is_refused_with_the_rows(world: World, value: str | None) -> None:
    campaign_id = world.campaign(0, message=ASK)
    values = {} if value is None else {"date": value}
    world.add(campaign_id, people(12, **values))
    with pytest.raises(StateConflict, match=r"12 contacts have no value for \{date\}: \+1\d+, .* and 2 more"):
        world.act(campaign_id, "start")
    assert world.status(campaign_id) == "draft"


def test_a_variable_name_with_any_character_is_looked_up_literally(world: World) -> None:
    name = "a\"b'c.$[0] é"
    campaign_id = world.campaign(0, message={"text": "{" + name + "}"})
    world.add(campaign_id, people(1, **{name: "x"}))
    world.act(campaign_id, "start")
    world.tick()
    assert world.provider.placed[0].script.message == (SayText("x"),)


def test_a_value_that_went_missing_later_fails_that_one_call_and_nobody_is_rung(world: World) -> None:
    campaign_id = world.campaign(0, message=ASK)
    world.add(campaign_id, people(2, date="Monday"))
    world.act(campaign_id, "start")
    gone, well = phones(2)
    world.sql("UPDATE contacts SET variables = :none WHERE phone = :phone", none="{}", phone=gone)
    world.tick()
    assert [dial.to for dial in world.provider.asked] == [well]
    attempt = world.attempt(gone)
    assert (attempt.status, attempt.cause) == (
        "failed",
        "the message cannot be spoken: no value for {date}",
    )
    assert world.contact(gone).status == "exhausted"


def test_a_single_call_brings_its_own_values_and_may_be_a_test(world: World) -> None:
    [phone] = phones(1)
    with world.session() as session:
        with pytest.raises(InvalidInput, match="give a value"):
            single_calls.place_single_call(
                session, {"to": phone, "message": ASK}, actor=BY, now=world.clock.now()
            )
        call = single_calls.place_single_call(
            session,
            {"to": phone, "message": ASK, "variables": {"date": "{today}"}},
            actor=BY,
            now=world.clock.now(),
            test=True,
        )
    assert call.test
    world.tick()
    [dial] = world.provider.placed
    assert dial.script.message == (SayText("Hello there, see you on {today}."),)
    assert dial.script.keys == (MenuKey("9", KeyAction.OPT_OUT),)


def test_a_message_changed_by_hand_into_nonsense_stops_its_campaign_only(world: World) -> None:
    broken, well = world.campaign(phones(2)), world.campaign(phones(2, 50))
    world.sql("UPDATE campaigns SET message = :message WHERE id = :id", message='{"keys": 3}', id=broken)
    world.tick()
    assert world.outcomes(well) == {"queued": 2}
    assert world.outcomes(broken) == {}
    assert "keys" in (world.row_text(broken, "last_error") or "")
    world.sql("UPDATE campaigns SET message = :message WHERE id = :id", message='{"text": "Hi"}', id=broken)


def test_contacts_without_a_value_are_refused_one_by_one_in_a_running_campaign(world: World) -> None:
    campaign_id = world.campaign(0, message=ASK)
    world.add(campaign_id, people(1, date="Monday"))
    world.act(campaign_id, "start")
    late = phones(2, 5)
    with world.session() as session:
        result = contacts.add_contacts(
            session,
            campaign_id,
            [late[0], {"phone": late[1], "variables": {"date": "Friday"}}],
            actor=BY,
            now=world.clock.now(),
        )
    assert (result.accepted, [row["code"] for row in result.rejected]) == (1, ["no-value"])
    assert "{date}" in result.rejected[0]["reason"]


def test_a_variable_finds_its_value_however_its_name_is_spelled(world: World) -> None:
    campaign_id = world.campaign(0, message={"text": "Hello {first_name}, {amount:money}."})
    spellings = ["First Name", "FIRST-NAME", "FirstName", "first_name", "fïrst náme"]
    numbers = phones(len(spellings))
    world.add(
        campaign_id,
        [
            {"phone": phone, "variables": {spelling: "Ada", "Amount": "$5.00"}}
            for phone, spelling in zip(numbers, spellings, strict=True)
        ],
    )
    world.act(campaign_id, "start")
    world.tick()
    said = {dial.to: dial.script.message for dial in world.provider.placed}
    assert said == dict.fromkeys(numbers, (SayText("Hello Ada, 5 dollars."),))
    [late, without] = phones(len(spellings) + 2)[-2:]
    with world.session() as session:
        result = contacts.add_contacts(
            session,
            campaign_id,
            [
                {"phone": late, "variables": {"First Name": "Bob", "AMOUNT": "€5"}},
                {"phone": without, "variables": {"First Name": " ", "amount": "€5"}},
            ],
            actor=BY,
            now=world.clock.now(),
        )
    assert (result.accepted, [row["code"] for row in result.rejected]) == (1, ["no-value"])


def test_an_unknown_variable_is_named_with_similar_ones(world: World) -> None:
    campaign_id = world.campaign(0, message={"text": "Hello {frist_name}"})
    world.add(campaign_id, people(3, **{"First Name": "Ada", "city": "Rome"}))
    with pytest.raises(StateConflict, match=r"No contact has frist_name: the nearest name is \{First Name\}"):
        world.act(campaign_id, "start")
    other = world.campaign(0, message={"text": "Hello {zebra}"})
    world.add(other, people(2, city="Rome"))
    with pytest.raises(StateConflict, match=r"No contact has zebra: they have \{city\}"):
        world.act(other, "start")
    bare = world.campaign(0, message={"text": "Hello {zebra}"})
    world.add(bare, people(2))
    with pytest.raises(StateConflict, match="No contact has zebra: they have numbers only"):
        world.act(bare, "start")


def test_those_without_a_value_are_counted_over_all_spellings(world: World) -> None:
    """More of them than are looked at one by one, and the rare spelling behind them all."""
    campaign_id = world.campaign(0, message={"text": "Hello {first_name}"})
    numbers = phones(260)
    world.add(
        campaign_id, [{"phone": phone, "variables": {"first_name": "\u00a0\t"}} for phone in numbers[:250]]
    )
    world.add(campaign_id, [{"phone": phone, "variables": {"FIRST NAME": "Bob"}} for phone in numbers[250:]])
    with pytest.raises(
        StateConflict, match=r"^250 contacts have no value for \{first_name\}: \+1\d+, .* and 240 more\. Give"
    ):
        world.act(campaign_id, "start")
