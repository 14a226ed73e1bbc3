"""The variables of a campaign's contacts, counted over a bounded part of them."""

from __future__ import annotations

import pytest

from campaign_app.domain.message import parse_message
from campaign_app.services import contact_variables
from campaign_app.services.contact_variables import KnownVariables, list_variables, warn
from tests.engine.world import World, phones


def known(world: World, campaign_id: int) -> KnownVariables:
    with world.session() as session:
        return list_variables(session, campaign_id)


def fill_campaign(world: World) -> int:
    campaign_id = world.campaign(0, start=False)
    a, b, c, d = phones(4)
    world.add(
        campaign_id,
        [
            {"phone": a, "variables": {"First Name": "Ann", "city": "Rome"}},
            {"phone": b, "variables": {"First Name": "Bob", "first_name": "Bob", "city": " "}},
            {"phone": c, "variables": {"FIRST_NAME": "Cid", "city": ""}},
            d,
        ],
    )
    return campaign_id


def test_spellings_are_one_variable_and_empty_values_do_not_count(world: World) -> None:
    found = known(world, fill_campaign(world))
    assert [(item.name, item.contacts) for item in found.items] == [("First Name", 3), ("city", 1)]
    assert (found.looked_at, found.complete) == (4, True)


def test_a_large_campaign_is_looked_at_from_both_ends(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign_id = world.campaign(0, start=False)
    numbers = sorted(phones(10))
    world.add(campaign_id, [{"phone": phone, "variables": {"old": "x"}} for phone in numbers[:5]])
    world.add(campaign_id, [{"phone": phone, "variables": {"new": "x"}} for phone in numbers[5:]])
    monkeypatch.setattr(contact_variables, "LOOKED_AT", 4)
    found = known(world, campaign_id)
    assert {(item.name, item.contacts) for item in found.items} == {("old", 2), ("new", 2)}
    assert (found.looked_at, found.complete) == (4, False)


def test_a_message_is_warned_of_double_braces_and_of_names_that_nobody_has(world: World) -> None:
    found = known(world, fill_campaign(world))
    message = parse_message({"text": "{{first_name}}, {frist_name|there} in {city}, {zip}"})
    assert warn(message, found) == [
        "{{first_name}} speaks the name of the column; write {first_name} for the contact’s value",
        "no contact has frist_name, and all hear “there”; the nearest name is {First Name}",
        "no contact has zip",
    ]
    assert warn(message, known(world, world.campaign(0, start=False))) == []
