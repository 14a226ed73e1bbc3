"""An engine that is frozen while it holds locks: the others wait for so long and no longer, and it recovers."""

from __future__ import annotations

import logging
import random
import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from campaign_app import extensions
from campaign_app.engine import claim as claiming
from campaign_app.engine.context import EngineContext
from campaign_app.engine.scheduler import EngineScheduler
from campaign_app.engine.tick import EngineLoop
from campaign_app.extensions import make_engine
from campaign_app.transaction import begin_write, transaction
from tests.engine.world import World, phones
from tests.support.waiting import wait_until

pytestmark = pytest.mark.postgres_only
ENDED = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"


@pytest.fixture(autouse=True)
def short_freeze(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL ends a transaction that does nothing for a second."""
    monkeypatch.setattr(extensions, "FROZEN_SECONDS", 1)


def test_an_engine_frozen_with_the_trunks_lock_stops_the_others_for_the_time_out_only(
    world: World, database_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    numbers = phones(8)
    world.campaign(numbers, max_concurrent_calls=8)
    frozen, thaw = threading.Event(), threading.Event()
    original = claiming._campaign_demands

    def wants(*asked: object) -> object:
        if threading.current_thread().name == "engine-1":
            frozen.set()
            assert thaw.wait(timeout=60)
        return original(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(claiming, "_campaign_demands", wants)
    first = EngineScheduler(world.engine, 1.0, lambda: False)
    other = EngineLoop(
        EngineContext(
            db=make_engine(database_url),
            name="engine-2",
            clock=world.clock,
            make_provider=lambda trunk: world.providers[trunk.id],
            rng=random.Random(2),
        )
    )
    thread = threading.Thread(target=first._run_tick, name="engine-1")
    with caplog.at_level(logging.WARNING):
        thread.start()
        assert frozen.wait(timeout=60)
        assert other.tick().placed == 8, "it waited for the lock, and got it"
        thaw.set()
        thread.join(timeout=60)
    assert not thread.is_alive()
    assert "idle-in-transaction timeout" in caplog.text
    assert "could not be claimed from" not in caplog.text, "no campaign is to blame"
    assert sorted(call.to for call in world.provider.placed) == numbers, (
        "each once: what it held was rolled back"
    )
    caplog.clear()
    world.provider.end_all()
    with caplog.at_level(logging.WARNING):
        first._run_tick()
    assert "away" not in caplog.text
    assert {contact.status for contact in map(world.contact, numbers)} == {"completed"}
    world.check()
    other.context.close()
    other.context.db.dispose()


def test_a_long_statement_is_not_idle(world: World) -> None:
    with begin_write(world.db) as connection:
        assert connection.execute(text("SELECT count(*) FROM pg_sleep(2)")).scalar() == 1
        connection.execute(text("UPDATE trunks SET failures = 0"))


def test_a_request_that_rests_after_a_read_goes_on_and_one_that_rests_in_a_change_fails(world: World) -> None:
    """What a page does that reads who asks, converts a recording for a long time, and then writes."""
    with Session(world.db) as session:
        session.execute(text("SELECT 1"))
        wait_until(lambda: _resting(world) == 0, "PostgreSQL to end the transaction")
        with transaction(session):
            session.execute(text("UPDATE trunks SET failures = 1"))
    assert world.sql("SELECT failures FROM trunks") == [(1,)]
    session = Session(world.db)
    session.execute(text("UPDATE trunks SET failures = 2"))
    wait_until(lambda: _resting(world) == 0, "PostgreSQL to end the transaction")
    with pytest.raises(DBAPIError, match="idle-in-transaction"):
        session.commit()
    session.close()
    assert world.sql("SELECT failures FROM trunks") == [(1,)]


def _resting(world: World) -> int:
    return int(world.sql(ENDED)[0][0])
