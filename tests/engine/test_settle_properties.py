"""Whatever order news comes in, however often, in whatever batches: the same end."""

from __future__ import annotations

import itertools
import random
from collections import Counter

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaign_app.domain.attempt import AnsweredBy, AttemptStatus, News
from campaign_app.services.settle import reports, settle
from campaign_app.transaction import write
from tests.engine.world import World, phones

S = AttemptStatus
CALLS = 4
LIVES: tuple[tuple[str, ...], ...] = (
    ("queued", "ringing", "in-progress", "completed"),
    ("queued", "ringing", "no-answer"),
    ("queued", "busy"),
    ("queued", "ringing", "failed"),
    ("ringing", "canceled"),
    ("queued", "ringing"),
    (),
)


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[tuple[str, ...]], list[list[tuple[int, str]]]]:
    """The lives of a few calls, and all their news, repeated and shuffled, cut into batches."""
    lives = [draw(st.sampled_from(LIVES)) for _ in range(CALLS)]
    told = [(call, status) for call, life in enumerate(lives) for status in life]
    again = draw(st.lists(st.sampled_from(told), max_size=8)) if told else []
    order = draw(st.permutations([*told, *again]))
    cuts = sorted(draw(st.sets(st.integers(0, len(order)), max_size=6)))
    edges = [0, *cuts, len(order)]
    batches = [order[a:b] for a, b in itertools.pairwise(edges)]
    return lives, [list(batch) for batch in batches]


def expected(life: tuple[str, ...]) -> tuple[str, str, int]:
    """(attempt, contact, tries) once all of a call's life is known; it was queued by the engine itself."""
    last = life[-1] if life else "queued"
    contact = {"completed": "completed", "queued": "dialing", "ringing": "dialing"}.get(last, "retry")
    return last, contact, 0 if contact == "dialing" else 1


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
        self.meta = sa.MetaData()
        self.meta.reflect(world.db, only=TABLES, resolve_fks=False)
        with world.db.connect() as connection:
            self.rows = {
                name: [dict(row._mapping) for row in connection.execute(self.meta.tables[name].select())]
                for name in TABLES
            }

    def restore(self, world: World) -> None:
        with write(world.db) as connection:
            for name in TABLES:
                table = self.meta.tables[name]
                if name in ("call_events", "outcome_slots"):
                    connection.execute(table.delete())
                    if self.rows[name]:
                        connection.execute(table.insert(), self.rows[name])
                    continue
                key = next(iter(table.primary_key.columns))
                for row in self.rows[name]:
                    connection.execute(table.update().where(key == row[key.name]).values(**row))


def test_any_interleaving_and_repetition_of_news_ends_in_the_same_state(placed: World) -> None:
    world = placed
    tokens = [dial.token for dial in world.provider.placed]
    by_token = {attempt.token: attempt for attempt in world.attempts()}
    start = Snapshot(world)

    @settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(deliveries())
    def holds(drawn: tuple[list[tuple[str, ...]], list[list[tuple[int, str]]]]) -> None:
        lives, batches = drawn
        start.restore(world)
        for batch in batches:
            news = [
                News(tokens[call], S(status), world.clock.now(), answered_by=AnsweredBy.HUMAN)
                for call, status in batch
            ]
            with write(world.db) as connection:
                settle(connection, reports(news, "event"), now=world.clock.now(), rng=random.Random(1))
        contacts, attempts = Counter[str](), Counter[str]()
        for call, life in enumerate(lives):
            attempt, contact = (
                world.attempt(by_token[tokens[call]].phone),
                world.contact(by_token[tokens[call]].phone),
            )
            assert (attempt.status, contact.status, contact.tries) == expected(life)
            contacts[contact.status] += 1
            attempts[attempt.status] += 1
        counters = world.counters(attempt.campaign_id)
        assert counters.contacts_completed == contacts["completed"]
        assert counters.contacts_retry == contacts["retry"]
        assert counters.contacts_dialing == contacts["dialing"]
        assert counters.attempts_busy == attempts["busy"]
        world.check()

    try:
        holds()
    finally:
        world.close()


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
            news = [News(token, S(status), world.clock.now()) for status in batch]
            with write(world.db) as connection:
                settle(connection, reports(news, "event"), now=world.clock.now(), rng=random.Random(1))
            ranks.append(next(a.rank for a in world.attempts() if a.token == token))
        assert ranks == sorted(ranks)
        world.check()

    try:
        holds()
    finally:
        world.close()
