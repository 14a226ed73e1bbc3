"""Migration 0020 over a database that has rows: nobody knows the address of what was done before."""

from __future__ import annotations

from tests.support.migrated import AT, Migrated


def test_audit_rows_that_are_there_are_kept_up_and_down(database: Migrated) -> None:
    database.to("upgrade", "0019")
    database.insert(
        "audit",
        id=1,
        at=AT,
        actor="user:ann@example.org",
        action="campaign.pause",
        object_type="campaign",
        object_id="1",
        detail='{"why": "lunch"}',
    )
    columns = "id, actor, action, object_type, object_id"
    before = database.run(f"SELECT {columns} FROM audit")
    database.to("upgrade", "0020")
    assert database.run(f"SELECT {columns} FROM audit") == before
    assert database.run("SELECT address FROM audit") == [(None,)]
    database.to("downgrade", "0019")
    assert database.run(f"SELECT {columns} FROM audit") == before
    database.to("upgrade", "head")
