"""Who is called first: due retries before those who were never tried, and these in the campaign's order."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaign_app.domain.attempt import AttemptStatus
from campaign_app.services import campaigns, queue_summary
from campaign_app.services.stats import compute_campaign_stats
from tests.engine.world import BY, World, phones

FIVE_MINUTES = {"max_retries": 2, "delays_minutes": [5]}


def change(world: World, campaign_id: int, **fields: object) -> None:
    with world.session() as session:
        campaigns.update_campaign(session, campaign_id, fields, actor=BY, now=world.clock.now())


def take_in_turn(world: World, count: int) -> list[str]:
    """The numbers that are claimed one after the other."""
    return [attempt.phone for _ in range(count) for attempt in world.claim(1).attempts]


@pytest.mark.parametrize(
    "others, retries_first",
    [("+1305555", True), ("+1212555", True), ("+1212555", False)],
    ids=["elsewhere", "in one place", "unless the campaign says so"],
)
def test_a_due_retry_goes_before_everybody_who_was_never_tried(
    world: World, others: str, retries_first: bool
) -> None:
    first = phones(2)
    campaign_id = world.campaign(
        first, max_concurrent_calls=2, retry=FIVE_MINUTES, caps=[], retries_first=retries_first
    )
    world.tick()
    world.provider.end_all(AttemptStatus.BUSY)
    world.add(campaign_id, [f"{others}{last}" for last in range(3000, 3020)])
    # So long the engine goes by the profiles that it has seen.
    world.clock.move(60)
    world.tick()
    world.clock.move(400)
    world.provider.end_all(AttemptStatus.COMPLETED)
    world.tick()
    called = {attempt.phone for attempt in world.attempts(campaign_id)[4:]}
    assert len(called) == 2
    assert (called == set(first)) is retries_first
    world.check()


def test_retries_that_wait_for_lines_are_counted_as_overdue(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign_id = world.campaign(3, max_concurrent_calls=2, retry=FIVE_MINUTES, caps=[])
    world.tick()
    world.provider.end_all(AttemptStatus.BUSY)
    world.tick()
    change(world, campaign_id, max_concurrent_calls=1)
    world.clock.move(400)
    due = min(contact.due_at for phone in phones(2) if (contact := world.contact(phone)).due_at)
    # No more are counted than a page has the time for; then it says that there are more.
    for most, counted, more in ((2, 2, False), (1, 1, True)):
        monkeypatch.setattr(queue_summary, "MOST_OVERDUE", most)
        with world.session() as session:
            campaign = campaigns.get_campaign(session, campaign_id)
            stats = compute_campaign_stats(session, campaign, world.clock.now())
        assert (stats.retries_overdue, stats.more_overdue) == (counted, more)
        assert stats.overdue_since == due


@pytest.mark.parametrize("when", ["as they are added", "by an edit while it runs"])
@pytest.mark.parametrize("order", ["file", "newest", "random", "spread"])
def test_those_never_tried_are_called_in_the_campaigns_order(world: World, order: str, when: str) -> None:
    at_once = order if when == "as they are added" else ("newest" if order == "file" else "file")
    early, late = phones(12), phones(12, 20)
    campaign_id = world.campaign(early, call_order=at_once, max_concurrent_calls=50)
    world.clock.move(60)
    world.add(campaign_id, late)
    if at_once != order:
        change(world, campaign_id, call_order=order)
        assert world.audit()[-1].detail["reordered"] == 24
    called = take_in_turn(world, 24)
    assert sorted(called) == sorted(early + late)
    if order == "file":
        assert called == early + late
    elif order == "newest":
        assert called == late + early
    else:
        # One chance in 24!/12!/12! that the halves come apart by themselves.
        assert set(called[:12]) not in (set(early), set(late))


def test_with_the_order_spread_a_retry_comes_at_another_time_of_day(world: World) -> None:
    retry = {"max_retries": 3, "delays_minutes": [1440]}
    campaign_id = world.campaign(1, retry=retry, caps=[], call_order="spread")
    world.tick()
    world.provider.end_all(AttemptStatus.NO_ANSWER)
    world.tick()
    [attempt], [phone] = world.attempts(campaign_id), phones(1)
    assert attempt.ended_at is not None
    assert world.contact(phone).due_at == attempt.ended_at + timedelta(hours=25)
    change(world, campaign_id, call_order="file")
    assert world.contact(phone).due_at == attempt.ended_at + timedelta(hours=24)
