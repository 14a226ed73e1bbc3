"""Migration 0016 over a database that has rows: imports are kept, and lists come and go."""

from __future__ import annotations

from tests.cli.test_migration_of_profiles import ROWS
from tests.support.migrated import AT, Migrated


def test_what_is_there_is_kept_up_and_down(database: Migrated) -> None:
    database.to("upgrade", "0008")
    for table, rows in ROWS.items():
        for row in rows:
            database.insert(table, **row)
    database.to("upgrade", "0015")
    database.insert(
        "imports",
        id=1,
        mode="do_not_call",
        filename="list.csv",
        stored_as="x",
        size=9,
        status="completed",
        total=1,
        accepted=1,
        rejected=0,
        repeated_in_file=0,
        already_in_campaign=0,
        do_not_call=0,
        bytes_done=9,
        rows_done=1,
        created_by="x",
        created_at=AT,
    )
    contacts = "SELECT id, phone, status, suppressed_by FROM contacts ORDER BY id"
    before = database.run(contacts)
    database.to("upgrade", "0016")
    assert database.run(contacts) == before
    assert database.run("SELECT filename, list_id FROM imports") == [("list.csv", None)]
    database.insert(
        "lists",
        id=1,
        name="Litigators",
        kind="litigators",
        on_stale="block",
        version_id=1,
        created_by="x",
        created_at=AT,
        changed_at=AT,
    )
    database.insert(
        "list_versions",
        id=1,
        list_id=1,
        import_id=1,
        as_of="2026-11-20",
        filename="list.csv",
        numbers=1,
        state="current",
        loaded_by="x",
        loaded_at=AT,
        in_force_at=AT,
    )
    database.insert("list_numbers", version_id=1, phone=12125550142)
    database.run("UPDATE contacts SET suppressed_by = 'list:1' WHERE id = 3")
    database.to("downgrade", "0015")
    assert database.run("SELECT status FROM contacts WHERE id = 3") == [("suppressed",)]
    assert database.run("SELECT filename FROM imports") == [("list.csv",)]
    database.to("upgrade", "head")
    assert database.run("SELECT count(*) FROM list_numbers") == [(0,)]
