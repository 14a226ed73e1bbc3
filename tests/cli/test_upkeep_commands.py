"""`flask engine check` for supervisors and `flask repair counters` for operators."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from campaign_app.extensions import db
from campaign_app.instance_lock import holding_shared
from campaign_app.models import CampaignCounters, EngineHeartbeat
from campaign_app.transaction import transaction
from tests.cli.commands_support import Commands, application


@pytest.fixture
def commands(tmp_path: Path, database_url: str) -> Iterator[Commands]:
    app = application(tmp_path, database_url)
    yield Commands(app)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def beat(commands: Commands, host: str, age: float, **more: object) -> None:
    with commands.app.app_context(), transaction(db.session()) as session:
        now = commands.app.extensions["switchboard"].clock.now()
        session.merge(
            EngineHeartbeat(
                name=f"one-on-{host}",
                host=host,
                pid=1,
                started_at=now,
                last_tick_at=now - timedelta(seconds=age),
                tick_ms=3,
                **more,
            )
        )


def test_a_supervisor_learns_whether_an_engine_of_its_own_host_ticks(commands: Commands) -> None:
    here = socket.gethostname()
    beat(commands, "elsewhere", 0)
    away = commands("engine", "check")
    assert (away.exit_code, away.output) == (1, f"Error: no engine ticks on {here}\n")
    beat(commands, here, 0, role="worker")
    assert commands("engine", "check").exit_code == 1
    beat(commands, here, 0, role="engine")
    done = commands("engine", "check")
    assert (done.exit_code, done.output) == (0, f"one-on-{here} ticks: the last one took 3 ms\n")
    beat(commands, here, 30)
    assert commands("engine", "check").exit_code == 1


def test_repairing_counters_prints_each_correction(commands: Commands) -> None:
    assert commands("demo", "load").exit_code == 0
    right = commands("repair", "counters")
    assert (right.exit_code, right.output) == (0, "All counters are right\n")
    with commands.app.app_context(), transaction(db.session()) as session:
        session.execute(sa.update(CampaignCounters).values(contacts_retry=9))
    done = commands("repair", "counters")
    assert done.exit_code == 0
    assert "contacts_retry -9\n1 campaign had wrong counters\n" in done.output
    assert commands("check").exit_code == 0


@pytest.mark.sqlite_only
def test_a_file_of_an_early_version_is_compacted_while_nobody_uses_it(
    commands: Commands, tmp_path: Path
) -> None:
    assert commands("demo", "load").exit_code == 0
    with commands.app.app_context():
        file = Path(str(db.engine.url.database))
        db.session.remove()
        db.engine.dispose()
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.executescript("PRAGMA journal_mode = DELETE; PRAGMA auto_vacuum = NONE; VACUUM")
        connection.execute("CREATE TABLE gone AS SELECT zeroblob(4000000) AS much")
        connection.execute("DROP TABLE gone")
        assert connection.execute("PRAGMA auto_vacuum").fetchone() == (0,)
    size = file.stat().st_size
    folder = commands.app.extensions["switchboard"].settings.instance_path
    with holding_shared(folder):
        refused = commands("compact")
    assert (refused.exit_code, file.stat().st_size) == (2, size)
    assert "stop every process" in refused.output
    done = commands("compact")
    assert done.exit_code == 0, done.output
    assert f"{size:,} bytes before, {file.stat().st_size:,} now" in done.output
    assert file.stat().st_size < size - 3_900_000
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA auto_vacuum").fetchone() == (2,)
    assert commands("check").exit_code == 0


@pytest.mark.postgres_only
def test_postgresql_needs_no_compacting(commands: Commands) -> None:
    refused = commands("compact")
    assert refused.exit_code == 2
    assert "autovacuum" in refused.output
