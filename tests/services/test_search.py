"""Searches by text on both databases: a name is found whatever its case and accents, and signs stay signs."""

from __future__ import annotations

import pytest

from campaign_app.domain.text_folding import fold_text
from campaign_app.queries import contact_table, tables
from campaign_app.services import contacts
from tests.engine.world import World


@pytest.mark.parametrize(
    "typed",
    [
        "strasse",
        "STRASSE",
        "Große Straße",
        "GROẞE",
        "lodz",
        "soren",
        "aesop",
        "Œuvre",
        "odos",
        "ΟΔΌΣ",
        "οδός",
        "o'neil",
        "de  la",
    ],
)
def test_letters_that_have_no_accent_are_found_as_people_type_them(world: World, typed: str) -> None:
    name = "Große STRASSE Straße Łódź Søren ÆSOP œuvre ODOS οδός Ο’Neil O’Neil de \t la"
    assert fold_text(typed) in fold_text(name)
    for each in (name, name.upper(), name.lower()):
        campaign_id = world.campaign(name=each)
        with world.session() as session:
            people = [{"phone": "+12125550171", "variables": {"name": each}}, {"phone": "+12125550172"}]
            contacts.add_contacts(session, campaign_id, people, actor="cli", now=world.clock.now())
            matching = contact_table.build_filter(session, campaign_id, value=typed)
            assert contact_table.count_matching(session, matching) == 1
            assert campaign_id in [item.id for item in tables.find_campaigns_by_name(session, typed, 9)]


@pytest.mark.parametrize("typed", ["\u0301", "\u00b4", " \u0308 "])
def test_an_accent_by_itself_finds_nobody(world: World, typed: str) -> None:
    campaign_id = world.campaign(name="Zoë")
    with world.session() as session:
        people = [{"phone": "+12125550171", "variables": {"name": "Zoë"}}]
        contacts.add_contacts(session, campaign_id, people, actor="cli", now=world.clock.now())
        assert contact_table.find_people(session, typed, 10) == []
        assert tables.find_campaigns_by_name(session, typed, 9) == []
        in_campaign = contact_table.build_filter(session, campaign_id, value=typed)
        assert contact_table.count_matching(session, in_campaign) == 0


@pytest.mark.parametrize("typed", ["Zoe", "ZOË", "zoë Mü", "100 %_\\", "42"])
def test_a_person_a_campaign_and_a_trunk_are_found_without_their_accents(world: World, typed: str) -> None:
    name = "Zoë MÜLLER 100 %_\\ 42"
    campaign_id = world.campaign(name=f"Für {name}")
    world.campaign(name="Zo Muller 100 x_/ 4 2")
    with world.session() as session:
        people = [
            {"phone": "+12125550171", "variables": {"name": name}},
            {"phone": "+12125550172", "variables": {}},
        ]
        contacts.add_contacts(session, campaign_id, people, actor="cli", now=world.clock.now())
        found = contact_table.find_people(session, typed, 10)
        assert [contact.variables for contact in found] == [{"name": name}]
        in_campaign = contact_table.build_filter(session, campaign_id, value=typed)
        assert contact_table.count_matching(session, in_campaign) == 1
        assert [each.id for each in tables.find_campaigns_by_name(session, typed, 10)] == [campaign_id]
        listed = tables.list_campaign_figures(session, status=None, search=typed, limit=10)
        assert [row.id for row in listed] == [campaign_id]


def test_a_text_is_folded_as_the_databases_fold_it() -> None:
    assert fold_text("Zoë ÅSA Jose\u0301 Łódź １２") == "zoe asa jose lodz 12"
