"""The engine as a whole: its lease, its end, its signs of life, and two of it at once."""

from __future__ import annotations

import random
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.engine.claim import claim_for_trunk
from campaign_app.engine.context import EngineContext
from campaign_app.engine.tick import EngineLoop
from campaign_app.models import EngineHeartbeat, Lease
from campaign_app.providers.base import DialRequest
from campaign_app.providers.simulator.adapter import SimulatorProvider
from tests.conftest import create_schema
from tests.e2e.dialing import Ledger
from tests.engine.world import World, phones
from tests.support.postgres import PostgresServer
from tests.support.waiting import wait_until


def lease(world: World) -> Lease:
    with Session(world.db) as session:
        return session.get_one(Lease, "housekeeping")


def test_one_engine_of_several_keeps_house_and_another_takes_over_when_it_stops(world: World) -> None:
    one, two = world.new_engine("one"), world.new_engine("two")
    assert [one.tick().housekeeping, two.tick().housekeeping, one.tick().housekeeping] == [True, False, True]
    assert (lease(world).owner, lease(world).fencing) == ("one", 1)
    one.stop()
    assert two.tick().housekeeping
    assert (lease(world).owner, lease(world).fencing) == ("two", 2)


def test_the_lease_of_an_engine_that_died_runs_out(world: World) -> None:
    world.new_engine("one").tick()
    two = world.new_engine("two")
    assert not two.tick().housekeeping
    with world.session() as session:
        # By the database's clock, which the test does not hold.
        session.get_one(Lease, "housekeeping").expires_at = SYSTEM_CLOCK.now() - timedelta(seconds=1)
    assert two.tick().housekeeping
    assert not world.new_engine("one").tick().housekeeping


def test_an_engine_without_the_lease_dials_and_settles_all_the_same(world: World) -> None:
    world.new_engine("one").tick()
    campaign_id = world.campaign(3)
    two = world.new_engine("two")
    assert two.tick().placed == 3
    world.provider.end_all()
    assert two.tick().settled == 3
    assert world.status(campaign_id) == "running", "finishing is housekeeping"
    world.new_engine("one").tick()
    assert world.status(campaign_id) == "completed"


def test_stopping_gives_back_what_was_claimed_and_not_sent_and_nothing_else(world: World) -> None:
    sent, claimed, foreign = phones(3)
    world.campaign([sent])
    world.tick()
    world.campaign([foreign])
    other = world.new_engine("other")
    claim_for_trunk(other.context, world.trunk_id, world.clock.now())
    world.campaign([claimed])
    world.claim()
    world.engine.stop()
    assert [world.attempt(phone).status for phone in (sent, claimed, foreign)] == [
        "queued",
        "released",
        "claimed",
    ]
    assert world.contact(claimed).status == "pending"
    assert world.attempt(claimed).cause == "the engine was stopped"
    assert world.provider.closed


def test_a_stopping_engine_finishes_its_batch_and_claims_nothing_new(world: World) -> None:
    """SIGTERM while it places: what was permitted is sent and recorded, the rest goes back, nothing is in doubt."""
    trunk = world.trunk("slow", blocking=True)
    carrier = world.providers[trunk]
    campaign_id = world.campaign(phones(60), provider="slow", max_concurrent_calls=60)
    world.state.get_trunk_state(trunk).latency = 2.0  # Ten a permit.

    def told(dial: DialRequest) -> None:
        world.state.stopping.set()

    carrier.before_answer = told
    world.tick()
    world.engine.stop()
    assert len(carrier.placed) == 10
    assert world.outcomes(campaign_id) == {"queued": 10}, "no more was claimed than could be sent soon"
    assert world.contacts(campaign_id) == {"dialing": 10, "pending": 50}
    assert world.claim(trunk_id=trunk).attempts != [], "the next engine goes on at once"


def test_a_stopped_engine_says_so_and_a_living_one_shows_its_pulse(world: World) -> None:
    world.tick()
    with Session(world.db) as session:
        beat = session.get_one(EngineHeartbeat, "engine-1")
    assert (beat.last_tick_at, beat.stopped_at) == (world.clock.now(), None)
    world.clock.move(5)
    world.engine.stop()
    with Session(world.db) as session:
        assert session.get_one(EngineHeartbeat, "engine-1").stopped_at == world.clock.now()


def test_engines_not_seen_for_a_day_leave_the_list(world: World) -> None:
    world.new_engine("old").tick()
    world.clock.move(86_401)
    world.tick()
    assert world.sql("SELECT name FROM engine_heartbeats") == [("engine-1",)]


def test_the_provider_wakes_the_engine_when_it_has_news(world: World) -> None:
    woken: list[str] = []
    world.state.wake = lambda: woken.append("up")
    world.campaign(1)
    world.tick()
    world.provider.end_all()
    assert woken == ["up"]


@pytest.mark.postgres
def test_two_engines_in_threads_never_exceed_a_limit_nor_dial_twice(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    """Each has its own adapter on one carrier, whose ledger is the judge."""
    url = postgres.new_database(create_schema)
    world = World(url)
    # Real time: the simulator's calls and the engines' ticks run side by side.
    world.clock = SYSTEM_CLOCK  # type: ignore[assignment]
    ledger = tmp_path / "ledger.jsonl"
    campaign_id = world.campaign(
        phones(300), max_concurrent_calls=10, retry={"max_retries": 1, "delays_minutes": [0.01]}
    )
    engines = [
        EngineLoop(
            EngineContext(
                db=world.db,
                name=name,
                clock=SYSTEM_CLOCK,
                make_provider=lambda trunk: SimulatorProvider(ledger, seed=3, time_scale=500),
                rng=random.Random(name),
            )
        )
        for name in ("one", "two")
    ]
    over = threading.Event()
    failures: list[BaseException] = []

    def run(engine: EngineLoop) -> None:
        try:
            while not over.is_set():
                engine.tick()
                over.wait(0.01)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    try:
        wait_until(
            lambda: failures or world.status(campaign_id) == "completed",
            "the campaign to complete",
            timeout=60,
        )
    finally:
        over.set()
        for thread in threads:
            thread.join(timeout=60)
        for engine in engines:
            engine.stop()
    try:
        assert failures == []
        seen = Ledger.read(ledger)
        # A slow machine's calls may end before the tenth is placed; in the database ten were open at once.
        assert seen.peak <= 10
        assert set(seen.placed.values()) == {1}
        assert set(seen.placed) == {a.token for a in world.attempts() if a.status != "released"}
        assert {a.engine for a in world.attempts()} == {"one", "two"}
        assert set(world.contacts(campaign_id)) <= {"completed", "exhausted"}
        assert world.counters(campaign_id).peak_open == 10
        assert world.broken() == {}
    finally:
        world.close()
        postgres.drop_database(url)
