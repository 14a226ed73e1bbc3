"""A change of the retry policy holds for those who wait, in its own transaction, and `flask check` sees it (I8)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from campaign_app.domain.attempt import AttemptStatus
from campaign_app.queries.invariants import check_invariants
from campaign_app.services import campaigns
from tests.engine.world import BY, World, phones

ONE_HOUR = {"max_retries": 3, "delays_minutes": [60]}


def wait_after(world: World, outcome: AttemptStatus, retry: dict[str, Any]) -> int:
    """A paused campaign of two people who wait for their second try."""
    campaign_id = world.campaign(2, retry=retry, caps=[])
    world.tick()
    world.provider.end_all(outcome)
    world.tick()
    assert world.contacts(campaign_id) == {"retry": 2}
    world.act(campaign_id, "pause")
    return campaign_id


def change(world: World, campaign_id: int, retry: dict[str, Any]) -> list[str]:
    notes: list[str] = []
    with world.session() as session:
        campaigns.update_campaign(
            session, campaign_id, {"retry": retry}, actor=BY, now=world.clock.now(), notes=notes
        )
    return notes


def due_in(world: World, phone: str) -> float:
    """Minutes after the end of the last call."""
    due_at = world.contact(phone).due_at
    ended_at = world.attempt(phone).ended_at
    assert due_at is not None
    assert ended_at is not None
    return (due_at - ended_at) / timedelta(minutes=1)


@pytest.mark.parametrize(
    "retry",
    [
        {"max_retries": 0, "delays_minutes": []},
        {"max_retries": 3, "delays_minutes": [60], "by_outcome": {"busy": []}},
    ],
    ids=["no retries", "busy never"],
)
def test_who_may_not_be_tried_again_is_not_called_and_is_counted(world: World, retry: dict[str, Any]) -> None:
    campaign_id = wait_after(world, AttemptStatus.BUSY, ONE_HOUR)
    assert change(world, campaign_id, retry) == ["2 people who waited are not called again."]
    assert world.contacts(campaign_id) == {"exhausted": 2}
    counters = world.counters(campaign_id)
    assert (counters.contacts_retry, counters.contacts_exhausted) == (0, 2)
    [entry] = [each for each in world.audit() if each.action == "campaign.update"]
    assert entry.detail["waiting"] == {"ended": 2, "moved": 0}
    world.act(campaign_id, "resume")
    world.clock.move(7200)
    assert world.finish(campaign_id) == "completed"
    assert len(world.attempts(campaign_id)) == 2


@pytest.mark.parametrize("minutes", [0.5, 600])
def test_another_delay_counts_from_the_end_of_the_last_call(world: World, minutes: float) -> None:
    campaign_id = wait_after(world, AttemptStatus.NO_ANSWER, ONE_HOUR)
    world.clock.move(300)
    notes = change(world, campaign_id, {"max_retries": 3, "delays_minutes": [minutes]})
    assert notes == ["2 people have another time."]
    assert [due_in(world, phone) for phone in phones(2)] == [minutes, minutes]


def test_what_does_not_concern_them_leaves_their_time_alone(world: World) -> None:
    campaign_id = wait_after(world, AttemptStatus.NO_ANSWER, ONE_HOUR)
    before = [due_in(world, phone) for phone in phones(2)]
    assert change(world, campaign_id, {**ONE_HOUR, "by_outcome": {"busy": [1]}}) == []
    assert [due_in(world, phone) for phone in phones(2)] == before


def test_who_was_put_off_for_a_cap_waits_for_it_as_well(world: World) -> None:
    campaign_id = wait_after(world, AttemptStatus.NO_ANSWER, ONE_HOUR)
    later = world.clock.now() + timedelta(hours=5)
    first = phones(1)[0]
    world.sql(
        "UPDATE contacts SET deferred_by = 'cap', due_at = :at WHERE phone = :phone",
        at=later if world.db.dialect.name == "postgresql" else later.strftime("%Y-%m-%d %H:%M:%S.%f"),
        phone=first,
    )
    change(world, campaign_id, {"max_retries": 3, "delays_minutes": [1]})
    assert world.contact(first).due_at == later
    assert due_in(world, phones(2)[1]) == 1


@pytest.mark.parametrize(
    "limit, lifted",
    [
        ({"caps": [{"most": 1, "per_hours": 24, "scope": "number"}]}, {"caps": []}),
        ({"min_gap_minutes": 240}, {"min_gap_minutes": 0}),
    ],
    ids=["cap", "gap"],
)
def test_whoever_a_limit_held_back_is_called_once_it_is_lifted(
    world: World, limit: dict[str, Any], lifted: dict[str, Any]
) -> None:
    world.campaign(1, retry={"max_retries": 0})
    world.tick()
    world.provider.end_all()
    world.tick()
    campaign_id = world.campaign(phones(1), **limit)
    world.tick()
    assert world.contacts(campaign_id) == {"pending": 1}
    assert world.contact(phones(1)[0], campaign_id).deferred_by in ("cap", "gap")
    world.act(campaign_id, "pause")
    with world.session() as session:
        campaigns.update_campaign(session, campaign_id, lifted, actor=BY, now=world.clock.now())
    world.act(campaign_id, "resume")
    world.tick()
    assert world.contacts(campaign_id) == {"dialing": 1}


def test_a_call_beyond_the_changed_policy_is_found(world: World) -> None:
    campaign_id = wait_after(world, AttemptStatus.BUSY, ONE_HOUR)
    world.clock.move(60)
    change(world, campaign_id, {"max_retries": 1, "delays_minutes": [60]})
    world.act(campaign_id, "resume")
    world.clock.move(7200)
    world.tick()
    world.provider.end_all(AttemptStatus.BUSY)
    world.tick()

    def broken() -> list[str]:
        with world.db.connect() as connection:
            found = check_invariants(connection, world.clock.now())
        return next(each.violations for each in found if each.name == "I8")

    assert broken() == []
    kept = world.sql("SELECT CAST(retry AS text) FROM campaigns")[0][0]
    world.sql("UPDATE campaigns SET retry = '{\"max_retries\": 0}'")
    assert broken() == [f"contact {n} was tried 2 times, the changed policy allows 1" for n in (1, 2)]
    world.sql(f"UPDATE campaigns SET retry = '{kept}'")
