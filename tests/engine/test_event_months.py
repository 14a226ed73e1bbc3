"""Months of raw events on PostgreSQL: the upkeep makes them ahead and drops those that are empty, and nobody waits."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from campaign_app.domain.attempt import first_token, new_token
from campaign_app.engine.upkeep import MONTHS_EVERY, UpkeepJob
from campaign_app.queries import event_months
from campaign_app.queries.event_months import list_months, list_partitions, partition_events
from campaign_app.transaction import begin_write
from tests.engine.world import World, phones

pytestmark = pytest.mark.postgres_only
EVENT = """INSERT INTO call_events (token, at, received_at, source, status)
    VALUES (:token, :at, :at, 'engine', 'queued')"""


def test_months_are_those_of_utc_and_every_token_is_in_one() -> None:
    at = datetime(2026, 12, 31, 23, 59, 59, 999_000, UTC)
    months = list_months(at)
    assert months == [
        datetime(2026, 12, 1, tzinfo=UTC),
        datetime(2027, 1, 1, tzinfo=UTC),
        datetime(2027, 2, 1, tzinfo=UTC),
    ]
    assert list_months(months[1] + timedelta(days=30))[1] == months[2]
    assert first_token(months[0]) <= new_token(at) < first_token(months[1]) <= new_token(months[1])


def names(world: World) -> list[str]:
    with world.db.connect() as connection:
        return [part.name.removeprefix("call_events_") for part in list_partitions(connection)]


def look(world: World, job: UpkeepJob) -> list[str]:
    """What is there after the upkeep's next look."""
    world.clock.move(MONTHS_EVERY.total_seconds() + 1)
    for _ in range(20):
        if not job.run_step():
            return names(world)
    raise AssertionError("there was always more to do")


@pytest.mark.spoils
def test_months_come_ahead_and_leave_when_retention_has_emptied_them(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO, "switchboard.upkeep")
    job = UpkeepJob(world.db, name="engine-1", clock=world.clock, retention_days=30)
    assert look(world, job) == [], "a plain table stays one"
    world.finish(world.campaign(phones(3)))
    with begin_write(world.db) as connection:
        partition_events(connection, world.clock.now())
    made = ["2026_12", "2027_01", "before_2026_12", "default"]
    assert look(world, job) == made

    # Nobody looked after them until February, whose events are in the default partition, and go where they belong.
    world.clock.move(100 * 86400)
    world.finish(world.campaign(phones(2, 50)))
    late = new_token(datetime(2026, 12, 5, tzinfo=UTC))
    world.sql(EVENT, token=late, at=world.clock.now())
    kept = world.sql(
        "SELECT * FROM call_events WHERE received_at > :at ORDER BY id",
        at=world.clock.now() - timedelta(days=1),
    )
    assert len(kept) == 3
    assert len(world.sql("SELECT 1 FROM call_events_default")) == 2
    with monkeypatch.context() as patch, world.db.connect() as reading:
        patch.setattr(event_months, "UPKEEP_WAIT", "20ms")
        reading.exec_driver_sql("SELECT count(*) FROM call_events")
        assert look(world, job) == made, "somebody reads: later"
    assert "in use: tried again later" in caplog.text
    found = look(world, job)
    # Nothing is left of November and January, and one late event of December.
    assert found == ["2026_12", "2027_02", "2027_03", "2027_04", "default"]
    assert world.sql("SELECT * FROM call_events ORDER BY id") == kept
    assert world.sql("SELECT 1 FROM call_events_default") == []
    assert "dropped call_events_before_2026_12: its time is over" in caplog.text
    assert world.sql("SELECT reltuples FROM pg_class WHERE relname = 'call_events'") == [(3,)], (
        "the planner knows"
    )

    world.sql("DELETE FROM call_events WHERE token = :token", token=late)
    world.sql("ALTER TABLE call_events_2026_12 RENAME TO december")
    assert look(world, job)[-2:] == ["default", "december"], "what somebody else named is theirs"
    # A month is needed for a day longer: calls go on, and are told of, past its end.
    world.sql("DELETE FROM call_events")
    world.clock.move((datetime(2027, 3, 1, 23, tzinfo=UTC) - world.clock.now()).total_seconds())
    assert "2027_02" in look(world, job)
    world.clock.move(3600)
    assert "2027_02" not in look(world, job)


def test_what_the_database_does_not_allow_is_said_once_and_no_event_is_lost(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with begin_write(world.db) as connection:
        partition_events(connection, world.clock.now())
    # Of this month's name, detached as one takes a month out; and a partition that is no month and covers none.
    world.sql("ALTER TABLE call_events DETACH PARTITION call_events_2026_12")
    world.sql("CREATE TABLE odd PARTITION OF call_events FOR VALUES FROM ('zz-1') TO ('zz-2')")
    job = UpkeepJob(world.db, name="engine-1", clock=world.clock)
    problem = (
        "the raw events' months cannot be kept up; no event is lost: there is a table call_events_2026_12 already:"
        " rename or drop it first"
    )
    world.clock.move(20 * 86400)
    for _ in range(2):
        assert look(world, job) == ["2027_01", "2027_02", "default", "odd"]
    assert caplog.text.count(problem) == 1
    assert world.finish(world.campaign(phones(2))) == "completed"
    assert world.sql("SELECT count(*) FROM call_events_default") == [(2,)]
    world.sql("ALTER TABLE call_events_2026_12 RENAME TO archive")
    assert "2026_12" in look(world, job)
    assert world.sql("SELECT count(*) FROM call_events_default") == [(0,)]

    world.sql("ALTER TABLE call_events DETACH PARTITION call_events_2026_12")
    look(world, job)
    assert caplog.text.count(problem) == 2, "it was gone for a while"

    def end_with(code: str) -> None:
        def fail(connection: sa.Connection, _now: datetime) -> None:
            connection.exec_driver_sql(
                f"DO $$ BEGIN RAISE EXCEPTION 'not today' USING ERRCODE = '{code}'; END $$"
            )

        with monkeypatch.context() as patch:
            patch.setattr(event_months, "drop_empty_month", fail)
            look(world, job)

    for code in ("42501", "55P03", "42501"):
        end_with(code)
    assert caplog.text.count("no event is lost: not today") == 1, "what had to wait was not gone"
    assert caplog.text.count(problem) == 2
    look(world, job)
    end_with("42501")
    assert caplog.text.count("no event is lost: not today") == 2
