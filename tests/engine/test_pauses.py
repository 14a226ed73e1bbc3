"""Pauses that end by themselves, at the instant, and pausing or stopping everything."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaign_app.domain.errors import InvalidInput, StateConflict
from campaign_app.services import pauses
from tests.engine.world import BY, World


def test_a_pause_ends_at_its_instant_and_not_a_second_before(world: World) -> None:
    campaign_id = world.campaign(3, max_concurrent_calls=1)
    until = world.clock.now() + timedelta(hours=1)
    world.act(campaign_id, "pause", until=until, reason="the office is full")
    assert world.audit()[-1].detail["until"] == until.isoformat()
    [reason] = world.reasons(campaign_id)
    assert (reason.code, reason.until, reason.params["note"]) == ("paused", until, "the office is full")
    world.clock.move(3599)
    assert world.tick().placed == 0
    assert world.status(campaign_id) == "paused"
    world.clock.move(1)
    assert world.tick().placed == 1, "it calls in the tick that resumes it"
    row = world.row(campaign_id)
    assert (row.status, row.status_by, row.resume_at) == ("running", "engine", None)
    entry = next(each for each in world.audit() if each.action == "campaign.resume")
    assert (entry.actor, entry.detail["reason"]) == ("engine", pauses.AS_PLANNED)
    world.check()


@pytest.mark.parametrize("action", ["resume", "stop"])
def test_whoever_acts_before_ends_the_plan(world: World, action: str) -> None:
    campaign_id = world.campaign(2)
    world.act(campaign_id, "pause", until=world.clock.now() + timedelta(minutes=5))
    world.act(campaign_id, action)
    assert world.row(campaign_id).resume_at is None
    if action == "resume":
        world.act(campaign_id, "pause")
    world.clock.move(600)
    world.tick()
    assert world.status(campaign_id) == ("paused" if action == "resume" else "stopped")


def test_one_that_may_not_run_any_more_stays_paused_and_says_why(world: World) -> None:
    blocked = world.campaign(1, ends_at="2026-11-20T15:30:00Z")
    other = world.campaign(1)
    for campaign_id in (blocked, other):
        world.act(campaign_id, "pause", until=world.clock.now() + timedelta(hours=1))
    world.clock.move(3600)
    world.tick(3)
    row = world.row(blocked)
    assert (row.status, row.resume_at) == ("paused", None)
    assert "still paused: its end" in (row.last_error or "")
    assert world.status(other) == "running"
    assert [each.action for each in world.audit()].count("campaign.stay-paused") == 1


def test_a_plan_is_changed_while_paused_only_and_each_change_is_audited(world: World) -> None:
    campaign_id = world.campaign(2)
    soon = world.clock.now() + timedelta(minutes=5)

    def plan(at: object) -> None:
        with world.session() as session:
            pauses.plan_resume(session, campaign_id, at, actor=BY, now=world.clock.now())  # type: ignore[arg-type]

    with pytest.raises(StateConflict, match="pause it first"):
        plan(soon)
    world.act(campaign_id, "pause")
    plan(soon)
    plan(soon)
    assert [each.action for each in world.audit()].count("campaign.plan-resume") == 1
    with pytest.raises(InvalidInput, match="has passed"):
        plan(world.clock.now())
    with pytest.raises(InvalidInput, match="more than a year"):
        plan(world.clock.now() + timedelta(days=400))
    plan(None)
    world.clock.move(600)
    world.tick()
    assert world.status(campaign_id) == "paused"


def test_pause_all_and_stop_all_take_what_they_name_and_leave_the_rest(world: World) -> None:
    running, paused = world.campaign(2), world.campaign(2)
    draft = world.campaign(2, start=False)
    world.act(paused, "pause")
    now = world.clock.now()
    with world.session() as session:
        changed = pauses.pause_all_campaigns(session, actor=BY, now=now, reason="storm")
    assert (changed.done, changed.refused) == ([running], {})
    assert world.row(running).status_reason == "storm"
    for confirm, reason, field in (("stop", "false alarm", "confirm"), ("stop all", " ", "reason")):
        with world.session() as session, pytest.raises(InvalidInput) as caught:
            pauses.stop_all_campaigns(session, actor=BY, now=now, confirm=confirm, reason=reason)
        assert [each.field for each in caught.value.errors] == [field]
    with world.session() as session:
        changed = pauses.stop_all_campaigns(
            session, actor=BY, now=now, confirm=" Stop  all", reason="false alarm"
        )
    assert changed.done == [running, paused]
    assert [world.status(each) for each in (running, paused, draft)] == ["stopped", "stopped", "draft"]
    assert {each.detail["reason"] for each in world.audit()[-2:]} == {"false alarm"}
