"""Migration 0033 over a database that has trunks and tokens: none of them has a limit."""

from __future__ import annotations

from tests.support.migrated import AT, Migrated


def test_trunks_and_tokens_that_are_there_have_no_limits(database: Migrated) -> None:
    trunk = {"provider": "simulator", "settings": "{}", "max_concurrent_calls": 9, "created_at": AT}
    token = {
        "token_hash": "a" * 64,
        "hint": "abcd",
        "role": "operator",
        "created_by": "cli",
        "created_at": AT,
    }
    database.to("upgrade", "0034")
    database.insert("trunks", id=1, name="before", **trunk)
    database.insert("api_tokens", id=1, name="ops", **token)
    database.to("upgrade", "0035")
    limits = "max_calls_per_day, max_minutes_per_day, max_spend_per_day, transfer_targets"
    assert database.run(f"SELECT name, {limits} FROM trunks") == [("before", None, None, None, None)]
    assert database.run("SELECT name, max_calls_per_day, calls_made FROM api_tokens") == [("ops", None, None)]
    database.insert("trunk_days", trunk_id=1, day=AT, calls=5, seconds=1.5, first_attempt_id=1)
    database.to("downgrade", "0034")
    assert database.run("SELECT name FROM trunks") == [("before",)]
    assert database.run("SELECT name FROM api_tokens") == [("ops",)]
    database.to("upgrade", "head")
