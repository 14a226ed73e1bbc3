"""Migration 0032 over a database that has trunks: none was checked."""

from __future__ import annotations

from tests.support.migrated import AT, Migrated


def test_trunks_that_are_there_were_not_checked(database: Migrated) -> None:
    fields = {"provider": "twilio", "settings": "{}", "max_concurrent_calls": 9, "created_at": AT}
    database.to("upgrade", "0031")
    database.insert("trunks", id=1, name="before", **fields)
    database.to("upgrade", "0032")
    rows = database.run("SELECT name, checked_at, check_steps, check_error FROM trunks")
    assert rows == [("before", None, None, None)]
    database.to("downgrade", "0031")
    assert database.run("SELECT name FROM trunks") == [("before",)]
    database.to("upgrade", "head")
