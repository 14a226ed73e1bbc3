"""Migrations of databases that have rows: nothing is lost on the way up, and the way down is open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign_app import create_app
from campaign_app.config import Settings
from campaign_app.extensions import db
from campaign_app.models import Base

AT = "2026-11-20 15:00:00.000000"


class Migrated:
    """A database at some revision, read and written by plain SQL."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def to(self, command: str, revision: str) -> None:
        done = self.app.test_cli_runner().invoke(args=["db", command, revision])
        assert done.exit_code == 0, done.output

    def run(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.app.app_context(), db.engine.connect() as connection:
            done = connection.execute(sa.text(statement), values)
            rows = [tuple(row) for row in done] if done.returns_rows else []
            connection.commit()
            return rows


@pytest.fixture
def database(tmp_path: Path, database_url: str) -> Iterator[Migrated]:
    """Without tables."""
    settings = Settings(instance_path=tmp_path / "instance", database_url=database_url, secret_key="k" * 32)
    app = create_app(settings)
    with app.app_context():
        Base.metadata.drop_all(db.engine)
    yield Migrated(app)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def _insert(database: Migrated, table: str, **values: Any) -> None:
    names = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join(f":{name}" for name in values)
    database.run(f"INSERT INTO {table} ({names}) VALUES ({marks})", **values)


def _fill(database: Migrated) -> None:
    """A campaign with an import of each status, contacts and rejected rows of them, and a do-not-call list."""
    _insert(
        database,
        "trunks",
        id=1,
        name="simulator",
        provider="simulator",
        settings="{}",
        max_concurrent_calls=9,
        created_at=AT,
    )
    _insert(
        database,
        "campaigns",
        id=1,
        name="Autumn",
        status="paused",
        text="Hello",
        timezone="UTC",
        calling_windows="[]",
        max_concurrent_calls=9,
        retry="{}",
        trunk_id=1,
        priority=0,
        created_at=AT,
        created_by="me",
        status_at=AT,
        status_by="me",
        failures=0,
    )
    for number, status in enumerate(("completed", "failed", "queued", "running"), 1):
        _insert(
            database,
            "imports",
            id=number,
            campaign_id=1,
            filename=f"{status}.csv",
            stored_as=f"{number}.csv",
            size=100,
            status=status,
            columns='[{"name": "phone", "role": "phone"}]',
            total=2,
            accepted=1,
            rejected=1,
            repeated_in_file=0,
            already_in_campaign=0,
            do_not_call=0,
            bytes_done=100,
            rows_done=2,
            created_by="me",
            created_at=AT,
        )
        _insert(
            database,
            "contacts",
            id=number,
            campaign_id=1,
            phone=f"+1617555010{number}",
            status="pending",
            due_at=AT,
            attempts_made=0,
            tries=0,
            variables='{"name": "Zoë"}',
            import_id=number,
            line=2,
            created_at=AT,
        )
        _insert(
            database,
            "rejected_rows",
            import_id=number,
            line=3,
            kind="invalid",
            code="empty",
            reason="the number is missing",
            cells='[""]',
        )
    for campaign_id in (None, 1):
        _insert(
            database,
            "do_not_call",
            phone="+16175550199",
            campaign_id=campaign_id,
            source="operator",
            reason="asked",
            added_by="me",
            created_at=AT,
        )


KEPT = (
    "SELECT id, campaign_id, filename, stored_as, size, status, total, accepted, rows_done FROM imports ORDER BY id",
    "SELECT id, campaign_id, phone, status, import_id, line FROM contacts ORDER BY id",
    "SELECT import_id, line, kind, code, reason FROM rejected_rows ORDER BY import_id",
    "SELECT phone, campaign_id, source, reason, added_by FROM do_not_call ORDER BY id",
)


def test_imports_contacts_and_lists_survive_0008_up_and_down(database: Migrated) -> None:
    database.to("upgrade", "0006")
    _fill(database)
    before = [database.run(statement) for statement in KEPT]
    assert [len(rows) for rows in before] == [4, 4, 4, 2]
    database.to("upgrade", "0008")
    assert [database.run(statement) for statement in KEPT] == before
    assert database.run("SELECT DISTINCT mode, phase, on_known, updated FROM imports") == [
        ("contacts", "add", "skip", 0)
    ]
    # The references still hold: a campaign takes its imports along, and those their rejected rows.
    database.run("UPDATE imports SET status = 'undone', undone_at = created_at WHERE id = 1")
    database.run("UPDATE imports SET status = 'needs_mapping' WHERE id = 3")
    with pytest.raises(sa.exc.IntegrityError):
        database.run("UPDATE imports SET status = 'lost' WHERE id = 1")
    with pytest.raises(sa.exc.IntegrityError):
        database.run("UPDATE imports SET campaign_id = NULL WHERE id = 1")
    database.to("downgrade", "0006")
    assert [database.run(statement) for statement in KEPT[1:]] == before[1:]
    assert [row[0] for row in database.run("SELECT status FROM imports ORDER BY id")] == [
        "completed",
        "failed",
        "failed",
        "running",
    ]
    database.to("upgrade", "head")
    database.run("DELETE FROM campaigns")
    assert [database.run(statement) for statement in KEPT[:3]] == [[], [], []]


def test_the_do_not_call_list_stays_unique_after_0008(database: Migrated) -> None:
    database.to("upgrade", "0006")
    _fill(database)
    database.to("upgrade", "head")
    for campaign_id in (None, 1):
        with pytest.raises(sa.exc.IntegrityError):
            _insert(
                database,
                "do_not_call",
                phone="+16175550199",
                campaign_id=campaign_id,
                source="operator",
                added_by="me",
                created_at=AT,
            )
