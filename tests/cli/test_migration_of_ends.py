"""Migration 0024 over a database that has calls: those that are up get the time by which they must have ended."""

from __future__ import annotations

from tests.support.migrated import AT, Migrated


def test_open_calls_must_have_ended_by_their_horizon(database: Migrated) -> None:
    database.to("upgrade", "0023")
    database.insert(
        "trunks",
        id=1,
        name="east",
        provider="simulator",
        settings="{}",
        max_concurrent_calls=2,
        created_at=AT,
    )
    for number, (status, rank, ended_at) in enumerate([("ringing", 3, None), ("unresolved", 9, AT)], 1):
        database.insert(
            "attempts",
            id=number,
            trunk_id=1,
            number=1,
            try_number=1,
            counts=True,
            token=f"{number:032}",
            phone=f"+1212555010{number}",
            status=status,
            rank=rank,
            claimed_at=AT,
            dialing_at=AT,
            horizon_at="2026-11-20 15:10:00.000000",
            ended_at=ended_at,
            test=False,
        )
    before = database.run("SELECT id, status, horizon_at FROM attempts ORDER BY id")
    database.to("upgrade", "0024")
    assert database.run("SELECT id, status, horizon_at FROM attempts ORDER BY id") == before
    [(up, _), (over, decision)] = database.run("SELECT overdue_at, decision FROM attempts ORDER BY id")
    assert (str(up)[:16], over, decision) == ("2026-11-20 15:10", None, None)
    database.to("downgrade", "0023")
    assert database.run("SELECT id, status, horizon_at FROM attempts ORDER BY id") == before
    database.to("upgrade", "head")
