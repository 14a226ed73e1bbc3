"""Sign-in sessions. The cookie holds a random key, the table its SHA-256.

A session ends some time after its last use and, however busy it was, some time after the sign-in. Its key is renewed
when what the person may do changes, so that a copy of the cookie from before is worth nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from campaign_app.domain.errors import NotFound
from campaign_app.models import User, UserSession
from campaign_app.queries import people as people_queries
from campaign_app.services import audit
from campaign_app.services.origin import current_origin
from campaign_app.services.people import keys

USE_RESOLUTION = timedelta(minutes=1)
"""`last_used_at` is written at most this often."""
RENEWAL_GRACE = timedelta(seconds=30)
"""How long the key from before a renewal is still taken: for what the same browser had asked for already."""


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """`absolute` counts from the sign-in, `idle` from the last use."""

    absolute: timedelta = timedelta(days=14)
    idle: timedelta = timedelta(hours=72)


DEFAULT_LIMITS = SessionLimits()


def sign_in(
    session: Session,
    user: User,
    *,
    now: datetime,
    limits: SessionLimits = DEFAULT_LIMITS,
    method: str = "password",
) -> str:
    """Sign in; the random key belongs into the browser's cookie and nowhere else. `method` is for the audit trail."""
    session.execute(delete(UserSession).where(UserSession.expires_at <= now))
    key = keys.generate_key()
    session.add(
        UserSession(
            key_hash=keys.hash_key(key),
            user_id=user.id,
            created_at=now,
            expires_at=now + limits.absolute,
            last_used_at=now,
            proved_at=now,
            address=current_origin().address,
            browser=current_origin().browser,
            method=method,
            renew=False,
        )
    )
    audit.record_audit_entry(
        session,
        actor=f"user:{user.email}",
        action="user.sign-in",
        object_type="user",
        object_id=user.id,
        now=now,
        method=method,
    )
    return key


def find_session(
    session: Session, key: str, now: datetime, limits: SessionLimits = DEFAULT_LIMITS
) -> tuple[User, UserSession] | None:
    """Who is behind a cookie's key, and the session; None where there is none or it has ended. Detached: readable
    whatever the request rolls back."""
    found = people_queries.find_session_user(session, keys.hash_key(key), now, now - limits.idle)
    if found is not None:
        for row in found:
            session.expunge(row)
    return found


def should_record_use(browser: UserSession, now: datetime) -> bool:
    return now - browser.last_used_at >= USE_RESOLUTION or browser.address != current_origin().address


def record_use(session: Session, session_id: int, now: datetime) -> None:
    """The person did something in that browser, from where the request came."""
    session.execute(
        update(UserSession)
        .where(UserSession.id == session_id)
        .values(last_used_at=now, address=current_origin().address, browser=current_origin().browser)
    )


def renew_key(session: Session, session_id: int, key: str, now: datetime, *, grace: bool) -> str | None:
    """A new key for the browser whose cookie holds `key`; None if another request has renewed it already. With `grace`
    the old one is taken a moment longer."""
    new_key = keys.generate_key()
    renewed = session.execute(
        update(UserSession)
        .where(UserSession.id == session_id, UserSession.key_hash == keys.hash_key(key))
        .values(
            key_hash=keys.hash_key(new_key),
            renew=False,
            old_key_hash=keys.hash_key(key) if grace else None,
            old_key_until=now + RENEWAL_GRACE if grace else None,
        )
        .returning(UserSession.id)
    ).all()
    return new_key if renewed else None


def renew_all(session: Session, user_id: int) -> None:
    """Give every browser of the user a new key at its next request."""
    session.execute(update(UserSession).where(UserSession.user_id == user_id).values(renew=True))


def record_proof(session: Session, session_id: int, now: datetime) -> None:
    """The person has just shown again who they are."""
    session.execute(update(UserSession).where(UserSession.id == session_id).values(proved_at=now))


def sign_out(session: Session, key: str) -> None:
    """Sign this browser out. An unknown key is no error: the end is the same."""
    session.execute(delete(UserSession).where(UserSession.key_hash == keys.hash_key(key)))


def list_user_sessions(
    session: Session, user_id: int, now: datetime, limits: SessionLimits = DEFAULT_LIMITS
) -> Sequence[UserSession]:
    """Those that have not ended, the last used first."""
    return session.scalars(
        select(UserSession)
        .where(
            UserSession.user_id == user_id,
            UserSession.expires_at > now,
            UserSession.last_used_at > now - limits.idle,
        )
        .order_by(UserSession.last_used_at.desc(), UserSession.id.desc())
    ).all()


def end_session(session: Session, session_id: int, user_id: int, *, actor: str, now: datetime) -> None:
    """Sign one browser of the user out. Raises NotFound."""
    ended = session.execute(
        delete(UserSession)
        .where(UserSession.id == session_id, UserSession.user_id == user_id)
        .returning(UserSession.browser, UserSession.address)
    ).one_or_none()
    if ended is None:
        raise NotFound("that browser is signed out already")
    audit.record_audit_entry(
        session,
        actor=actor,
        action="user.end-session",
        object_type="user",
        object_id=user_id,
        now=now,
        browser=ended.browser,
        signed_in_from=ended.address,
    )


def end_all_sessions(session: Session, user_id: int, *, actor: str, now: datetime) -> int:
    """Sign every browser of the user out; returns how many there were."""
    ended = session.execute(
        delete(UserSession).where(UserSession.user_id == user_id).returning(UserSession.id)
    ).all()
    audit.record_audit_entry(
        session,
        actor=actor,
        action="user.end-all-sessions",
        object_type="user",
        object_id=user_id,
        now=now,
        closed=len(ended),
    )
    return len(ended)


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
