"""How a campaign comes to its end."""

from __future__ import annotations

import pytest

from campaign_app.engine import finish
from campaign_app.models import Import
from tests.engine.world import World, phones


def test_completes_when_its_last_call_has_ended_and_says_who_did_it(world: World) -> None:
    campaign_id = world.campaign(25, max_concurrent_calls=10)
    assert world.finish(campaign_id) == "completed"
    row = world.row(campaign_id)
    assert (row.status_by, row.status_reason) == ("engine", None)
    assert world.contacts(campaign_id) == {"completed": 25}
    last = world.audit()[-1]
    assert (last.actor, last.action, last.object_id) == ("engine", "campaign.complete", str(campaign_id))
    assert world.provider.peak == 10


def test_a_retry_keeps_it_running_until_the_last_one_is_over(world: World) -> None:
    campaign_id = world.campaign(2)
    world.tick()
    world.provider.end_all("busy")
    world.tick()
    assert world.status(campaign_id) == "running"
    world.clock.move(700)
    world.tick()
    assert len(world.provider.live()) == 2
    world.provider.end_all("busy")
    world.tick()
    assert world.status(campaign_id) == "completed"
    assert world.contacts(campaign_id) == {"exhausted": 2}


def test_an_open_call_keeps_it_running(world: World) -> None:
    campaign_id = world.campaign(1)
    world.tick(5)
    assert world.status(campaign_id) == "running"


@pytest.mark.parametrize(
    "status, waits", [("queued", True), ("running", True), ("completed", False), ("failed", False)]
)
def test_it_waits_for_a_file_that_is_still_being_imported(world: World, status: str, waits: bool) -> None:
    campaign_id = world.campaign(1)
    with world.session() as session:
        session.add(
            Import(
                campaign_id=campaign_id,
                filename="n.csv",
                stored_as="n",
                size=1,
                status=status,
                created_by="x",
                created_at=world.clock.now(),
            )
        )
    world.tick()
    world.provider.end_all()
    world.tick(3)
    assert world.status(campaign_id) == ("running" if waits else "completed")


def test_contacts_added_between_the_look_and_the_deed_keep_it_running(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign_id = world.campaign(1)
    world.tick()
    world.provider.end_all()
    ending = finish.finish_queries.find_campaigns_to_end

    def then_added(connection: object, now: object) -> object:
        work = ending(connection, now)  # type: ignore[arg-type]
        assert work.finished == [campaign_id]
        world.add(campaign_id, phones(1, 50))
        return work

    monkeypatch.setattr(finish.finish_queries, "find_campaigns_to_end", then_added)
    world.tick()
    assert world.status(campaign_id) == "running"
    assert world.contacts(campaign_id) == {"completed": 1, "pending": 1}
    monkeypatch.undo()


def test_one_that_is_overdue_is_stopped_and_what_waits_is_canceled(world: World) -> None:
    campaign_id = world.campaign(5, max_concurrent_calls=2, ends_at="2026-11-20T15:05:00Z")
    world.tick()
    world.clock.move(300)
    world.provider.deaf = True
    world.tick()
    row = world.row(campaign_id)
    assert (row.status, row.status_by, row.status_reason) == ("stopped", "engine", "its end has passed")
    assert len(world.provider.live()) == 2, "open calls run out"
    world.tick(2)
    assert world.contacts(campaign_id) == {"dialing": 2, "canceled": 3}
    world.provider.deaf = False
    world.provider.end_all("no-answer")
    world.tick()
    assert world.contacts(campaign_id) == {"canceled": 5}
    assert world.audit()[-1].action == "campaign.stop"


def test_a_stopped_campaigns_contacts_are_canceled_in_pieces(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finish, "PIECE", 4)
    campaign_id = world.campaign(10, max_concurrent_calls=1, ends_at="2026-11-20T15:00:01Z")
    world.clock.move(1)
    world.tick()
    seen = []
    for _ in range(4):
        world.tick()
        seen.append(world.contacts(campaign_id)["canceled"])
    assert seen == [4, 8, 10, 10]
    assert world.counters(campaign_id).contacts_canceled == 10


def test_a_paused_campaign_neither_completes_nor_stops_by_itself(world: World) -> None:
    campaign_id = world.campaign(1, ends_at="2026-11-20T16:00:00Z")
    world.tick()
    world.act(campaign_id, "pause")
    world.provider.end_all()
    world.clock.move(7200)
    world.tick(2)
    assert world.status(campaign_id) == "paused"


def test_outcomes_of_every_kind_over_campaigns_that_share_numbers_keep_every_promise(world: World) -> None:
    campaigns = [
        world.campaign(
            phones(60, 30 * n), max_concurrent_calls=7 + n, retry={"max_retries": 2, "delays_minutes": [1, 2]}
        )
        for n in range(3)
    ]
    endings = ["completed", "busy", "no-answer", "failed", "canceled"]
    turn = 0
    for _ in range(400):
        world.tick()
        world.check()
        for token in world.provider.live()[::2]:
            turn += 1
            world.provider.tell(token, endings[turn % 5])
        world.clock.move(7)
        if all(world.status(campaign_id) == "completed" for campaign_id in campaigns):
            break
    for campaign_id in campaigns:
        assert world.status(campaign_id) == "completed"
        assert set(world.contacts(campaign_id)) <= {"completed", "exhausted"}
        assert world.counters(campaign_id).peak_open <= 9
