"""Migrations: rows written under one revision are read under the next, and written back on the way down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import downgrade, upgrade

from campaign_app.domain.message import parse_message
from campaign_app.extensions import db
from campaign_app.models import Campaign
from tests.cli.commands_support import application
from tests.support.migrated import drop_tables

AT = "2026-11-20 15:00:00.000000"
MENU = {"keys": [{"digit": "3", "action": "transfer", "to": "700"}], "voice": "amy"}
MACHINE = {"recording": "ab" * 32, "machine": {"text": "Call us back, {first_name|there}."}}
BROKEN = {"keys": 3}
LIST = [1]
SINGLE = {"opt_out_text": "Bye."}
CAMPAIGNS = [
    # id, text, script, transfers, personal
    (1, 'Hello {first_name}, it\'s "noon".', None, False, True),
    (2, "Press 3: 100% {{sic}}.", MENU, True, False),
    (3, "Not heard by {anybody}", MACHINE, False, True),
    (4, "Not heard by {anybody}", {"recording": "cd" * 32}, False, False),
    (5, "Hi", BROKEN, False, False),
    (6, "Hi", LIST, False, False),
    (7, "Hi", {"thanks_text": "Thanks, {first_name}."}, False, True),
]


@pytest.fixture
def migrated_app(tmp_path: Path, database_url: str) -> Iterator[Flask]:
    """An application whose database has the tables of revision 0006."""
    app = application(tmp_path, database_url)
    with app.app_context():
        drop_tables(db.engine)
        upgrade(revision="0006")
        yield app
        db.session.remove()
        db.engine.dispose()


def insert(connection: sa.Connection, table: str, **values: Any) -> None:
    columns = [f'"{name}"' for name in values]
    statement = (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(':' + name for name in values)})"
    )
    connection.execute(sa.text(statement), values)


def as_json(value: object) -> str | None:
    return None if value is None else json.dumps(value)


def fill_every_table_that_changes() -> None:
    """Rows of revision 0006."""
    with db.engine.begin() as connection:
        insert(
            connection,
            "trunks",
            id=1,
            name="simulator",
            provider="simulator",
            settings="{}",
            max_concurrent_calls=5,
            failures=2,
            trouble="no route",
            trouble_at=AT,
            created_at=AT,
        )
        for key, text, script, _, _ in CAMPAIGNS:
            insert(
                connection,
                "campaigns",
                id=key,
                name=f"Campaign {key}",
                status="draft",
                text=text,
                script=as_json(script),
                timezone="UTC",
                calling_windows="[]",
                max_concurrent_calls=5,
                retry="{}",
                trunk_id=1,
                priority=5,
                created_at=AT,
                created_by="ann",
                status_at=AT,
                status_by="ann",
                failures=0,
                trouble="busy" if key == 1 else None,
                trouble_at=AT if key == 1 else None,
            )
            insert(
                connection,
                "contacts",
                id=key,
                campaign_id=key,
                phone=f"+1212555010{key}",
                status="dialing",
                attempts_made=1,
                tries=0,
                variables="{}",
                created_at=AT,
            )
        for key, second_line, text, script in (
            (1, "asked", None, None),
            (2, "given", None, None),
            (3, None, "Hi there.", None),
            (4, None, "Hi there.", SINGLE),
        ):
            single = text is not None
            insert(
                connection,
                "attempts",
                id=key,
                campaign_id=None if single else key,
                contact_id=None if single else key,
                trunk_id=1,
                number=1,
                try_number=1,
                counts=True,
                token=f"{key:032}",
                phone=f"+1212555010{key}",
                status="in-progress",
                rank=4,
                claimed_at=AT,
                second_line=second_line,
                text=text,
                script=as_json(script),
                test=False,
            )
        insert(connection, "campaign_facets", campaign_id=1, facet="key:1", n=3)
        insert(connection, "tallies", name="events_dropped", value=7)
        insert(connection, "facts", key="setup", value="{not json")
        insert(
            connection,
            "facts",
            key="quarantine",
            value=json.dumps({"since": AT, "trouble": "it's away: {a}"}),
        )
        insert(
            connection,
            "engines",
            name="host-1",
            host="host",
            pid=1,
            started_at=AT,
            last_tick_at=AT,
            tick_ms=3,
            trouble="stuck",
            role="worker",
            lag_ms=9,
            timings="{}",
        )


def dump_tables() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, by table, in the order of its key."""
    reflected = sa.MetaData()
    reflected.reflect(db.engine)
    with db.engine.connect() as connection:
        return {
            table.name: [
                {key: parse_setting(value) if key == "value" else value for key, value in row.items()}
                for row in connection.execute(sa.select(table).order_by(*table.primary_key)).mappings()
            ]
            for table in reflected.sorted_tables
            if table.name != "alembic_version"
        }


def parse_setting(value: object) -> object:
    """A settings row's JSON, whose spaces do not matter."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def list_cells(dump: dict[str, list[dict[str, Any]]], table: str, *columns: str) -> list[tuple[Any, ...]]:
    return sorted(tuple(row[column] for column in columns) for row in dump[table])


def test_what_was_written_under_revision_6_is_there_under_the_new_names(migrated_app: Flask) -> None:
    fill_every_table_that_changes()
    before = dump_tables()
    upgrade(revision="0007")
    after = dump_tables()
    assert {table: len(rows) for table, rows in after.items()} == {
        {
            "campaign_facets": "response_counts",
            "tallies": "counters",
            "facts": "settings",
            "engines": "engine_heartbeats",
        }.get(table, table): len(rows)
        for table, rows in before.items()
    }
    assert list_cells(after, "response_counts", "campaign_id", "response", "n") == [(1, "key:1", 3)]
    assert list_cells(after, "counters", "name", "value") == [("events_dropped", 7)]
    stored = {row["key"]: row["value"] for row in after["settings"]}
    assert stored["setup"] == "{not json"
    assert stored["quarantine"] == {"since": AT, "last_error": "it's away: {a}"}
    [heartbeat] = after["engine_heartbeats"]
    [engine] = before["engines"]
    assert heartbeat == {
        **{key: value for key, value in engine.items() if key != "trouble"},
        "last_error": "stuck",
    }
    [trunk] = after["trunks"]
    assert (trunk["last_error"], trunk["last_error_at"]) == ("no route", before["trunks"][0]["trouble_at"])
    assert list_cells(after, "attempts", "id", "transfer_leg") == [
        (1, "waiting"),
        (2, "granted"),
        (3, None),
        (4, None),
    ]
    first = after["campaigns"][0]
    assert (first["last_error"], first["last_error_at"]) == ("busy", before["campaigns"][0]["trouble_at"])


def test_two_columns_of_a_message_become_one(migrated_app: Flask) -> None:
    fill_every_table_that_changes()
    upgrade(revision="0007")
    after = dump_tables()
    assert {row["id"]: row["message"] for row in after["campaigns"]} == {
        key: {"text": text, "script": script}
        if isinstance(script, list)
        else {**(script or {}), "text": text}
        for key, text, script, _, _ in CAMPAIGNS
    }
    assert list_cells(after, "campaigns", "id", "transfers", "personal") == [
        (key, transfers, personal) for key, _, _, transfers, personal in CAMPAIGNS
    ]
    assert {row["id"]: row["message"] for row in after["attempts"]} == {
        1: None,
        2: None,
        3: {"text": "Hi there."},
        4: {"text": "Hi there.", "opt_out_text": "Bye."},
    }
    with db.engine.connect() as connection:
        nulls = "SELECT count(*) FROM attempts WHERE message IS NULL"
        assert connection.execute(sa.text(nulls)).scalar_one() == 2


@pytest.mark.parametrize("key", [1, 2, 3, 4, 7])
def test_the_model_writes_the_flags_that_the_migration_writes(key: int) -> None:
    [(text, script, transfers, personal)] = [rest for first, *rest in CAMPAIGNS if first == key]
    campaign = Campaign(message=parse_message({**(script or {}), "text": text}))
    assert (campaign.transfers, campaign.personal) == (transfers, personal)


def test_the_way_down_gives_every_row_back(migrated_app: Flask) -> None:
    fill_every_table_that_changes()
    before = dump_tables()
    upgrade(revision="0007")
    downgrade(revision="0006")
    after = dump_tables()
    for row in before["campaigns"]:
        if isinstance(row["script"], list):
            # Still broken, still with all that was in it.
            row["script"] = {"script": row["script"]}
    assert after == before
