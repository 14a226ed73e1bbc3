"""Upgrades: tables of another version stop every process with one line; `flask upgrade` brings them up with data."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from campaign_app.instance_lock import hold_alone
from campaign_app.schema_version import MIGRATIONS, describe_mismatch, known_revisions, program_revision
from campaign_app.serve import exit_if_database_unusable, hold_instance
from tests.cli.commands_support import Commands
from tests.support.migrated import Migrated
from tests.support.released import ReleasedRows

RELEASED = ("0001", "0018")
"""The first tables, and the last that many have; test_upgrade_from_every_revision.py goes through all of them."""
LATER = re.compile(r"the database is at (\w+), this version needs (\w+): stop every process")


@pytest.mark.parametrize("revision", RELEASED)
def test_every_released_schema_is_upgraded_with_its_data(database: Migrated, revision: str) -> None:
    run = Commands(database.app)
    database.to("upgrade", revision)
    ReleasedRows(database.app).fill(1)
    calls = "SELECT id, status FROM attempts ORDER BY id"
    people = "SELECT phone, status FROM contacts ORDER BY id"
    before = database.run(calls), database.run(people)

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
    assert (database.run(calls), database.run(people)) == before
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
