"""Every test's world looks up the moves of its statuses in TRANSITIONS. Here: that it would notice."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from campaign_app.domain.attempt import AttemptStatus
from campaign_app.transaction import begin_write
from tests.engine.world import World, phones
from tests.support.status_moves import TABLES, StatusMove

MOVES = [
    StatusMove("attempts", "claimed", "dialing"),
    StatusMove("attempts", "dialing", "queued"),
    StatusMove("attempts", "queued", "busy"),
    StatusMove("campaigns", "draft", "running"),
    StatusMove("campaigns", "running", "completed"),
    StatusMove("contacts", "dialing", "exhausted"),
    StatusMove("contacts", "dialing", "retry"),
    StatusMove("contacts", "pending", "dialing"),
    StatusMove("contacts", "retry", "dialing"),
]
"""Of a campaign whose callees are always busy, and are tried twice."""


def dial_twice(world: World) -> None:
    campaign_id = world.campaign(2)
    for _ in range(2):
        world.tick()
        world.provider.end_all(AttemptStatus.BUSY)
        world.tick()
        world.clock.move(700)
    world.tick()
    assert world.status(campaign_id) == "completed"


def test_every_move_is_seen_also_several_in_one_tick(world: World) -> None:
    dial_twice(world)
    assert world.moves is not None
    assert sorted(world.moves.list_moves()) == MOVES
    assert world.moves.list_illegal_moves() == []


@pytest.mark.parametrize("missing", MOVES, ids=" ".join)
def test_a_move_that_its_table_lacks_is_named(world: World, missing: StatusMove) -> None:
    dial_twice(world)
    poorer = {
        noun: {
            before: {after: why for after, why in targets.items() if (noun, before, after) != missing}
            for before, targets in table.items()
        }
        for noun, table in TABLES.items()
    }
    assert world.moves is not None
    assert world.moves.list_illegal_moves(poorer) == [missing]


@pytest.mark.spoils
def test_a_statement_that_goes_around_the_table_fails_its_test(world: World) -> None:
    world.campaign(phones(1), start=False)
    world.sql("UPDATE contacts SET status = 'exhausted', due_at = NULL")
    assert world.moves is not None
    assert world.moves.list_moves() == set(), "what a test does by hand is no move of the product's"
    with begin_write(world.db) as connection:
        connection.execute(sa.text("UPDATE contacts SET status = 'canceled'"))
    assert world.moves.list_illegal_moves() == [StatusMove("contacts", "exhausted", "canceled")]
