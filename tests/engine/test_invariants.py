"""The promises as queries: silent over a sound database, and each finds the rows that break it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.sqlite.base import SQLiteDialect

from campaign_app.domain.calling_window import parse_windows
from campaign_app.domain.rulebook import CampaignClock, Purpose, Rulebook, rulebook_to_json
from campaign_app.models import Base
from campaign_app.queries import invariants
from campaign_app.transaction import begin_write
from tests.engine.world import World, phones


def unguard(world: World) -> None:
    """Take the database's own constraints away, as a restored dump or a careless hand might."""
    if world.db.dialect.name == "postgresql":
        world.sql("ALTER TABLE attempts DROP CONSTRAINT ck_attempts_rank, DROP CONSTRAINT ck_attempts_ended")
        world.sql("ALTER TABLE attempts DROP CONSTRAINT uq_attempts_contact_id_number")
        world.sql("ALTER TABLE attempts DROP CONSTRAINT uq_attempts_token")
        world.sql("ALTER TABLE contacts DROP CONSTRAINT ck_contacts_due")
        world.sql("DROP INDEX uq_attempts_open_phone")
        return
    # SQLite cannot drop a constraint: the tables are built anew without any.
    with world.db.connect() as connection:
        for name in ("attempts", "contacts"):
            table = Base.metadata.tables[name]
            columns = ", ".join(
                f"{c.name} {c.type.compile(SQLiteDialect())}" + (" PRIMARY KEY" if c.primary_key else "")
                for c in table.columns
            )
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.exec_driver_sql(f"CREATE TABLE bare_{name} ({columns})")
            connection.exec_driver_sql(f"INSERT INTO bare_{name} SELECT * FROM {name}")
            connection.exec_driver_sql(f"DROP TABLE {name}")
            connection.exec_driver_sql(f"ALTER TABLE bare_{name} RENAME TO {name}")
        connection.commit()


def copy_attempt(world: World, **changes: str) -> None:
    """The first attempt a second time, but for `changes` (SQL expressions)."""
    names = [column.name for column in Base.metadata.tables["attempts"].columns if column.computed is None]
    values = {name: name for name in names} | {"id": "id + 1000"} | changes
    world.sql(
        f"INSERT INTO attempts ({', '.join(names)}) SELECT {', '.join(values[n] for n in names)}"
        " FROM attempts ORDER BY id LIMIT 1"
    )


def tell(world: World, status: str, *, source: str = "event", seconds_ago: float = 120) -> None:
    """A raw event of the first attempt."""
    with begin_write(world.db) as connection:
        token = connection.execute(sa.text("SELECT token FROM attempts ORDER BY id LIMIT 1")).scalar_one()
        at = world.clock.now() - timedelta(seconds=seconds_ago)
        connection.execute(
            Base.metadata.tables["call_events"].insert(),
            {"token": token, "at": at, "received_at": at, "source": source, "status": status},
        )


def change(world: World, table: str, **values: object) -> None:
    with begin_write(world.db) as connection:
        connection.execute(Base.metadata.tables[table].update(), values)


def list_number(world: World, seconds_ago: float) -> None:
    with begin_write(world.db) as connection:
        connection.execute(
            Base.metadata.tables["do_not_call"].insert(),
            {
                "phone": phones(1)[0],
                "source": "api",
                "added_by": "x",
                "created_at": world.clock.now() - timedelta(seconds=seconds_ago),
            },
        )


BREAKS: list[tuple[str, str, Callable[[World], object]]] = [
    ("I1", "has attempt 1 2 times", lambda w: copy_attempt(w, token="'x'", phone="'+12125550199'")),
    ("I1", "names 2 attempts", lambda w: copy_attempt(w, number="9", phone="'+12125550199'")),
    (
        "I2",
        "campaign 1 has 3 open calls, its limit is 2",
        lambda w: change(w, "campaigns", max_concurrent_calls=2),
    ),
    (
        "I2",
        "trunk 1 has 3 open calls, its limit is 2",
        lambda w: change(w, "trunks", max_concurrent_calls=2),
    ),
    ("I3", "a number has 2 open attempts", lambda w: copy_attempt(w, token="'x'", number="9")),
    ("I4", "without a permit", lambda w: change(w, "attempts", dialing_at=None)),
    ("I4", "which has no attempt", lambda w: forget(w)),
    ("I5", "attempt 1 is queued, the provider told completed", lambda w: tell(w, "completed")),
    ("I6", "attempt 1 is queued, below ringing", lambda w: tell(w, "ringing")),
    ("I6", "rank and end do not agree", lambda w: change(w, "attempts", rank=4)),
    ("I7", "dialed after its number was listed", lambda w: list_number(w, 180)),
    (
        "I7",
        "outside Mon 09:00–18:00",
        lambda w: (change(w, "attempts", rulebook_id=None), change(w, "campaigns", calling_windows=MONDAYS)),
    ),
    ("I7", "outside the person's hours", lambda w: change(w, "rulebooks", body=ONLY_MONDAYS)),
    ("I7", "calling windows cannot be read", lambda w: change(w, "campaigns", calling_windows=[])),
    ("I8", "had 2 attempts, the policy allows 1", lambda w: over_policy(w, 0, 900)),
    ("I8", "0:00:30 after its last attempt, at least 0:10:00", lambda w: over_policy(w, 1, 30)),
    ("I8", "retry policy cannot be read", lambda w: change(w, "campaigns", retry={"max_retries": "many"})),
    ("I9", "attempt 1 is queued past its horizon", lambda w: w.clock.move(700)),
    ("I9", "contact 1 is dialing without an open attempt", lambda w: end_attempts(w)),
    (
        "counters",
        "contacts_dialing says 7, there are 3",
        lambda w: change(w, "campaign_counters", contacts_dialing=7),
    ),
    (
        "counters",
        "attempts_busy says 1, there are 0",
        lambda w: change(w, "campaign_counters", attempts_busy=1),
    ),
]
MONDAYS = [{"days": ["mon"], "start": "09:00", "end": "18:00"}]
ONLY_MONDAYS = rulebook_to_json(
    Rulebook(Purpose.SURVEY, "", CampaignClock.CAMPAIGN, "UTC", parse_windows(MONDAYS), caps=())
)


def forget(world: World) -> None:
    with begin_write(world.db) as connection:
        connection.execute(
            Base.metadata.tables["call_events"].insert(),
            {
                "token": "f" * 32,
                "at": world.clock.now(),
                "received_at": world.clock.now(),
                "source": "event",
                "status": "ringing",
            },
        )


def over_policy(world: World, retries: int, seconds: float) -> None:
    """A second attempt of the first contact, `seconds` after the first."""
    change(world, "campaigns", retry={"max_retries": retries, "delays_minutes": [10] if retries else []})
    copy_attempt(world, token="'x'", number="2", phone="'+12125550199'")
    with begin_write(world.db) as connection:
        attempts = Base.metadata.tables["attempts"]
        connection.execute(
            attempts.update().where(attempts.c.token == "x"),
            {"dialing_at": world.clock.now() - timedelta(seconds=120) + timedelta(seconds=seconds)},
        )


def end_attempts(world: World) -> None:
    change(world, "attempts", status="busy", rank=9, ended_at=world.clock.now())


@pytest.fixture
def dialing(database_url: str) -> World:
    """Three calls that have been up for two minutes."""
    world = World(database_url)
    world.campaign(3)
    world.tick()
    world.clock.move(120)
    world.check()
    return world


@pytest.mark.parametrize(
    "name, words, spoil", BREAKS, ids=[f"{name}-{words[:24]}" for name, words, _ in BREAKS]
)
def test_each_broken_promise_is_reported_with_its_rows(
    dialing: World, name: str, words: str, spoil: Callable[[World], object]
) -> None:
    try:
        unguard(dialing)
        assert dialing.broken() == {}
        spoil(dialing)
        found = dialing.broken()
        assert name in found
        assert any(words in line for line in found[name]), found[name]
    finally:
        dialing.close()


def test_every_invariant_has_a_test_that_sees_it_broken() -> None:
    assert {name for name, _, _ in BREAKS} == {name for name, _, _ in invariants.CHECKS}


def test_a_broken_invariant_is_reported_only_after_a_minute_of_grace(dialing: World) -> None:
    try:
        tell(dialing, "completed", seconds_ago=59)
        assert dialing.broken() == {}
        dialing.clock.move(2)
        assert set(dialing.broken()) == {"I5", "I6"}
    finally:
        dialing.close()


def test_calls_that_came_too_often_are_found_later(world: World) -> None:
    world.campaign(1, name="First")
    world.tick()
    world.provider.end_all()
    world.tick()
    second = world.campaign(1, name="Second", min_gap_minutes=60, caps=[{"most": 1, "per_hours": 2}])
    world.tick()
    world.clock.move(2 * 3600)
    world.tick()
    [late] = world.attempts(second)[-1:]
    assert late.dialing_at is not None
    assert world.broken() == {}
    early = late.dialing_at - timedelta(minutes=1)
    move(world, late.id, early)
    [text] = world.broken()["I7"]
    assert f"attempt {late.id} to {phones(1)[0]} was dialed at {early.isoformat()}, before" in text
    assert text.endswith("(cap)")
    move(world, late.id, late.dialing_at)


def move(world: World, attempt_id: int, dialing_at: datetime) -> None:
    attempts = Base.metadata.tables["attempts"]
    with begin_write(world.db) as connection:
        connection.execute(attempts.update().where(attempts.c.id == attempt_id).values(dialing_at=dialing_at))
