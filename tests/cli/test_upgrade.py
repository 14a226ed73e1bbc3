"""Upgrades: tables of another version stop every process with one line; `flask upgrade` brings them up with data."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from campaign_app.extensions import db
from campaign_app.instance_lock import hold_alone
from campaign_app.schema_version import MIGRATIONS, describe_mismatch, known_revisions, program_revision
from campaign_app.serve import exit_if_database_unusable, hold_instance
from tests.cli.commands_support import Commands
from tests.support.migrated import AT, Migrated

RELEASED = ("0001", "0002", "0006", "0018")
"""The first tables; what was tried at length; version 0.2.0; and the last that many have."""
LATER = re.compile(r"the database is at (\w+), this version needs (\w+): stop every process")


def insert(database: Migrated, table: str, **values: Any) -> None:
    """A row at whatever revision: what it must have and was not given is empty."""
    with database.app.app_context():
        columns = {column["name"]: column for column in sa.inspect(db.engine).get_columns(table)}
    row = {name: value for name, value in values.items() if name in columns}
    for name, column in columns.items():
        if not column["nullable"] and column["default"] is None and name not in row:
            kind = column["type"]
            if isinstance(kind, sa.Boolean):
                row[name] = False
            elif isinstance(kind, sa.Integer | sa.Numeric):
                row[name] = 0
            elif isinstance(kind, sa.DateTime):
                row[name] = AT
            else:
                row[name] = "[]" if name == "calling_windows" else "{}"
    database.insert(table, **row)


def fill(database: Migrated) -> None:
    """A running campaign with a call that is up, one that has ended, and one to come."""
    with database.app.app_context():
        at = AT if db.engine.dialect.name == "sqlite" else f"{AT}+00"
    insert(database, "users", id=1, email="ada@example.org", role="admin")
    insert(database, "trunks", id=1, name="simulator", provider="simulator", max_concurrent_calls=5)
    insert(
        database,
        "campaigns",
        id=1,
        name="Autumn",
        status="running",
        text="Hello",
        timezone="UTC",
        max_concurrent_calls=5,
        trunk_id=1,
        priority=5,
        retry='{"max_retries": 0}',
        message='{"text": "Hello"}',
    )
    for key, status in ((1, "dialing"), (2, "completed"), (3, "pending")):
        due = {"due_at": AT} if status == "pending" else {}
        insert(database, "contacts", id=key, campaign_id=1, phone=f"+1212555010{key}", status=status, **due)
    for key, status, rank, ended in ((1, "in-progress", 4, {}), (2, "completed", 9, {"ended_at": at})):
        insert(
            database,
            "attempts",
            id=key,
            campaign_id=1,
            contact_id=key,
            trunk_id=1,
            number=1,
            try_number=1,
            counts=True,
            token=f"{key:032}",
            phone=f"+1212555010{key}",
            status=status,
            rank=rank,
            dialing_at=AT,
            disposition="message-played" if ended else None,
            **ended,
        )
    counted = {"contacts_dialing": 1, "contacts_completed": 1, "contacts_pending": 1, "attempts_completed": 1}
    insert(database, "campaign_counters", campaign_id=1, **counted)
    insert(database, "outcome_slots", campaign_id=1, slot_at=at, completed=1)


@pytest.mark.parametrize("revision", RELEASED)
def test_every_released_schema_is_upgraded_with_its_data(database: Migrated, revision: str) -> None:
    run = Commands(database.app)
    database.to("upgrade", revision)
    fill(database)

    refused = run("engine", "check")
    assert refused.exit_code == 2
    found = LATER.search(refused.output)
    assert found is not None
    assert found.groups() == (revision, program_revision())
    assert refused.output.count("\n") == 1

    done = run("upgrade")
    assert done.exit_code == 0, done.output
    assert "a backup first" in done.output
    assert f"The database is at {program_revision()}" in done.output
    folder = Path(database.app.instance_path) / "backups"
    assert len([*folder.iterdir()]) == 1
    assert database.run("SELECT id, status FROM attempts ORDER BY id") == [
        (1, "in-progress"),
        (2, "completed"),
    ]
    assert database.run("SELECT phone, status FROM contacts ORDER BY id") == [
        ("+12125550101", "dialing"),
        ("+12125550102", "completed"),
        ("+12125550103", "pending"),
    ]
    assert run("repair", "counters").output == "All counters are right\n", "nothing is left for the repair"
    again = run("upgrade")
    assert (again.exit_code, again.output) == (0, ""), "nothing to do"


def test_another_version_s_tables_stop_every_process(
    database: Migrated, capsys: pytest.CaptureFixture[str]
) -> None:
    database.to("upgrade", "head")
    database.run("UPDATE alembic_version SET version_num = '9999'")
    run = Commands(database.app)
    for command in (
        ("check",),
        ("upgrade",),
        ("recover", "show"),
        ("token", "create", "x", "--role", "viewer"),
    ):
        refused = run(*command)
        assert refused.exit_code == 2, command
        assert "which is newer than this version" in refused.output
        assert refused.output.count("\n") == 1
    with pytest.raises(SystemExit) as ended:
        exit_if_database_unusable(database.app)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("switchboard: the database is at 9999")
    database.run("DELETE FROM alembic_version")
    assert "no migration of Switchboard's" in run("check").output


def test_a_process_that_serves_and_an_upgrade_keep_each_other_out(
    database: Migrated, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(database.app.instance_path)
    database.to("upgrade", "0006")
    with hold_alone(folder):
        refused = Commands(database.app)("upgrade")
        assert refused.exit_code == 2
        assert "stop every process of it first" in refused.output
        with pytest.raises(SystemExit) as ended:
            hold_instance(database.app)
        assert ended.value.code == 2
        assert "a restore or an upgrade of" in capsys.readouterr().err


def test_the_line_names_both_revisions() -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    assert program_revision() == script.get_current_head()
    assert known_revisions() == {each.revision for each in script.walk_revisions()}
    assert describe_mismatch(program_revision()) is None
    assert {describe_mismatch(revision) is None for revision in known_revisions() - {program_revision()}} == {
        False
    }
