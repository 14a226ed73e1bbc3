"""Migration 0019 over a database that has trunks: they go on with the environment's credentials; new ones do not."""

from __future__ import annotations

from tests.support.migrated import AT, Migrated


def test_trunks_that_are_there_go_on_as_before(database: Migrated) -> None:
    fields = {"provider": "twilio", "settings": "{}", "max_concurrent_calls": 9, "created_at": AT}
    database.to("upgrade", "0018")
    database.insert("trunks", id=1, name="before", **fields)
    database.to("upgrade", "0019")
    database.insert("trunks", id=2, name="after", **fields)
    found = database.run("SELECT name, inherits_credentials FROM trunks ORDER BY id")
    assert [(name, bool(inherits)) for name, inherits in found] == [("before", True), ("after", False)]
    database.to("downgrade", "0018")
    assert database.run("SELECT name FROM trunks ORDER BY id") == [("before",), ("after",)]
    database.to("upgrade", "head")
