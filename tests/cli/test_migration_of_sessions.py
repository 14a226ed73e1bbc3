"""Migration 0021 over a database that has rows: who is signed in stays so."""

from __future__ import annotations

from tests.support.migrated import AT, Migrated


def test_sessions_that_are_there_are_kept_up_and_down(database: Migrated) -> None:
    database.to("upgrade", "0020")
    database.insert(
        "users", id=1, email="ann@example.org", password_hash="x", role="admin", theme="dark", created_at=AT
    )
    database.insert("user_sessions", id=1, key_hash="k", user_id=1, created_at=AT, expires_at=AT)
    columns = "id, key_hash, user_id, created_at, expires_at"
    before = database.run(f"SELECT {columns} FROM user_sessions")
    database.to("upgrade", "0021")
    assert database.run(f"SELECT {columns} FROM user_sessions") == before
    assert database.run(
        "SELECT count(*) FROM user_sessions WHERE last_used_at = created_at AND NOT renew"
    ) == [(1,)]
    database.to("downgrade", "0020")
    assert database.run(f"SELECT {columns} FROM user_sessions") == before
    database.to("upgrade", "head")
