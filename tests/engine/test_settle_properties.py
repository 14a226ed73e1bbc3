"""News that contradicts itself. (News that does not, in any order: test_settle_machine.py.)"""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaign_app.domain.attempt import AttemptStatus, CallUpdate
from campaign_app.domain.settlement import wrap_updates
from campaign_app.models import Base
from campaign_app.services.calls.settle import apply_updates
from campaign_app.transaction import begin_write
from tests.engine.world import World, phones

S = AttemptStatus
CALLS = 4


@pytest.fixture
def placed(database_url: str) -> World:
    world = World(database_url)
    world.campaign(phones(CALLS))
    world.tick()
    world.check()
    return world


TABLES = ("attempts", "contacts", "campaign_counters", "call_events", "outcome_slots")


class Snapshot:
    """The tables that settling changes, to begin each example with."""

    def __init__(self, world: World) -> None:
        self.tables = Base.metadata.tables
        with world.db.connect() as connection:
            self.rows = {
                name: [
                    {
                        key: row._mapping[key]
                        for key, column in self.tables[name].columns.items()
                        if column.computed is None
                    }
                    for row in connection.execute(self.tables[name].select())
                ]
                for name in TABLES
            }

    def restore(self, world: World) -> None:
        with begin_write(world.db) as connection:
            for name in TABLES:
                table = self.tables[name]
                if name in ("call_events", "outcome_slots"):
                    connection.execute(table.delete())
                    if self.rows[name]:
                        connection.execute(table.insert(), self.rows[name])
                    continue
                key = next(iter(table.primary_key.columns))
                for row in self.rows[name]:
                    connection.execute(table.update().where(key == row[key.name]).values(**row))


@st.composite
def contradictions(draw: st.DrawFn) -> list[list[str]]:
    """Batches of news about one call that contradict each other."""
    words = st.sampled_from(sorted({*S} - {S.CLAIMED, S.RELEASED}))
    return draw(st.lists(st.lists(words, min_size=1, max_size=4), min_size=1, max_size=6))


def test_contradicting_news_leaves_rows_that_agree_with_each_other(placed: World) -> None:
    """Which outcome stands depends on who came first; that everything agrees does not."""
    world = placed
    token = world.provider.placed[0].token
    start = Snapshot(world)

    @settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(contradictions())
    def holds(batches: list[list[str]]) -> None:
        start.restore(world)
        ranks = []
        for batch in batches:
            news = [CallUpdate(token, S(status), world.clock.now()) for status in batch]
            with begin_write(world.db) as connection:
                apply_updates(
                    connection, wrap_updates(news, "event"), now=world.clock.now(), rng=random.Random(1)
                )
            ranks.append(next(a.rank for a in world.attempts() if a.token == token))
        assert ranks == sorted(ranks)
        world.check()

    try:
        holds()
    finally:
        world.close()
