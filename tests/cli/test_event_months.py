"""`flask events partition`: raw events go by month on PostgreSQL and back, and not one is lost on the way."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from campaign_app.queries.event_months import is_partitioned
from tests.cli.installation import Installation, run_sql
from tests.engine.world import World, phones
from tests.support.clock import FakeClock
from tests.support.postgres import PostgresServer
from tests.support.prepared_process import start_prepared
from tests.support.waiting import wait_until

AHEAD = "02" + 30 * "0"
"""The token of a call that was claimed while a clock was years ahead."""
STALL = """CREATE FUNCTION stall() RETURNS event_trigger LANGUAGE plpgsql AS
      $$ BEGIN IF tg_tag = 'CREATE INDEX' THEN PERFORM pg_sleep(3600); END IF; END $$;
    CREATE EVENT TRIGGER stall ON ddl_command_end EXECUTE FUNCTION stall()"""
STALLED = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
OWNERS = "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relname LIKE '%call_events%'"
ROWS = "SELECT * FROM call_events ORDER BY id"
BY_TABLE = "SELECT tableoid::regclass::text, count(*) FROM call_events GROUP BY 1"
NOVEMBER, DECEMBER, JANUARY, OTHERS = (
    f"call_events_{end}" for end in ("before_2026_12", "2026_12", "2027_01", "default")
)


class Caller:
    """Campaigns on the installation's database, whose calls make raw events. Only while it dials is it connected."""

    def __init__(self, url: str) -> None:
        self.world, self.called = World(url, FakeClock()), 0

    def dial(self, calls: int) -> None:
        numbers = phones(calls, self.called)
        self.called += calls
        assert self.world.finish(self.world.campaign(numbers)) == "completed"
        assert self.world.broken() == {}
        self.world.sql("UPDATE engine_heartbeats SET stopped_at = last_tick_at")
        self.world.db.dispose()

    def ask(self, statement: str, **values: Any) -> list[Any]:
        rows = self.world.sql(statement, **values)
        self.world.db.dispose()
        return rows

    def count(self) -> int:
        return len(self.ask(ROWS))

    def is_partitioned(self) -> bool:
        with self.world.db.connect() as connection:
            partitioned = is_partitioned(connection)
        self.world.db.dispose()
        return partitioned


@pytest.fixture
def here(database_url: str, tmp_path: Path) -> Iterator[Installation]:
    installation = Installation(tmp_path / "here", database_url)
    yield installation
    installation.close()


@pytest.fixture
def caller(here: Installation) -> Iterator[Caller]:
    """Four calls are over, one of them of a clock that went ahead."""
    caller = Caller(here.url)
    caller.dial(4)
    [(last,)] = caller.ask("SELECT max(token) FROM attempts")
    for table in ("call_events", "attempts"):
        caller.ask(f"UPDATE {table} SET token = :token WHERE token = :last", token=AHEAD, last=last)
    yield caller
    caller.world.close()


@pytest.mark.sqlite_only
def test_sqlite_keeps_one_file(here: Installation) -> None:
    assert "only PostgreSQL keeps raw events by month" in here.refused("events", "partition")


@pytest.mark.postgres_only
def test_calls_go_on_over_months_and_every_event_is_kept_both_ways(
    here: Installation, caller: Caller
) -> None:
    run_sql(here.url, "GRANT SELECT ON call_events TO PUBLIC")
    # Another role than the one that runs the command; it is the one that may create tables in every database.
    run_sql(here.url, "ALTER TABLE call_events OWNER TO pg_database_owner")
    before = caller.ask(ROWS)
    assert len(before) == 4
    assert "one plain table already" in here.must("events", "partition", "--undo")
    said = here.must("events", "partition")
    assert f"all until now in {NOVEMBER}, not copied; 1 of later months moved" in said
    assert said.endswith(f"then {DECEMBER}, {JANUARY}\n")
    assert caller.ask(ROWS) == before
    assert dict(caller.ask(BY_TABLE)) == {NOVEMBER: len(before) - 1, OTHERS: 1}
    assert here.must("events", "partition") == "Raw events are kept by month already\n"

    caller.dial(2)
    caller.world.clock.move(20 * 86400)
    caller.dial(2)
    found = dict(caller.ask(BY_TABLE))
    assert (found[NOVEMBER] > len(before) - 1, found[DECEMBER] >= 2, found[OTHERS]) == (True, True, 1)
    assert "BROKEN" not in here.must("check")

    # Where rights, the tables of the models and the migrations are concerned it is the same table.
    assert caller.ask(
        "SELECT count(*) FROM pg_class WHERE relname = 'call_events' AND relacl::text ~ '{.*=r/'"
    ) == [(1,)]
    here.must("db", "check")
    assert caller.ask(OWNERS) == [("pg_database_owner",)]
    whole = caller.ask(ROWS)
    here.must("db", "downgrade", "--", "-1")
    here.must("upgrade")
    assert caller.ask(ROWS) == whole

    assert (
        here.must("events", "partition", "--undo")
        == f"Raw events are in one plain table again: {len(whole)} copied\n"
    )
    assert caller.ask(ROWS) == whole
    assert not caller.is_partitioned()
    assert caller.ask(OWNERS) == [("pg_database_owner",)]
    here.must("db", "check")
    caller.dial(1)
    assert [name for name in here.rows() if name.startswith("call_events_")] == []

    run_sql(here.url, "CREATE TABLE call_events_by_month (theirs text)")
    here.must("events", "partition")
    assert "there is a table call_events_by_month already" in here.refused("events", "partition", "--undo")
    run_sql(here.url, "DROP TABLE call_events_by_month")
    here.must("events", "partition", "--undo")

    here.must("events", "partition")
    here.must("people", "forget", "--phone", phones(1)[0], "--reason", "asked")
    assert "BROKEN" not in here.must("check")
    assert caller.count() == len(whole) + 1


@pytest.mark.postgres_only
def test_a_kill_in_the_middle_leaves_the_table_as_it_was(
    here: Installation, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = caller.ask(ROWS)
    run_sql(here.url, STALL)
    env = {**os.environ, "SWITCHBOARD_INSTANCE_PATH": f"{here.folder}", "SWITCHBOARD_DATABASE_URL": here.url}
    # By a connection that is not Switchboard's, or the command would wait for its end.
    with psycopg.connect(here.url.replace("+psycopg", ""), autocommit=True) as looking:
        doomed = start_prepared(("-m", "flask", "--app", "app", "events", "partition"), env)
        try:
            wait_until(
                lambda: bool(looking.execute(STALLED).fetchall()) or doomed.poll() is not None,
                "the command's statement",
            )
            assert "Switchboard is running on" in _refuse(here, "events", "partition")
        finally:
            doomed.kill()
            ended = doomed.wait(60)
        assert ended == -signal.SIGKILL
        # The server would notice at its next word to the command.
        looking.execute(f"SELECT pg_terminate_backend(pid) FROM ({STALLED}) AS stalled")
        wait_until(lambda: not looking.execute(STALLED).fetchall(), "the end of the statement")
    assert caller.ask(ROWS) == before
    assert not caller.is_partitioned()
    run_sql(here.url, "DROP EVENT TRIGGER stall; DROP FUNCTION stall()")

    run_sql(here.url, "CREATE VIEW busy AS SELECT * FROM call_events WHERE status = 'busy'")
    assert "(view busy): drop it first" in here.refused("events", "partition")
    run_sql(here.url, "DROP VIEW busy")
    monkeypatch.setattr("campaign_app.queries.event_months.COMMAND_WAIT", "20ms")
    with caller.world.db.connect() as other:
        other.exec_driver_sql("SET application_name = 'psql'")
        other.exec_driver_sql("SELECT count(*) FROM call_events")
        assert "another program is using the table" in _refuse(here, "events", "partition")
    caller.world.db.dispose()
    monkeypatch.undo()
    here.must("events", "partition")
    assert caller.ask(ROWS) == before


def _refuse(here: Installation, *words: str) -> str:
    """As `refused`, while somebody holds the table, so that its rows cannot be counted."""
    done = here.run(*words)
    here.close()
    assert done.exit_code == 2, done.output
    return done.output


@pytest.mark.postgres_only
def test_backups_know_no_months(
    here: Installation, caller: Caller, tmp_path: Path, postgres: PostgresServer
) -> None:
    here.must("backup", str(tmp_path / "plain.backup"))
    before = caller.ask(ROWS)
    here.must("events", "partition")
    here.must("backup", str(tmp_path / "months.backup"))
    caller.dial(2)

    there = Installation(tmp_path / "there", postgres.new_database())
    there.must("restore", str(tmp_path / "months.backup"))
    assert there.rows()["call_events"] == len(before)
    assert not [name for name in there.rows() if name.startswith("call_events_")]
    there.close()

    # A month that was taken out by hand is somebody's archive, and stays.
    run_sql(here.url, f"ALTER TABLE call_events DETACH PARTITION {JANUARY}")
    assert f"there is a table {JANUARY} already: rename" in here.refused(
        "restore", str(tmp_path / "plain.backup"), "--replace"
    )
    run_sql(here.url, f"ALTER TABLE {JANUARY} RENAME TO archive")
    said = here.must("restore", str(tmp_path / "plain.backup"), "--replace")
    assert "all promises hold" in said
    assert caller.ask(ROWS) == before
    assert dict(caller.ask(BY_TABLE)) == {NOVEMBER: len(before) - 1, OTHERS: 1}, (
        "the database still keeps months"
    )
    # What was kept aside has the months' rows, once.
    [kept] = [line.partition(": ")[2] for line in said.splitlines() if line.startswith("What was there")]
    here.must("restore", kept, "--replace")
    assert caller.count() > len(before)
    assert "BROKEN" not in here.must("check")
