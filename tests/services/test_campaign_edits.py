"""A campaign is changed while it runs, and by two people at the same time."""

from __future__ import annotations

from typing import Any

import pytest

from campaign_app.domain.campaign import LIVE_FIELDS
from campaign_app.domain.errors import FieldConflict, StateConflict
from campaign_app.domain.script import SayText
from campaign_app.models import Attempt
from campaign_app.services import campaigns
from campaign_app.services.call_scripts import build_call_script
from campaign_app.services.campaign_edits import EditConflict
from tests.engine.world import BY, World, phones

WINDOWS = [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "start": "00:00", "end": "24:00"}]
LOCKED = {
    "purpose": "survey",
    "subject": "Bills",
    "clock": "both",
    "caller_name": "Hill Clinic",
    "consent": {"kind": "express", "source": "intake form"},
    "caps": [{"most": 1, "per_hours": 9}],
    "min_gap_minutes": 7,
    "guard_seconds": 11,
    "caller_id": "+12125550199",
    "default_region": "FR",
    "provider": "other",
}


def change(world: World, campaign_id: int, *, version: int | None = None, **fields: Any) -> None:
    with world.session() as session:
        campaigns.update_campaign(
            session, campaign_id, fields, actor=BY, now=world.clock.now(), version=version
        )


def test_while_it_runs_some_fields_change_at_once_and_the_others_are_named(world: World) -> None:
    world.trunk("other")
    campaign_id = world.campaign(20, max_concurrent_calls=2)
    world.tick()
    change(
        world,
        campaign_id,
        name="Winter",
        max_concurrent_calls=5,
        calls_per_second=50,
        priority=9,
        calling_windows=WINDOWS,
        retry={"max_retries": 1, "delays_minutes": [7]},
    )
    entry = world.audit()[-1]
    assert (entry.action, entry.detail["version"]) == ("campaign.update", 2)
    assert {"name", "max_concurrent_calls", "calls_per_second", "priority", "retry"} <= set(
        entry.detail["changed"]
    )
    world.tick()
    assert (len(world.provider.live()), world.status(campaign_id)) == (5, "running")
    with pytest.raises(FieldConflict, match="pause it, change it, and resume it") as caught:
        change(world, campaign_id, **{**LOCKED, "name": "Spring"})
    assert {error.field for error in caught.value.errors} == set(LOCKED)
    assert not LIVE_FIELDS & set(LOCKED)
    assert world.row(campaign_id).name == "Winter"
    world.check()


def test_an_edit_that_no_start_would_allow_is_refused_while_it_runs(world: World) -> None:
    campaign_id = world.campaign(2)
    with pytest.raises(StateConflict, match=r"its end, .* has passed"):
        change(world, campaign_id, ends_at="2020-01-01T00:00:00Z")
    assert world.row(campaign_id).ends_at is None


def test_another_message_holds_from_the_next_call_on(world: World) -> None:
    first, second = phones(2)
    campaign_id = world.campaign([first, second], max_concurrent_calls=1, message={"text": "Old"})
    world.tick()
    change(world, campaign_id, message={"text": "New", "keys": [{"digit": "9", "action": "opt-out"}]})
    with world.session() as session:
        script = build_call_script(session, session.get_one(Attempt, world.attempt(first).id))
    assert (script.message, script.keys) == ((SayText("Old"),), ())
    world.provider.end_all()
    world.tick()
    assert [dial.script.message for dial in world.provider.placed] == [(SayText("Old"),), (SayText("New"),)]
    world.check()


def test_fewer_retries_hold_for_a_call_that_is_open(world: World) -> None:
    campaign_id = world.campaign(1, retry={"max_retries": 3, "delays_minutes": [1]})
    world.tick()
    change(world, campaign_id, retry={"max_retries": 0, "delays_minutes": []})
    world.provider.end_all("busy")
    world.tick()
    assert world.contacts(campaign_id) == {"exhausted": 1}
    world.check()


def test_a_save_of_what_somebody_else_has_changed_since_is_refused_with_what_changed(world: World) -> None:
    campaign_id = world.campaign(2, start=False, name="Autumn", max_concurrent_calls=10)
    change(world, campaign_id, version=1, name="Winter", max_concurrent_calls=20)
    change(world, campaign_id, version=2, max_concurrent_calls=30)
    with pytest.raises(EditConflict, match="at version 3 now") as caught:
        change(world, campaign_id, version=1, priority=7)
    assert {each.field: (each.before, each.now, each.by) for each in caught.value.changes} == {
        "name": ("Autumn", "Winter", BY),
        "max_concurrent_calls": (10, 30, BY),
    }
    row = world.row(campaign_id)
    assert (row.name, row.max_concurrent_calls, row.priority, row.version) == ("Winter", 30, 5, 3)
    change(world, campaign_id, version=3, priority=7)
    change(world, campaign_id, priority=8)
