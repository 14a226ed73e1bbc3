"""Migration of erasures: tables of their own, and no way back to a version that would call forgotten people."""

from __future__ import annotations

from tests.support.migrated import AT, Migrated

BEFORE, AFTER = "0014", "0015"


def test_campaigns_have_all_their_records(database: Migrated) -> None:
    database.to("upgrade", BEFORE)
    database.insert(
        "trunks", id=1, name="s", provider="simulator", settings="{}", max_concurrent_calls=9, created_at=AT
    )
    database.insert(
        "campaigns",
        id=1,
        name="Autumn",
        status="completed",
        message='{"text": "Hello"}',
        calling_windows="[]",
        caps="[]",
        min_gap_minutes=0,
        guard_seconds=0,
        max_concurrent_calls=9,
        retry="{}",
        trunk_id=1,
        priority=5,
        created_at=AT,
        created_by="x",
        status_at=AT,
        status_by="x",
        failures=0,
    )
    database.to("upgrade", AFTER)
    assert database.run("SELECT records_removed_at FROM campaigns") == [(None,)]
    database.to("downgrade", BEFORE)
    assert database.run("SELECT name FROM campaigns") == [("Autumn",)]


def test_a_database_with_forgotten_numbers_stays_where_it_is(database: Migrated) -> None:
    database.to("upgrade", AFTER)
    database.insert("forgotten_numbers", hash="ab" * 32, forgotten_at=AT, reason="a letter")
    done = database.app.test_cli_runner().invoke(args=["db", "downgrade", BEFORE])
    assert done.exit_code != 0
    assert database.run("SELECT count(*) FROM forgotten_numbers") == [(1,)]
