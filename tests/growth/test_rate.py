"""Calls per second of a trunk with Redis beside the database: a Redis that forgets or goes away costs speed only."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeVar

import pytest
from redis import Redis

from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.engine import rate as rate_module
from campaign_app.engine.claim import claim_for_trunk
from campaign_app.engine.context import EngineContext
from campaign_app.engine.rate import RedisRate, rate_window
from campaign_app.engine.tick import EngineLoop
from campaign_app.redis_link import TIMEOUT, RedisLink
from tests.conftest import create_schema
from tests.engine.world import phones
from tests.growth.workers import SystemWorld, scalar
from tests.support.clock import FakeClock
from tests.support.postgres import PostgresServer
from tests.support.redis import RedisServer
from tests.support.waiting import wait_until

T = TypeVar("T")
RATE = 20
LINES = 25


@pytest.mark.parametrize(
    "rate, calls_and_seconds",
    [(1, (1, 1)), (20, (20, 1)), (2.5, (5, 2)), (0.3, (1, 4)), (0.01, (1, 100)), (3.33, (33, 10))],
)
def test_a_window_is_short_and_never_more_than_the_rate(
    rate: float, calls_and_seconds: tuple[int, int]
) -> None:
    calls, seconds = rate_window(rate)
    assert (calls, seconds) == calls_and_seconds
    assert calls / seconds <= rate


class Watched(RedisRate):
    """Remembers between which two instants each grant was written down."""

    grants: list[tuple[float, float, int]]

    def take_calls(self, trunk_id: int, rate: float, calls: int) -> bool:
        before = time.time()
        taken = super().take_calls(trunk_id, rate, calls)
        if taken:
            self.grants.append((before, time.time(), calls))
        return taken


@pytest.fixture
def paced(postgres: PostgresServer) -> Iterator[tuple[SystemWorld, int]]:
    """A world on PostgreSQL and the real clock, with a trunk of 20 calls a second."""
    url = postgres.new_database(create_schema)
    world = SystemWorld(url)
    try:
        yield world, world.trunk("paced", lines=LINES, pace=RATE)
    finally:
        world.close()
        postgres.drop_database(url)


def engine(
    world: SystemWorld,
    name: str,
    redis: RedisServer,
    grants: list[tuple[float, float, int]],
    link: RedisLink | None = None,
) -> EngineLoop:
    rate = Watched(link or RedisLink(redis.url, SYSTEM_CLOCK))
    rate.grants = grants
    return EngineLoop(
        EngineContext(
            db=world.db,
            name=name,
            clock=SYSTEM_CLOCK,
            make_provider=lambda trunk: world.providers[trunk.id],
            rng=random.Random(3),
            redis_rate=rate,
        )
    )


def test_a_flush_while_the_window_is_read_gives_nothing_away(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    rate = RedisRate(RedisLink(redis.url, SYSTEM_CLOCK))
    wait_until(lambda: rate.count_calls_left(7, RATE) == RATE, "the first window")
    known, read_window = rate_module._seconds_known, rate._windows.get_window_stats
    steps: list[str] = []

    def step(name: str) -> None:
        steps.append(name)
        if len(steps) == 2:
            redis.flush()

    monkeypatch.setattr(rate_module, "_seconds_known", lambda client: (step("known"), known(client))[1])
    monkeypatch.setattr(rate._windows, "get_window_stats", lambda *of: (step("window"), read_window(*of))[1])
    assert rate.count_calls_left(7, RATE) == 0
    assert sorted(steps) == ["known", "window"]


@pytest.mark.postgres
def test_redis_flushed_killed_and_started_anew_under_two_engines_never_costs_the_limit(
    paced: tuple[SystemWorld, int], redis: RedisServer
) -> None:
    world, trunk = paced
    carrier = world.providers[trunk]
    world.campaign(phones(400), provider="paced", max_concurrent_calls=100)
    grants: list[tuple[float, float, int]] = []
    over = threading.Event()
    engines = [engine(world, name, redis, grants) for name in ("one", "two")]

    def run(one: EngineLoop) -> None:
        while not over.is_set():
            one.tick()
            carrier.end_all()
            over.wait(0.005)

    def begun() -> int:
        return scalar(world.db, "SELECT count(*) FROM attempts")

    threads = [threading.Thread(target=run, args=(one,)) for one in engines]
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: begun() > 2 * RATE, "the pace to be reached")
        redis.flush()
        flushed, at_flush = time.time(), begun()
        wait_until(lambda: begun() > at_flush + RATE, "calls after the flush")
        redis.kill()
        died, at_death = time.time(), begun()
        wait_until(lambda: begun() > at_death + RATE, "calls by the database's pace alone")
        redis.start()
        at_start = len(grants)
        wait_until(lambda: len(grants) > at_start, "calls that Redis granted again")
    finally:
        over.set()
        for thread in threads:
            thread.join(timeout=60)
        for one in engines:
            one.context.close()
    # While Redis answered, flush included: no second in which more than RATE began.
    answered = [grant for grant in grants if grant[1] < died]
    for index, (first, _, _) in enumerate(answered):
        inside = sum(calls for _, last, calls in answered[index:] if last - first < 1.0)
        assert inside <= RATE
    assert not [grant for grant in grants if flushed < grant[0] < flushed + 0.9], "it waited for one window"
    # Always, whatever became of Redis: at most RATE × (T + 1) in any T seconds.
    assert most_above(claims(world), RATE) <= 0
    assert carrier.peak <= LINES
    assert world.broken() == {}


def claims(world: SystemWorld) -> list[datetime]:
    return sorted(attempt.claimed_at for attempt in world.attempts())


def most_above(times: list[datetime], rate: float) -> float:
    """By how many calls the worst interval exceeds rate × (T + 1); 0 or less is within."""
    return max(
        len(times[i : j + 1]) - rate * ((times[j] - times[i]).total_seconds() + 1) - 1e-6
        for i in range(len(times))
        for j in range(i, len(times))
    )


class CountingLink(RedisLink):
    """Counts the commands that it sent, each of which waits for the link's time-out when Redis hangs."""

    sent = 0

    def run_command(self, command: Callable[[Redis], T]) -> T:
        def send_command(client: Redis) -> T:
            self.sent += 1
            return command(client)

        return super().run_command(send_command)


@pytest.mark.postgres
def test_a_redis_that_hangs_delays_claims_by_one_time_out_of_half_a_second(
    paced: tuple[SystemWorld, int], redis: RedisServer
) -> None:
    world, trunk = paced
    world.campaign(phones(60), provider="paced", max_concurrent_calls=100)
    # The link's clock stands still: however slow the machine is, it is too early to ask Redis again.
    link = CountingLink(redis.url, FakeClock())
    state = engine(world, "one", redis, [], link).context
    redis.freeze()
    try:
        assert len(claim_for_trunk(state, trunk, SYSTEM_CLOCK.now()).attempts) == RATE
        claim_for_trunk(state, trunk, SYSTEM_CLOCK.now())
    finally:
        redis.thaw()
        state.close()
    assert link.sent == 1
    assert link.pool.connection_kwargs["socket_timeout"] == TIMEOUT == 0.5
    assert link.pool.connection_kwargs["socket_connect_timeout"] == TIMEOUT
