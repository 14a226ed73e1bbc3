"""Migrations of call order, answers and lengths over a database that has rows: all is kept, and counted."""

from __future__ import annotations

from campaign_app.extensions import db
from tests.support.migrated import AT, Migrated

BEFORE = "0028"
"""The head before them."""


def test_campaigns_and_figures_that_are_there_are_kept_up_and_down(database: Migrated) -> None:
    database.to("upgrade", BEFORE)
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
        calling_windows="[]",
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
    for number, answered_by in enumerate(["human", "human", "machine", "fax", None], start=1):
        database.insert(
            "attempts",
            id=number,
            campaign_id=1,
            trunk_id=1,
            number=1,
            try_number=1,
            counts=True,
            token=f"{number:032}",
            phone=f"+1212555010{number}",
            status="completed",
            rank=9,
            answered_by=answered_by,
            claimed_at=AT,
            ended_at=AT,
        )
    with database.app.app_context():
        # Slots are in UTC, whatever the zone of the session.
        in_utc = AT if db.engine.dialect.name == "sqlite" else f"{AT}+00"
    database.run("UPDATE attempts SET ended_at = :at", at=in_utc)
    database.insert(
        "outcome_slots",
        campaign_id=1,
        slot_at=in_utc,
        completed=5,
        busy=0,
        no_answer=0,
        failed=0,
        canceled=0,
        unresolved=0,
        peak_open=2,
    )
    kept = database.run("SELECT name, retry, priority FROM campaigns")
    database.to("upgrade", "head")
    assert database.run("SELECT name, retry, priority FROM campaigns") == kept
    fields = "call_order, version, ring_seconds, longest_call_seconds, machine_detection"
    assert database.run(f"SELECT {fields} FROM campaigns") == [("file", 1, 30, 300, "balanced")]
    assert database.run("SELECT completed, human, machine FROM outcome_slots") == [(5, 2, 2)]
    counted = "SELECT response, n FROM response_counts ORDER BY response"
    assert database.run(counted) == [
        ("answered-by:fax", 1),
        ("answered-by:human", 2),
        ("answered-by:machine", 1),
    ]
    database.to("downgrade", BEFORE)
    assert database.run("SELECT name, retry, priority FROM campaigns") == kept
    assert database.run(counted) == []
    database.to("upgrade", "head")
