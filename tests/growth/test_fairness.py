"""Three campaigns on one trunk: lines follow the weights, nobody starves, and who comes late stops nobody."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.engine.world import World, phones

pytestmark = pytest.mark.sqlite_only  # who gets which line is decided in Python, after the locks
WEIGHTS = {"low": 1, "middle": 2, "high": 5}


def campaigns(world: World, lines: int, names: list[str], each: int = 100) -> dict[str, int]:
    made = {}
    for name in names:
        start = list(WEIGHTS).index(name) * 300
        made[name] = world.campaign(
            phones(each, start=start),
            name=name,
            provider="shared",
            priority=WEIGHTS[name],
            max_concurrent_calls=lines,
            retry={"max_retries": 0},
        )
    return made


def play(world: World, trunk: int, rounds: int, ends: int) -> None:
    """Each second the `ends` oldest calls end, and the engine ticks."""
    carrier = world.providers[trunk]
    for _ in range(rounds):
        world.tick()
        world.clock.move(1)
        for token in carrier.live()[:ends]:
            carrier.tell(token, "completed")


def shares(world: World, made: dict[str, int], skip: int = 0) -> Counter[str]:
    """How many calls of each began, without the first `skip` of all."""
    by_id = {campaign_id: name for name, campaign_id in made.items()}
    return Counter(by_id[attempt.campaign_id or 0] for attempt in world.attempts()[skip:])


def test_on_a_trunk_that_is_always_full_calls_follow_the_weights(world: World) -> None:
    trunk = world.trunk("shared", lines=16)
    made = campaigns(world, 16, list(WEIGHTS))
    play(world, trunk, rounds=12, ends=2)
    skip = len(world.attempts())
    play(world, trunk, rounds=40, ends=2)
    began = shares(world, made, skip)
    total = began.total()
    assert total >= 78, "it was full and never idle"
    for name, weight in WEIGHTS.items():
        assert began[name] == pytest.approx(total * weight / 8, rel=0.15), began
    assert world.providers[trunk].peak == 16


def test_the_heaviest_campaign_does_not_take_every_line_when_calls_end_early(
    world: World,
) -> None:
    trunk = world.trunk("shared", lines=1)
    made = campaigns(world, 1, list(WEIGHTS))
    play(world, trunk, rounds=40, ends=1)
    assert shares(world, made) == {"low": 5, "middle": 10, "high": 25}


def test_a_campaign_of_high_priority_that_comes_late_gets_its_share_and_stops_nobody(world: World) -> None:
    trunk = world.trunk("shared", lines=16)
    made = campaigns(world, 16, ["low", "middle"])
    play(world, trunk, rounds=8, ends=3)
    skip = len(world.attempts())
    made |= campaigns(world, 16, ["high"])
    play(world, trunk, rounds=36, ends=3)
    began = shares(world, made, skip)
    assert began["high"] == pytest.approx(began.total() * 5 / 8, rel=0.2)
    assert began["low"] >= 6
    assert began["middle"] >= 12
    # And in the last stretch, once it has its lines, everybody moves.
    last = shares(world, made, len(world.attempts()) - 32)
    assert min(last[name] for name in WEIGHTS) >= 2, last
