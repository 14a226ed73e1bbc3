"""Migration 0018 over a database that has rows: campaigns say of nobody that he agreed, and keep all else."""

from __future__ import annotations

from tests.support.migrated import AT, Migrated

COLUMNS = "id, name, status, purpose, clock, rulebook_id, min_gap_minutes"


def test_campaigns_that_are_there_are_kept_up_and_down(database: Migrated) -> None:
    database.to("upgrade", "0017")
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
        status="running",
        message='{"text": "Hello"}',
        purpose="survey",
        timezone="Europe/Paris",
        calling_windows='[{"days": ["mon"], "start": "09:00", "end": "17:00"}]',
        caps="[]",
        min_gap_minutes=240,
        guard_seconds=60,
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
    before = database.run(f"SELECT {COLUMNS} FROM campaigns")
    database.to("upgrade", "0018")
    assert database.run(f"SELECT {COLUMNS} FROM campaigns") == before
    assert database.run("SELECT caller_name, consent FROM campaigns") == [("", None)]
    assert database.run("SELECT count(*) FROM pack_editions") == [(0,)]
    database.to("downgrade", "0017")
    assert database.run(f"SELECT {COLUMNS} FROM campaigns") == before
    database.to("upgrade", "head")
