"""Engines that claim at the same time: they share the work, and do not stand in each other's way."""

from __future__ import annotations

import random
import threading

import pytest

from campaign_app.engine.claim import ClaimResult, claim_for_trunk
from campaign_app.engine.context import EngineContext
from tests.engine.world import World, phones
from tests.growth.workers import scalar

pytestmark = pytest.mark.postgres_only
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


def states(world: World, many: int) -> list[EngineContext]:
    return [
        EngineContext(
            db=world.db,
            name=f"engine-{number}",
            clock=world.clock,
            make_provider=lambda trunk: world.providers[trunk.id],
            rng=random.Random(number),
        )
        for number in range(many)
    ]


def claim_at_once(world: World, work: list[tuple[EngineContext, int]], most: int) -> list[ClaimResult]:
    """Each (engine, trunk) claims at the same moment, in a thread of its own."""
    ready, found = threading.Barrier(len(work)), []

    def one(state: EngineContext, trunk: int) -> None:
        ready.wait()
        found.append(claim_for_trunk(state, trunk, world.clock.now(), most))

    threads = [threading.Thread(target=one, args=item) for item in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(found) == len(work)
    return found


@pytest.mark.spoils
def test_two_trunks_that_race_for_the_same_numbers_do_not_deadlock(world: World) -> None:
    """Numbers in opposite orders, over several campaigns each: what an ordered insert alone would not help."""
    other = world.trunk("other")
    numbers = phones(300)
    here = [world.campaign(numbers[part::3], max_concurrent_calls=1000) for part in (0, 1, 2)]
    there = [
        world.campaign(numbers[::-1][part::3], provider="other", max_concurrent_calls=1000)
        for part in (2, 0, 1)
    ]
    one, two = states(world, 2)
    for _ in range(6):
        before = {attempt.id for attempt in world.attempts()}
        found = claim_at_once(world, [(one, world.trunk_id), (two, other)], 300)
        assert [failure for claims in found for failure in claims.failures] == []
        fresh = [attempt for attempt in world.attempts() if attempt.id not in before]
        assert len({attempt.phone for attempt in fresh}) == len(fresh)
        world.sql(
            "UPDATE attempts SET status = 'released', rank = 9, ended_at = claimed_at WHERE ended_at IS NULL"
        )
        world.sql(
            "UPDATE contacts SET status = 'pending', due_at = created_at, attempts_made = number FROM"
            " (SELECT contact_id, max(number) AS number FROM attempts GROUP BY 1) a"
            " WHERE a.contact_id = contacts.id AND due_at IS NULL"
        )
    assert scalar(world.db, DEADLOCKS) == 0
    assert len(here) == len(there) == 3


def test_four_engines_at_once_take_no_contact_twice_and_keep_both_limits(world: World) -> None:
    trunk = world.trunk("busy", lines=70)
    made = [
        world.campaign(phones(30, start=30 * n), provider="busy", max_concurrent_calls=12) for n in range(10)
    ]
    engines = states(world, 4)
    for _ in range(3):
        claim_at_once(world, [(state, trunk) for state in engines], 25)
        open_now = [attempt for attempt in world.attempts() if attempt.ended_at is None]
        assert len(open_now) <= 70
        assert all(sum(a.campaign_id == one for a in open_now) <= 12 for one in made)
    assert len(open_now) == 70
    assert len({attempt.contact_id for attempt in open_now}) == 70
    world.check()
