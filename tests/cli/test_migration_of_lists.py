"""Migration 0016 over a database that has rows: imports are kept, and lists come and go."""

from __future__ import annotations

from tests.support.migrated import AT, Migrated

TRUNK = {
    "id": 1,
    "name": "simulator",
    "provider": "simulator",
    "settings": "{}",
    "max_concurrent_calls": 9,
    "created_at": AT,
}
CAMPAIGN = {
    "id": 1,
    "name": "Autumn",
    "status": "draft",
    "message": '{"text": "Hello"}',
    "timezone": "Europe/Paris",
    "calling_windows": "[]",
    "max_concurrent_calls": 9,
    "retry": "{}",
    "trunk_id": 1,
    "priority": 5,
    "created_at": AT,
    "created_by": "x",
    "status_at": AT,
    "status_by": "x",
    "failures": 0,
}
CONTACT = {
    "id": 3,
    "campaign_id": 1,
    "phone": "+12125550101",
    "status": "suppressed",
    "attempts_made": 0,
    "tries": 0,
    "variables": "{}",
    "created_at": AT,
}


def test_what_is_there_is_kept_up_and_down(database: Migrated) -> None:
    database.to("upgrade", "0008")
    database.insert("trunks", **TRUNK)
    database.insert("campaigns", **CAMPAIGN)
    database.insert("contacts", **CONTACT)
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
