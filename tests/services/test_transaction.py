"""Who writes when, on SQLite: one at a time, and nobody in vain."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaign_app import transaction as transactions
from campaign_app.extensions import make_engine
from campaign_app.transaction import begin_write, transaction

WRITERS, WRITES = 8, 25


@pytest.fixture
def impatient(tmp_path: Path) -> sa.Engine:
    """A database whose connections do not wait for its lock at all."""
    database = make_engine(f"sqlite:///{tmp_path / 'one.sqlite'}")

    @sa.event.listens_for(database, "connect")
    def _at_once(connection: object, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout = 0")  # type: ignore[attr-defined]

    with begin_write(database) as connection:
        connection.execute(sa.text("CREATE TABLE counter (n INTEGER)"))
        connection.execute(sa.text("INSERT INTO counter VALUES (0)"))
    return database


def add(database: sa.Engine, turn: int) -> None:
    one_more = sa.text("UPDATE counter SET n = n + 1")
    if turn % 2:
        with begin_write(database) as connection:
            connection.execute(one_more)
    else:
        with Session(database) as session, transaction(session):
            session.execute(one_more)


def test_writers_of_a_process_stand_in_line(impatient: sa.Engine) -> None:
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(lambda turn: add(impatient, turn), range(WRITERS * WRITES)))
    with impatient.connect() as reading:
        assert reading.execute(sa.text("SELECT n FROM counter")).scalar() == WRITERS * WRITES
    impatient.dispose()


def test_a_writer_inside_another_fails_instead_of_waiting_for_itself(
    impatient: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "TURN_SECONDS", 0.05)
    with begin_write(impatient), pytest.raises(sa.exc.OperationalError, match="locked"):
        add(impatient, 1)
    add(impatient, 1)
    impatient.dispose()
