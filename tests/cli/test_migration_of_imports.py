"""Migrations of databases that have rows: nothing is lost on the way up, and the way down is open."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.support.migrated import AT, Migrated


def _fill(database: Migrated) -> None:
    """A campaign with an import of each status, contacts and rejected rows of them, and a do-not-call list."""
    database.insert(
        "trunks",
        id=1,
        name="simulator",
        provider="simulator",
        settings="{}",
        max_concurrent_calls=9,
        created_at=AT,
    )
    database.insert(
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
        database.insert(
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
        database.insert(
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
        database.insert(
            "rejected_rows",
            import_id=number,
            line=3,
            kind="invalid",
            code="empty",
            reason="the number is missing",
            cells='[""]',
        )
    for campaign_id in (None, 1):
        database.insert(
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
            database.insert(
                "do_not_call",
                phone="+16175550199",
                campaign_id=campaign_id,
                source="operator",
                added_by="me",
                created_at=AT,
            )
