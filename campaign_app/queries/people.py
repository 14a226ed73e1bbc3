"""People queries: who is signed in, and whether an admin would be left."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaign_app.models import Role, User, UserSession


def find_session_user(session: Session, key_hash: str, now: datetime) -> User | None:
    """The enabled user of a session that has not expired."""
    return session.scalar(
        select(User)
        .join(UserSession, UserSession.user_id == User.id)
        .where(UserSession.key_hash == key_hash, UserSession.expires_at > now, User.disabled_at.is_(None))
    )


def count_other_admins(session: Session, user_id: int) -> int:
    """Enabled admins besides this user."""
    others = (
        select(func.count())
        .select_from(User)
        .where(User.role == Role.ADMIN, User.disabled_at.is_(None), User.id != user_id)
    )
    return session.scalar(others) or 0
