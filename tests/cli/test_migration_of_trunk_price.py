"""Migration 0022 over a database that has trunks: nobody has said what their calls cost."""

from __future__ import annotations

from tests.support.migrated import AT, Migrated


def test_trunks_that_are_there_have_no_price(database: Migrated) -> None:
    fields = {"provider": "simulator", "settings": "{}", "max_concurrent_calls": 9, "created_at": AT}
    database.to("upgrade", "0021")
    database.insert("trunks", id=1, name="before", **fields)
    database.to("upgrade", "0022")
    assert database.run("SELECT name, price FROM trunks") == [("before", None)]
    database.to("downgrade", "0021")
    assert database.run("SELECT name FROM trunks") == [("before",)]
    database.to("upgrade", "head")
