"""A campaign's life as its services allow it, and the trail that each change leaves (I10)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from campaign_app.api.schemas import campaigns as schemas
from campaign_app.domain.campaign import ACTIONS, FIELD_RULES, TRANSITIONS, CampaignStatus
from campaign_app.domain.errors import IllegalTransition, InvalidInput, NotFound, StateConflict
from campaign_app.engine.upkeep import UpkeepJob
from campaign_app.models import Attempt, Campaign, CampaignCounters, Contact
from campaign_app.services import campaigns
from campaign_app.web.campaign_form import CampaignForm
from tests.engine.world import ALWAYS, BY, World, phones

STATUSES = [status.value for status in CampaignStatus]


def make_upkeep(world: World) -> UpkeepJob:
    return UpkeepJob(world.db, name="upkeep", clock=world.clock)


def standing(world: World, status: str) -> int:
    """A campaign with two numbers that stands at this status."""
    campaign_id = world.campaign(2, start=False)
    world.set_status(campaign_id, status)
    return campaign_id


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_each_action_is_taken_where_it_may_be_and_refused_with_both_states_elsewhere(
    world: World, action: str
) -> None:
    wanted, possible_in = ACTIONS[action]
    for status in STATUSES:
        campaign_id = standing(world, status)
        before = len(world.audit())
        if status not in possible_in:
            with pytest.raises(IllegalTransition, match=f"is {status} cannot become {wanted}"):
                world.act(campaign_id, action)
            assert world.status(campaign_id) == status
            assert len(world.audit()) == before
            continue
        assert wanted in TRANSITIONS[CampaignStatus(status)]
        world.act(campaign_id, action, reason="because")
        row = world.row(campaign_id)
        assert (row.status, row.status_by, row.status_reason) == (wanted, BY, "because")
        assert row.status_at == world.clock.now()
        [entry] = world.audit()[before:]
        assert (entry.actor, entry.action, entry.object_id) == (BY, f"campaign.{action}", str(campaign_id))
        told = (entry.detail["before"], entry.detail["after"], entry.detail["reason"])
        assert told == (status, wanted, "because")


def test_a_campaign_without_contacts_cannot_start_and_says_what_to_do(world: World) -> None:
    campaign_id = world.campaign(0)
    with pytest.raises(StateConflict, match="upload a file or add numbers first"):
        world.act(campaign_id, "start")
    assert world.status(campaign_id) == "draft"


@pytest.mark.parametrize("action, status", [("start", "draft"), ("resume", "paused")])
def test_a_campaign_whose_end_has_passed_cannot_run_and_says_what_to_do(
    world: World, action: str, status: str
) -> None:
    campaign_id = world.campaign(2, start=False, ends_at="2026-11-20T16:00:00Z")
    world.set_status(campaign_id, status)
    world.clock.move(3600)
    with pytest.raises(StateConflict, match=r"2026-11-20T16:00:00Z, has passed: change or remove the end"):
        world.act(campaign_id, action)


def test_its_first_start_is_kept_over_pauses(world: World) -> None:
    campaign_id = world.campaign(2)
    started = world.clock.now()
    world.act(campaign_id, "pause")
    world.clock.move(60)
    world.act(campaign_id, "resume")
    assert world.row(campaign_id).started_at == started


def test_stopping_cancels_what_waits_at_once_and_counts_it(world: World) -> None:
    campaign_id = world.campaign(5, max_concurrent_calls=2)
    world.tick()
    world.act(campaign_id, "stop")
    assert world.contacts(campaign_id) == {"dialing": 2, "canceled": 3}
    assert world.counters(campaign_id).contacts_canceled == 3
    assert world.audit()[-1].detail["canceled"] == 3


def test_a_big_stop_leaves_the_rest_to_the_engine(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaigns, "CANCELED_AT_ONCE", 4)
    campaign_id = world.campaign(10)
    world.act(campaign_id, "stop")
    assert world.contacts(campaign_id) == {"canceled": 4, "pending": 6}
    world.tick()
    assert world.contacts(campaign_id) == {"canceled": 10}


@pytest.mark.parametrize(
    "action, hang_up, asked", [("pause", True, 2), ("stop", True, 2), ("pause", False, 0)]
)
def test_hanging_up_marks_the_open_calls(world: World, action: str, hang_up: bool, asked: int) -> None:
    campaign_id = world.campaign(5, max_concurrent_calls=2)
    world.tick()
    world.act(campaign_id, action, hang_up=hang_up)
    marked = [a for a in world.attempts() if a.hangup_asked_at == world.clock.now()]
    assert len(marked) == asked
    assert world.audit()[-1].detail.get("hung_up") == (asked or None)


def test_a_start_hangs_nobody_up(world: World) -> None:
    campaign_id = world.campaign(2)
    world.tick()
    world.act(campaign_id, "pause")
    world.act(campaign_id, "resume", hang_up=True)
    with world.session() as session:
        assert session.scalar(select(func.count()).where(Attempt.hangup_asked_at.is_not(None))) == 0


def change(world: World, campaign_id: int, **fields: object) -> None:
    with world.session() as session:
        campaigns.update_campaign(session, campaign_id, fields, actor=BY, now=world.clock.now())


@pytest.mark.parametrize("status", ["draft", "paused"])
def test_an_edit_keeps_what_it_does_not_name_and_leaves_a_trace_of_what_it_changed(
    world: World, status: str
) -> None:
    campaign_id = standing(world, status)
    change(world, campaign_id, name="Winter", max_concurrent_calls=3)
    row = world.row(campaign_id)
    assert (row.name, row.max_concurrent_calls, row.message.human.text, row.calling_windows) == (
        "Winter",
        3,
        "Hello",
        ALWAYS,
    )
    entry = world.audit()[-1]
    assert entry.action == "campaign.update"
    assert entry.detail["changed"] == {"name": ["Autumn", "Winter"], "max_concurrent_calls": [10, 3]}


@pytest.mark.parametrize(
    "status, remedy",
    [("completed", "clone"), ("stopped", "clone"), ("archived", "clone")],
)
def test_an_edit_elsewhere_is_refused_with_the_remedy(world: World, status: str, remedy: str) -> None:
    campaign_id = standing(world, status)
    with pytest.raises(StateConflict, match=f"is {status} cannot be changed: .*{remedy}"):
        change(world, campaign_id, name="Winter")
    assert world.row(campaign_id).name == "Autumn"


def test_an_edit_that_changes_nothing_leaves_no_trace(world: World) -> None:
    campaign_id = world.campaign(2, start=False)
    before = len(world.audit())
    change(world, campaign_id, name="Autumn")
    assert len(world.audit()) == before


def test_a_wrong_edit_changes_nothing_and_names_every_field(world: World) -> None:
    campaign_id = world.campaign(2, start=False)
    with pytest.raises(InvalidInput) as caught:
        change(
            world, campaign_id, name=" ", max_concurrent_calls=-1, timezone="Mars/Olympus", provider="nobody"
        )
    assert {e.field for e in caught.value.errors} == {"name", "max_concurrent_calls", "timezone", "provider"}
    assert world.row(campaign_id).name == "Autumn"


def test_the_trunk_is_not_changed_under_open_calls(world: World) -> None:
    world.trunk("backup")
    campaign_id = world.campaign(2)
    world.tick()
    world.act(campaign_id, "pause")
    with pytest.raises(StateConflict, match="still open"):
        change(world, campaign_id, provider="backup")
    world.provider.end_all("busy")
    world.tick()
    change(world, campaign_id, provider="backup")
    assert world.row(campaign_id).trunk.name == "backup"


def test_a_clone_takes_the_decisions_and_neither_contacts_nor_a_time_that_has_passed(world: World) -> None:
    campaign_id = world.campaign(
        2,
        starts_at="2026-11-20T15:30:00Z",
        ends_at="2026-12-24T15:00:00Z",
        caller_id="+12125550199",
        priority=9,
    )
    world.clock.move(3600)
    with world.session() as session:
        copy = campaigns.clone_campaign(session, campaign_id, actor=BY, now=world.clock.now()).id
    one, two = world.row(campaign_id), world.row(copy)
    assert (two.name, two.status, two.priority, two.caller_id) == (
        "Autumn (copy)",
        "draft",
        9,
        "+12125550199",
    )
    assert (two.starts_at, two.ends_at) == (None, one.ends_at)
    assert two.calling_windows == one.calling_windows
    assert world.contacts(copy) == {}
    assert world.counters(copy).contacts_pending == 0
    assert world.audit()[-1].action == "campaign.create"


def test_a_draft_is_deleted_with_its_contacts_and_counters(world: World) -> None:
    campaign_id = world.campaign(3, start=False)
    with world.session() as session:
        campaigns.delete_campaign(session, campaign_id, actor=BY, now=world.clock.now())
    entry = world.audit()[-1]
    assert (entry.action, entry.detail["name"]) == ("campaign.delete", "Autumn")

    def restore() -> None:
        with world.session() as session:
            campaigns.restore_campaign(session, campaign_id, actor=BY, now=world.clock.now())

    for refused in (lambda: world.act(campaign_id, "start"), lambda: world.add(campaign_id, phones(1, 9))):
        with pytest.raises(NotFound):
            refused()
    world.clock.move(29 * 86400)
    while make_upkeep(world).run_step():
        pass
    restore()
    assert world.contacts(campaign_id) == {"pending": 3}
    with pytest.raises(NotFound):
        restore()
    with world.session() as session:
        campaigns.delete_campaign(session, campaign_id, actor=BY, now=world.clock.now())
    world.clock.move(31 * 86400)
    while make_upkeep(world).run_step():
        pass
    with world.session() as session:
        for table in (Campaign, Contact, CampaignCounters):
            assert session.scalar(select(func.count()).select_from(table)) == 0


@pytest.mark.parametrize("status", [s for s in STATUSES if s != "draft"])
def test_what_may_have_dialed_is_kept(world: World, status: str) -> None:
    campaign_id = standing(world, status)
    with world.session() as session, pytest.raises(StateConflict, match=f"is {status} is kept"):
        campaigns.delete_campaign(session, campaign_id, actor=BY, now=world.clock.now())
    assert world.row(campaign_id)


def test_what_does_not_exist_is_not_found(world: World) -> None:
    with world.session() as session:
        now = world.clock.now()
        for verb in (
            lambda: campaigns.get_campaign(session, 404),
            lambda: campaigns.update_campaign(session, 404, {}, actor=BY, now=now),
            lambda: campaigns.perform_campaign_action(session, 404, "start", actor=BY, now=now),
            lambda: campaigns.delete_campaign(session, 404, actor=BY, now=now),
            lambda: campaigns.clone_campaign(session, 404, actor=BY, now=now),
        ):
            with pytest.raises(NotFound, match="404"):
                verb()


def test_a_reopened_campaign_takes_contacts_and_dials_them_alone(world: World) -> None:
    campaign_id = world.campaign(2)
    assert world.finish(campaign_id) == "completed"
    world.act(campaign_id, "reopen")
    world.add(campaign_id, phones(1, 50))
    world.act(campaign_id, "resume")
    assert world.finish(campaign_id) == "completed"
    assert len(world.provider.placed) == 3


def test_an_archived_campaign_still_settles_its_last_call(world: World) -> None:
    campaign_id = world.campaign(1)
    world.tick()
    world.act(campaign_id, "stop")
    world.act(campaign_id, "archive")
    world.provider.end_all("busy")
    world.tick()
    assert world.contacts(campaign_id) == {"canceled": 1}
    assert world.clock.now() - world.attempts()[0].ended_at < timedelta(seconds=1)


def test_every_field_of_a_campaign_has_a_column_and_a_place_in_the_api_and_on_the_form() -> None:
    columns = set(Campaign.__mapper__.columns.keys())
    properties = {"message", "provider"}
    forms_own = {"calling_windows": "windows", "retry": "max_retries"}
    for name in FIELD_RULES:
        assert name in columns | properties, name
        assert name in schemas.CampaignBody.model_fields, name
        assert name in schemas.Campaign.model_fields, name
        assert hasattr(CampaignForm, forms_own.get(name, name)), name
    assert set(schemas.CampaignBody.model_fields) == set(FIELD_RULES)


@pytest.mark.parametrize("status", ["completed", "stopped"])
def test_an_archived_campaign_comes_back_as_what_it_was(world: World, status: str) -> None:
    campaign_id = standing(world, status)

    def unarchive() -> None:
        with world.session() as session:
            campaigns.unarchive_campaign(session, campaign_id, actor=BY, now=world.clock.now())

    with pytest.raises(StateConflict, match="is not archived"):
        unarchive()
    world.act(campaign_id, "archive")
    unarchive()
    assert world.status(campaign_id) == status
    assert (world.audit()[-1].action, world.audit()[-1].detail["after"]) == ("campaign.unarchive", status)
