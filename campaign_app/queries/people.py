"""People queries: who is signed in, and whether an admin would be left."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import Session

from campaign_app.models import Role, User, UserSession

# Every request asks it, also the polls of live pages. Put together once: that took more than half of its time.
SESSION_USER = (
    select(User, UserSession)
    .join(UserSession, UserSession.user_id == User.id)
    .where(
        or_(
            UserSession.key_hash == bindparam("key_hash"),
            and_(
                UserSession.old_key_hash == bindparam("key_hash"),
                UserSession.old_key_until > bindparam("now"),
            ),
        ),
        UserSession.expires_at > bindparam("now"),
        UserSession.last_used_at > bindparam("used_after"),
        User.disabled_at.is_(None),
    )
    .execution_options(populate_existing=True)
)


def find_session_user(
    session: Session, key_hash: str, now: datetime, used_after: datetime
) -> tuple[User, UserSession] | None:
    """The enabled user of a session that has not ended, and the session. The key from before a renewal counts until its
    time is over."""
    values = {"key_hash": key_hash, "now": now, "used_after": used_after}
    row = session.execute(SESSION_USER, values).one_or_none()
    return None if row is None else (row[0], row[1])


def lock_admins(session: Session) -> list[int]:
    """The ids of the enabled admins, locked until the transaction ends: who takes one away waits for whoever else does,
    and then sees what is left. (On SQLite a writer is alone anyway.)"""
    admins = (
        select(User.id)
        .where(User.role == Role.ADMIN, User.disabled_at.is_(None))
        .order_by(User.id)
        .with_for_update()
    )
    return list(session.scalars(admins))
