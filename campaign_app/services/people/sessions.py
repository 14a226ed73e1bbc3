"""Sign-in sessions. The cookie holds a random key, the table its SHA-256."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from campaign_app.models import User, UserSession
from campaign_app.queries import people as people_queries
from campaign_app.services import audit
from campaign_app.services.people import keys

SESSION_LIFETIME = timedelta(days=14)


def sign_in(session: Session, user: User, *, now: datetime) -> str:
    """Sign in; the random key belongs into the browser's cookie and nowhere else. Valid for 14 days."""
    session.execute(delete(UserSession).where(UserSession.expires_at <= now))
    key = keys.generate_key()
    session.add(
        UserSession(
            key_hash=keys.hash_key(key), user_id=user.id, created_at=now, expires_at=now + SESSION_LIFETIME
        )
    )
    audit.record_audit_entry(
        session,
        actor=f"user:{user.email}",
        action="user.sign-in",
        object_type="user",
        object_id=user.id,
        now=now,
    )
    return key


def get_session_user(session: Session, key: str, now: datetime) -> User | None:
    """The user behind a cookie's key, or None. Detached: readable whatever the request rolls back."""
    user = people_queries.find_session_user(session, keys.hash_key(key), now)
    if user is not None:
        session.expunge(user)
    return user


def sign_out(session: Session, key: str) -> None:
    """Sign this browser out. An unknown key is no error: the end is the same."""
    session.execute(delete(UserSession).where(UserSession.key_hash == keys.hash_key(key)))


def list_user_sessions(session: Session, user_id: int, now: datetime) -> Sequence[UserSession]:
    return session.scalars(
        select(UserSession)
        .where(UserSession.user_id == user_id, UserSession.expires_at > now)
        .order_by(UserSession.id.desc())
    ).all()


def sign_out_others(session: Session, user_id: int, key: str, *, actor: str, now: datetime) -> int:
    """Sign every other browser of the user out; returns how many there were."""
    closed_sessions = session.execute(
        delete(UserSession)
        .where(UserSession.user_id == user_id, UserSession.key_hash != keys.hash_key(key))
        .returning(UserSession.id)
    ).all()
    audit.record_audit_entry(
        session,
        actor=actor,
        action="user.sign-out-others",
        object_type="user",
        object_id=user_id,
        now=now,
        closed=len(closed_sessions),
    )
    return len(closed_sessions)
