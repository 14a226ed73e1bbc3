"""Wrong starts: each ends with one line that says what to do, never with a traceback; what can work, works."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url, text

from campaign_app import create_app
from campaign_app.config import BadSetting, load_settings
from campaign_app.extensions import db
from campaign_app.serve import DatabaseUnavailable, check_database, prepare_database, serve_app
from tests.cli.commands_support import Commands, application
from tests.support.pgbouncer import pgbouncer
from tests.support.postgres import PostgresServer


@pytest.fixture
def settings(tmp_path: Path, sqlite_template: Path) -> dict[str, str]:
    """Variables of an installation whose database has its tables."""
    shutil.copyfile(sqlite_template, tmp_path / "switchboard.sqlite")
    return {"SWITCHBOARD_INSTANCE_PATH": str(tmp_path), "SWITCHBOARD_PORT": "1"}


def test_a_folder_or_a_key_that_cannot_be_used_is_named(tmp_path: Path, settings: dict[str, str]) -> None:
    (tmp_path / "file").touch()
    settings["SWITCHBOARD_INSTANCE_PATH"] = f"{tmp_path}/file/instance"
    with pytest.raises(
        BadSetting, match=r"INSTANCE_PATH is '.*/file/instance', which cannot be made: Not a dir"
    ):
        create_app(load_settings(settings, tmp_path))
    settings["SWITCHBOARD_INSTANCE_PATH"] = str(tmp_path)
    (tmp_path / "forget-key").touch()
    with pytest.raises(BadSetting, match=r"/forget-key holds no key: put it back"):
        create_app(load_settings(settings, tmp_path))


def test_a_host_that_is_none_is_named(tmp_path: Path, settings: dict[str, str]) -> None:
    settings["SWITCHBOARD_HOST"] = "no-such-host.invalid"
    with pytest.raises(
        SystemExit, match=r"cannot listen on no-such-host\.invalid: no such host; set SWITCHBOARD_H"
    ):
        serve_app(create_app(load_settings(settings, tmp_path)))


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///:memory:",
        "sqlite:///",
        "postgresql://u:p@host",
        "postgresql://h:y/x",
    ],
)
def test_an_address_of_no_database_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(BadSetting, match=r"DATABASE_URL is .hidden.; allowed: sqlite:///FILE or"):
        load_settings({"SWITCHBOARD_DATABASE_URL": url}, tmp_path)


def test_the_default_of_the_readme_works_as_it_stands(tmp_path: Path) -> None:
    variables = {"SWITCHBOARD_INSTANCE_PATH": f"{tmp_path}/data"}
    plain = load_settings(variables, tmp_path)
    variables["SWITCHBOARD_DATABASE_URL"] = "sqlite:///instance/switchboard.sqlite"
    assert load_settings(variables, tmp_path).database_url == plain.database_url
    variables["SWITCHBOARD_DATABASE_URL"] = "sqlite:///calls.sqlite"
    assert load_settings(variables, tmp_path).database_url == f"sqlite:///{tmp_path}/data/calls.sqlite"
    # Who made the folder that the literal name needed has the calls there.
    (tmp_path / "data/instance").mkdir(parents=True)
    there = tmp_path / "data/instance/switchboard.sqlite"
    there.touch()
    variables["SWITCHBOARD_DATABASE_URL"] = "sqlite:///instance/switchboard.sqlite"
    assert load_settings(variables, tmp_path).database_url == f"sqlite:///{there}"


def test_asterisks_address_is_taken_with_the_path_of_its_ari(tmp_path: Path) -> None:
    variables = {"SWITCHBOARD_ASTERISK_URL": "http://127.0.0.1:8088/ari/"}
    assert load_settings(variables, tmp_path).asterisk_url == "http://127.0.0.1:8088"


@pytest.mark.parametrize(
    "host", ["http://127.0.0.1", "127.0.0.1:5000", "[::1]:5000", "*", "my host", "me@here"]
)
def test_a_host_that_can_be_none_is_refused_before_anything_listens(tmp_path: Path, host: str) -> None:
    with pytest.raises(BadSetting, match=r"HOST is .*; allowed: a name or an address of this machine"):
        load_settings({"SWITCHBOARD_HOST": host}, tmp_path)


def test_a_host_in_brackets_is_an_address(tmp_path: Path) -> None:
    assert load_settings({"SWITCHBOARD_HOST": "[::1]"}, tmp_path).base_url == "http://[::1]:5000"


@pytest.mark.parametrize(
    "command",
    [["upgrade"], ["db", "upgrade"], ["db", "current"], ["check"], ["backup"]],
    ids=" ".join,
)
def test_a_database_that_is_away_is_one_line(tmp_path: Path, command: list[str]) -> None:
    # Of a backup, 1 means that one was made.
    status = 2 if command[0] in ("upgrade", "backup") else 1
    damaged = tmp_path / "damaged.sqlite"
    damaged.write_bytes(b"no database " * 1000)
    for url, line in (
        (f"sqlite:///{damaged}", f"file is not a database: {damaged}; move it away and restore a backup"),
        ("postgresql://somebody@localhost/x?sslmod=require", "and that SWITCHBOARD_DATABASE_URL is right"),
        (
            f"sqlite:///{tmp_path}/nowhere/x.sqlite",
            f"unable to open database file: {tmp_path}/nowhere/x.sqlite",
        ),
        (
            f"postgresql://somebody@/x?host={tmp_path}",
            "see that it runs and that SWITCHBOARD_DATABASE_URL is",
        ),
    ):
        done = Commands(application(tmp_path, url))(*command)
        assert (done.exit_code, done.output.count("\n")) == (status, 1), done.output
        assert line in done.output


@pytest.mark.postgres
def test_a_role_that_may_make_no_tables_is_told_so(tmp_path: Path, postgres: PostgresServer) -> None:
    url = make_url(postgres.new_database())
    with psycopg.connect(host=str(postgres.directory), user=url.username, dbname=url.database) as connection:
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE ROLE guest LOGIN")
    guest = url.set(username="guest").render_as_string(hide_password=False)
    done = Commands(application(tmp_path, guest))("db", "upgrade")
    assert done.exit_code == 1
    assert "permission denied for schema public; let its role own the database" in done.output
    assert done.output.count("Error: ") == 1
    assert "Traceback" not in done.output


@pytest.mark.postgres
def test_a_database_that_cannot_hold_every_name_or_can_only_be_read_is_refused(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    url = make_url(postgres.new_database())
    lines = {
        "latin": "the database's encoding is LATIN1, and Switchboard needs UTF8",
        "ascii": "the database's encoding is SQL_ASCII, and Switchboard needs UTF8",
        "standby": "the database can only be read",
    }
    with psycopg.connect(
        host=str(postgres.directory), user=url.username, dbname=url.database, autocommit=True
    ) as connection:
        for name, encoding in (("latin", "LATIN1"), ("ascii", "SQL_ASCII"), ("standby", "UTF8")):
            connection.execute(
                f"CREATE DATABASE {name}_start TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'"
            )
        connection.execute("ALTER DATABASE standby_start SET default_transaction_read_only = on")
    for name, line in lines.items():
        app = application(tmp_path, url.set(database=f"{name}_start").render_as_string(hide_password=False))
        done = Commands(app)("upgrade")
        assert done.exit_code == 2, done.output
        assert line in done.output
        assert done.output.count("Error: ") == 1
        assert "Traceback" not in done.output
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def test_a_database_that_somebody_holds_at_the_start_is_waited_for(
    tmp_path: Path, settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("campaign_app.extensions.SQLITE_PRAGMAS", ("PRAGMA busy_timeout = 0",))
    app = create_app(load_settings(settings, tmp_path))
    holder = sqlite3.connect(tmp_path / "switchboard.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseUnavailable, match="database is locked") as raised:
        prepare_database(app)
    assert raised.value.temporary
    holder.close()
    prepare_database(app)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.mark.postgres
def test_pgbouncer_works_in_session_mode_and_is_refused_in_the_others(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    url = postgres.new_database()
    with pgbouncer(url, "session") as pooler:
        app = application(tmp_path, pooler.url)
        assert Commands(app)("db", "upgrade").exit_code == 0
        with app.app_context():
            check_database()
            with db.engine.connect() as connection:
                for name, value in (
                    ("enable_seqscan", "off"),
                    ("jit", "off"),
                    ("idle_in_transaction_session_timeout", "1min"),
                ):
                    assert connection.scalar(text(f"SHOW {name}")) == value
            db.engine.dispose()
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
    for mode in ("transaction", "statement"):
        with pgbouncer(url, mode) as pooler:
            app = application(tmp_path, pooler.url)
            with app.app_context():
                with pytest.raises(DatabaseUnavailable, match="set pool_mode = session"):
                    check_database()
                db.engine.dispose()
