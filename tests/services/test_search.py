"""Searches by text on both databases: a name is found whatever its case and accents, and signs stay signs."""

from __future__ import annotations

import pytest

from campaign_app.domain.text_folding import fold_text
from campaign_app.queries import contact_table, tables
from campaign_app.services import contacts
from tests.engine.world import World


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
    assert fold_text("Zoë ÅSA Jose\u0301 Łódź １２") == "zoe asa jose łodz 12"
