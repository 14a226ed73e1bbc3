"""What others on the machine, in the log and in caches do not get to see."""

from __future__ import annotations

import logging
import os
import stat
import traceback
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from campaign_app.extensions import make_engine
from campaign_app.logs import RepeatFilter
from campaign_app.queries import imports as import_queries
from campaign_app.transaction import begin_write
from tests.support.server import RunningApp
from tests.web.people_support import Site


def test_a_failing_statement_does_not_tell_what_it_was_about_to_write(database_url: str) -> None:
    engine, secret = make_engine(database_url), f"$argon2id${2**90}"
    insert = text(
        "INSERT INTO users (email, password_hash, role, theme, created_at)"
        " VALUES ('a@example.org', :secret, 'nobody', 'system', '2026-11-20')"
    )
    with engine.connect() as connection, pytest.raises(IntegrityError) as error:
        connection.execute(insert, {"secret": secret})
    engine.dispose()
    told = "".join(traceback.format_exception(error.value))
    assert secret not in told
    assert "IntegrityError" in told


def test_what_a_started_server_writes_is_its_users_alone(tmp_path: Path) -> None:
    """Also where the folder was there before, open to everybody, and with an umask that closes nothing."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    before = os.umask(0)
    try:
        folder.chmod(0o755)
        app = RunningApp(folder, {"SWITCHBOARD_ENGINE": "off"})
        app.must("db", "upgrade")
        app.start()
        app.close()
    finally:
        os.umask(before)
    found = {
        str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode)
        for path in [folder, *folder.rglob("*")]
        if path.name != "output.log"
    }
    assert found["switchboard.sqlite"] == 0o600
    assert {name for name, mode in found.items() if mode & 0o077} == set(), found


def test_the_same_trouble_is_told_once_in_ten_minutes_with_how_often_it_came() -> None:
    told = RepeatFilter()

    def comes(at: float, message: str = "trunk %s cannot be used", error: str = "no password") -> str | None:
        record = logging.LogRecord("switchboard.engine", logging.ERROR, __file__, 1, message, ("a",), None)
        record.exc_info = (ValueError, ValueError(error), None)
        record.created = at
        return record.getMessage() if told.filter(record) else None

    assert comes(0) == "trunk a cannot be used"
    assert [comes(at) for at in (1, 2, 599)] == [None, None, None]
    assert comes(3, error="the password is wrong") is not None, "another trouble is told"
    assert comes(601) == "trunk a cannot be used (and 3 times more since it was last told)"
    assert comes(602) is None
    queue = [
        logging.LogRecord("waitress.queue", logging.WARNING, "", 1, "%d wait", (n,), None) for n in (1, 2)
    ]
    assert [told.filter(each) for each in queue] == [True, False], "another number is no other trouble"
    line = logging.LogRecord("switchboard.engine", logging.INFO, __file__, 1, "a call", (), None)
    assert [told.filter(line), told.filter(line)] == [True, True], "what is no trouble is told each time"


class TakenBack(Exception):
    """So that the rows, which belong to no import, go again."""


def test_an_import_keeps_a_bounded_number_of_refusals(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_queries, "MOST_REFUSALS", 5)
    engine = make_engine(database_url)
    with suppress(TakenBack), begin_write(engine) as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = on")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        for start in (0, 4, 8):
            rows = [(n, "invalid", "no-number", "there is no number", ["x"]) for n in range(start, start + 4)]
            import_queries.insert_refusals(connection, 1, rows, so_far=start)
        lines = connection.execute(text("SELECT line FROM rejected_rows ORDER BY id")).scalars().all()
        raise TakenBack
    engine.dispose()
    assert lines == [0, 1, 2, 3, 4]


def test_pages_about_people_are_kept_nowhere(site: Site) -> None:
    client = site.app.test_client()
    for path in ("/calls", "/do-not-call", "/audit", "/api/v1/calls", "/campaigns/1/contacts"):
        assert client.get(path).headers["Cache-Control"] == "no-store", path
    assert client.get("/login").headers["Cache-Control"] == "private, no-cache"
