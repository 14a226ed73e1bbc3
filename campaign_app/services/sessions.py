"""Signed-in browsers. The cookie holds a random key, the table its SHA-256."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from campaign_app.models import User, UserSession
from campaign_app.services import audit, keys

LIFE = timedelta(days=14)


def sign_in(session: Session, user: User, *, now: datetime) -> str:
    """Sign in; the random key belongs into the browser's cookie and nowhere else. Valid for 14 days."""
    session.execute(delete(UserSession).where(UserSession.expires_at <= now))
    key = keys.fresh()
    session.add(
        UserSession(key_hash=keys.digest(key), user_id=user.id, created_at=now, expires_at=now + LIFE)
    )
    audit.record(
        session,
        actor=f"user:{user.email}",
        action="user.sign-in",
        object_type="user",
        object_id=user.id,
        now=now,
    )
    return key


def user_of(session: Session, key: str, now: datetime) -> User | None:
    """The user behind a cookie's key, or None. Detached: readable whatever the request rolls back."""
    user = session.scalar(
        select(User)
        .join(UserSession, UserSession.user_id == User.id)
        .where(
            UserSession.key_hash == keys.digest(key), UserSession.expires_at > now, User.disabled_at.is_(None)
        )
    )
    if user is not None:
        session.expunge(user)
    return user


def sign_out(session: Session, key: str) -> None:
    """Sign this browser out. An unknown key is no error: the end is the same."""
    session.execute(delete(UserSession).where(UserSession.key_hash == keys.digest(key)))


def of_user(session: Session, user_id: int, now: datetime) -> Sequence[UserSession]:
    return session.scalars(
        select(UserSession)
        .where(UserSession.user_id == user_id, UserSession.expires_at > now)
        .order_by(UserSession.id.desc())
    ).all()


def sign_out_others(session: Session, user_id: int, key: str, *, actor: str, now: datetime) -> int:
    """Sign every other browser of the user out; returns how many there were."""
    done = session.execute(
        delete(UserSession)
        .where(UserSession.user_id == user_id, UserSession.key_hash != keys.digest(key))
        .returning(UserSession.id)
    ).all()
    audit.record(
        session,
        actor=actor,
        action="user.sign-out-others",
        object_type="user",
        object_id=user_id,
        now=now,
        closed=len(done),
    )
    return len(done)
