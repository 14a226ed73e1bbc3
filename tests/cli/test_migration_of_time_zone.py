"""Migration 0025 over a database that has users: their pages go on with the browser's clock."""

from __future__ import annotations

from tests.support.migrated import AT, Migrated


def test_users_that_are_there_are_kept_up_and_down(database: Migrated) -> None:
    database.to("upgrade", "0024")
    database.insert(
        "users", id=1, email="ann@example.org", password_hash="x", role="admin", theme="dark", created_at=AT
    )
    columns = "id, email, role, theme"
    before = database.run(f"SELECT {columns} FROM users")
    database.to("upgrade", "0025")
    assert database.run(f"SELECT {columns} FROM users") == before
    assert database.run("SELECT time_zone FROM users") == [(None,)]
    database.to("downgrade", "0024")
    assert database.run(f"SELECT {columns} FROM users") == before
    database.to("upgrade", "head")
