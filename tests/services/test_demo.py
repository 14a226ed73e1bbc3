"""The demo campaign: there at once, running, and harmless."""

from __future__ import annotations

from pathlib import Path

import phonenumbers
import pytest

from campaign_app.domain.errors import StateConflict
from campaign_app.models import Campaign, Trunk
from campaign_app.providers.simulator.adapter import SimulatorProvider
from campaign_app.services import demo
from campaign_app.services.responses import load_campaign_responses
from tests.engine.world import BY, World


def test_it_starts_with_five_hundred_numbers_that_nobody_has(database_url: str) -> None:
    world = World(database_url)
    try:
        with world.session() as session:
            campaign_id = demo.load_demo_campaign(session, actor=BY, now=world.clock.now()).id
        assert world.status(campaign_id) == "running"
        assert world.contacts(campaign_id) == {"pending": 500}
        for phone in demo.list_demo_numbers():
            assert phonenumbers.is_valid_number(phonenumbers.parse(phone))
            assert 100 <= int(phone[-4:]) < 200
            assert phone[-7:-4] == "555"
        assert world.contact(demo.list_demo_numbers()[0]).variables == {
            "name": "Ada",
            "clinic": "Harbour Street",
        }
        assert [e.action for e in world.audit()] == ["campaign.create", "contacts.add", "campaign.start"]
        world.tick()
        assert 0 < len(world.provider.live()) <= demo.DIALED_AT_ONCE
        world.check()
    finally:
        world.close()


def test_its_callees_hear_it_and_press_keys(database_url: str, tmp_path: Path) -> None:
    world = World(database_url)
    carrier = SimulatorProvider(tmp_path / "ledger", clock=world.clock, start=False)
    world.providers[world.trunk_id] = carrier  # type: ignore[assignment]
    try:
        with world.session() as session:
            campaign_id = demo.load_demo_campaign(session, actor=BY, now=world.clock.now()).id
        for _ in range(120):
            world.tick()
            world.clock.move(5)
            carrier.advance_to(world.clock.now())
        with world.session() as session:
            told = load_campaign_responses(session, session.get_one(Campaign, campaign_id))
        answers = {answer.digit: answer for answer in told.response_counts}
        assert answers["1"].label == "Coming"
        assert min(answers["1"].count, answers["2"].count) > answers["9"].count
        assert {"answered", "message-played", "hung-up-early", "voicemail-left"} <= set(told.dispositions)
        assert told.connected > 50
        assert told.detection_seconds is not None
        assert told.opted_out == answers["9"].count == len(world.sql("SELECT 1 FROM do_not_call"))
        assert world.broken() == {}
    finally:
        carrier.close()
        world.close()


def test_it_dials_nothing_but_the_simulator(database_url: str) -> None:
    world = World(database_url)
    try:
        with world.session() as session:
            session.get_one(Trunk, world.trunk_id).provider = "twilio"
        with world.session() as session, pytest.raises(StateConflict, match="SWITCHBOARD_PROVIDER=simulator"):
            demo.load_demo_campaign(session, actor=BY, now=world.clock.now())
    finally:
        world.close()
