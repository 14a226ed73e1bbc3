"""Migrations 0027 and 0028 over a database that has rows: users, their tokens and what was audited stay."""

from __future__ import annotations

from tests.support.migrated import AT, Migrated


def test_users_tokens_and_the_audit_trail_are_kept_up_and_down(database: Migrated) -> None:
    database.to("upgrade", "0026")
    database.insert(
        "users", id=1, email="ann@example.org", password_hash="x", role="admin", theme="dark", created_at=AT
    )
    database.insert(
        "user_sessions", id=1, key_hash="k", user_id=1, created_at=AT, expires_at=AT, last_used_at=AT, proved_at=AT,
        renew=False,
    )  # fmt: skip
    for number, maker in enumerate(("user:ann@example.org", "cli", "user:gone@example.org"), 1):
        database.insert(
            "api_tokens", id=number, name=f"t{number}", token_hash=f"h{number}", hint="abcd", role="operator",
            created_by=maker, created_at=AT,
        )  # fmt: skip
    database.insert(
        "audit", id=1, at=AT, actor="cli", action="campaign.pause", object_type="campaign", object_id="1",
        detail='{"why": "lunch"}',
    )  # fmt: skip
    columns = {
        "users": "id, email, password_hash, role, theme",
        "user_sessions": "id, key_hash, user_id",
        "api_tokens": "id, name, token_hash, role, created_by",
        "audit": "id, actor, action, object_id",
    }

    def rows() -> list[object]:
        return [database.run(f"SELECT {names} FROM {table} ORDER BY id") for table, names in columns.items()]

    before = rows()
    database.to("upgrade", "0028")
    assert rows() == before
    # A token ends with the account that made it, where there is one.
    assert database.run("SELECT maker_id FROM api_tokens ORDER BY id") == [(1,), (None,), (None,)]
    database.run("UPDATE users SET role = 'compliance'")
    database.to("downgrade", "0026")
    assert database.run("SELECT role FROM users") == [("viewer",)]
    database.to("upgrade", "head")
