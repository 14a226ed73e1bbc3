"""Migration 0023 over campaigns and contacts that are there: nobody planned when a paused campaign resumes,
nobody asked to call a contact again, and there are no notes yet."""

from __future__ import annotations

from tests.support.migrated import AT, Migrated

BEFORE, AFTER = "0022", "0023"


def test_what_is_there_is_kept_up_and_down(database: Migrated) -> None:
    database.to("upgrade", BEFORE)
    trunk = {
        "id": 1,
        "name": "simulator",
        "provider": "simulator",
        "settings": "{}",
        "max_concurrent_calls": 9,
    }
    database.insert("trunks", **trunk, created_at=AT)
    database.insert(
        "campaigns",
        id=1,
        name="Autumn",
        status="paused",
        message='{"text": "Hello"}',
        timezone="Europe/Paris",
        calling_windows="[]",
        max_concurrent_calls=9,
        retry="{}",
        caps="[]",
        min_gap_minutes=0,
        guard_seconds=0,
        trunk_id=1,
        priority=5,
        created_at=AT,
        created_by="x",
        status_at=AT,
        status_by="x",
        failures=0,
    )
    contact = {"id": 3, "campaign_id": 1, "phone": "+12125550101", "status": "exhausted", "variables": "{}"}
    database.insert("contacts", **contact, attempts_made=1, tries=1, created_at=AT)
    there = "SELECT c.id, c.name, c.status, c.status_by, t.id, t.phone, t.status, t.tries FROM campaigns c, contacts t"
    before = database.run(there)
    database.to("upgrade", AFTER)
    assert database.run(there) == before
    assert database.run("SELECT resume_at FROM campaigns") == [(None,)]
    assert database.run("SELECT again_at FROM contacts") == [(None,)]
    database.insert("shift_notes", id=1, at=AT, made_by="x", text="all quiet")
    database.to("downgrade", BEFORE)
    assert database.run(there) == before
    database.to("upgrade", "head")
