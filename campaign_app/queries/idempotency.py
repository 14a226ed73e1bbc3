"""Idempotency queries: keys that requests take, and old ones that leave."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from campaign_app.models import IdempotencyRecord


def take_key(session: Session, token_id: int, key: str, fingerprint: str, status: int, now: datetime) -> bool:
    """Whether the key is now this request's; False: another request has it, which is waited for."""
    row = {
        "token_id": token_id,
        "key": key,
        "fingerprint": fingerprint,
        "status": status,
        "body": {},
        "created_at": now,
    }
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = (
        insert(IdempotencyRecord).values(row).on_conflict_do_nothing(index_elements=["token_id", "key"])
    )
    return session.execute(statement.returning(IdempotencyRecord.id)).first() is not None


def purge_old_keys(session: Session, token_id: int, key: str, before: datetime, most: int) -> None:
    """Forget this key if it is from before `before`, and some of the `most` oldest: ids grow with time, so no index on
    the time is needed."""
    old = IdempotencyRecord.created_at < before
    session.execute(
        delete(IdempotencyRecord).where(
            IdempotencyRecord.token_id == token_id, IdempotencyRecord.key == key, old
        ),
        execution_options={"synchronize_session": False},
    )
    oldest = (
        select(IdempotencyRecord.id)
        .order_by(IdempotencyRecord.id)
        .limit(most)
        # Two requests that clear the same rows would wait for each other.
        .with_for_update(skip_locked=True)
    )
    session.execute(
        delete(IdempotencyRecord).where(IdempotencyRecord.id.in_(oldest.scalar_subquery()), old),
        execution_options={"synchronize_session": False},
    )
