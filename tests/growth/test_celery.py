"""Dispatch by Celery over real brokers: what is claimed is dialed once, whatever happens to the messages."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.engine.dispatch import WorkerDispatch
from campaign_app.engine.tasks import CeleryQueue, make_celery
from campaign_app.engine.tick import EngineLoop
from tests.engine.world import World
from tests.growth.conftest import Broker
from tests.growth.workers import Processes, SystemWorld, processes, scalar, wait_for_workers
from tests.support.server import STOP_SECONDS
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("brokers")]


@pytest.fixture
def scene(
    postgres: object, broker: Broker, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[tuple[SystemWorld, Processes]]:
    from tests.conftest import create_schema
    from tests.support.postgres import PostgresServer

    assert isinstance(postgres, PostgresServer)
    url = postgres.new_database(create_schema)
    world = SystemWorld(url)
    env = {
        "SWITCHBOARD_DATABASE_URL": url,
        "SWITCHBOARD_BROKER_URL": broker.url,
        "SWITCHBOARD_DISPATCH": "celery",
    }
    try:
        with processes(tmp_path, env) as running:
            yield world, running
            # pytest shows it beside a test that failed.
            print(running.logs())
    finally:
        world.close()
        postgres.drop_database(url)


def agreed(world: SystemWorld, running: Processes, campaign_id: int, limit: int) -> None:
    """The ledger, the database and the invariants tell one story: each placed once, none above the limit."""
    ledger = running.calls()
    assert [token for token, times in ledger.placed.items() if times != 1] == []
    assert ledger.peak <= limit
    attempts = {attempt.token: attempt for attempt in world.attempts(campaign_id)}
    assert set(ledger.placed) <= set(attempts)
    assert {attempts[token].status for token in ledger.placed} <= {"completed", "busy", "no-answer", "failed"}
    unplaced = {attempt.status for token, attempt in attempts.items() if token not in ledger.placed}
    assert unplaced <= {"released"}
    assert world.broken() == {}


def handing_over(world: World, url: str) -> EngineLoop:
    """An engine of this process that the test ticks. Its own carrier is asked for nothing."""
    engine = world.new_engine("engine-1")
    engine.context.dispatch = WorkerDispatch(CeleryQueue(make_celery(url)), SYSTEM_CLOCK, least=20, most=500)
    return engine


def test_a_worker_killed_in_mid_task_leaves_no_call_twice_and_none_undone(
    scene: tuple[SystemWorld, Processes], broker: Broker
) -> None:
    world, running = scene
    # Killed after its fifth permit and before the request: that attempt can never be sent again.
    doomed = running.worker(SWITCHBOARD_CRASH_AT="place.before-request:5")
    survivor = running.worker()
    wait_for_workers(world.db, 2, running)
    campaign_id = world.campaign(40, max_concurrent_calls=10, retry={"max_retries": 0})
    engine = handing_over(world, broker.url)
    wait_until(lambda: engine.tick() and doomed.poll() is not None, "the worker to die in mid-task")
    assert doomed.returncode == -signal.SIGKILL
    waiting = "SELECT count(*) FROM attempts WHERE status = 'claimed'"
    wait_until(
        lambda: (
            engine.tick() and not world.contacts(campaign_id)["pending"] and not scalar(world.db, waiting)
        ),
        "every contact to have had its turn",
        timeout=50,
    )
    # The attempts first: whatever they tell of as placed is in the ledger by then.
    attempts = world.attempts(campaign_id)
    ledger = running.calls()
    assert all(times == 1 for times in ledger.placed.values())
    assert ledger.peak <= 10
    lost = Counter(a.status for a in attempts if a.token not in ledger.placed)
    # On a busy machine the horizon of the one that died may have come by now.
    assert set(lost) <= {"dialing", "in-doubt", "released", "unresolved"}
    doubtful = lost["dialing"] + lost["in-doubt"] + lost["unresolved"]
    assert 1 <= doubtful <= 10, "at most what its threads held, and shown as trouble"
    assert len(ledger.placed) == 40 - doubtful
    assert world.broken() == {}
    survivor.send_signal(signal.SIGTERM)
    assert survivor.wait(timeout=STOP_SECONDS) == 0
    gone = "SELECT count(*) FROM engine_heartbeats WHERE role = 'worker' AND stopped_at IS NOT NULL"
    assert scalar(world.db, gone) == 1, "it said good-bye"


def test_a_task_that_comes_twice_dials_once_and_one_that_is_lost_is_reaped(
    scene: tuple[SystemWorld, Processes], broker: Broker
) -> None:
    world, running = scene
    running.worker()
    wait_for_workers(world.db, 1, running)
    queue = CeleryQueue(make_celery(broker.url))
    taken: list[int] = []
    campaign_id = world.campaign(6, max_concurrent_calls=6, retry={"max_retries": 0})
    claimed = world.claim().attempts
    assert len(claimed) == 6
    # After fifteen seconds a claim is too old to be dialed, and the worker may take longer: these are young until then.
    world.sql("UPDATE attempts SET claimed_at = claimed_at + interval '1 hour'")
    twice, lost = [attempt.id for attempt in claimed[:5]], claimed[5]
    # Five ids, each three times in a row, so that several threads hold the same one at once.
    queue.publish_tasks([attempt_id for attempt_id in twice for _ in range(3)], taken.append)
    assert len(taken) == 15
    wait_until(lambda: len(running.calls().placed) == 5, "five calls")
    world.sql("UPDATE attempts SET claimed_at = claimed_at - interval '1 hour'")
    # Once more, when they have long been dialed; and one that never was.
    queue.publish_tasks([*twice, 987654321], taken.append)
    wait_until(lambda: queue.count_waiting() == 0, "every task to be taken")
    queue.close()
    # The sixth was never published: its claim is stale after a while, and its contact is due again.
    world.sql(
        "UPDATE attempts SET claimed_at = claimed_at - interval '20 seconds' WHERE id = :id", id=lost.id
    )
    engine = handing_over(world, broker.url)
    wait_until(lambda: engine.tick() and world.status(campaign_id) == "completed", "the campaign to end")
    assert world.attempt(lost.phone).number == 2
    assert next(a for a in world.attempts(campaign_id) if a.id == lost.id).cause == "claimed, and never sent"
    agreed(world, running, campaign_id, 6)


def test_without_a_worker_or_a_broker_nothing_is_claimed_and_the_page_says_why(
    scene: tuple[SystemWorld, Processes], broker: Broker
) -> None:
    world, _ = scene
    campaign_id = world.campaign(5)
    engine = handing_over(world, broker.url)
    engine.tick()
    assert world.outcomes(campaign_id) == {}
    [reason] = world.reasons(campaign_id)
    assert (reason.code, reason.contacts) == ("no-worker", 5)
    broker.kill()
    try:
        for _ in range(3):
            engine.tick()
        assert world.outcomes(campaign_id) == {}
        [reason] = world.reasons(campaign_id)
        assert (reason.code, reason.contacts) == ("broker-away", 5)
        assert "127.0.0.1" in str(reason.params["error"])
        assert "guest" not in str(reason.params["error"])
    finally:
        broker.start()
    wait_until(
        lambda: engine.tick() and world.reasons(campaign_id)[0].code == "no-worker", "the broker to be back"
    )


def test_a_broker_killed_in_mid_campaign_costs_time_and_no_call(
    scene: tuple[SystemWorld, Processes], broker: Broker
) -> None:
    world, running = scene
    worker = running.worker()
    wait_for_workers(world.db, 1, running)
    campaign_id = world.campaign(60, max_concurrent_calls=8, retry={"max_retries": 0})
    engine = handing_over(world, broker.url)
    wait_until(lambda: engine.tick() and len(running.calls().placed) >= 10, "some calls", every=0.02)
    broker.kill()
    try:
        wait_until(
            lambda: engine.tick() and "broker-away" in [r.code for r in world.reasons(campaign_id)],
            "the page to say that the broker is away",
        )
        wait_until(
            lambda: (
                engine.tick() and not scalar(world.db, "SELECT count(*) FROM attempts WHERE ended_at IS NULL")
            ),
            "what was claimed to be resolved",
            timeout=40,
        )
        assert world.status(campaign_id) == "running"
    finally:
        broker.start()

    def ended() -> bool:
        nonlocal worker
        worker = running.supervise(worker)
        engine.tick()
        return world.status(campaign_id) == "completed"

    wait_until(ended, "the campaign to end", timeout=60)
    agreed(world, running, campaign_id, 8)
    assert len(running.calls().placed) == 60
