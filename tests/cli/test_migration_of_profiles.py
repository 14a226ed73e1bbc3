"""Migrations 0009 and 0010 over a database that has rows: campaigns keep their own clock, contacts get their profile,
and nobody has been put off yet."""

from __future__ import annotations

import json
from typing import Any

from tests.support.migrated import AT, Migrated

ROWS: dict[str, list[dict[str, Any]]] = {
    "trunks": [
        {
            "id": 1,
            "name": "simulator",
            "provider": "simulator",
            "settings": "{}",
            "max_concurrent_calls": 9,
            "created_at": AT,
        }
    ],
    "campaigns": [
        {
            "id": 1,
            "name": "Autumn",
            "status": "running",
            "message": '{"text": "Hello"}',
            "timezone": "Europe/Paris",
            "calling_windows": '[{"days": ["mon"], "start": "09:00", "end": "17:00"}]',
            "max_concurrent_calls": 9,
            "retry": "{}",
            "trunk_id": 1,
            "priority": 5,
            "created_at": AT,
            "created_by": "x",
            "status_at": AT,
            "status_by": "x",
            "failures": 0,
        }
    ],
    "contacts": [
        {
            "id": number,
            "campaign_id": 1,
            "phone": phone,
            "status": status,
            "due_at": AT if status == "pending" else None,
            "attempts_made": 0,
            "tries": 0,
            "variables": "{}",
            "created_at": AT,
            "state": state,
        }
        for number, phone, status, state in (
            (1, "+12125550100", "pending", None),
            (2, "+18505550100", "pending", None),
            (3, "+12125550101", "suppressed", "nowhere at all"),
        )
    ],
}


def test_campaigns_keep_their_clock_and_contacts_get_profiles_up_and_down(database: Migrated) -> None:
    database.to("upgrade", "0008")
    for table, rows in ROWS.items():
        for row in rows:
            database.insert(table, **row)
    database.to("upgrade", "0009")
    [(clock, purpose, rulebook_id, gap)] = database.run(
        "SELECT clock, purpose, rulebook_id, min_gap_minutes FROM campaigns"
    )
    assert (clock, purpose, gap) == ("campaign", None, 240)
    [(body,)] = database.run("SELECT body FROM rulebooks WHERE id = :id", id=rulebook_id)
    assert (json.loads(body) if isinstance(body, str) else body)["timezone"] == "Europe/Paris"
    zones = {}
    for contact_id, profile in database.run(
        "SELECT c.id, p.body FROM contacts c JOIN dial_profiles p ON p.id = c.profile_id"
    ):
        zones[contact_id] = (json.loads(profile) if isinstance(profile, str) else profile)["zones"]
    assert zones == {
        1: ["America/New_York"],
        2: ["America/Chicago", "America/New_York"],
        3: ["America/New_York"],
    }
    assert database.run("SELECT suppressed_by FROM contacts WHERE id = 3") == [("do-not-call",)]
    database.to("downgrade", "0008")
    assert database.run("SELECT timezone, status FROM campaigns") == [("Europe/Paris", "running")]
    assert database.run("SELECT count(*) FROM contacts") == [(3,)]
    database.to("upgrade", "head")


def test_contacts_that_are_there_are_kept_up_and_down(database: Migrated) -> None:
    database.to("upgrade", "0008")
    for table, rows in ROWS.items():
        for row in rows:
            database.insert(table, **row)
    database.to("upgrade", "0009")
    columns = "id, phone, status, due_at, profile_id, state"
    before = database.run(f"SELECT {columns} FROM contacts ORDER BY id")
    database.to("upgrade", "0010")
    assert database.run(f"SELECT {columns} FROM contacts ORDER BY id") == before
    assert database.run("SELECT count(*) FROM contacts WHERE deferred_by IS NOT NULL") == [(0,)]
    database.run("UPDATE contacts SET deferred_by = 'cap' WHERE id = 1")
    database.to("downgrade", "0009")
    assert database.run(f"SELECT {columns} FROM contacts ORDER BY id") == before
