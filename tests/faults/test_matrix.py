"""Engines are killed at every named point, on both databases, and nothing is dialed twice, over a limit, or lost."""

from __future__ import annotations

from collections import Counter

import pytest

from campaign_app import crash_points
from tests.faults import matrix
from tests.faults.conftest import MakeWorld

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("faults")]
KILLS = {"sqlite": 2, "postgresql": 1}
"""At each point."""
DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


def test_the_matrix_knows_every_point_of_the_product() -> None:
    assert set(matrix.POINTS) == crash_points.POINTS
    assert len(matrix.POINTS) >= 14


@pytest.mark.timeout(300)
@pytest.mark.parametrize("database", DATABASES)
def test_killed_at_every_point(make_world: MakeWorld, database: str) -> None:
    world = make_world(database)
    each = KILLS[database]
    result, verdict, kills = matrix.short(database, each, world.directory, world.url, world.fork_server)
    assert result.broken == ""
    assert result.errors == []
    assert (result.double_dials, result.over_limit, result.lost) == (0, 0, 0)
    # Each kill was one, where it was meant to be.
    assert kills == dict.fromkeys(matrix.POINTS, each)
    assert result.calls >= 10
    burnt = Counter(verdict.burnt)
    for point in matrix.POINTS:
        assert burnt[point] <= (each if matrix.may_burn(point) else 0), f"{point}: {burnt}"


@pytest.mark.parametrize(
    "cell, database",
    [
        ("random kills", "sqlite"),
        pytest.param("random freezes", "postgresql", marks=pytest.mark.postgres),
    ],
)
def test_killed_or_frozen_at_any_instant(make_world: MakeWorld, cell: str, database: str) -> None:
    world = make_world(database)
    result = matrix.run(cell, database, 6, world.directory, world.url, world.fork_server)
    assert result.clean, f"{result.broken} {result.errors}"


OVER_TWILIO = {
    "sqlite": matrix.POINTS,
    # Where the database matters: the others are killed on it in `make faults`.
    "postgresql": tuple(
        point for point in matrix.POINTS if point.partition(".")[0] in ("permit", "record", "settle", "poll")
    ),
}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("database", DATABASES)
def test_killed_at_every_point_over_twilio(make_world: MakeWorld, database: str) -> None:
    """The product's own adapter and web server, and a Twilio that forgets callbacks."""
    world = make_world(database, "twilio")
    points = OVER_TWILIO[database]
    result, verdict, kills = matrix.short(
        database, 1, world.directory, world.url, world.fork_server, points, over="twilio"
    )
    assert result.broken == ""
    assert result.errors == []
    assert kills == dict.fromkeys(points, 1)
    assert result.calls >= 5
    assert all(burnt <= matrix.may_burn(point, "twilio") for point, burnt in verdict.burnt.items())
