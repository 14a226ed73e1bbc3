"""A list's new version comes into force while four engines dial: no listed number is permitted after it."""

from __future__ import annotations

import random
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from campaign_app.domain.attempt import AttemptStatus
from campaign_app.engine.claim import claim_for_trunk
from campaign_app.engine.context import EngineContext
from campaign_app.engine.permit import permit_attempts
from campaign_app.queries import permit as permit_queries
from tests.engine.world import World, phones
from tests.support.clock import FakeClock
from tests.support.lists import Lists
from tests.support.waiting import wait_until

NUMBERS, OTHERS = 1_000, 50_000
ROUNDS_AFTER = 5
"""How often each engine dials once the version is in force."""


class OrderedClock(FakeClock):
    """No two readings are the same, and the later one is later."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            return self.move(0.000_01)


@pytest.mark.spoils
def test_no_listed_number_is_permitted_after_the_swap(world: World, tmp_path: Path) -> None:
    rng = random.Random(20261120)
    people = phones(NUMBERS)
    campaign_id = world.campaign(people, max_concurrent_calls=NUMBERS)
    listed = set(rng.sample(people, NUMBERS // 2))
    strangers = {
        f"+1{rng.choice((206, 303, 512))}{rng.randrange(2_000_000, 9_999_999)}" for _ in range(OTHERS)
    }
    clock = OrderedClock()
    lists = Lists(world.db, clock, tmp_path / "uploads")
    list_id = lists.new("Litigators", sorted(strangers))
    file = [*strangers, *listed]
    rng.shuffle(file)
    import_id = lists.accept(list_id, file, dry_run=True)
    assert lists.work()  # read and compared; only the swap is left

    engines = [
        EngineContext(
            db=world.db,
            name=f"engine-{number}",
            clock=clock,
            make_provider=lambda trunk: world.providers[trunk.id],
            rng=random.Random(number),
        )
        for number in range(4)
    ]
    begin, stop = threading.Barrier(5), threading.Event()
    rounds = [0] * 4
    failures: list[BaseException] = []

    def dial(number: int) -> None:
        engine = engines[number]
        try:
            begin.wait()
            while not stop.is_set():
                claimed = claim_for_trunk(engine, world.trunk_id, clock.now(), 5).attempts
                if claimed:
                    permit_attempts(engine, world.provider, claimed)
                rounds[number] += 1
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=dial, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    begin.wait()
    done = lists.commit(import_id)
    before = list(rounds)
    wait_until(
        lambda: failures or all(now >= then + ROUNDS_AFTER for now, then in zip(rounds, before, strict=True)),
        "every engine to dial on",
    )
    stop.set()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []
    assert done.status == "completed"
    swapped_at = lists.in_force_at(list_id)
    attempts = world.attempts(campaign_id)
    permitted = [attempt for attempt in attempts if attempt.dialing_at is not None]
    late = [attempt for attempt in permitted if attempt.phone in listed and attempt.dialing_at >= swapped_at]
    assert late == []
    assert permitted
    # And the queue is rid of everybody on it who was not called before.
    called = {attempt.phone for attempt in permitted if attempt.dialing_at < swapped_at}
    assert {phone for phone in listed - called if world.contact(phone).status != "suppressed"} == set()
    assert AttemptStatus.DIALING in {attempt.status for attempt in permitted}


@pytest.mark.spoils
@pytest.mark.postgres_only
def test_a_swap_waits_for_a_permit_that_has_looked_at_the_lists(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the lock it would come into force between the look and the commit, and the listed number be permitted
    after it."""
    clock = OrderedClock()
    lists = Lists(world.db, clock, tmp_path / "uploads")
    [person] = phones(1)
    list_id = lists.add()
    lists.load(list_id, ["+12065550100"])
    import_id = lists.accept(list_id, [person, "+12065550100"], dry_run=True)
    assert lists.work()
    world.campaign([person])
    world.state.clock = clock
    claimed = world.claim().attempts
    looked, go_on, swapped = threading.Event(), threading.Event(), threading.Event()
    permit_claims = permit_queries.permit_claims

    def wait_before(*args: Any, **more: Any) -> set[int]:
        looked.set()
        assert go_on.wait(20)
        return permit_claims(*args, **more)

    monkeypatch.setattr(permit_queries, "permit_claims", wait_before)

    def swap() -> None:
        lists.commit(import_id)
        swapped.set()

    permit = threading.Thread(target=lambda: world.permit(claimed))
    replace = threading.Thread(target=swap)
    permit.start()
    assert looked.wait(20)
    replace.start()
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    wait_until(lambda: swapped.is_set() or world.sql(waiting) == [(1,)], "the swap to wait")
    assert not swapped.is_set()
    go_on.set()
    for thread in (permit, replace):
        thread.join(timeout=60)
    assert swapped.is_set()
    dialing_at = world.attempt(person).dialing_at
    assert dialing_at is not None
    assert dialing_at < lists.in_force_at(list_id)
